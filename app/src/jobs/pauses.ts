import type { Clock } from '../kernel/ports.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 10_000;

/** Where nothing happened is looked at less and less often, because each look costs a read. */
export function createPauses(clock: Clock) {
  const pauses = new Map<string, { readonly ms: number; readonly until: number }>();
  return {
    isOver: (name: string): boolean => (pauses.get(name)?.until ?? 0) <= clock.now(),
    note(name: string, nothingHappened: boolean): void {
      if (!nothingHappened) return void pauses.delete(name);
      const ms = Math.min((pauses.get(name)?.ms ?? FIRST_MS / 2) * 2, LONGEST_MS);
      pauses.set(name, { ms, until: clock.now() + ms });
    },
  };
}
