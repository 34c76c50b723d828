/** What was used last, by name, and no more of it than fits. */
export interface Recent<T> {
  get(name: string): T | undefined;
  set(name: string, value: T): void;
  delete(name: string): void;
}

/** At most `max` things; what has not been asked for the longest goes first, and `dropped` is told. */
export function createRecent<T>(max: number, dropped: (name: string) => void = () => {}): Recent<T> {
  // A map keeps the order in which names were set.
  const known = new Map<string, { readonly value: T }>();
  return {
    get(name) {
      const one = known.get(name);
      if (!one) return undefined;
      known.delete(name);
      known.set(name, one);
      return one.value;
    },
    set(name, value) {
      known.delete(name);
      known.set(name, { value });
      if (known.size <= max) return;
      const [oldest] = known.keys();
      known.delete(oldest!);
      dropped(oldest!);
    },
    delete: (name) => void known.delete(name),
  };
}
