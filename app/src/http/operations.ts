import Joi from 'joi';
import type { Settings } from '../config.ts';
import type { Answer, Domain, Route } from '../domains/domain.ts';
import type { Actor } from '../kernel/actor.ts';
import { fail } from '../kernel/errors.ts';
import type { Clock } from '../kernel/ports.ts';
import type { LoopWatch } from './event-loop.ts';
import type { Lifecycle } from './lifecycle.ts';
import { SCRAPER } from './scraper.ts';
import { type Check, createStatus } from './status.ts';

/** What Prometheus is given. */
export interface Metrics {
  readonly contentType: string;
  render(): Promise<string>;
}

export interface OperationsParts {
  readonly checks: readonly Check[];
  readonly metrics: Metrics;
  readonly lifecycle: Lifecycle;
  readonly loop: LoopWatch;
  readonly clock: Clock;
  readonly version: string;
  readonly settings: Pick<Settings, 'METRICS_TOKEN'>;
  /** The API description as the caller sees it. */
  readonly description: (actor: Actor) => Promise<{ bytes: Uint8Array; etag: string }>;
}

const MAX_LAG_MS = 1_000;
const FRESH = { 'Cache-Control': 'no-store' };

const stateSchema = Joi.object({ status: Joi.string().required() });

const statusSchema = Joi.object({
  status: Joi.string().valid('ok', 'degraded', 'failing').required(),
  phase: Joi.string().valid('starting', 'ready', 'draining').required(),
  version: Joi.string().required(),
  dependencies: Joi.array()
    .items({
      name: Joi.string().required(),
      status: Joi.string().valid('ok', 'failing').required(),
      required: Joi.boolean().required(),
      ms: Joi.number().required(),
      code: Joi.string(),
    })
    .required(),
}).meta({ component: 'Status' });

/** The routes for those who run the service: health, metrics, and what the API looks like. */
export function operationsDomain(parts: OperationsParts): Domain {
  return {
    name: 'operations',
    summary: 'Health, metrics and the description of this API.',
    routes: [statusRoute(parts), livezRoute(), readyzRoute(parts), metricsRoute(parts), openapiRoute(parts)],
  };
}

function statusRoute({ checks, clock, lifecycle, version }: OperationsParts): Route {
  const status = createStatus(checks, clock);
  return {
    method: 'GET',
    path: '/status',
    operation: 'getStatus',
    summary: 'Which dependency is ill',
    description:
      'Always answers while the process works. 503 when something is ill that nothing works without.',
    permission: 'public',
    responses: {
      200: { description: 'All that is required works.', schema: statusSchema },
      503: { description: 'A required dependency is ill.', schema: statusSchema },
    },
    async handler() {
      const report = await status();
      const body = {
        status: report.status,
        phase: lifecycle.phase(),
        version,
        dependencies: report.dependencies,
      };
      return { status: report.status === 'failing' ? 503 : 200, body, headers: FRESH };
    },
  };
}

function livezRoute(): Route {
  return {
    method: 'GET',
    path: '/livez',
    operation: 'getLiveness',
    summary: 'Whether the process answers',
    permission: 'public',
    responses: { 200: { description: 'It does.', schema: stateSchema } },
    handler: async () => ({ status: 200, body: { status: 'ok' }, headers: FRESH }),
  };
}

/** Never asks a dependency: a shared outage would otherwise take every instance out of service at once. */
function readyzRoute({ lifecycle, loop }: OperationsParts): Route {
  return {
    method: 'GET',
    path: '/readyz',
    operation: 'getReadiness',
    summary: 'Whether this instance wants requests',
    permission: 'public',
    responses: {
      200: { description: 'It does.', schema: stateSchema },
      503: { description: 'It is starting, draining or overloaded.', schema: stateSchema },
    },
    async handler(): Promise<Answer> {
      const phase = lifecycle.phase();
      const state = phase === 'ready' && loop.lagMs() >= MAX_LAG_MS ? 'overloaded' : phase;
      return { status: state === 'ready' ? 200 : 503, body: { status: state }, headers: FRESH };
    },
  };
}

function metricsRoute({ metrics, settings }: OperationsParts): Route {
  return {
    method: 'GET',
    path: '/metrics',
    operation: 'getMetrics',
    summary: 'Metrics for Prometheus',
    description: 'Where the operator has set a token for it, only with that one.',
    permission: 'public',
    responses: { 200: { description: 'The exposition text.', types: ['text/plain'] } },
    async handler({ actor }) {
      if (settings.METRICS_TOKEN !== undefined && actor !== SCRAPER) {
        throw fail('unauthenticated', 'unauthenticated', 'The metrics need their own token.');
      }
      const { contentType } = metrics;
      return { status: 200, body: Buffer.from(await metrics.render()), contentType, headers: FRESH };
    },
  };
}

function openapiRoute({ description }: OperationsParts): Route {
  return {
    method: 'GET',
    path: '/openapi.json',
    operation: 'getOpenapi',
    summary: 'This description',
    description: 'OpenAPI 3.1, with a schema for each entity type that the caller may see.',
    permission: 'public',
    responses: { 200: { description: 'The document.', schema: Joi.object().unknown() } },
    async handler({ actor }) {
      const { bytes, etag } = await description(actor);
      return { status: 200, body: bytes, etag };
    },
  };
}
