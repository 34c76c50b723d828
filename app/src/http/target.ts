import type { Route } from '../domains/domain.ts';
import { pathReader, queryReader } from './parameters.ts';

/** What the address of a request says, read and checked. */
export interface Target {
  readonly params: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what the route's own schema lets through
  readonly query: any;
}

export type TargetReader = (url: string, values: readonly string[], query: string) => Target;

/** Addresses remembered for one route; when there are more, it begins anew. */
const MAX_TARGETS = 2_000;
const LONGEST_URL = 300;

/**
 * Makes the reader of a route's addresses. What an address says depends on nothing else, so for reads that may be
 * cached it is remembered: there, checking it again would be a tenth of the whole work. The same address
 * gives the same object.
 */
export function targetReader(route: Route, names: readonly string[]): TargetReader {
  const readPath = pathReader(route, names);
  const readQuery = queryReader(route);
  const read: TargetReader = (_url, values, query) => ({ params: readPath(values), query: readQuery(query) });
  if (!route.cache || route.body) return read;
  const known = new Map<string, Target>();
  return (url, values, query) => {
    const before = known.get(url);
    if (before) return before;
    const target = frozen(read(url, values, query));
    if (known.size >= MAX_TARGETS) known.clear();
    if (url.length <= LONGEST_URL) known.set(url, target);
    return target;
  };
}

/** Shared by many requests, so nobody may change it. */
function frozen({ params, query }: Target): Target {
  return Object.freeze({ params: Object.freeze(params), query: Object.freeze(query) });
}
