import { get } from 'node:http';
import Joi from 'joi';
import type { Answer, Domain, Route } from '../../src/domains/domain.ts';
import { requestText, sayRaw } from '../support/raw-http.ts';
import { startToys, type ToyService } from '../support/toy-service.ts';

/** Bytes of every value, in no order that would be text. */
const bytesOf = (length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * 7) % 256));
const ofSize = async (size: number): Promise<Answer> => ({ status: 200, body: bytesOf(size) });

describe('an answer', () => {
  let toys: ToyService;
  beforeAll(async () => {
    const route = (path: string, handler: Route['handler']): Route => ({
      method: 'GET',
      path,
      operation: path,
      summary: 'x',
      permission: 'public',
      responses: {},
      handler,
    });
    const routes: Route[] = [
      {
        ...route('/sized/:size', ({ params }) => ofSize(Number(params.size))),
        params: { size: Joi.string() },
      },
      route('/headed', async () => ({
        status: 200,
        body: {},
        headers: { 'cache-control': 'max-age=1', VARY: 'Prefer', 'X-Own': 'own' },
      })),
    ];
    const domain: Domain = { name: 'sizes', summary: 'x', routes };
    toys = await startToys({ extra: [domain], env: { CORS_ORIGINS: 'https://a.example' } });
  });
  afterAll(() => toys.stop());

  test.each([0, 1, 256, 4096, 4097, 100_000])('of %d finished bytes arrives as it was', async (size) => {
    const chunks: Buffer[] = [];
    const status = await new Promise((resolve, reject) => {
      get(`${toys.url}/sized/${size}`, (answer) => {
        answer.on('data', (chunk) => chunks.push(chunk)).on('end', () => resolve(answer.statusCode));
      }).on('error', reject);
    });
    expect(status).toBe(200);
    expect(Buffer.concat(chunks).equals(bytesOf(size))).toBe(true);
  });

  test('has its handler’s headers in place of all usual ones of that name, however it is spelt', async () => {
    const { headers } = await toys.api.get('/headed').expect(200);
    expect(headers).toMatchObject({ 'cache-control': 'max-age=1', vary: 'Prefer', 'x-own': 'own' });
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});

test('a request that only says it has JSON is told what is missing, at once', async () => {
  const toys = await startToys();
  const json = { 'Content-Type': 'application/json' };
  for (const headers of [json, { ...json, 'Content-Length': '0' }]) {
    const { status, body } = await sayRaw(toys.port, requestText('POST', '/api/v1/toys', headers));
    expect(status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ code: 'malformed_json' });
  }
  await toys.stop();
});
