import type { IncomingHttpHeaders } from 'node:http';
import type { Request } from 'express';
import type { Settings } from '../config.ts';
import type { Route } from '../domains/domain.ts';
import { type Actor, isSignedIn } from '../kernel/actor.ts';
import { type Failure, fail } from '../kernel/errors.ts';
import type { Limiter, Meter, Quota, Verdict } from '../kernel/ports.ts';
import { clientOf, networkOf } from './client-address.ts';
import type { Exchange } from './exchange.ts';

export interface RateLimits {
  readonly limiter: Limiter;
  readonly meter: Pick<Meter, 'limited'>;
  readonly settings: Pick<
    Settings,
    | 'TRUST_PROXY'
    | 'RATE_LIMIT_ADDRESS'
    | 'RATE_LIMIT_USER'
    | 'RATE_LIMIT_KEY'
    | 'RATE_LIMIT_ORGANISATION'
    | 'RATE_LIMIT_SIGN_IN'
  >;
  readonly random?: () => number;
}

/** Finds out who asks, and whether they have asked too often. */
export type Identify = (req: Request, exchange: Exchange) => Actor | Promise<Actor>;

type Authenticate = (headers: IncomingHttpHeaders) => Actor | Promise<Actor>;
type Policy = Pick<Quota, 'policy' | 'perMinute'>;

/** Policies that apply together, and the header that names them. */
interface Tier {
  readonly policies: readonly Policy[];
  readonly header: string;
}

/** Whoever watches over the service is never told to wait. */
const EXEMPT: ReadonlySet<string> = new Set(['/status', '/livez', '/readyz', '/metrics']);
const WINDOW_S = 60;
/** Those who are told to wait at the same time come back spread over this. */
const JITTER_S = 5;
const KEY = 'key:';

/**
 * Wraps the authentication of a route's callers in its limits. The address counts first, before anything is spent on
 * finding out who it is. A caller who then turns out to be somebody counts for that, and no longer for the address:
 * an organisation may well have only one. Where nothing is limited, nothing is wrapped.
 */
export function identifier(
  route: Route,
  authenticate: Authenticate,
  limits: RateLimits | undefined,
): Identify {
  if (!limits || EXEMPT.has(route.path)) return (req) => authenticate(req.headers);
  const { settings } = limits;
  const strict = policies({ sign_in: route.limit === 'sign_in' ? settings.RATE_LIMIT_SIGN_IN : 0 });
  const address = policies({ address: settings.RATE_LIMIT_ADDRESS });
  const organisation = policies({ organisation: settings.RATE_LIMIT_ORGANISATION });
  const door = tierOf([...strict, ...address]);
  const user = tierOf([...policies({ user: settings.RATE_LIMIT_USER }), ...organisation], strict);
  const key = tierOf([...policies({ key: settings.RATE_LIMIT_KEY }), ...organisation], strict);
  const isFree = [door, user, key].every((tier) => tier.policies.length === 0);
  if (isFree) return (req) => authenticate(req.headers);
  return identifyWithin(authenticate, limits, { door, user, key, isStrict: strict.length > 0 });
}

interface Tiers {
  readonly door: Tier;
  readonly user: Tier;
  readonly key: Tier;
  /** Whether the door asks the other instances before it opens. */
  readonly isStrict: boolean;
}

function identifyWithin(authenticate: Authenticate, limits: RateLimits, tiers: Tiers): Identify {
  const { limiter, settings } = limits;
  const { door, isStrict } = tiers;

  async function arrive(exchange: Exchange, quotas: readonly Quota[]): Promise<Verdict | undefined> {
    if (quotas.length === 0) return undefined;
    const verdict = limiter.take(quotas);
    const settled = isStrict && verdict.allowed ? await limiter.confirm(quotas) : verdict;
    return within(limits, exchange, door, settled);
  }

  async function verified(req: Request, exchange: Exchange, arrival: Verdict | undefined): Promise<Actor> {
    try {
      const actor = await authenticate(req.headers);
      exchange.actor = actor; // who is told to wait shall be in the log
      return actor;
    } catch (error) {
      announce(exchange, door, arrival);
      throw error;
    }
  }

  function admit(exchange: Exchange, actor: Actor, arrival: Verdict | undefined): void {
    const tier = actor.id.startsWith(KEY) ? tiers.key : tiers.user;
    const quotas = tier.policies.map((policy) => quotaFor(policy, actor));
    const own = quotas.length > 0 ? within(limits, exchange, tier, limiter.take(quotas)) : undefined;
    announce(exchange, tier, isStrict ? tighter(arrival, own) : own);
  }

  return async (req, exchange) => {
    const subject = networkOf(clientOf(req, settings.TRUST_PROXY));
    const quotas = door.policies.map((policy) => ({ ...policy, subject }));
    const arrival = await arrive(exchange, quotas);
    const actor = await verified(req, exchange, arrival);
    if (!isSignedIn(actor)) {
      announce(exchange, door, arrival);
      return actor;
    }
    admit(exchange, actor, arrival);
    const byAddress = quotas.find(({ policy }) => policy === 'address');
    if (byAddress) limiter.giveBack(byAddress);
    return actor;
  };
}

/** The verdict, if it lets the request through. */
function within(
  { meter, random = Math.random }: RateLimits,
  exchange: Exchange,
  tier: Tier,
  verdict: Verdict,
): Verdict {
  if (verdict.allowed) return verdict;
  announce(exchange, tier, verdict);
  meter.limited(verdict.quota.policy);
  throw tooMany(verdict, random);
}

function tighter(a: Verdict | undefined, b: Verdict | undefined): Verdict | undefined {
  return a && b ? (a.remaining < b.remaining ? a : b) : (a ?? b);
}

/** Those of the policies that limit anything. */
function policies(perMinute: Readonly<Record<string, number>>): Policy[] {
  return Object.entries(perMinute).flatMap(([policy, limit]) =>
    limit > 0 ? [{ policy, perMinute: limit }] : [],
  );
}

function tierOf(own: readonly Policy[], before: readonly Policy[] = []): Tier {
  const named = [...before, ...own].map(
    ({ policy, perMinute }) => `"${policy}";q=${perMinute};w=${WINDOW_S}`,
  );
  return { policies: own, header: named.join(', ') };
}

function quotaFor(policy: Policy, actor: Actor): Quota {
  return { ...policy, subject: policy.policy === 'organisation' ? actor.organisation : actor.id };
}

/** All policies that apply, and how the tightest of them stands. */
function announce(exchange: Exchange, tier: Tier, verdict: Verdict | undefined): void {
  if (!verdict) return;
  const { quota, remaining, resetMs } = verdict;
  const standing = `"${quota.policy}";r=${remaining};t=${secondsOf(resetMs)}`;
  exchange.headers.push('RateLimit-Policy', tier.header, 'RateLimit', standing);
}

function tooMany({ quota, resetMs }: Verdict, random: () => number): Failure {
  const { policy, perMinute } = quota;
  const detail = `More than ${perMinute} requests in a minute: the limit of ${WHOSE[policy]} is used up.`;
  const retryAfter = secondsOf(resetMs) + Math.floor(random() * (JITTER_S + 1));
  return fail('limited', 'rate_limited', detail, { retryAfter, extra: { policy } });
}

const WHOSE: Readonly<Record<string, string>> = {
  sign_in: 'sign-ins from this address',
  address: 'this address',
  user: 'this user',
  key: 'this API key',
  organisation: 'this organisation',
};

const secondsOf = (ms: number) => Math.ceil(ms / 1000);
