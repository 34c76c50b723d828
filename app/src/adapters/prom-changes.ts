import { Counter, Gauge, type Registry } from 'prom-client';
import type { Meter } from '../kernel/ports.ts';

type ChangesMeter = Pick<
  Meter,
  'changesRecorded' | 'changesDelivered' | 'changesFailed' | 'changesLag' | 'changesWatched'
>;

/** The change log's part of the meter. */
export function changesMeter(registry: Registry): ChangesMeter {
  const registers = [registry];
  const recorded = new Counter({
    name: 'changes_recorded_total',
    help: 'Changes of entities and types that were written to the change log.',
    registers,
  });
  const delivered = new Counter({
    name: 'changes_delivered_total',
    help: 'Changes that a consumer of the change log has taken; again after a failure.',
    labelNames: ['consumer'],
    registers,
  });
  const failed = new Counter({
    name: 'changes_failed_total',
    help: 'Batches that a consumer did not take (refused), and times that changes expired before it saw them (missed).',
    labelNames: ['consumer', 'outcome'],
    registers,
  });
  const lag = new Gauge({
    name: 'changes_lag_seconds',
    help: 'Age of the oldest change that a consumer has not taken; 0 on instances that do not work for it.',
    labelNames: ['consumer'],
    registers,
  });
  const watchers = new Gauge({
    name: 'changes_watchers',
    help: 'Callers who wait at this instance for changes: event streams and long polls.',
    registers,
  });
  return {
    changesWatched: (count) => watchers.set(count),
    changesRecorded: (count) => recorded.inc(count),
    changesDelivered: (consumer, count) => delivered.inc({ consumer }, count),
    changesFailed: (consumer, outcome) => failed.inc({ consumer, outcome }),
    changesLag(consumer, seconds) {
      lag.set({ consumer }, seconds);
      failed.inc({ consumer, outcome: 'missed' }, 0); // an alert on it needs it to exist
    },
  };
}
