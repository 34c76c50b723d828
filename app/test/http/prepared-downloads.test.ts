import {
  type AccountsService,
  type Auth,
  administrator,
  only,
  startAccounts,
  userOf,
} from '../support/accounts.ts';
import { eventually } from '../support/eventually.ts';
import { onEveryEdition } from '../support/every-edition.ts';
import { dynamoTable } from '../support/tables.ts';

const DOWNLOADS = '/api/v1/downloads';
const CITY = '/api/v1/entities/city';
const UNKNOWN = '11111111-1111-4111-8111-111111111111';

const cityType = {
  name: 'city',
  fields: [{ name: 'name', type: 'string', indexed: true }],
  links: [{ relation: 'twin', to: 'city', inverse: 'twin' }],
};

onEveryEdition('downloads as files', (factory) => {
  let service: AccountsService;
  let admin: Auth;
  let editor: Auth;
  beforeEach(async () => {
    service = await startAccounts(factory);
    admin = only(await administrator(service));
    editor = only(await userOf(service.api, admin, { email: 'editor@example.com', role: 'editor' }));
    await service.api.post('/api/v1/entity-types').set(editor).send(cityType).expect(201);
    const rows = ['Ulm', 'Bern', 'Köln, "am Rhein"'].map((name) => ({ fields: { name }, tags: ['x'] }));
    await service.api.post(`${CITY}/upload`).set(editor).send(rows).expect(200);
  });
  afterEach(() => service.close());

  const start = (caller: Auth, body: object = {}) =>
    service.api.post(`${CITY}/downloads`).set(caller).send(body);

  async function finished(caller: Auth, body: object = {}) {
    const { headers } = await start(caller, body).expect(202);
    const path = String(headers.location);
    await eventually(async () => (await service.api.get(path).set(caller).expect(200)).body.state === 'done');
    return (await service.api.get(path).set(caller)).body;
  }

  /** Without credentials, from wherever the link leads. */
  async function fetched(url: string, headers: Record<string, string> = {}) {
    if (url.startsWith('http')) {
      const answer = await fetch(url, { headers });
      return {
        status: answer.status,
        text: await answer.text(),
        headers: Object.fromEntries(answer.headers),
      };
    }
    const answer = await service.api.get(url).set(headers).buffer(true).parse(asText);
    return {
      status: answer.status,
      text: String(answer.body),
      headers: answer.headers as Record<string, string>,
    };
  }

  test('202, 200: a file with all entities, fetched by a link without credentials', async () => {
    const { body: waiting, headers } = await start(editor).expect(202);
    expect(headers.location).toBe(`${DOWNLOADS}/${waiting.id}`);
    expect(waiting).toMatchObject({
      type: 'city',
      format: 'ndjson',
      state: 'waiting',
      progress: { rows: 0, bytes: 0 },
    });
    for (const [format, type] of [
      ['ndjson', 'application/x-ndjson'],
      ['csv', 'text/csv; charset=utf-8; header=present'],
      ['json', 'application/json'],
    ] as const) {
      const job = await finished(editor, { format });
      const stream = await service.api
        .get(`${CITY}/download`)
        .query({ format })
        .set(editor)
        .buffer(true)
        .parse(asText);
      const file = await fetched(job.url);
      expect(file).toMatchObject({ status: 200, text: stream.body });
      expect(job.progress).toEqual({ rows: 3, bytes: Buffer.byteLength(file.text) });
      expect(file.headers['content-type']).toBe(type);
      expect(file.headers['content-disposition']).toBe(`attachment; filename="city.${format}"`);
      expect(file.headers['content-length']).toBe(String(job.progress.bytes));
      expect(Date.parse(job.url_expires_at) - Date.now()).toBeGreaterThan(3_000_000);
      expect(Date.parse(job.expires_at) - Date.now()).toBeGreaterThan(23 * 3_600_000);
    }
    const { body: list } = await service.api.get(DOWNLOADS).set(editor).expect(200);
    expect(list.items.map(({ format }: { format: string }) => format)).toEqual([
      'json',
      'csv',
      'ndjson',
      'ndjson',
    ]);
  });

  test('202: conditions as a search takes them, and once for an Idempotency-Key', async () => {
    const fields = [{ field: 'name', op: '^=', value: 'K' }];
    const job = await finished(editor, { fields, tags: ['x'], sort: 'name', format: 'json' });
    const { text } = await fetched(job.url);
    expect(JSON.parse(text).map((city: { fields: object }) => city.fields)).toEqual([
      { name: 'Köln, "am Rhein"' },
    ]);
    const [one, two] = [
      await start(editor).set('Idempotency-Key', 'k').expect(202),
      await start(editor).set('Idempotency-Key', 'k').expect(202),
    ];
    expect(two.body).toEqual(one.body);
    expect(two.headers['idempotency-replayed']).toBe('true');
    expect((await service.api.get(DOWNLOADS).set(editor)).body.items).toHaveLength(2);
  });

  test('206: a part of a file', async () => {
    const { url } = await finished(editor);
    const { text } = await fetched(url);
    const bytes = Buffer.from(text);
    for (const [range, part] of [
      ['bytes=0-9', bytes.subarray(0, 10)],
      ['bytes=20-', bytes.subarray(20)],
      // The server that stands in for AWS does not know this form.
      ...(url.startsWith('http') ? [] : ([['bytes=-5', bytes.subarray(-5)]] as const)),
    ] as const) {
      const answer = await fetched(url, { Range: range });
      expect({ range, status: answer.status, text: answer.text }).toEqual({
        range,
        status: 206,
        text: String(part),
      });
      expect(answer.headers['content-range']).toMatch(new RegExp(`/${bytes.length}$`));
    }
  });

  test('204: cancels what is not over, removes what is, and its link leads nowhere then', async () => {
    const job = await finished(editor);
    await service.api.delete(`${DOWNLOADS}/${job.id}`).set(editor).expect(204);
    await service.api.get(`${DOWNLOADS}/${job.id}`).set(editor).expect(404);
    await service.api.delete(`${DOWNLOADS}/${job.id}`).set(editor).expect(404);
    expect((await fetched(job.url)).status).toBe(404);
  });

  test('400, 404, 415, 422: what cannot be asked for', async () => {
    for (const body of [{ format: 'xml' }, { limit: 5 }, { fields: [{ field: 'name' }] }, { surprise: 1 }]) {
      const { status } = await start(editor, body);
      expect({ body, isRefused: status === 400 || status === 422 }).toEqual({ body, isRefused: true });
    }
    const unknown = await start(editor, { fields: [{ field: 'age', value: 1 }] }).expect(400);
    expect(unknown.body.errors[0].code).toBe('invalid_query');
    await start(editor, { sort: 'size' }).expect(400);
    await service.api.post(`${CITY}/downloads`).set(editor).type('text/csv').send('a').expect(415);
    await service.api.post('/api/v1/entities/nothing/downloads').set(editor).send({}).expect(404);
    for (const id of [UNKNOWN]) {
      await service.api.get(`${DOWNLOADS}/${id}`).set(editor).expect(404);
      await service.api.delete(`${DOWNLOADS}/${id}`).set(editor).expect(404);
    }
    await service.api.get(`${DOWNLOADS}/x`).set(editor).expect(400);
    await service.api.get(DOWNLOADS).query({ cursor: 'x' }).set(editor).expect(400);
    expect((await service.api.get(DOWNLOADS).set(editor)).body.items).toEqual([]);
  });

  test('401, 403: who may not read entities, or not these', async () => {
    const { api } = service;
    await api.get(DOWNLOADS).set({ Authorization: 'Bearer nonsense' }).expect(401);
    const roles = { nothing: ['types:read'], some: ['entities:read'] };
    for (const [name, scopes] of Object.entries(roles)) {
      await api.post('/api/v1/roles').set(admin).send({ name, scopes }).expect(201);
    }
    const as = async (role: string) => only(await userOf(api, admin, { email: `${role}@example.com`, role }));
    const [nothing, some] = [await as('nothing'), await as('some')];
    const { id } = await finished(editor);
    await start(nothing).expect(403);
    await api.get(DOWNLOADS).set(nothing).expect(403);
    for (const method of ['get', 'delete'] as const)
      await api[method](`${DOWNLOADS}/${id}`).set(nothing).expect(403);
    await start(some).expect(202);
    const people = await api.post('/api/v1/entities/people/downloads').set(some).send({}).expect(403);
    expect(people.body.detail).toContain('people:read');
  });

  test('404: downloads of others, in the organisation and beyond; administrators see those of theirs', async () => {
    const { api } = service;
    const mine = await finished(editor);
    const other = only(await userOf(api, admin, { email: 'other@example.com', role: 'editor' }));
    const { body: organisation } = await api
      .post('/api/v1/organisations')
      .set(admin)
      .send({ name: 'O' })
      .expect(201);
    const foreign = { email: 'foreign@example.com', role: 'admin', organisation: organisation.id };
    const foreigner = only(await userOf(api, admin, foreign));
    for (const caller of [other, foreigner]) {
      await api.get(`${DOWNLOADS}/${mine.id}`).set(caller).expect(404);
      await api.delete(`${DOWNLOADS}/${mine.id}`).set(caller).expect(404);
      expect((await api.get(DOWNLOADS).set(caller).expect(200)).body.items).toEqual([]);
      await api.get(`${DOWNLOADS}/${mine.id}`).expect(404);
    }
    await api.get(`${DOWNLOADS}/${mine.id}`).set(editor).expect(200);
    const seen = await api.get(`${DOWNLOADS}/${mine.id}`).set(admin).expect(200);
    expect((await fetched(seen.body.url)).status).toBe(200);
    expect((await api.get(DOWNLOADS).set(admin).expect(200)).body.items).toMatchObject([{ id: mine.id }]);
    await api.delete(`${DOWNLOADS}/${mine.id}`).set(admin).expect(204);
    await api.get(`${DOWNLOADS}/${mine.id}`).set(editor).expect(404);
  });

  test('403: a key of less than its user does not show what the user has prepared', async () => {
    const { api } = service;
    const { headers } = await api.post('/api/v1/entities/people/downloads').set(editor).send({}).expect(202);
    const asked = { name: 'narrow', scopes: ['entities:read'] };
    const made = await api.post('/api/v1/api-keys').set(editor).send(asked).expect(201);
    const key = { 'X-API-Key': made.body.key };
    await api.get(String(headers.location)).set(editor).expect(200);
    await api.get(String(headers.location)).set(key).expect(404);
    const own = await start(editor).expect(202);
    await api.get(`${DOWNLOADS}/${own.body.id}`).set(key).expect(200);
  });

  test('403, 404: links that were changed, or lead to other files', async () => {
    const [one, two] = [await finished(editor), await finished(editor)];
    for (const url of [
      one.url.replace(one.id, two.id),
      one.url.replace(/ignature=....../, 'ignature=AAAAAA'),
      one.url.replace('city.ndjson', 'city.html'),
    ]) {
      expect({ url, status: (await fetched(url)).status }).toEqual({ url, status: 403 });
    }
    if (!one.url.startsWith('http')) {
      await service.api.get(one.url.split('&')[0]).expect(400);
      await service.api.get('/files/x').expect(400);
      await service.api.head(one.url).expect(200);
    }
  });
});

test('409: many instances without a bucket have no place for files', async () => {
  const service = await startAccounts(async (options) => {
    const fresh = await dynamoTable(options);
    return { ...fresh, settings: { STORE: 'dynamodb', DYNAMODB_TABLE: fresh.name } };
  });
  await service.api.post('/api/v1/entity-types').send(cityType).expect(201);
  const { body } = await service.api.post(`${CITY}/downloads`).send({}).expect(409);
  expect(body.code).toBe('no_file_store');
  expect((await service.api.get(DOWNLOADS).expect(200)).body.items).toEqual([]);
  await service.api.get('/files/x').expect(404);
  await service.close();
});

test('503: a bucket that is out of reach keeps what it has', async () => {
  const service = await startAccounts(async (options) => {
    const { name, ...fresh } = await dynamoTable(options);
    const settings = { STORE: 'dynamodb', DYNAMODB_TABLE: name, DOWNLOAD_BUCKET: 'sample' };
    return { ...fresh, settings: { ...settings, S3_ENDPOINT: 'http://127.0.0.1:9' } };
  });
  await service.api.post('/api/v1/entity-types').send(cityType).expect(201);
  const { headers } = await service.api.post(`${CITY}/downloads`).send({}).expect(202);
  const path = String(headers.location);
  await service.api.delete(path).expect(204);
  const { body } = await service.api.delete(path).expect(503);
  expect(body.code).toBe('files_unavailable');
  expect((await service.api.get(path).expect(200)).body.state).toBe('cancelled');
  await service.close();
});

function asText(answer: unknown, done: (error: Error | null, body: string) => void): void {
  const parts: Buffer[] = [];
  const stream = answer as NodeJS.ReadableStream;
  stream.on('data', (part) => parts.push(Buffer.from(part)));
  stream.on('end', () => done(null, Buffer.concat(parts).toString()));
  stream.on('error', (error) => done(error, ''));
}
