import type { History, Op } from './history.ts';
import { endOf, LEASE_MS } from './lives.ts';
import { overlaps } from './spans.ts';

export type Judgement = 'violation' | 'bounded' | 'allowed';

export interface Judge {
  /**
   * Whether a read may have missed something that was known at a time. `bounded`: the write had told the others by a
   * record, and the read came within a lease. `allowed`: the write was still under way for all that its caller
   * knew, and Redis had lost the mark of it.
   */
  missed(read: Op, key: string, known: number, writes: readonly Op[]): Judgement;
}

export function judgeFor({ recorded, faults }: Pick<History, 'recorded' | 'faults'>): Judge {
  const byKey = new Map<string, { instance: number; at: number }[]>();
  for (const { keys, instance, at } of recorded) {
    for (const key of keys) {
      const list = byKey.get(key);
      if (list) list.push({ instance, at });
      else byKey.set(key, [{ instance, at }]);
    }
  }
  const forgetting = faults.filter((fault) => fault.forgets);

  const isRecorded = (write: Op, key: string) =>
    (byKey.get(key) ?? []).some(
      ({ instance, at }) => instance === write.instance && at >= write.invoked && at <= endOf(write),
    );
  return {
    missed(read, key, known, writes) {
      const isSoon = read.invoked - known <= LEASE_MS;
      if (isSoon && writes.some((write) => isRecorded(write, key))) return 'bounded';
      const isOpen = (write: Op) => write.outcome !== 'ok' || write.returned >= read.invoked;
      const isForgotten = (write: Op) => overlaps(forgetting, write.invoked, read.returned);
      return writes.some((write) => isOpen(write) && isForgotten(write)) ? 'allowed' : 'violation';
    },
  };
}
