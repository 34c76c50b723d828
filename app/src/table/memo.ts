import type { Clock } from '../kernel/ports.ts';

/** Things that are read far more often than they change, kept at hand for as long as they are current. */
export interface Memo<T> {
  /** The thing of this name, read by `load` if it is not known or may have changed with its scope. */
  recall(scope: string, name: string, load: () => Promise<T>): Promise<T>;
  /** Takes notice of what was just read or written. */
  learn(name: string, value: T): void;
  forget(name: string): void;
}

/** Makes memos; what decides whether a thing is current is the business of whoever brings it. */
export type MakeMemo = <T>() => Memo<T>;

/** Memos whose things may be up to `ms` old. */
export function timedMemos(ms: number, clock: Clock): MakeMemo {
  return <T>(): Memo<T> => {
    const known = new Map<string, { value: T; at: number }>();
    return {
      async recall(_scope, name, load) {
        const one = known.get(name);
        return one && clock.now() - one.at < ms ? one.value : load();
      },
      learn: (name, value) => void known.set(name, { value, at: clock.now() }),
      forget: (name) => void known.delete(name),
    };
  };
}
