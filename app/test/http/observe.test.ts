import { requestText, sayRaw } from '../support/raw-http.ts';
import { TOY_PATH } from '../support/toy-domain.ts';
import { startToys, type ToyService } from '../support/toy-service.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const UUID_7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

let toys: ToyService;
beforeEach(async () => {
  toys = await startToys();
});
afterEach(() => toys.stop());

describe('request ids', () => {
  test('are made when there is none', async () => {
    const { headers } = await toys.api.get('/livez').expect(200);
    expect(headers['x-request-id']).toMatch(UUID_7);
  });

  test('are echoed when they are sane', async () => {
    const { headers } = await toys.api.get('/livez').set('X-Request-Id', 'abc-1:2/3').expect(200);
    expect(headers['x-request-id']).toBe('abc-1:2/3');
  });

  test.each(['a b', '"x"', '<script>', 'x'.repeat(129), ''])('are made in place of %j', async (id) => {
    const { headers } = await toys.api.get('/livez').set('X-Request-Id', id).expect(200);
    expect(headers['x-request-id']).toMatch(UUID_7);
  });
});

describe('traces', () => {
  test('are continued: same trace and flags, a new parent', async () => {
    const given = `00-${TRACE}-00f067aa0ba902b7-01`;
    const { headers } = await toys.api.get('/livez').set('traceparent', given).expect(200);
    expect(headers.traceparent).toMatch(new RegExp(`^00-${TRACE}-[\\da-f]{16}-01$`));
    expect(headers.traceparent).not.toBe(given);
    expect(await toys.logged()).toMatchObject({ trace_id: TRACE });
  });

  test.each([
    'garbage',
    `ff-${TRACE}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-00f067aa0ba902b7-01-more`,
    `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01`,
  ])('are started anew in place of %s', async (given) => {
    const { headers } = await toys.api.get('/livez').set('traceparent', given).expect(200);
    expect(headers.traceparent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-00$/);
    expect(headers.traceparent).not.toContain(TRACE);
  });
});

describe('the log', () => {
  test('has one line for each request, with what is needed to find it and nothing private', async () => {
    await toys.api
      .post('/api/v1/toys?secret_query=1')
      .set({ Authorization: 'Bearer secret_token', 'X-Request-Id': 'r1' })
      .send({ name: 'secret_body' });
    await toys.api.get(TOY_PATH).expect(200);
    expect(await toys.logged(0)).toEqual({
      level: 'info',
      message: 'request',
      method: 'POST',
      route: '/api/v1/toys',
      path: '/api/v1/toys',
      status: 400,
      ms: expect.any(Number),
      bytes: expect.any(Number),
      code: 'invalid_query',
      request_id: 'r1',
      trace_id: expect.stringMatching(/^[\da-f]{32}$/),
      actor: 'anonymous',
      organisation: 'default',
      client: '127.0.0.1',
    });
    expect(await toys.logged(1)).toMatchObject({ route: '/api/v1/toys/:uuid', path: TOY_PATH, status: 200 });
    expect(toys.entries).toHaveLength(2);
    expect(JSON.stringify(toys.entries)).not.toContain('secret');
  });

  test('tells what never became a request', async () => {
    await sayRaw(toys.port, 'nonsense\r\n\r\n');
    expect(await toys.logged()).toMatchObject({ status: 400, route: 'unmatched', code: 'malformed_request' });
  });

  test('names the cause of our own faults, which the answer does not', async () => {
    const { body, text } = await toys.api.get('/api/v1/broken').expect(500);
    expect(body).toMatchObject({ code: 'internal', type: '/problems/internal' });
    expect(text).not.toContain('secret');
    const error = toys.entries.find(({ level }) => level === 'error');
    expect(error).toMatchObject({
      error: toys.controls.fault,
      request_id: body.request_id,
      route: '/api/v1/broken',
    });
  });

  test.each([
    ['0', 'spoofed, 10.0.0.1', '127.0.0.1'],
    ['1', 'spoofed, 10.0.0.1', '10.0.0.1'],
    ['2', 'spoofed, 10.0.0.2,10.0.0.1', '10.0.0.2'],
    ['2', '10.0.0.1', '10.0.0.1'],
  ])('with %s trusted proxies and X-Forwarded-For %s the client is %s', async (hops, forwarded, client) => {
    const behind = await startToys({ env: { TRUST_PROXY: hops } });
    await behind.api.get('/livez').set('X-Forwarded-For', forwarded).expect(200);
    expect(await behind.logged()).toMatchObject({ client });
    await behind.stop();
  });
});

describe('metrics', () => {
  test('are labelled with the pattern of the route, never with what was asked', async () => {
    await toys.api.get(TOY_PATH).expect(200);
    await toys.api.get('/nothing/here').expect(404);
    await sayRaw(toys.port, requestText('PROPFIND', '/livez'));
    await toys.logged(2);
    const { text, headers } = await toys.api.get('/metrics').expect(200);
    expect(headers['content-type']).toMatch(/^text\/plain; version=/);
    const counts = text.split('\n').filter((line) => line.startsWith('http_request_duration_seconds_count'));
    expect(counts).toEqual([
      'http_request_duration_seconds_count{method="GET",route="/api/v1/toys/:uuid",status="200"} 1',
      'http_request_duration_seconds_count{method="GET",route="unmatched",status="404"} 1',
      'http_request_duration_seconds_count{method="OTHER",route="/livez",status="405"} 1',
    ]);
    expect(text).toContain('process_cpu_seconds_total');
  });
});

describe('security headers', () => {
  test('are on every answer', async () => {
    for (const path of ['/livez', '/nothing', '/docs']) {
      const { headers } = await toys.api.get(path);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'strict-transport-security': expect.stringContaining('max-age='),
      });
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'/);
      expect(headers['x-powered-by']).toBeUndefined();
    }
  });
});

test('the icon that browsers ask for is none, for a day, without a word in the log or a count', async () => {
  const { headers, text } = await toys.api.get('/favicon.ico').expect(204);
  expect([text, headers['cache-control']]).toEqual(['', 'public, max-age=86400']);
  expect(headers['x-content-type-options']).toBe('nosniff');
  await toys.api.get('/livez').expect(200);
  expect(await toys.logged()).toMatchObject({ path: '/livez' });
  expect((await toys.api.get('/metrics').expect(200)).text).not.toContain('status="204"');
});
