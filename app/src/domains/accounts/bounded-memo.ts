import { createRecent } from '../../kernel/recent.ts';
import type { MakeMemo, Memo } from '../../table/memo.ts';

/**
 * A memo of what was asked for last. Nothing is ever learnt: where only time decides what is current
 * (`CACHE=off`), what a caller may do is read from the store each time.
 */
export function boundedMemo<T>(makeMemo: MakeMemo, max: number): Pick<Memo<T>, 'recall'> {
  const memo = makeMemo<T>();
  const recent = createRecent<true>(max, (name) => memo.forget(name));
  return {
    recall(scope, name, load) {
      recent.set(name, true);
      return memo.recall(scope, name, load);
    },
  };
}
