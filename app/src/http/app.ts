import express, { type Express } from 'express';
import type { Settings } from '../config.ts';
import type { Domain } from '../domains/domain.ts';
import type { Actor } from '../kernel/actor.ts';
import type { Limiter } from '../kernel/ports.ts';
import type { ReadThrough } from '../kernel/read-through.ts';
import { answerFailures } from './answer-failures.ts';
import { cors } from './cors.ts';
import { describeFor } from './description.ts';
import { docsDomain } from './docs.ts';
import { checkEntry } from './entry.ts';
import { exceptFavicon } from './favicon.ts';
import { mountDomains } from './mount.ts';
import { type Observers, observe } from './observe.ts';
import { openapiOf, type RuntimeType } from './openapi.ts';
import type { Authenticate } from './operation.ts';
import { type OperationsParts, operationsDomain } from './operations.ts';
import { withScraper } from './scraper.ts';

export interface AppParts extends Observers, Omit<OperationsParts, 'description'> {
  readonly domains: readonly Domain[];
  readonly authenticate: Authenticate;
  readonly settings: Settings;
  /** Answers the reads that may be cached; absent, all of them go to the store. */
  readonly cache?: ReadThrough | undefined;
  /** Counts requests where the settings limit them; absent, nothing is limited. */
  readonly limiter?: Limiter | undefined;
  /** JSON Schemas of the entity types that this caller may see. */
  readonly runtimeTypes?: (actor: Actor) => Promise<readonly RuntimeType[]>;
}

const noTypes = async (): Promise<readonly RuntimeType[]> => [];

/** Builds the web application of the given domains. Throws when a route table contradicts itself. */
export function createApp(parts: AppParts): Express {
  const { settings } = parts;
  const app = express();
  app.disable('x-powered-by');

  app.use(exceptFavicon(observe(parts)));
  if (settings.CORS_ORIGINS.length > 0) app.use(cors(settings.CORS_ORIGINS));
  app.use(checkEntry());
  const { cache, limiter, meter } = parts;
  const authenticate = withScraper(parts.authenticate, settings.METRICS_TOKEN);
  const rateLimits = limiter && { limiter, meter, settings };
  const { onClose } = parts.lifecycle;
  app.use(mountDomains(allDomains(parts), { authenticate, cache, rateLimits, limits: settings, onClose }));
  app.use(answerFailures(parts.log));
  return app;
}

/** The domains in the order of the description, which describes itself too. */
function allDomains(parts: AppParts): Domain[] {
  const described = [
    ...parts.domains,
    operationsDomain({ ...parts, description: (actor) => description(actor) }),
  ];
  const document = () => openapiOf(described, parts.version);
  const description = describeFor(document, parts.runtimeTypes ?? noTypes);
  return parts.settings.DOCS === 'on' ? [...described, docsDomain()] : described;
}
