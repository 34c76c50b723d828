import supertest from 'supertest';
import { createPromMetrics } from '../../src/adapters/prom.ts';
import { readSettings } from '../../src/config.ts';
import type { Domain } from '../../src/domains/domain.ts';
import { type AppParts, createApp } from '../../src/http/app.ts';
import { createLifecycle, type Lifecycle } from '../../src/http/lifecycle.ts';
import { type Served, serve } from '../../src/http/server.ts';
import type { Role } from '../../src/kernel/actor.ts';
import { type Log, systemClock } from '../../src/kernel/ports.ts';
import { type ToyControls, toyDomain } from './toy-domain.ts';

/** One line that was logged. */
export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  // biome-ignore lint/suspicious/noExplicitAny: each message has fields of its own
  readonly [field: string]: any;
}

/** The edge over the toy domain, on a real port, with everything it reports kept. */
export interface ToyService extends Served {
  readonly api: ReturnType<typeof supertest>;
  readonly controls: ToyControls;
  readonly lifecycle: Lifecycle;
  readonly entries: LogEntry[];
  /** The log line of the nth request to end, waited for: it is written after the answer has left. */
  logged(index?: number): Promise<LogEntry>;
}

export interface ToyOptions extends Partial<Omit<AppParts, 'settings' | 'domains'>> {
  readonly env?: Readonly<Record<string, string>>;
  readonly role?: Role;
  readonly extra?: readonly Domain[];
}

export async function startToys({
  env,
  role = 'admin',
  extra = [],
  ...parts
}: ToyOptions = {}): Promise<ToyService> {
  const settings = readSettings({ NODE_ENV: 'test', PORT: '0', ...env });
  const { domain, controls } = toyDomain();
  const { entries, log, logged } = recordingLog();
  const lifecycle = createLifecycle();
  const metrics = createPromMetrics();
  const whole: AppParts = {
    authenticate: () => ({ id: 'anonymous', organisation: 'default', role }),
    checks: [],
    metrics,
    meter: metrics.meter,
    clock: systemClock,
    loop: { lagMs: () => 0, stop() {} },
    version: '1.2.3',
    log,
    lifecycle,
    ...parts,
    settings,
    domains: [domain, ...extra],
  };
  const served = await serve(createApp(whole), whole);
  return { ...served, api: supertest(served.url), controls, lifecycle: whole.lifecycle, entries, logged };
}

function recordingLog() {
  const entries: LogEntry[] = [];
  let wake = () => {};
  const write = (level: LogEntry['level']) => (message: string, fields?: Record<string, unknown>) => {
    entries.push({ ...fields, level, message });
    wake();
  };
  const log: Log = { info: write('info'), warn: write('warn'), error: write('error') };
  const logged = async (index = 0): Promise<LogEntry> => {
    for (;;) {
      const found = entries.filter(({ message }) => message === 'request')[index];
      if (found) return found;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { entries, log, logged };
}
