import { Failure } from '../kernel/errors.ts';
import type { Clock } from '../kernel/ports.ts';

/** A dependency that can be asked whether it is well. Ill and required means that the service is down. */
export interface Check {
  readonly name: string;
  readonly required: boolean;
  /** Rejects when the dependency is ill. */
  probe(): Promise<void>;
}

export interface DependencyStatus {
  readonly name: string;
  readonly status: 'ok' | 'failing';
  readonly required: boolean;
  readonly ms: number;
  /** Why it is failing: a code, never a message of the dependency. */
  readonly code?: string;
}

export interface StatusReport {
  readonly status: 'ok' | 'degraded' | 'failing';
  readonly dependencies: readonly DependencyStatus[];
}

const PATIENCE_MS = 1_000;
const KEEP_MS = 1_000;

/** Makes the function that asks all dependencies. Callers within a second share one round of questions. */
export function createStatus(checks: readonly Check[], clock: Clock): () => Promise<StatusReport> {
  let latest: Promise<StatusReport> | undefined;
  let askedAt = 0;
  return () => {
    if (!latest || clock.now() - askedAt >= KEEP_MS) {
      askedAt = clock.now();
      latest = askAll(checks, clock);
    }
    return latest;
  };
}

async function askAll(checks: readonly Check[], clock: Clock): Promise<StatusReport> {
  const dependencies = await Promise.all(checks.map((check) => ask(check, clock)));
  const failing = dependencies.filter((dependency) => dependency.status === 'failing');
  const status = failing.some((dependency) => dependency.required)
    ? 'failing'
    : failing.length > 0
      ? 'degraded'
      : 'ok';
  return { status, dependencies };
}

async function ask({ name, required, probe }: Check, clock: Clock): Promise<DependencyStatus> {
  const startedAt = clock.now();
  const code = await Promise.race([outcome(probe), clock.sleep(PATIENCE_MS).then(() => 'timeout')]);
  const ms = clock.now() - startedAt;
  return code === undefined
    ? { name, status: 'ok', required, ms }
    : { name, status: 'failing', required, ms, code };
}

async function outcome(probe: () => Promise<void>): Promise<string | undefined> {
  try {
    await probe();
    return undefined;
  } catch (error) {
    return error instanceof Failure ? error.code : 'error';
  }
}
