import type supertest from 'supertest';
import { RECORD_SCENARIO } from './record-scenario.ts';

type Api = ReturnType<typeof supertest>;

/** What earlier calls of the scenario made. */
export interface Made {
  a: string;
  b: string;
  old: string;
  person: string;
  migration: string;
  download: string;
}

export const NOTHING_MADE: Made = { a: 'a', b: 'b', old: 'c', person: 'd', migration: 'e', download: 'f' };

export interface ScenarioCall {
  readonly operation: string;
  readonly status: number;
  readonly send: (api: Api, made: Made) => supertest.Test;
  /** Whether everybody may. */
  readonly open?: true;
  /** Whether it fails in the words of a system that was before. */
  readonly old?: true;
  /** Keeps what later calls need. */
  readonly keep?: (made: Made, uuid: string) => void;
}

const TYPES = '/api/v1/entity-types';
const CITY = '/api/v1/entities/city';
const MIGRATIONS = `${TYPES}/city/migrations`;
const DOWNLOADS = '/api/v1/downloads';
const FRESH = '11111111-1111-4111-8111-111111111111';

const cityType = {
  name: 'city',
  fields: [{ name: 'name', type: 'string', indexed: true }],
  links: [{ relation: 'twin', to: 'city', inverse: 'twin' }],
};
const named = (name: string) => ({ fields: { name } });
const link = (uuid: string) => ({ relation: 'twin', type: 'city', uuid });

/** One call for each success that the API description promises, in an order in which all succeed. */
export const SCENARIO: readonly ScenarioCall[] = [
  { operation: 'createEntityType', status: 201, send: (api) => api.post(TYPES).send(cityType) },
  { operation: 'listEntityTypes', status: 200, send: (api) => api.get(TYPES) },
  { operation: 'getEntityType', status: 200, send: (api) => api.get(`${TYPES}/city`) },
  {
    operation: 'changeEntityType',
    status: 200,
    send: (api) => api.patch(`${TYPES}/city`).send({ tags: ['x'] }),
  },
  {
    operation: 'createEntity',
    status: 201,
    send: (api) => api.post(CITY).send(named('A')),
    keep: (made, uuid) => Object.assign(made, { a: uuid }),
  },
  {
    operation: 'createEntity',
    status: 201,
    send: (api) => api.post(CITY).send(named('B')),
    keep: (made, uuid) => Object.assign(made, { b: uuid }),
  },
  {
    operation: 'createLink',
    status: 201,
    send: (api, { a, b }) => api.post(`${CITY}/${a}/links`).send(link(b)),
  },
  { operation: 'listLinks', status: 200, send: (api, { b }) => api.get(`${CITY}/${b}/links`) },
  { operation: 'getEntity', status: 200, send: (api, { a }) => api.get(`${CITY}/${a}`) },
  { operation: 'listEntities', status: 200, send: (api) => api.get(CITY) },
  {
    operation: 'searchEntities',
    status: 200,
    send: (api) => api.get(`${CITY}/search`).query({ fields: 'name=A', explain: true }),
  },
  {
    operation: 'searchEntitiesByBody',
    status: 200,
    send: (api) => api.post(`${CITY}/search`).send({ fields: [{ field: 'name', value: 'A' }] }),
  },
  { operation: 'replaceEntity', status: 200, send: (api, { a }) => api.put(`${CITY}/${a}`).send(named('C')) },
  {
    operation: 'replaceEntity',
    status: 201,
    send: (api) => api.put(`${CITY}/${FRESH}`).set('If-None-Match', '*').send(named('D')),
  },
  {
    operation: 'changeEntity',
    status: 200,
    send: (api, { a }) => api.patch(`${CITY}/${a}`).send(named('E')),
  },
  {
    operation: 'uploadEntities',
    status: 200,
    send: (api) =>
      api
        .post(`${CITY}/upload`)
        .type('application/x-ndjson')
        .send(JSON.stringify(named('F'))),
  },
  { operation: 'downloadEntities', status: 200, send: (api) => api.get(`${CITY}/download`) },
  {
    operation: 'startDownload',
    status: 202,
    send: (api) => api.post(`${CITY}/downloads`).send({}),
    keep: (made, uuid) => Object.assign(made, { download: uuid }),
  },
  { operation: 'listDownloads', status: 200, send: (api) => api.get(DOWNLOADS) },
  { operation: 'getDownload', status: 200, send: (api, made) => api.get(`${DOWNLOADS}/${made.download}`) },
  {
    operation: 'deleteDownload',
    status: 204,
    send: (api, made) => api.delete(`${DOWNLOADS}/${made.download}`),
  },
  {
    operation: 'deleteLink',
    status: 204,
    send: (api, { a, b }) => api.delete(`${CITY}/${a}/links/twin/${b}`),
  },
  { operation: 'deleteEntity', status: 204, send: (api, { b }) => api.delete(`${CITY}/${b}`) },
  {
    operation: 'startMigration',
    status: 202,
    send: (api) => api.post(MIGRATIONS).send({ fields: [{ name: 'name', unique: true }] }),
    keep: (made, uuid) => Object.assign(made, { migration: uuid }),
  },
  { operation: 'listMigrations', status: 200, send: (api) => api.get(MIGRATIONS) },
  { operation: 'getMigration', status: 200, send: (api, made) => api.get(`${MIGRATIONS}/${made.migration}`) },
  ...['pause', 'resume', 'cancel'].map(
    (action): ScenarioCall => ({
      operation: `${action}Migration`,
      status: 200,
      send: (api, { migration }) => api.post(`${MIGRATIONS}/${migration}/${action}`),
    }),
  ),
  {
    operation: 'createEntityTypeCompat',
    status: 201,
    send: (api) => api.post('/entityType/').send({ name: 'old' }),
  },
  { operation: 'listEntityTypesCompat', status: 200, send: (api) => api.get('/entityType/') },
  { operation: 'getEntityTypeCompat', status: 200, send: (api) => api.get('/entityType/old/') },
  { operation: 'changeEntityTypeCompat', status: 200, send: (api) => api.patch('/entityType/old/').send({}) },
  {
    operation: 'createEntityCompat',
    status: 201,
    send: (api) => api.post('/entity/old/').send({}),
    keep: (made, uuid) => Object.assign(made, { old: uuid }),
  },
  {
    operation: 'createEntityUnderCompat',
    status: 201,
    send: (api) => api.post(`/entity/old/${FRESH.replace(/^1/, '3')}/`).send({}),
  },
  { operation: 'listEntitiesCompat', status: 200, send: (api) => api.get('/entity/old/') },
  { operation: 'getEntityCompat', status: 200, send: (api, { old }) => api.get(`/entity/old/${old}/`) },
  { operation: 'searchEntitiesCompat', status: 200, send: (api) => api.get('/entity/old/search/') },
  {
    operation: 'searchEntitiesByBodyCompat',
    status: 200,
    send: (api) => api.post('/entity/old/search/').send({}),
  },
  {
    operation: 'replaceEntityCompat',
    status: 200,
    send: (api, { old }) => api.put(`/entity/old/${old}`).send({ fields: {} }),
  },
  {
    operation: 'replaceEntityCompat',
    status: 201,
    send: (api) =>
      api
        .put(`/entity/old/${FRESH.replace(/^1/, '2')}`)
        .set('If-None-Match', '*')
        .send({ fields: {} }),
  },
  {
    operation: 'changeEntityCompat',
    status: 200,
    send: (api, { old }) => api.patch(`/entity/old/${old}`).send({}),
  },
  {
    operation: 'uploadEntitiesCompat',
    status: 200,
    send: (api) => api.post('/entity/old/upload').type('application/json').send('[]'),
  },
  { operation: 'downloadEntitiesCompat', status: 200, send: (api) => api.get('/entity/old/download') },
  { operation: 'deleteEntityCompat', status: 204, send: (api, { old }) => api.delete(`/entity/old/${old}`) },
  ...RECORD_SCENARIO,
  { operation: 'listChanges', status: 200, send: (api) => api.get('/api/v1/changes') },
  { operation: 'deleteEntityTypeCompat', status: 204, send: (api) => api.delete('/entityType/unused') },
  { operation: 'deleteEntityType', status: 204, send: (api) => api.delete(`${TYPES}/unused2`) },
];

/** Operations that need neither caller nor store. */
export const PUBLIC_CALLS: readonly ScenarioCall[] = [
  { operation: 'getStatus', status: 200, send: (api) => api.get('/status') },
  { operation: 'getLiveness', status: 200, send: (api) => api.get('/livez') },
  { operation: 'getMetrics', status: 200, send: (api) => api.get('/metrics') },
  { operation: 'getOpenapi', status: 200, send: (api) => api.get('/openapi.json') },
];

/** Runs the whole scenario and answers what it made. Every call must succeed. */
export async function play(api: Api): Promise<Made> {
  const made: Made = { ...NOTHING_MADE };
  await api.post(TYPES).send({ name: 'unused' }).expect(201);
  await api.post(TYPES).send({ name: 'unused2' }).expect(201);
  for (const { operation, status, send, keep } of SCENARIO) {
    const answer = await send(api, made);
    if (answer.status !== status) throw new Error(`${operation}: ${answer.status} ${answer.text}`);
    keep?.(made, answer.body.uuid ?? answer.body.id);
  }
  return made;
}
