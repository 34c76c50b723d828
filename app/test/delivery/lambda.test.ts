import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createLambdaHandler,
  type LambdaAnswer,
  type LambdaHandler,
  type LambdaRequest,
} from '../../src/lambda.ts';
import { image } from './image.ts';
import { textOf } from './repository.ts';
import { run } from './tools.ts';

/** An event as API Gateway sends it for an HTTP API (payload 2.0), with what the service does not look at. */
function eventOf(method: string, target: string, more: Partial<LambdaRequest> = {}): LambdaRequest {
  const [rawPath = '', rawQueryString = ''] = target.split('?');
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers: {
      accept: '*/*',
      'content-length': String(more.body?.length ?? 0),
      host: 'abcdefghij.execute-api.eu-west-1.amazonaws.com',
      'user-agent': 'curl/8.5.0',
      'x-amzn-trace-id': 'Root=1-65a1b2c3-0123456789abcdef01234567',
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
      ...(more.body !== undefined && { 'content-type': 'application/json' }),
    },
    requestContext: {
      accountId: '111111111111',
      apiId: 'abcdefghij',
      domainName: 'abcdefghij.execute-api.eu-west-1.amazonaws.com',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'curl/8.5.0' },
      requestId: 'JKJaXmPLvHcESHA=',
      stage: '$default',
      timeEpoch: 1_795_000_000_000,
    },
    isBase64Encoded: false,
  };
  return { ...event, ...more, headers: { ...event.headers, ...more.headers } };
}

const json = (answer: LambdaAnswer) =>
  JSON.parse(answer.body) as { readonly uuid: string; readonly items: readonly unknown[] };
let folder: string;
let handler: LambdaHandler;
const call = (method: string, target: string, body?: unknown, headers: Record<string, string> = {}) =>
  handler(eventOf(method, target, { ...(body !== undefined && { body: JSON.stringify(body) }), headers }));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cadastre-lambda-'));
  handler = createLambdaHandler({
    NODE_ENV: 'test',
    STORE: 'sqlite',
    SQLITE_PATH: join(folder, 'lambda.db'),
    CACHE: 'off',
    CHANGE_LOG: 'on',
    ANONYMOUS_ROLE: 'editor',
    LOG_LEVEL: 'error',
    PORT: '80', // what the function is told about listening is not what counts
    HOST: '0.0.0.0',
  });
});

afterAll(async () => {
  await handler.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the first event starts the service, and it is well', async () => {
  const answer = await call('GET', '/status');
  expect(answer).toMatchObject({ statusCode: 200, isBase64Encoded: false });
  expect(json(answer)).toMatchObject({ status: 'ok' });
  expect((await call('GET', '/readyz')).statusCode).toBe(200);
});

test('who asks for an event stream, which would never leave a function, is given a page', async () => {
  const answer = await call('GET', '/api/v1/changes', undefined, { accept: 'text/event-stream' });
  expect(answer).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json' } });
  expect(json(answer)).toMatchObject({ items: [], has_more: false });
});

test('records are made, read, found and deleted', async () => {
  const fields = [{ name: 'name', type: 'string', indexed: true }];
  expect((await call('POST', '/api/v1/entity-types', { name: 'city', fields })).statusCode).toBe(201);
  const made = await call('POST', '/api/v1/entities/city', { fields: { name: 'Köln' } });
  expect(made.statusCode).toBe(201);
  const path = `/api/v1/entities/city/${json(made).uuid}`;
  expect(made.headers.location).toBe(path);
  const read = await call('GET', path);
  expect(json(read)).toMatchObject({ fields: { name: 'Köln' } });
  expect(made.headers.etag).toBe(read.headers.etag);
  const again = await call('GET', path, undefined, { 'if-none-match': read.headers.etag! });
  expect([again.statusCode, again.body]).toEqual([304, '']);
  const found = await call('GET', `/api/v1/entities/city/search?fields=${encodeURIComponent('name=Köln')}`);
  expect(json(found).items).toHaveLength(1);
  expect((await call('DELETE', path)).statusCode).toBe(204);
  expect((await call('GET', path)).statusCode).toBe(404);
});

test('what is wrong is answered as by the server', async () => {
  const broken = await handler(eventOf('POST', '/api/v1/entity-types', { body: '{"name":' }));
  expect([broken.statusCode, broken.headers['content-type']]).toEqual([
    400,
    expect.stringContaining('application/problem+json'),
  ]);
  expect((await call('DELETE', '/status')).statusCode).toBe(405);
  expect((await call('GET', '/api/v1/entities/näm e/x')).statusCode).toBeGreaterThanOrEqual(400);
});

test('bodies in base64 go in, and text comes out as text', async () => {
  const rows = Buffer.from('{"fields":{"name":"Oslo"}}\n{"fields":{"name":"Århus"}}\n');
  const uploaded = await handler(
    eventOf('POST', '/api/v1/entities/city/upload', {
      body: rows.toString('base64'),
      isBase64Encoded: true,
      headers: { 'content-type': 'application/x-ndjson' },
    }),
  );
  expect(uploaded.statusCode).toBe(200);
  const download = await call('GET', '/api/v1/entities/city/download?format=ndjson');
  expect(download.isBase64Encoded).toBe(false);
  expect(download.body).toContain('Århus');
});

test('the caller has the address that the gateway saw, whatever he says himself', async () => {
  const limited = createLambdaHandler({
    NODE_ENV: 'test',
    STORE: 'sqlite',
    SQLITE_PATH: ':memory:',
    CACHE: 'off',
    ANONYMOUS_ROLE: 'editor',
    LOG_LEVEL: 'error',
    RATE_LIMIT_ADDRESS: '3',
  });
  try {
    const answers: LambdaAnswer[] = [];
    for (let i = 0; i < 5; i++) {
      const headers = { 'x-forwarded-for': `198.51.100.${i}` };
      answers.push(await limited(eventOf('GET', '/api/v1/entity-types', { headers })));
    }
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 429, 429]);
  } finally {
    await limited.close();
  }
});

test('wrong settings fail each event, and not the process', async () => {
  const wrong = createLambdaHandler({ NODE_ENV: 'test', STORE: 'nowhere' });
  for (let i = 0; i < 2; i++) await expect(wrong(eventOf('GET', '/status'))).rejects.toThrow(/STORE/);
  await wrong.close();
});

test('the entry that is built is the one of the sources, and answers as well', async () => {
  const script = `
    const { handler } = await import('./dist/lambda.js');
    const { statusCode, body } = await handler(${JSON.stringify(eventOf('GET', '/status'))});
    console.log(statusCode, JSON.parse(body).status);
    await handler.close();`;
  const env = {
    PATH: process.env.PATH,
    STORE: 'sqlite',
    SQLITE_PATH: ':memory:',
    CACHE: 'off',
    LOG_LEVEL: 'error',
  };
  const { workdir } = image();
  const words = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script];
  expect(await run(process.execPath, words, { cwd: workdir, env })).toEqual({ code: 0, text: '200 ok\n' });
});

test('the function may do to the table what a task may, and is called by the name of the entry', () => {
  const actions = (path: string) =>
    [...textOf(path).matchAll(/"(dynamodb:\w+)"/g)].map(([, action]) => action);
  expect(actions('iac/modules/function/main.tf')).toEqual(actions('iac/app/roles.tf'));
  expect(textOf('iac/modules/function/main.tf')).toContain('handler          = "dist/lambda.handler"');
});
