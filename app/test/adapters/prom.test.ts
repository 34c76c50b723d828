import { Histogram, Registry } from 'prom-client';
import { createPromMetrics } from '../../src/adapters/prom.ts';
import { histogramIn } from '../../src/adapters/prom-histogram.ts';

test('requests are counted by method, route and status, with their duration', async () => {
  const { meter, render } = createPromMetrics();
  meter.request('GET', '/things/:id', 200, 0.004);
  meter.request('GET', '/things/:id', 200, 0.004);
  meter.request('GET', '/things/:id', 404, 2);
  const text = await render();
  const labels = 'method="GET",route="/things/:id",status="200"';
  expect(text).toContain(`http_request_duration_seconds_count{${labels}} 2`);
  expect(text).toContain(`http_request_duration_seconds_bucket{le="0.0025",${labels}} 0`);
  expect(text).toContain(`http_request_duration_seconds_bucket{le="0.005",${labels}} 2`);
  expect(text).toContain(`http_request_duration_seconds_bucket{le="+Inf",${labels}} 2`);
  expect(text).toContain(`http_request_duration_seconds_sum{${labels}} 0.008`);
  expect(text).toContain('# TYPE http_request_duration_seconds histogram');
});

test('calls of the store are counted by operation and outcome', async () => {
  const { meter, render } = createPromMetrics();
  meter.storeCall('get', 'ok', 0.0002);
  meter.storeCall('write', 'write_conflict', 0.1);
  const text = await render();
  expect(text).toContain('store_call_duration_seconds_count{operation="get",outcome="ok"} 1');
  expect(text).toContain('store_call_duration_seconds_count{operation="write",outcome="write_conflict"} 1');
});

test('capacity is added up by operation and kind', async () => {
  const { meter, render } = createPromMetrics();
  meter.capacity('get', 0.5, 0);
  meter.capacity('get', 1, 0);
  meter.capacity('write', 0, 4);
  const text = await render();
  expect(text).toContain('store_capacity_units_total{operation="get",kind="read"} 1.5');
  expect(text).toContain('store_capacity_units_total{operation="write",kind="write"} 4');
  expect(text).not.toContain('operation="get",kind="write"');
});

test('two of them do not share anything', async () => {
  createPromMetrics().meter.storeCall('get', 'ok', 1);
  expect(await createPromMetrics().render()).not.toContain('outcome=');
});

test('a histogram says what the library’s own would have said', async () => {
  const values = [0, 0.5, 1, 1.5, 2, 99];
  const ours = new Registry();
  const observe = histogramIn(ours, { name: 'x', help: 'h', labels: ['a', 'b'], buckets: [1, 2] });
  for (const value of values) observe(value, 'q"uote\n', 7);
  const theirs = new Registry();
  const histogram = new Histogram({
    name: 'x',
    help: 'h',
    labelNames: ['a', 'b'],
    buckets: [1, 2],
    registers: [theirs],
  });
  for (const value of values) histogram.observe({ a: 'q"uote\n', b: 7 }, value);
  expect(await ours.metrics()).toBe(await theirs.metrics());
});

test('what becomes of changes is counted', async () => {
  const { meter, render } = createPromMetrics();
  meter.changesRecorded(3);
  meter.changesDelivered('redis-stream', 2);
  meter.changesFailed('redis-stream', 'refused');
  meter.changesLag('redis-stream', 12.5);
  meter.changesWatched(3);
  const text = await render();
  expect(text).toContain('changes_recorded_total 3');
  expect(text).toContain('changes_delivered_total{consumer="redis-stream"} 2');
  expect(text).toContain('changes_failed_total{consumer="redis-stream",outcome="refused"} 1');
  expect(text).toContain('changes_lag_seconds{consumer="redis-stream"} 12.5');
  expect(text).toContain('changes_watchers 3');
});
