import { Counter, collectDefaultMetrics, Registry } from 'prom-client';
import type { Meter } from '../kernel/ports.ts';
import { cacheMeter } from './prom-cache.ts';
import { changesMeter } from './prom-changes.ts';
import { histogramIn } from './prom-histogram.ts';
import { limitsMeter } from './prom-limits.ts';

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
      ...cacheMeter(registry),
      ...limitsMeter(registry),
      ...changesMeter(registry),
    },
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}

function requestMeter(registry: Registry): Meter['request'] {
  const observe = histogramIn(registry, {
    name: 'http_request_duration_seconds',
    help: 'Duration of finished HTTP requests; status 499 means that the caller hung up first.',
    labels: ['method', 'route', 'status'],
    buckets: REQUEST_BUCKETS,
  });
  return (method, route, status, seconds) => observe(seconds, method, route, status);
}

function storeMeter(registry: Registry): Meter['storeCall'] {
  const observe = histogramIn(registry, {
    name: 'store_call_duration_seconds',
    help: 'Duration of finished calls of the store.',
    labels: ['operation', 'outcome'],
    buckets: STORE_BUCKETS,
  });
  return (operation, outcome, seconds) => observe(seconds, operation, outcome);
}

/** Adds up by itself and hands over when it is asked, for the same reason as the histograms. */
function capacityMeter(registry: Registry): Meter['capacity'] {
  const totals = new Map<string, { read: number; write: number }>();
  new Counter({
    name: 'store_capacity_units_total',
    help: 'Read and write capacity units consumed.',
    labelNames: ['operation', 'kind'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [operation, { read, write }] of totals) {
        if (read > 0) this.inc({ operation, kind: 'read' }, read);
        if (write > 0) this.inc({ operation, kind: 'write' }, write);
      }
    },
  });
  return (operation, readUnits, writeUnits) => {
    let total = totals.get(operation);
    if (!total) {
      total = { read: 0, write: 0 };
      totals.set(operation, total);
    }
    total.read += readUnits;
    total.write += writeUnits;
  };
}
