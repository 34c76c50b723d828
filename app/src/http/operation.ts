import type { IncomingHttpHeaders } from 'node:http';
import type { Request, Response } from 'express';
import type { Route } from '../domains/domain.ts';
import { type Actor, allows, isSignedIn, type Permission } from '../kernel/actor.ts';
import { Failure, fail } from '../kernel/errors.ts';
import type { ReadThrough } from '../kernel/read-through.ts';
import { formChooser } from './answer-form.ts';
import { cachedRun } from './cached.ts';
import { exchangeOf } from './exchange.ts';
import type { Lifecycle } from './lifecycle.ts';
import { readPreconditions } from './preconditions.ts';
import { preference } from './preferences.ts';
import { identifier, type RateLimits } from './rate-limit.ts';
import { type BodyLimits, bodyReader } from './receive.ts';
import { reply } from './reply.ts';
import { sendEvents } from './send-events.ts';
import { targetReader } from './target.ts';
import { waiter } from './waiting.ts';

export type Authenticate = (headers: IncomingHttpHeaders) => Actor | Promise<Actor>;

/** What all operations share. */
export interface OperationParts {
  readonly authenticate: Authenticate;
  readonly limits: BodyLimits;
  /** Absent: everybody may ask as often as they like. */
  readonly rateLimits?: RateLimits | undefined;
  /** Absent: every read goes to the store. */
  readonly cache?: ReadThrough | undefined;
  /** Tells those who wait that the server closes. */
  readonly onClose?: Lifecycle['onClose'];
}

const never: Lifecycle['onClose'] = () => () => {};

/** One route, ready to run: everything its schemas say is compiled. */
export type Operation = (req: Request, res: Response, values: readonly string[]) => Promise<void>;

/**
 * Compiles a route. The order is the contract: who asks, and not too often, whether they may, whether the request is well formed,
 * and only then its body; so nobody uploads a gigabyte to be told that they are not allowed to.
 */
export function operationOf(
  route: Route,
  names: readonly string[],
  { authenticate, limits, rateLimits, cache, onClose = never }: OperationParts,
): Operation {
  const identify = identifier(route, authenticate, rateLimits);
  const readTarget = targetReader(route, names);
  const receive = bodyReader(route, limits);
  const run = cachedRun(route, cache);
  const formOf = formChooser(route);
  const operation: Operation = async (req, res, values) => {
    const exchange = exchangeOf(res);
    const found = identify(req, exchange);
    const actor = found instanceof Promise ? await found : found; // who brings no credentials waits for nothing
    exchange.actor = actor;
    demand(actor, route.permission);
    const conditions = readPreconditions(req.headers);
    const target = readTarget(req.url, values, exchange.query);
    for (const permission of route.demands?.(target.params, target.query) ?? []) demand(actor, permission);
    const received = await receive(req, res);
    const wait = waiter(res, onClose);
    const call = {
      actor,
      requestId: exchange.requestId,
      params: target.params,
      query: target.query,
      body: received.body,
      mediaType: received.mediaType,
      stream: received.stream,
      ifMatch: conditions.ifMatch,
      ifNoneMatch: conditions.ifNoneMatch,
      idempotencyKey: conditions.idempotencyKey,
      range: req.headers.range,
      isStrict: preference(req.headers, 'handling') === 'strict',
      form: formOf(req.headers.accept),
      lastEventId: textOf(req.headers['last-event-id']),
      wait,
    };
    const answer = await run(call, exchange, conditions, target);
    if (!answer.events) return reply(req, res, answer);
    const permit = async () => requireStill(await authenticate(req.headers), actor, route.permission);
    return sendEvents(req, res, { events: answer.events, signal: wait(), permit });
  };
  return route.refuse ? refusingWith(route.refuse, operation) : operation;
}

/** Failures go out as clients of an old path know them; what is our own fault does not. */
function refusingWith(refuse: NonNullable<Route['refuse']>, operation: Operation): Operation {
  return async (req, res, values) => {
    try {
      await operation(req, res, values);
    } catch (error) {
      if (!(error instanceof Failure) || error.kind === 'internal') throw error;
      exchangeOf(res).code = error.code;
      return reply(req, res, refuse(error));
    }
  };
}

const textOf = (header: string | string[] | undefined) => (header === undefined ? undefined : String(header));

/** Throws once the caller is not who they were, or may not do this any more. */
function requireStill(actor: Actor, before: Actor, permission: Permission): void {
  demand(actor, permission);
  if (actor.organisation === before.organisation) return;
  throw fail('forbidden', 'forbidden', 'The caller belongs to another organisation by now.');
}

/** Signing in may help the anonymous caller, and nobody else. */
function demand(actor: Actor, permission: Permission): void {
  if (allows(actor, permission)) return;
  if (!isSignedIn(actor)) {
    throw fail('unauthenticated', 'unauthenticated', 'This needs a caller who has signed in.');
  }
  throw fail('forbidden', 'forbidden', `This needs the permission ${permission}.`, { scope: permission });
}
