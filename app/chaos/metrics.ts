import type { Http } from './http.ts';
import type { Instance } from './instance.ts';

/** What the instances counted since they were last started. */
export interface Counts {
  /** Writes that were fenced, and those that were recorded. */
  readonly fenced: number;
  readonly recorded: number;
  /** Stale answers that the auditor of the service itself has caught. */
  readonly audited: number;
  /** Calls of the store. */
  readonly storeReads: number;
  readonly storeWrites: number;
}

export const NO_COUNTS: Counts = { fenced: 0, recorded: 0, audited: 0, storeReads: 0, storeWrites: 0 };

/** Adds up the metrics of all instances. */
export async function countsOf(http: Http, instances: readonly Instance[]): Promise<Counts> {
  const texts = await Promise.all(
    instances.map(async ({ port }) => (await http.call({ port, method: 'GET', path: '/metrics' })).body),
  );
  const sum = (pattern: RegExp) =>
    texts
      .flatMap((text) => [...text.matchAll(pattern)])
      .reduce((total, match) => total + Number(match[1]), 0);
  return {
    fenced: sum(/^cache_fences_total\{outcome="fenced"\} (\d+)/gm),
    recorded: sum(/^cache_fences_total\{outcome="recorded"\} (\d+)/gm),
    audited: sum(/^cache_events_total\{event="violation"\} (\d+)/gm),
    storeReads: sum(/^store_call_duration_seconds_count\{operation="(?:get|getMany|query)"[^}]*\} (\d+)/gm),
    storeWrites: sum(/^store_call_duration_seconds_count\{operation="write"[^}]*\} (\d+)/gm),
  };
}
