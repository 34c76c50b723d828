import { startService, type TestService } from '../support/service.ts';
import { sqliteTable } from '../support/tables.ts';
import { MEDIA_TYPES, uuidOf } from '../support/transfers.ts';

const CITY = '/api/v1/entities/city';
const FIELDS = [{ name: 'name', type: 'string', required: true, unique: true }];
const row = (n: number) => JSON.stringify({ uuid: uuidOf(n), fields: { name: `${n}` } });
const rows = (...numbers: number[]) => numbers.map(row).join('\n');

describe('files', () => {
  let service: TestService;
  beforeEach(async () => {
    service = await startService(sqliteTable, { UPLOAD_MAX_BYTES: '100000' });
    await service.api.post('/api/v1/entity-types').send({ name: 'city', fields: FIELDS }).expect(201);
  });
  afterEach(() => service.close());

  const upload = (body: string, type = MEDIA_TYPES.ndjson, path = `${CITY}/upload`) =>
    service.api.post(path).set('Content-Type', type).send(body);

  test('200: go in and come out again, at the old paths too', async () => {
    await upload(rows(1, 2, 3)).expect(200, { created: 3, updated: 0, failed: 0, errors: [] });
    const csv = await service.api.get('/entity/city/download').query({ format: 'csv' }).expect(200);
    expect(csv.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="city.csv"',
    });
    const again = await upload(csv.text, 'text/csv; charset=UTF-8', '/entity/city/upload').expect(200);
    expect(again.body).toMatchObject({ updated: 3, failed: 0 });
    const json = await service.api.get(`${CITY}/download?format=json`).expect(200);
    expect(json.body).toHaveLength(3);
    await upload(json.text, 'application/json').expect(200);
  });

  test('200: in pieces that link to each other', async () => {
    await upload(rows(1, 2, 3));
    const first = await service.api.get(`${CITY}/download?limit=2`).buffer(true).expect(200);
    const [, next] = /^<(.+)>; rel="next"$/.exec(first.headers.link!)!;
    const second = await service.api.get(next!).buffer(true).expect(200);
    expect(second.headers.link).toBeUndefined();
    const texts = [first, second].map(({ text, body }) => text ?? String(body));
    expect(texts.join('').match(/"name":"\d"/g)).toEqual(['"name":"1"', '"name":"2"', '"name":"3"']);
  });

  test('200: with every row that failed', async () => {
    const { body } = await upload(`${rows(1, 1)}\n{}\n`).expect(200);
    expect(body).toMatchObject({ created: 1, updated: 1, failed: 1 });
    expect(body.errors).toEqual([
      { line: 3, code: 'required', detail: expect.any(String), pointer: '/fields/name' },
    ]);
  });

  test('400: what is no array, no header, no query', async () => {
    expect((await upload('{}', 'application/json').expect(400)).body.code).toBe('malformed_json');
    expect((await upload('nome\nx\n', 'text/csv').expect(400)).body.code).toBe('unknown_field');
    await upload('', MEDIA_TYPES.ndjson, `${CITY}/upload?atomic=perhaps`).expect(400);
    await service.api.get(`${CITY}/download?format=xml`).expect(400);
    await service.api.get(`${CITY}/download?fields=x`).expect(400);
    await service.api.get(`${CITY}/download?explain=true`).expect(400);
  });

  test('404: an unknown type', async () => {
    await upload(row(1), MEDIA_TYPES.ndjson, '/api/v1/entities/town/upload').expect(404);
    await service.api.get('/api/v1/entities/town/download').expect(404);
  });

  test('413: too many bytes, or too many rows for all or none', async () => {
    expect((await upload('x'.repeat(100_001)).expect(413)).body.code).toBe('payload_too_large');
    const numbers = Array.from({ length: 50 }, (_, n) => n);
    const { body } = await upload(rows(...numbers), MEDIA_TYPES.ndjson, `${CITY}/upload?atomic=true`).expect(
      413,
    );
    expect(body.code).toBe('too_many_items');
    await service.api.get(`${CITY}`).expect(({ body: { items } }) => expect(items).toEqual([]));
  });

  test('415: another media type', async () => {
    await upload(row(1), 'text/plain').expect(415);
  });
});
