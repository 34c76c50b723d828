import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Meter } from '../kernel/ports.ts';

const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const STORE_BUCKETS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5,
];

/** The meter and the page that Prometheus reads it from. */
export interface PromMetrics {
  readonly meter: Meter;
  readonly contentType: string;
  render(): Promise<string>;
}

/** Creates a registry of its own with the metrics of the service and of its process. */
export function createPromMetrics(): PromMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    meter: {
      request: requestMeter(registry),
      storeCall: storeMeter(registry),
      capacity: capacityMeter(registry),
    },
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}

function requestMeter(registry: Registry): Meter['request'] {
  const histogram = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of finished HTTP requests; status 499 means that the caller hung up first.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_BUCKETS,
    registers: [registry],
  });
  const observer = remembered((method: string, route: string, status: number) =>
    histogram.labels(method, route, String(status)),
  );
  return (method, route, status, seconds) => observer(method, route, status).observe(seconds);
}

function storeMeter(registry: Registry): Meter['storeCall'] {
  const histogram = new Histogram({
    name: 'store_call_duration_seconds',
    help: 'Duration of finished calls of the store.',
    labelNames: ['operation', 'outcome'],
    buckets: STORE_BUCKETS,
    registers: [registry],
  });
  const observer = remembered((operation: string, outcome: string) => histogram.labels(operation, outcome));
  return (operation, outcome, seconds) => observer(operation, outcome).observe(seconds);
}

function capacityMeter(registry: Registry): Meter['capacity'] {
  const counter = new Counter({
    name: 'store_capacity_units_total',
    help: 'Read and write capacity units consumed.',
    labelNames: ['operation', 'kind'],
    registers: [registry],
  });
  const child = remembered((operation: string, kind: string) => counter.labels(operation, kind));
  return (operation, readUnits, writeUnits) => {
    if (readUnits > 0) child(operation, 'read').inc(readUnits);
    if (writeUnits > 0) child(operation, 'write').inc(writeUnits);
  };
}

/** Looking up the child of a set of labels costs as much as measuring; the sets are few, so each is kept. */
function remembered<Labels extends unknown[], Child>(make: (...labels: Labels) => Child) {
  const children = new Map<string, Child>();
  return (...labels: Labels): Child => {
    const key = labels.join(' ');
    let child = children.get(key);
    if (!child) {
      child = make(...labels);
      children.set(key, child);
    }
    return child;
  };
}
