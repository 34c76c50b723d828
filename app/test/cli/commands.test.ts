import { Command } from 'commander';
import type { Outcome, Terminal } from '../../src/cli/command.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { callOperation } from '../../src/cli/operation.ts';
import { type Core, composeCore } from '../../src/compose-core.ts';
import { readSettings } from '../../src/config.ts';
import { silentLog } from '../../src/kernel/ports.ts';
import { timeOf } from '../../src/table/changes/change.ts';
import { createCheckpoints } from '../../src/table/changes/checkpoints.ts';
import { CHEAP, PASSWORD } from '../support/accounts.ts';

let core: Core;
let outcomes: Outcome[] = [];
let input: string;
beforeAll(async () => {
  const settings = readSettings({ NODE_ENV: 'test', SQLITE_PATH: ':memory:', CHANGE_LOG: 'on' });
  core = await composeCore(settings, { version: '0.0.0', log: silentLog, env: {}, passwordCost: CHEAP });
  await run(['create-user', 'ada@example.org', PASSWORD, 'default', 'admin']);
});
afterAll(() => core.close());
beforeEach(() => {
  outcomes = [];
  input = '';
});

/** Runs one command within this process, on a registry in memory. */
async function run(args: readonly string[]): Promise<void> {
  const terminal: Terminal = {
    async withCore(work) {
      outcomes.push(await work(core));
    },
    readInput: async () => input,
  };
  const program = new Command()
    .exitOverride()
    .option('--json')
    .configureOutput({ writeErr() {}, writeOut() {} });
  for (const add of COMMANDS) add(program, terminal);
  for (const command of program.commands)
    command.exitOverride().configureOutput({ writeErr() {}, writeOut() {} });
  await program.parseAsync(args, { from: 'user' });
}

const b = 'b@example.org';
const REFUSALS: [string[], RegExp][] = [
  [['create-user', b, PASSWORD, 'default', 'admin', '--org-name', 'default'], /exactly one organisation/],
  [
    ['create-user', b, PASSWORD, '--org-id', 'default', '--org-name', 'x', '--role', 'none'],
    /exactly one organisation/,
  ],
  [['create-user', b, PASSWORD, '--role', 'admin'], /exactly one organisation/],
  [['create-user', b, PASSWORD, 'Nowhere', 'admin'], /no organisation Nowhere; make it/],
  [['create-user', b, PASSWORD, '--org-id', 'Default', '--role', 'none'], /no organisation Default/],
  [['create-user', b, PASSWORD, 'default', 'boss'], /no role boss; there are .*admin/],
  [['create-user', b, PASSWORD, 'default'], /exactly one role/],
  [['create-user', b, PASSWORD, 'default', 'none', '--role', 'none'], /exactly one role/],
  [['create-user', b, 'short', 'default', 'none'], /password .*at least 12/],
  [['create-user', b, '-', 'default', 'none'], /password/],
  [['create-user', 'nobody', PASSWORD, 'default', 'none'], /email must be a valid email/],
  [['create-user', 'ADA@example.org', PASSWORD, 'default', 'none'], /is taken/],
  [['create-api-key', 'nobody@example.org', 'k', '--scope', 'bonds:read'], /no user with the address/],
  [['create-api-key', 'ada@example.org', 'k', '--scope', 'bnods:read'], /no resource bnods/],
  [['create-api-key', 'ada@example.org', 'k', '--scope', 'bonds'], /<resource>:<action>/],
  [['create-api-key', 'ada@example.org', 'k', '--scope', 'bonds:read', '--expires', 'soon'], /date-time/],
  [
    ['create-api-key', 'ada@example.org', 'k', '--scope', 'bonds:read', '--expires', '2020-01-01'],
    /expired already/,
  ],
  [['create-api-key', 'ada@example.org', 'k'], /--scope/],
  [['migrate', 'downgrade', '--to', '0'], /cannot be taken back/],
  [['migrate', 'upgrade', '--to', '999'], /version/],
  [['replay', '--consumer', 'redis-stream'], /--from/],
  [['replay', '--from', 'beginning', '--consumer', 'nobody'], /no consumer nobody; there is redis-stream/],
  [['replay', '--from', 'tomorrow', '--consumer', 'redis-stream'], /Must be a time/],
  [
    ['replay', '--from', 'beginning', '--consumer', 'redis-stream', '--organisation', 'Nowhere'],
    /no organisation Nowhere/,
  ],
  [['conjure'], /unknown command/],
];

test.each(REFUSALS)('%j is refused', async (args, says) => {
  if (args[0] === 'migrate' && args[1] === 'downgrade') await run(['migrate', 'upgrade']);
  outcomes = [];
  await expect(run(args)).rejects.toThrow(says);
  expect(outcomes).toEqual([]);
});

test('an organisation that exists is named, however it is written', async () => {
  await run(['create-organisation', 'Acme']);
  await run(['create-organisation', 'ＡCME']);
  const [made, again] = outcomes as [Outcome, Outcome];
  expect(made.data).toMatchObject({ name: 'Acme', created: true });
  expect(again).toMatchObject({
    text: `The organisation Acme exists already: ${made.text}`,
    data: { created: false },
  });
});

test('a user is made in each form of the command, also with the password from standard input', async () => {
  input = PASSWORD;
  const forms = [
    ['c1@example.org', PASSWORD, 'default', 'reader'],
    ['c2@example.org', '-', 'default', 'reader'],
    ['c3@example.org', '--org-name', 'Default', '--role', 'reader'],
    ['c4@example.org', PASSWORD, '--org-id', 'default', '--role', 'reader', '--name', 'Cleo'],
  ];
  for (const form of forms) await run(['create-user', ...form]);
  expect(outcomes.map(({ data }) => (data as { organisation: string }).organisation)).toEqual(
    Array(4).fill('default'),
  );
  expect(JSON.stringify(outcomes)).not.toContain('argon2');
  const { items } = await core.accounts.users.list('default', { limit: 10 });
  expect(items.filter(({ role }) => role === 'reader')).toHaveLength(4);
  const records = await callOperation(core, 'listAuditRecords', 'default', { query: { limit: 4 } });
  const done = { actor: 'cli', action: 'user.create' };
  const byNoRequest = expect.not.objectContaining({ request_id: expect.anything() });
  expect(records.body).toMatchObject({ items: Array(4).fill(done) });
  expect(records.body).toMatchObject({ items: Array(4).fill(byNoRequest) });
});

test('a consumer of changes is set back to a time, or to the beginning', async () => {
  const checkpoints = createCheckpoints(core.store, 'redis-stream');
  const positions = async () => [...(await checkpoints.read()).positions.values()];
  const replay = ['replay', '--consumer', 'redis-stream', '--organisation', 'default', '--from'];
  await run([...replay, '2026-01-02T03:04:05Z']);
  expect((await positions()).map(timeOf)).toEqual([Date.UTC(2026, 0, 2, 3, 4, 5)]);
  await run([...replay, 'beginning']);
  expect(await positions()).toEqual([]);
  await run(['replay', '--consumer', 'redis-stream', '--from', '2026-01-02']);
  const [one, , all] = outcomes as [Outcome, Outcome, Outcome];
  expect(one.text).toBe('redis-stream starts again from 2026-01-02T03:04:05Z in 1 organisation.');
  expect(await positions()).toHaveLength((all.data as { organisations: string[] }).organisations.length);
});
