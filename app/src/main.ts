import { readFileSync } from 'node:fs';
import { standardOutput } from './adapters/standard-output.ts';
import { createWinstonLog, type WinstonLog } from './adapters/winston.ts';
import { compose, type Service } from './compose.ts';
import { readSettings, type Settings, SettingsError } from './config.ts';
import type { Served } from './http/server.ts';

/** sysexits.h: the configuration is wrong. */
const EX_CONFIG = 78;
/** A stop that takes longer than this is cut; the platform kills at 60 s. */
const FORCED_EXIT_MS = 50_000;
const CRASH_EXIT_MS = 5_000;

const packageFile = new URL('../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`cadastre: wrong settings: ${error.message}\n`);
    process.exit(EX_CONFIG);
  }
}

async function main(): Promise<void> {
  const settings = settingsOrExit();
  const log = createWinstonLog({ level: settings.LOG_LEVEL, now: Date.now, out: standardOutput() });
  const service = await compose(settings, { version, log, env: process.env });
  const served = await service.listen();
  greet(settings, served, await firstUser(settings, service, log));
  stopOnSignals(service, served, log);
}

/** For the person at the terminal; the log on standard output is for machines. */
function greet(settings: Settings, { url }: Served, more: readonly string[]): void {
  const kept = settings.STORE === 'sqlite' ? settings.SQLITE_PATH : `table ${settings.DYNAMODB_TABLE}`;
  process.stderr.write(
    [
      `Cadastre ${version} listens on ${url} and keeps its data in ${kept}.`,
      `  try the API in a browser   ${url}/docs`,
      `  its description            ${url}/openapi.json`,
      `  is it well?                ${url}/status`,
      ...more,
      '',
    ].join('\n'),
  );
}

/**
 * Somebody has to be able to make the other accounts. On a developer's machine that is an administrator whose password
 * is shown this once; in production nobody would see it, so it is for the command line to make one.
 */
async function firstUser({ NODE_ENV }: Settings, service: Service, log: WinstonLog): Promise<string[]> {
  if (!(await service.firstUser.isMissing())) return [];
  if (NODE_ENV === 'production') {
    log.warn('there is no user yet: make an administrator with "cadastre create-user"');
    return [];
  }
  const made = await service.firstUser.make();
  return made
    ? [`  first administrator        ${made.email}, password ${made.password} (shown this once)`]
    : [];
}

function stopOnSignals(service: Service, served: Served, log: WinstonLog): void {
  let stopping: Promise<void> | undefined;
  const stop = (exitCode: number, withinMs: number) => {
    if (stopping) return;
    setTimeout(() => process.exit(1), withinMs).unref();
    stopping = stopAll(service, served)
      .then(() => exitCode)
      .catch((error) => {
        log.error('the stop failed', { error });
        return 1;
      })
      .then(async (code) => {
        await log.close();
        process.exit(code);
      });
  };
  process.on('SIGTERM', () => stop(0, FORCED_EXIT_MS));
  process.on('SIGINT', () => stop(0, FORCED_EXIT_MS));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error) => {
      log.error(event, { error });
      stop(1, CRASH_EXIT_MS);
    });
  }
}

async function stopAll(service: Service, served: Served): Promise<void> {
  await served.stop();
  await service.close();
}

main().catch((error) => {
  process.stderr.write(`cadastre: cannot start: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
