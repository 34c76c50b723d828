import { expectRefusal } from '../support/bad-input.ts';
import { openRaw, requestText, sayRaw } from '../support/raw-http.ts';
import { TOY_PATH } from '../support/toy-domain.ts';
import { startToys, type ToyService } from '../support/toy-service.ts';
import { INPUT_CLASSES, type Target } from './input-classes.ts';

const TARGETS: readonly Target[] = [
  { method: 'GET', path: '/api/v1/toys' },
  { method: 'POST', path: '/api/v1/toys', body: { kind: 'json', type: 'application/json' } },
  { method: 'GET', path: TOY_PATH },
  { method: 'PATCH', path: TOY_PATH, body: { kind: 'json', type: 'application/merge-patch+json' } },
  { method: 'DELETE', path: TOY_PATH },
  { method: 'POST', path: '/api/v1/toys/upload', body: { kind: 'stream', type: 'text/csv' } },
  { method: 'GET', path: '/toy/ball' },
  { method: 'GET', path: '/status' },
  { method: 'GET', path: '/openapi.json' },
];

const CASES = TARGETS.flatMap((target) =>
  INPUT_CLASSES.filter((input) => input.applies(target)).map((input) => ({ input, target })),
);

describe('bad input', () => {
  let toys: ToyService;
  beforeAll(async () => {
    toys = await startToys();
  });
  afterAll(() => toys.stop());

  test.each(CASES)('$target.method $target.path: $input.name is $input.status $input.code', async (one) => {
    await expectRefusal(toys.port, one.input, one.target);
    expect(toys.controls.made).toEqual([]);
  });

  test('never counts as our fault', async () => {
    const metrics = await toys.api.get('/metrics').expect(200);
    expect(metrics.text).not.toMatch(/status="5/);
  });

  test('of duplicate members the last one counts; minus zero is zero', async () => {
    const body = '{"name":"Bear","name":"Ball","age":-0}';
    const headers = { 'Content-Type': 'application/json; charset=UTF-8' };
    const answer = await sayRaw(toys.port, requestText('POST', '/api/v1/toys', headers, body));
    expect(answer.status).toBe(201);
    expect(toys.controls.made.pop()).toEqual({ name: 'Ball', age: 0, colour: 'red' });
  });

  test('a header that names another method changes nothing', async () => {
    await toys.api.get('/api/v1/toys').set('X-HTTP-Method-Override', 'DELETE').expect(200);
  });

  test('CONNECT is closed without an answer', async () => {
    const connection = await openRaw(toys.port);
    connection.write('CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n');
    await connection.ended;
    expect(connection.rest()).toBe('');
  });

  test('HTTP/1.0 needs no Host; a whole address in place of a path is as good', async () => {
    expect((await sayRaw(toys.port, 'GET /livez HTTP/1.0\r\n\r\n')).status).toBe(200);
    expect((await sayRaw(toys.port, requestText('GET', 'http://localhost/livez'))).status).toBe(200);
  });

  test('headers just under the limit are read', async () => {
    const answer = await sayRaw(toys.port, requestText('GET', '/livez', { 'X-Big': 'x'.repeat(16_000) }));
    expect(answer.status).toBe(200);
  });
});
