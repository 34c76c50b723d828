import type { Clock } from '../../kernel/ports.ts';
import { ConditionFailed } from '../failures.ts';
import { key } from '../keys.ts';
import type { Condition, Item, Key, Table } from '../table.ts';

const PLACE: Key = { pk: key('system', 'changes'), sk: 'recording' };

/**
 * Notes whether changes are recorded from now on, and answers since when: what was written in between, while the log
 * was off, no follower can learn from it. Undefined while it is off. Who does not say goes by what the others do, so
 * that nobody who forgets to say it, such as a tool, writes past the log.
 */
export async function noteRecording(
  table: Table,
  clock: Clock,
  wanted: 'on' | 'off' | undefined,
): Promise<number | undefined> {
  const before = await table.get(PLACE);
  const isOn = before?.on === true;
  const willBeOn = wanted === undefined ? isOn : wanted === 'on';
  if (willBeOn === isOn) return isOn ? Number(before!.since) : undefined;
  const item: Item = { ...PLACE, kind: 'recording', schema: 1, on: willBeOn, since: clock.now() };
  const condition: Condition = before ? { equals: { on: isOn } } : { exists: false };
  try {
    await table.write([{ type: 'put', item, condition }]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return noteRecording(table, clock, wanted); // another instance was faster
  }
  return willBeOn ? Number(item.since) : undefined;
}
