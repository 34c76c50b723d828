import { asPreferred, preference } from '../../src/http/preferences.ts';
import { onEveryEdition } from '../support/every-edition.ts';
import { bondOf, personOf } from '../support/record-scenario.ts';
import { startService, type TestService } from '../support/service.ts';

test.each([
  [undefined, undefined],
  ['return=minimal', 'minimal'],
  ['RETURN = "Minimal"', 'minimal'],
  ['respond-async, return=minimal; foo="a"', 'minimal'],
  ['return=representation, return=minimal', 'representation'],
  ['return', ''],
  ['xreturn=minimal', undefined],
  ['handling=lenient', undefined],
  ['"return=minimal"', undefined],
])('of Prefer: %s the preference return is %s', (prefer, expected) => {
  expect(preference(prefer === undefined ? {} : { prefer }, 'return')).toBe(expected);
});

test('what is shown once is shown, whatever is preferred', () => {
  const request = { method: 'POST', url: '/api/v1/api-keys', headers: { prefer: 'return=minimal' } };
  const answer = { status: 201, body: { key: 'x' }, headers: { 'Cache-Control': 'no-store' } };
  expect(asPreferred(request as never, answer)).toBe(answer);
});

const MINIMAL = { Prefer: 'return=minimal' };

onEveryEdition('preferences', (factory) => {
  let service: TestService;
  let api: TestService['api'];
  beforeAll(async () => {
    service = await startService(factory);
    api = service.api;
  });
  afterAll(() => service.close());

  test('201 and 204 without a body, with all that is needed to go on', async () => {
    const made = await api.post('/api/v1/people').set(MINIMAL).send(personOf('Ada')).expect(201);
    expect(made.text).toBe('');
    expect(made.headers).toMatchObject({ 'preference-applied': 'return=minimal', 'content-length': '0' });
    expect(made.headers['content-type']).toBeUndefined();
    const path = String(made.headers.location);
    const got = await api.get(path).set(MINIMAL).expect(200);
    expect(got.body.person_surname).toBe(personOf('Ada').person_surname);
    expect(got.headers['preference-applied']).toBeUndefined();
    expect(got.headers.etag).toBe(made.headers.etag);
    for (const method of ['put', 'patch'] as const) {
      const changed = await api[method](path).set(MINIMAL).send(personOf('Eve')).expect(204);
      expect([changed.text, changed.headers['preference-applied']]).toEqual(['', 'return=minimal']);
      expect((await api.get(path).expect(200)).headers.etag).toBe(changed.headers.etag);
      const whole = await api[method](path).set('Prefer', 'return=representation').send(personOf('Ada'));
      expect([whole.status, whole.body.version]).toEqual([200, expect.any(Number)]);
    }
  });

  test('failures, searches and old paths are told in full', async () => {
    expect((await api.post('/api/v1/people').set(MINIMAL).send({}).expect(422)).body.code).toBeDefined();
    const type = { name: 'preferred', fields: [{ name: 'n', type: 'integer', indexed: true }] };
    await api.post('/api/v1/entity-types').set(MINIMAL).send(type).expect(201);
    const search = '/api/v1/entities/preferred/search';
    const found = await api.post(search).set(MINIMAL).send({ limit: 1 }).expect(200);
    expect(found.body.items).toEqual([]);
    expect((await api.post('/bonds').set(MINIMAL).send(bondOf(7)).expect(200)).body.bond_id).toBe('ID7');
  });

  test('handling=strict: to delete a bond that is not there is a 404 at the old path too', async () => {
    const strict = () => api.delete('/bonds/NONE').set('Prefer', 'handling=strict');
    expect((await strict().expect(404)).body).toEqual({ detail: 'Bond NONE not found.' });
    await api.delete('/bonds/NONE').set('Prefer', 'handling=lenient').expect(200);
    await api.delete('/bonds/NONE').expect(200);
    await api
      .post('/bonds')
      .send(bondOf('NONE', { bond_id: 'NONE' }))
      .expect(200);
    await strict().expect(200);
  });
});
