import { watchEventLoop } from '../../src/http/event-loop.ts';
import { createLifecycle } from '../../src/http/lifecycle.ts';
import { type Check, createStatus } from '../../src/http/status.ts';
import { fail } from '../../src/kernel/errors.ts';
import { manualClock } from '../support/manual-clock.ts';
import { startToys } from '../support/toy-service.ts';

const well = (name: string): Check => ({ name, required: true, probe: async () => {} });
const ill = (name: string, required: boolean): Check => ({
  name,
  required,
  probe: async () => {
    throw fail('unavailable', 'store_unavailable', 'secret address');
  },
});

describe('/status', () => {
  test('200 when all is well', async () => {
    const toys = await startToys({ checks: [well('store')] });
    const { body, headers } = await toys.api.get('/status').expect(200);
    expect(body).toEqual({
      status: 'ok',
      phase: 'ready',
      version: '1.2.3',
      dependencies: [{ name: 'store', status: 'ok', required: true, ms: expect.any(Number) }],
    });
    expect(headers['cache-control']).toBe('no-store');
    await toys.stop();
  });

  test('200 degraded when something is ill that can be done without', async () => {
    const toys = await startToys({ checks: [well('store'), ill('cache', false)] });
    const { body, text } = await toys.api.get('/status').expect(200);
    expect(body.status).toBe('degraded');
    expect(body.dependencies[1]).toMatchObject({
      name: 'cache',
      status: 'failing',
      code: 'store_unavailable',
    });
    expect(text).not.toContain('secret');
    await toys.stop();
  });

  test('503 when something is ill that nothing works without', async () => {
    const toys = await startToys({ checks: [ill('store', true), well('cache')] });
    expect((await toys.api.get('/status').expect(503)).body.status).toBe('failing');
    await toys.api.get('/readyz').expect(200);
    await toys.api.get('/livez').expect(200);
    await toys.stop();
  });

  test('does not wait longer than a second for a dependency', async () => {
    const clock = manualClock();
    const asked = createStatus(
      [{ name: 'store', required: true, probe: () => new Promise(() => {}) }],
      clock,
    )();
    await clock.advance(1_000);
    expect((await asked).dependencies).toEqual([
      { name: 'store', status: 'failing', required: true, ms: 1_000, code: 'timeout' },
    ]);
  });

  test('asks a dependency once a second at most, however many callers there are', async () => {
    const clock = manualClock();
    let probes = 0;
    const check: Check = { ...well('store'), probe: async () => void probes++ };
    const status = createStatus([check], clock);
    await Promise.all([status(), status(), status()]);
    expect(probes).toBe(1);
    await clock.advance(1_000);
    await status();
    expect(probes).toBe(2);
  });
});

describe('/readyz', () => {
  test('503 before the start and while draining', async () => {
    const lifecycle = createLifecycle();
    const toys = await startToys({ lifecycle: { ...lifecycle, ready() {} } });
    expect((await toys.api.get('/readyz').expect(503)).body).toEqual({ status: 'starting' });
    lifecycle.ready();
    expect((await toys.api.get('/readyz').expect(200)).body).toEqual({ status: 'ready' });
    lifecycle.drain();
    lifecycle.ready();
    const draining = await toys.api.get('/readyz').expect(503);
    expect(draining.body).toEqual({ status: 'draining' });
    expect(draining.headers.connection).toBe('close');
    await toys.api.get('/livez').expect(200);
    await toys.stop();
  });

  test('503 while the event loop lags by a second', async () => {
    let lag = 999;
    const toys = await startToys({ loop: { lagMs: () => lag, stop() {} } });
    await toys.api.get('/readyz').expect(200);
    lag = 1_000;
    expect((await toys.api.get('/readyz').expect(503)).body).toEqual({ status: 'overloaded' });
    await toys.stop();
  });
});

test('a spike of the event loop is remembered for one window more, and then forgotten', () => {
  const histogram = {
    max: 0,
    enable: () => true,
    disable: () => true,
    reset() {
      histogram.max = 0;
    },
  };
  let now = 0;
  const watch = watchEventLoop(() => now, histogram);
  histogram.max = 1_200e6;
  now = 5_000;
  expect(watch.lagMs()).toBe(1_200);
  histogram.max = 3e6;
  expect(watch.lagMs()).toBe(1_200);
  now = 10_000;
  expect(watch.lagMs()).toBe(1_200);
  expect(watch.lagMs()).toBe(3);
  histogram.max = 9_000e6;
  now = 60_000;
  expect(watch.lagMs()).toBe(3);
  expect(watch.lagMs()).toBe(0);
});

describe('/metrics with a token of its own', () => {
  const METRICS_TOKEN = 'a-sample-token-for-metrics';

  test('is for who brings it, and for nobody else', async () => {
    const toys = await startToys({ env: { METRICS_TOKEN } });
    const { text } = await toys.api
      .get('/metrics')
      .set('Authorization', `Bearer ${METRICS_TOKEN}`)
      .expect(200);
    expect(text).toContain('process_cpu');
    const { body, headers } = await toys.api.get('/metrics').expect(401);
    expect(body.code).toBe('unauthenticated');
    expect(headers['www-authenticate']).toBe('Bearer');
    for (const wrong of [`${METRICS_TOKEN}x`, METRICS_TOKEN.slice(1), 'x']) {
      await toys.api.get('/metrics').set('Authorization', `Bearer ${wrong}`).expect(401);
    }
    await toys.stop();
  });

  test('makes nobody of its bearer elsewhere, whatever the anonymous caller may do', async () => {
    const toys = await startToys({ env: { METRICS_TOKEN } });
    const auth = `Bearer ${METRICS_TOKEN}`;
    await toys.api.get('/api/v1/toys').set('Authorization', auth).expect(401);
    await toys.api.get('/livez').set('Authorization', auth).expect(200);
    await toys.api.get('/api/v1/toys').expect(200);
    await toys.stop();
  });
});
