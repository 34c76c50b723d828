import Joi from 'joi';
import { createMemoryLimiter } from '../../src/adapters/limiter-memory.ts';
import type { Domain, Route } from '../../src/domains/domain.ts';
import { fail } from '../../src/kernel/errors.ts';
import { type TestClock, testClock } from './test-clock.ts';
import { startToys, type ToyOptions, type ToyService } from './toy-service.ts';

const ECHO = '/api/v1/echo/hello';
export const LOGIN = '/api/v1/test-login';
export const ADDRESS = '203.0.113.7';
export const NO_LIMITS = {
  RATE_LIMIT_ADDRESS: '0',
  RATE_LIMIT_USER: '0',
  RATE_LIMIT_KEY: '0',
  RATE_LIMIT_ORGANISATION: '0',
  RATE_LIMIT_SIGN_IN: '0',
};

/** The toys behind a limiter whose time a test decides. */
export interface LimitedToys {
  readonly toys: ToyService;
  readonly clock: TestClock;
  /** How often somebody got as far as to be asked who they are, and as far as to log in. */
  readonly counts: { verified: number; attempts: number };
  /** A request from an address, as the load balancer passes it on. */
  get(from: string, as?: string, path?: string): ReturnType<ToyService['api']['get']>;
}

/** Without any limit but those of `env`. */
export async function startLimited(env: Readonly<Record<string, string>>): Promise<LimitedToys> {
  const clock = testClock();
  const counts = { verified: 0, attempts: 0 };
  const toys = await startToys({
    clock,
    limiter: createMemoryLimiter(clock),
    authenticate: authenticator(counts),
    extra: [logins(() => void counts.attempts++)],
    env: { TRUST_PROXY: '1', ...NO_LIMITS, ...env },
  });
  const get: LimitedToys['get'] = (from, as, path = ECHO) => {
    const request = toys.api.get(path).set('X-Forwarded-For', from);
    return as === undefined ? request : request.set('Authorization', `Bearer ${as}`);
  };
  return { toys, clock, counts, get };
}

/** `Bearer user:1@acme` is a user of acme, `Bearer key:1@acme` one of its keys, `Bearer bad` nobody. */
function authenticator(counts: LimitedToys['counts']): NonNullable<ToyOptions['authenticate']> {
  return ({ authorization }) => {
    counts.verified += 1;
    if (authorization === undefined) return { id: 'anonymous', organisation: 'default', role: 'admin' };
    const [id = '', organisation = ''] = authorization.replace('Bearer ', '').split('@');
    if (id === 'bad') throw fail('unauthenticated', 'invalid_token', 'This token is not valid.');
    return { id, organisation, role: 'admin' };
  };
}

export const loginRoute = (onAttempt: () => void): Route => ({
  method: 'POST',
  path: LOGIN,
  operation: 'logIn',
  summary: 'Log in.',
  permission: 'public',
  limit: 'sign_in',
  body: { kind: 'json', schema: Joi.object({ password: Joi.string() }) },
  responses: { 200: { description: 'Fine.' } },
  handler: async () => {
    onAttempt();
    return { status: 200, body: {} };
  },
});

const logins = (onAttempt: () => void): Domain => ({
  name: 'logins',
  summary: 'Logs in.',
  routes: [loginRoute(onAttempt)],
});
