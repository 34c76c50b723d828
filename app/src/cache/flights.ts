/** Lets callers who want the same thing at the same time share one way to the store. */
export interface Flights<T> {
  /**
   * Joins the flight of this name, or starts it. The name must say all that decides which readings are recent
   * enough: with the tokens in it, whoever joins may know of no write that the flight could have missed.
   */
  join(name: string, run: () => Promise<T>): Promise<T>;
  /**
   * The same without tokens: a reading that has begun may be older than what the caller knows of, so it is
   * joined only before it starts. One runs, one waits, however many ask.
   */
  joinNext(name: string, run: () => Promise<T>): Promise<T>;
}

export function createFlights<T>(): Flights<T> {
  const flying = new Map<string, Promise<T>>();
  const waiting = new Map<string, Promise<T>>();

  function start(name: string, run: () => Promise<T>): Promise<T> {
    const flight = run().finally(() => {
      if (flying.get(name) === flight) flying.delete(name);
    });
    flying.set(name, flight);
    return flight;
  }

  return {
    join: (name, run) => flying.get(name) ?? start(name, run),
    joinNext(name, run) {
      const before = flying.get(name);
      if (!before) return start(name, run);
      const known = waiting.get(name);
      if (known) return known;
      const next = before.then(landed, landed);
      function landed(): Promise<T> {
        waiting.delete(name);
        return start(name, run);
      }
      waiting.set(name, next);
      return next;
    },
  };
}
