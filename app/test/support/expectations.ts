import type { RequestListener } from 'node:http';
import supertest from 'supertest';
import type { Settings } from '../../src/config.ts';
import { type Expectations, expectationsOf } from './conformance.ts';

const known = new Map<string, Promise<Expectations>>();

/** What a service of these settings says of itself; asked once, because describing takes longer than starting. */
export function expectationsFor(settings: Settings, app: RequestListener): Promise<Expectations> {
  const { STORE, DOWNLOAD_BUCKET, CHANGE_LOG } = settings;
  const name = JSON.stringify([STORE, DOWNLOAD_BUCKET !== undefined, CHANGE_LOG]);
  const before = known.get(name);
  if (before) return before;
  const asked = ask(app);
  known.set(name, asked);
  return asked;
}

async function ask(app: RequestListener): Promise<Expectations> {
  const { body } = await supertest(app).get('/openapi.json');
  return expectationsOf(body);
}
