import type { ObjectSchema, Schema } from 'joi';
import type { Actor, Permission } from '../kernel/actor.ts';
import type { Failure } from '../kernel/errors.ts';

/**
 * What a domain shows to the outside. One route is validation, permission, OpenAPI operation and metric
 * label at once; a domain never meets a request object of the web framework.
 */
export interface Domain {
  readonly name: string;
  /** One sentence for the API description. */
  readonly summary: string;
  readonly routes: readonly Route[];
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Route {
  readonly method: Method;
  /** Pattern such as `/api/v1/entities/:type/:uuid`; the metric label. A trailing slash is always accepted. */
  readonly path: string;
  /** Unique operation name in camelCase. */
  readonly operation: string;
  readonly summary: string;
  readonly description?: string;
  readonly permission: Permission;
  /** What else is demanded, by the address: every permission of the list. */
  readonly demands?: (
    params: Readonly<Record<string, string>>,
    query: Readonly<Record<string, unknown>>,
  ) => readonly Permission[];
  /** A stricter limit of its own on each address, for what guesses or uses up something. */
  readonly limit?: 'sign_in';
  /** Old paths of the replaced systems; described as deprecated. */
  readonly compat?: boolean;
  /** Plain string schemas by parameter name, for each `:name` of the path. */
  readonly params?: Readonly<Record<string, Schema>>;
  /** Query parameters. Unknown and repeated ones are refused unless the schema is an array. */
  readonly query?: ObjectSchema;
  readonly body?: Body;
  /**
   * For reads that may be cached: the scopes (`table/scopes.ts`) on which the answer depends, the one that it belongs
   * to first; undefined for a call whose answer may not be kept. An answer that was read from anything else is not
   * kept, so a forgotten scope costs speed and never truth.
   */
  readonly cache?: (call: Call) => readonly string[] | undefined;
  /** By status: what a success looks like. Failures are described by `failures`. */
  readonly responses: Readonly<Record<number, RouteResponse>>;
  /** Statuses that the service can fail with beyond those every route shares (400, 401, 403, 429, 500, 503). */
  readonly failures?: readonly number[];
  readonly handler: (call: Call) => Promise<Answer>;
  /** How clients of old paths are told of failures; problem documents unless given. */
  readonly refuse?: (failure: Failure) => Answer;
}

export type Body =
  | {
      readonly kind: 'json';
      readonly schema: Schema;
      /** Media types accepted; default `application/json`. */
      readonly types?: readonly string[];
    }
  | { readonly kind: 'stream'; readonly types: readonly string[] };

export interface RouteResponse {
  readonly description: string;
  readonly schema?: Schema;
  /** Media types of the body; default `application/json`. */
  readonly types?: readonly string[];
  /** Further forms of the same, as text, of which the caller may choose with `Accept`: media type and description. */
  readonly also?: Readonly<Record<string, string>>;
}

/** One call of a route: everything parsed and validated, the caller verified. */
export interface Call {
  readonly actor: Actor;
  /** How the caller and the log know the request; a call that comes by no request has none. */
  readonly requestId?: string | undefined;
  readonly params: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what the route's own schema lets through
  readonly query: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly body: any;
  /** Media type of the body without parameters, lower case. */
  readonly mediaType: string | undefined;
  /** The body as it arrives, for routes whose body is a stream. */
  readonly stream: AsyncIterable<Uint8Array> | undefined;
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** Which part of a file is asked for, as it was sent. */
  readonly range?: string | undefined;
  /** Whether the caller prefers a failure to leniency (`Prefer: handling=strict`). */
  readonly isStrict?: boolean;
  /** Which form of the answer the caller wants, where the route offers several. */
  readonly form?: string | undefined;
  /** Id of the last event that a caller has seen who comes back to an event stream. */
  readonly lastEventId?: string | undefined;
  /**
   * Says that the call now waits for something to happen, which is no time that the service took. The signal is given when
   * the caller leaves or the service stops: then nobody is to be kept waiting.
   */
  readonly wait?: () => AbortSignal;
}

export interface Answer {
  readonly status: number;
  /** Sent as JSON, or as it is if it is bytes; absent means no body. */
  readonly body?: unknown;
  /** Sent as it comes, with back-pressure, in place of `body`. */
  readonly stream?: AsyncIterable<string | Uint8Array>;
  /** An event stream, for as long as the caller stays and may ask for it; in place of all others. */
  readonly events?: AsyncIterable<string>;
  readonly contentType?: string;
  /** Validator, quoted; the edge gives lists that may be cached a weak one. The edge answers 304 when `If-None-Match` names it. */
  readonly etag?: string;
  readonly location?: string;
  /** Cursor of the next page; becomes a `Link: rel="next"` header. */
  readonly next?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}
