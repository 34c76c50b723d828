import { type FieldError, pointer } from '../../kernel/errors.ts';
import { Refusal, SCALARS } from '../../schema/scalars.ts';

/** A person of the subscriber account who may ask the host account for services. */
export interface Subscriber {
  readonly sid: string;
  readonly name: string;
  readonly email: string;
}

export type Subscribers = Readonly<Record<string, Subscriber>>;

const MEMBERS = ['sid', 'name', 'email'] as const;
const LONGEST = 200;
/** With some 200 bytes each they stay well below what an item may hold. */
export const MAX_SUBSCRIBERS = 1000;

/** Everything that is wrong with the subscribers of a bond: an object of subscribers by their sid. */
export function checkSubscribers(subscribers: unknown): FieldError[] {
  const at = pointer('fields', 'subscribers');
  if (subscribers === undefined) return [];
  if (!isObject(subscribers)) return [{ pointer: at, code: 'invalid_type', detail: 'Must be an object.' }];
  const all = Object.entries(subscribers);
  const errors = all.flatMap(([sid, subscriber]) => checkSubscriber(subscriber, at + pointer(sid), sid));
  if (all.length > MAX_SUBSCRIBERS) {
    errors.push({ pointer: at, code: 'too_many_items', detail: `At most ${MAX_SUBSCRIBERS} subscribers.` });
  }
  return errors;
}

/** What is wrong with one subscriber, who is filed under `sid`. */
export function checkSubscriber(subscriber: unknown, at: string, sid?: string): FieldError[] {
  if (!isObject(subscriber)) return [{ pointer: at, code: 'invalid_type', detail: 'Must be an object.' }];
  const errors = MEMBERS.flatMap((name) => checkMember(name, subscriber[name], at + pointer(name)));
  for (const name of Object.keys(subscriber)) {
    if ((MEMBERS as readonly string[]).includes(name)) continue;
    errors.push({
      pointer: at + pointer(name),
      code: 'unknown_field',
      detail: 'A subscriber has no such member.',
    });
  }
  if (sid !== undefined && typeof subscriber.sid === 'string' && subscriber.sid !== sid) {
    const detail = `Must be the name under which the subscriber stands: ${sid}.`;
    errors.push({ pointer: at + pointer('sid'), code: 'key_mismatch', detail });
  }
  return errors;
}

function checkMember(name: (typeof MEMBERS)[number], value: unknown, at: string): FieldError[] {
  if (value === undefined || value === null)
    return [{ pointer: at, code: 'required', detail: 'This field is required.' }];
  const parsed = SCALARS[name === 'email' ? 'email' : 'string'].parse(value);
  if (parsed instanceof Refusal) return [{ pointer: at, code: parsed.code, detail: parsed.detail }];
  const { length } = String(parsed);
  if (length === 0) return [{ pointer: at, code: 'too_short', detail: 'Must have at least 1 characters.' }];
  if (length > LONGEST)
    return [{ pointer: at, code: 'too_long', detail: `Must have at most ${LONGEST} characters.` }];
  return [];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
