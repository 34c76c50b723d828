/**
 * Lets those who change one thing take turns within this process. Correctness never depends on it: it only
 * keeps neighbours from failing each other's conditions over and over.
 */
export function createTurns() {
  const last = new Map<string, Promise<unknown>>();

  return async function takeTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = last.get(name);
    const mine = before === undefined ? work() : before.then(work, work);
    last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (last.get(name) === mine) last.delete(name);
    }
  };
}
