import type supertest from 'supertest';
import type { ScenarioCall } from './scenario.ts';

/** Past the cache. */
const fresh = (call: supertest.Test) => call.set('Cache-Control', 'no-cache');

const BONDS = '/api/v1/bonds';
const PEOPLE = '/api/v1/people';
const FRESH = '44444444-4444-4444-8444-444444444444';

/** A bond of accounts whose names tell which one it is. */
export const bondOf = (n: number | string, more: object = {}) => ({
  bond_id: `ID${n}`,
  host_account_id: `HOST${n}`,
  sub_account_id: `SUB${n}`,
  host_cost_center: 'teal',
  sub_cost_center: 'yellow',
  ...more,
});
export const subscriberOf = (sid: string) => ({ sid, name: `Name of ${sid}`, email: `${sid}@example.com` });
export const personOf = (name: string, more: object = {}) => ({
  person_name: name,
  person_surname: 'Sample',
  person_birthdate: '1980-02-29',
  person_address: 'Example Street 1',
  ...more,
});

const { bond_id: _id, ...unnamed } = bondOf(1);

/** Successes of the built-in records that need no account. */
export const RECORD_SCENARIO: readonly ScenarioCall[] = [
  { operation: 'createBond', status: 201, send: (api) => api.post(BONDS).send(bondOf(1)) },
  { operation: 'listBonds', status: 200, send: (api) => api.get(BONDS).query({ host_account_id: 'HOST1' }) },
  { operation: 'getBond', status: 200, send: (api) => api.get(`${BONDS}/ID1`) },
  { operation: 'replaceBond', status: 200, send: (api) => api.put(`${BONDS}/ID1`).send(unnamed) },
  {
    operation: 'replaceBond',
    status: 201,
    send: (api) => api.put(`${BONDS}/ID2`).set('If-None-Match', '*').send(bondOf(2)),
  },
  {
    operation: 'changeBond',
    status: 200,
    send: (api) => api.patch(`${BONDS}/ID1`).send({ host_cost_center: 'olive' }),
  },
  {
    operation: 'createSubscriber',
    status: 201,
    send: (api) => api.post(`${BONDS}/ID1/subscribers`).send(subscriberOf('ada')),
  },
  {
    operation: 'putSubscriber',
    status: 200,
    send: (api) => api.put(`${BONDS}/ID1/subscribers/bob`).send({ name: 'Bob', email: 'bob@example.com' }),
  },
  {
    operation: 'deleteSubscriber',
    status: 204,
    send: (api) => api.delete(`${BONDS}/ID1/subscribers/ada`),
  },
  { operation: 'deleteBond', status: 204, send: (api) => api.delete(`${BONDS}/ID1`) },
  {
    operation: 'healthCheckCompat',
    status: 200,
    old: true,
    open: true,
    send: (api) => api.get('/health_check'),
  },
  {
    operation: 'createBondCompat',
    status: 200,
    old: true,
    send: (api) => api.post('/bonds/').send(bondOf(3)),
  },
  {
    operation: 'findBondsCompat',
    status: 200,
    old: true,
    send: (api) => api.get('/bonds').query({ account_id: 'HOST3' }),
  },
  { operation: 'getBondCompat', status: 200, old: true, send: (api) => api.get('/bonds/ID3') },
  {
    operation: 'changeBondCompat',
    status: 200,
    old: true,
    send: (api) => api.put('/bonds/ID3').send({ sub_cost_center: 'red' }),
  },
  {
    operation: 'addSubscriberCompat',
    status: 200,
    old: true,
    send: (api) => api.post('/bonds/ID3/subscribers').send(subscriberOf('eve')),
  },
  {
    operation: 'removeSubscriberCompat',
    status: 200,
    old: true,
    send: (api) => api.delete('/bonds/ID3/subscribers/eve'),
  },
  { operation: 'deleteBondCompat', status: 200, old: true, send: (api) => api.delete('/bonds/ID3') },
  {
    operation: 'createPerson',
    status: 201,
    send: (api) => api.post(PEOPLE).send(personOf('Ada')),
    keep: (made, uuid) => Object.assign(made, { person: uuid }),
  },
  {
    operation: 'listPeople',
    status: 200,
    send: (api) => api.get(PEOPLE).query({ person_surname_prefix: 'Sam', born_from: '1980-01-01' }),
  },
  { operation: 'getPerson', status: 200, send: (api, { person }) => api.get(`${PEOPLE}/${person}`) },
  {
    operation: 'replacePerson',
    status: 200,
    send: (api, { person }) => api.put(`${PEOPLE}/${person}`).send(personOf('Eve')),
  },
  {
    operation: 'replacePerson',
    status: 201,
    send: (api) => api.put(`${PEOPLE}/${FRESH}`).set('If-None-Match', '*').send(personOf('Bob')),
  },
  {
    operation: 'changePerson',
    status: 200,
    send: (api, { person }) => api.patch(`${PEOPLE}/${person}`).send({ person_address: 'Elsewhere' }),
  },
  { operation: 'deletePerson', status: 204, send: (api, { person }) => api.delete(`${PEOPLE}/${person}`) },
  {
    operation: 'createPersonCompat',
    status: 200,
    old: true,
    send: (api) => api.post('/data').send(personOf('Old')),
  },
  {
    operation: 'findPeopleCompat',
    status: 200,
    old: true,
    send: (api) => api.get('/data').query({ person_surname: 'Sample' }),
  },
  { operation: 'listProducts', status: 200, open: true, send: (api) => fresh(api.get('/api/v1/products')) },
  { operation: 'listProductsCompat', status: 200, open: true, send: (api) => fresh(api.get('/products/')) },
];
