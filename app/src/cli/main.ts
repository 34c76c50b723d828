#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { composeCore } from '../compose-core.ts';
import { readSettings, type Settings, SettingsError } from '../config.ts';
import { Failure } from '../kernel/errors.ts';
import type { Log } from '../kernel/ports.ts';
import type { Outcome, Terminal } from './command.ts';
import { COMMANDS } from './commands/index.ts';

/** sysexits.h: the configuration is wrong. */
const EX_CONFIG = 78;
const EX_FAILED = 1;

const packageFile = new URL('../../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };

const HELP = `
The registry is the one that the environment names, by the same variables as for the service (docs/settings.md).
Exit codes: 0 done, 1 not done, 78 wrong settings.`;

const complain = (message: string, fields?: Record<string, unknown>) => {
  const { error } = fields ?? {};
  const cause = error instanceof Error ? `: ${error.message}` : '';
  process.stderr.write(`cadastre: ${message}${cause}\n`);
};
/** What the service would log; here only trouble is worth a line. */
const log: Log = { info() {}, warn: complain, error: complain };

const program = new Command('cadastre')
  .description('Looks after a Cadastre registry.')
  .version(version)
  .option('--json', 'print the outcome, or what went wrong, as one line of JSON', false)
  .addHelpText('after', HELP)
  .showHelpAfterError('(add --help for what is expected)');

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`cadastre: wrong settings: ${error.message}\n`);
    process.exit(EX_CONFIG);
  }
}

const terminal: Terminal = {
  async withCore(work) {
    const core = await composeCore(settingsOrExit(), { version, log, env: process.env });
    try {
      report(await work(core));
    } finally {
      await core.close();
    }
  },
  readInput: async () => (await text(process.stdin)).replace(/\r?\n$/, ''),
};

function report({ text, data }: Outcome): void {
  process.stdout.write(`${program.opts().json ? JSON.stringify(data) : text}\n`);
}

/** In the words of the failure; a database that is in use gets a hint, because its owner is most likely the service. */
function explain(error: unknown): void {
  if (!(error instanceof Failure)) {
    complain(error instanceof Error ? error.message : String(error));
    return;
  }
  const { code, message, errors } = error;
  if (program.opts().json) {
    process.stderr.write(`${JSON.stringify({ code, detail: message, errors })}\n`);
    return;
  }
  complain(message);
  for (const one of errors)
    if (one.detail !== message) process.stderr.write(`  ${one.pointer}: ${one.detail}\n`);
  if (code === 'store_locked') {
    process.stderr.write('  Is the service running? Stop it first, or use its API instead.\n');
  }
}

for (const add of COMMANDS) add(program, terminal);

program.parseAsync().then(
  () => process.exit(process.exitCode ?? 0),
  (error) => {
    explain(error);
    process.exit(EX_FAILED);
  },
);
