import { hash } from 'node:crypto';
import type { Answer, Call, Route } from '../domains/domain.ts';
import type { CacheableRead, Content, ReadThrough } from '../kernel/read-through.ts';
import type { Exchange } from './exchange.ts';
import type { Preconditions } from './preconditions.ts';
import type { Target } from './target.ts';

/** Runs a call of a route, through the cache where the route allows it. */
export type Run = (
  call: Call,
  exchange: Exchange,
  conditions: Preconditions,
  target: Target,
) => Promise<Answer>;

/** What a call asks of the cache; without scopes, nothing. */
interface Plan {
  readonly organisation: string;
  readonly scopes: readonly string[] | undefined;
  readonly name: string;
}

const LONGEST_NAME = 100;
/** Letters of 6 bits each: enough that no two answers to one address share a tag. */
const WEAK_TAG = 22;

/** Makes the runner of a route. Who may call was decided before; what a hit gives is already bytes. */
export function cachedRun(route: Route, cache: ReadThrough | undefined): Run {
  const { cache: scopesOf, handler, operation } = route;
  if (!scopesOf) return (call) => handler(call);
  const isGet = route.method === 'GET';
  if (!cache) return isGet ? async (call) => tagged(await handler(call)) : (call) => handler(call);
  const plans = new WeakMap<Target, Plan>();

  /** Follows from the address and the organisation, so it is made once for each address that is remembered. */
  function planOf(call: Call, exchange: Exchange, target: Target): Plan {
    const { organisation } = call.actor;
    const known = plans.get(target);
    if (known?.organisation === organisation) return known;
    const plan = { organisation, scopes: scopesOf!(call), name: nameOf(operation, call, exchange.query) };
    plans.set(target, plan);
    return plan;
  }

  return async (call, exchange, { fresh, minVersion }, target) => {
    const { scopes, name } = planOf(call, exchange, target);
    if (!scopes) return handler(call);
    const read: CacheableRead = { scopes, name, operation, fresh, minVersion };
    const served = await cache.read(read, async () => contentOf(await handler(call), isGet));
    exchange.headers.push('Cache-Status', served.status);
    if ('failure' in served) throw served.failure;
    const { body, etag, next } = served.content;
    return { status: 200, body, etag, next };
  };
}

/** The operation and everything that the caller asked of it; what is long becomes a digest. */
function nameOf(operation: string, { params, query, body }: Call, rawQuery: string): string {
  let name = operation;
  for (const value of Object.values(params)) name += ` ${value}`;
  if (rawQuery !== '') name += ` ${JSON.stringify(Object.entries(query).sort(byName))}`;
  if (body !== undefined) name += ` ${JSON.stringify(body)}`;
  return name.length > LONGEST_NAME ? `${operation} ${hash('sha256', name, 'base64url')}` : name;
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);

/** A route that says it may be cached answers 200 with JSON and nothing else worth keeping. */
function contentOf({ status, body, etag, next, headers, stream }: Answer, isGet: boolean): Content {
  if (status !== 200 || body === undefined || headers || stream)
    throw new Error('This answer cannot be cached.');
  const { version } = body as { version?: unknown };
  const bytes = Buffer.from(JSON.stringify(body));
  const tag = etag ?? (isGet ? weakTagOf(bytes) : undefined);
  return {
    body: bytes,
    ...(tag !== undefined && { etag: tag }),
    ...(next && { next }),
    ...(typeof version === 'number' && { version }),
  };
}

/** Without a cache a list is given its tag with every answer. */
function tagged(answer: Answer): Answer {
  const { status, body, etag, headers, stream } = answer;
  if (status !== 200 || body === undefined || etag !== undefined || headers || stream) return answer;
  const bytes = Buffer.from(JSON.stringify(body));
  return { ...answer, body: bytes, etag: weakTagOf(bytes) };
}

/** Of what has no version of its own, such as a page of a list. Weak, because equal pages may be spelled differently. */
const weakTagOf = (bytes: Uint8Array) => `W/"${hash('sha256', bytes, 'base64url').slice(0, WEAK_TAG)}"`;
