import { DEFINITION, ENTITIES, fieldsOf, HUB_DEFINITION } from './sample.ts';

const PATIENCE_MS = 30_000;
const BATCH = 20;

export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** One JSON request; throws on any status that is no success. */
export async function call(url: string, method = 'GET', body?: unknown): Promise<Answered> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(body === undefined
      ? {}
      : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text.slice(0, 500)}`);
  return { status: response.status, text };
}

/** Defines the types of the benchmarks. */
export async function define(service: string): Promise<void> {
  for (const definition of [HUB_DEFINITION, DEFINITION]) {
    await call(`${service}/api/v1/entity-types`, 'POST', definition);
  }
}

/** Creates so many entities; answers each as a GET shows it. */
export async function createEntities(
  service: string,
  many: number,
): Promise<{ uuid: string; body: string }[]> {
  const made: { uuid: string; body: string }[] = [];
  for (let n = 0; n < many; n += BATCH) {
    const size = Math.min(BATCH, many - n);
    made.push(...(await Promise.all(Array.from({ length: size }, (_, i) => createOne(service, n + i)))));
  }
  return made;
}

async function createOne(service: string, n: number): Promise<{ uuid: string; body: string }> {
  const { text } = await call(service + ENTITIES, 'POST', { fields: fieldsOf(n) });
  const { uuid } = JSON.parse(text);
  return { uuid, body: (await call(`${service}${ENTITIES}/${uuid}`)).text };
}

/** Whether the service has this path, as its own description tells. */
export async function serves(service: string, path: string): Promise<boolean> {
  const { paths } = JSON.parse((await call(`${service}/openapi.json`)).text);
  return Object.hasOwn(paths, path);
}
