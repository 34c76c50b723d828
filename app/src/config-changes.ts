import Joi from 'joi';
import { optional, setting } from './config-setting.ts';

/** The settings of the change log. */
export const CHANGE_SETTINGS = {
  CHANGE_LOG: optional<'on' | 'off'>(
    Joi.string().valid('on', 'off'),
    'Whether each write also records which entities and types it changes, for followers (docs/changes.md); unless said, what was said last for this table, `off` at first.',
  ),
  CHANGE_LOG_DAYS: setting<number>(
    Joi.number().integer().min(1).max(365),
    7,
    'Days for which changes are kept, and so for which a follower may be away.',
  ),
  CHANGE_STREAM: optional<string>(
    Joi.string().max(200),
    'Key of a stream in Redis (`REDIS_URL`) into which changes are relayed; absent means none.',
  ),
} as const;

interface Given {
  readonly CHANGE_LOG?: 'on' | 'off' | undefined;
  readonly CHANGE_STREAM?: string | undefined;
  readonly REDIS_URL?: string | undefined;
}

/** Settings of the change log that are right one by one and wrong together. */
export function contradictingChanges({ CHANGE_LOG, CHANGE_STREAM, REDIS_URL }: Given) {
  if (CHANGE_STREAM === undefined) return [];
  if (CHANGE_LOG !== 'on')
    return [{ name: 'CHANGE_LOG', detail: 'CHANGE_LOG=on is needed with CHANGE_STREAM' }];
  if (REDIS_URL === undefined)
    return [{ name: 'REDIS_URL', detail: 'REDIS_URL is needed with CHANGE_STREAM' }];
  return [];
}
