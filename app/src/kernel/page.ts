/** One page of a listing. `next` continues it; `partial` says that the read budget ended the page early. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
  readonly partial?: boolean;
}
