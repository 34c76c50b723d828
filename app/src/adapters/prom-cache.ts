import { Counter, Gauge, type Registry } from 'prom-client';
import type { Meter } from '../kernel/ports.ts';

/** The cache's part of the meter. */
export function cacheMeter(
  registry: Registry,
): Pick<Meter, 'cacheRead' | 'cacheFence' | 'cacheEvent' | 'cacheState'> {
  const read = counterIn(registry, {
    name: 'cache_reads_total',
    help: 'Reads that may be cached: hit, miss, or why the store was asked past the cache.',
    labelNames: ['operation', 'outcome'],
  });
  const fence = counterIn(registry, {
    name: 'cache_fences_total',
    help: 'Writes to what may be cached: fenced, or recorded for repair, or done while the cache was suspended.',
    labelNames: ['outcome'],
  });
  const event = counterIn(registry, {
    name: 'cache_events_total',
    help: 'Fills and what should be rare; a violation is a stale answer that the auditor caught.',
    labelNames: ['event'],
  });
  event('violation', 0); // an alert on it needs it to exist
  const state = new Gauge({
    name: 'cache_state',
    help: 'Breaker (1 is open, half open or without a connection) and records of writes that could not be fenced.',
    labelNames: ['figure'],
    registers: [registry],
  });
  return {
    cacheRead: (operation, outcome) => read(`${operation} ${outcome}`),
    cacheFence: (outcome) => fence(outcome),
    cacheEvent: (name) => event(name),
    cacheState: (figure, value) => state.set({ figure }, value),
  };
}

interface CounterOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

/** A counter that adds up in a plain map, by its labels joined, and hands over when it is asked. */
function counterIn(registry: Registry, { name, help, labelNames }: CounterOptions) {
  const totals = new Map<string, number>();
  new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, total] of totals) {
        const values = labels.split(' ');
        this.inc(Object.fromEntries(labelNames.map((label, i) => [label, values[i]!])), total);
      }
    },
  });
  return (labels: string, by = 1) => void totals.set(labels, (totals.get(labels) ?? 0) + by);
}
