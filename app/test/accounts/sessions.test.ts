import { createArgon2 } from '../../src/adapters/argon2.ts';
import { ConditionFailed } from '../../src/table/failures.ts';
import type { Action, Table } from '../../src/table/table.ts';
import { CHEAP, PASSWORD } from '../support/accounts.ts';
import { accountsOver, type TestAccounts } from '../support/accounts-over.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';
import { type FreshTable, sqliteTable } from '../support/tables.ts';

const ADA = 'ada@example.org';
const DAY = 24 * 3_600_000;

interface Pair {
  readonly access_token: string;
  readonly refresh_token: string;
}

let clock: ManualClock;
let fresh: FreshTable;
let accounts: TestAccounts;
beforeEach(async () => {
  clock = manualClock();
  fresh = await sqliteTable({ clock });
  accounts = await accountsOver(fresh.table, clock);
  await accounts.call('signUp', { body: { email: ADA, password: PASSWORD } });
});
afterEach(() => fresh.close());

const logIn = async (at = accounts) =>
  (await at.call('logIn', { body: { email: ADA, password: PASSWORD } })).body as Pair;
const refresh = async ({ refresh_token }: Pick<Pair, 'refresh_token'>, at = accounts) =>
  (await at.call('refreshTokens', { body: { refresh_token } })).body as Pair;
const asked = async ({ access_token }: Pair, at = accounts) =>
  at.authenticate({ authorization: `Bearer ${access_token}` });

test('an access token is good for ten minutes, a session for thirty days after its last use', async () => {
  const first = await logIn();
  await clock.advance(599_000);
  expect(await asked(first)).toMatchObject({ role: 'editor', organisation: 'default' });
  await clock.advance(7_000);
  await expect(asked(first)).rejects.toMatchObject({ code: 'invalid_token' });
  await clock.advance(29 * DAY);
  const second = await refresh(first);
  await clock.advance(29 * DAY);
  const third = await refresh(second);
  await clock.advance(31 * DAY);
  await expect(refresh(third)).rejects.toMatchObject({ code: 'invalid_token' });
});

test('clocks may differ by some seconds: a token is good for that much longer, and no more', async () => {
  const pair = await logIn();
  await clock.advance(600_000 + 4_000);
  expect(await asked(pair)).toMatchObject({ role: 'editor' });
  await clock.advance(1_500);
  await expect(asked(pair)).rejects.toMatchObject({ code: 'invalid_token' });
  // Of another instance, whose clock is behind, a token comes before its time.
  const early = manualClock(clock.now() - 4_000);
  const late = manualClock(clock.now() - 7_000);
  const next = await logIn();
  expect(await asked(next, await accountsOver(fresh.table, early))).toMatchObject({ role: 'editor' });
  await expect(asked(next, await accountsOver(fresh.table, late))).rejects.toMatchObject({
    code: 'invalid_token',
  });
});

test('a refresh may be repeated for half a minute; after that it ends the session', async () => {
  const first = await logIn();
  const second = await refresh(first);
  await clock.advance(29_000);
  expect((await refresh(first)).refresh_token).toBe(second.refresh_token);
  await clock.advance(2_000);
  await expect(refresh(first)).rejects.toMatchObject({ kind: 'unauthenticated', code: 'invalid_token' });
  await expect(refresh(second)).rejects.toMatchObject({ code: 'invalid_token' });
  await expect(asked(second)).rejects.toMatchObject({ code: 'invalid_token' });
  const { body } = await accounts.call('listAuditRecords');
  expect(body).toMatchObject({
    items: [{ actor: 'system', action: 'session.reuse' }, { action: 'user.sign_up' }, {}],
  });
});

test('a token that was made up, altered or cut opens nothing and ends nothing', async () => {
  const first = await logIn();
  const { refresh_token: token } = first;
  const [place, secret, seal] = token.slice('cadr_'.length).split('.') as [string, string, string];
  const older = Buffer.from(Buffer.from(place, 'base64url').toString().replace(/ 1$/, ' 0')).toString(
    'base64url',
  );
  for (const wrong of [
    '',
    'cadr_',
    token.slice(0, -1),
    `cadr_${older}.${secret}.${seal}`,
    `cadr_${place}.${'A'.repeat(43)}.${seal}`,
    `cadr_${place}.${secret}.${'A'.repeat(43)}`,
    first.access_token,
  ]) {
    await expect(refresh({ refresh_token: wrong })).rejects.toMatchObject({ code: 'invalid_token' });
  }
  await refresh(first);
});

test('nothing that is stored can be used as a token', async () => {
  const { refresh_token } = await logIn();
  const { items } = await fresh.table.query({
    pk: `default#user#${(await accounts.users.withEmail(ADA))!.uuid}`,
    limit: 10,
  });
  const [, secret] = refresh_token.split('.');
  expect(JSON.stringify(items)).not.toContain(secret);
  expect(items.map(({ kind }) => kind)).toEqual(['session', 'user']);
});

test('a log-in that overlaps a change of the password leaves no session behind', async () => {
  const hasher = createArgon2({ cost: CHEAP });
  const held = holding(fresh.table);
  const slow = await accountsOver(held.table, clock, { hasher });
  await slow.call('signUp', { body: { email: 'b@example.org', password: PASSWORD } });
  const { uuid } = (await slow.users.withEmail('b@example.org'))!;
  held.beforeWrite = async () => {
    held.beforeWrite = undefined;
    const boss = { id: 'cli', organisation: 'default', role: 'admin', requestId: undefined };
    await slow.users.change(boss, uuid, { password: 'another long password' }, undefined);
  };
  const logging = slow.call('logIn', { body: { email: 'b@example.org', password: PASSWORD } });
  await expect(logging).rejects.toMatchObject({ code: 'invalid_credentials' });
  const { items } = await fresh.table.query({ pk: `default#user#${uuid}`, limit: 10 });
  expect(items.map(({ kind }) => kind)).toEqual(['user']);
});

test('a sign-up that is closed is refused, and one that is open gives the role of the settings', async () => {
  const body = { email: 'c@example.org', password: PASSWORD };
  const closed = await accountsOver(fresh.table, clock, { signUp: { isOpen: false, role: 'editor' } });
  await expect(closed.call('signUp', { body })).rejects.toMatchObject({
    kind: 'forbidden',
    code: 'sign_up_closed',
  });
  const open = await accountsOver(fresh.table, clock, { signUp: { isOpen: true, role: 'none' } });
  expect((await open.call('signUp', { body })).body).toMatchObject({ role: 'none' });
});

describe('the first administrator', () => {
  test('is made once, however many start at the same time', async () => {
    const empty = await sqliteTable({ clock });
    const starts = await Promise.all([1, 2, 3].map(() => accountsOver(empty.table, clock)));
    expect(await starts[0]!.firstUser.isMissing()).toBe(true);
    const made = await Promise.all(starts.map(({ firstUser }) => firstUser.make()));
    expect(made.filter((one) => one !== undefined)).toHaveLength(1);
    expect(await starts[0]!.firstUser.isMissing()).toBe(false);
    await empty.close();
  });

  test('is not made where somebody is, or was made elsewhere', async () => {
    expect(await accounts.firstUser.isMissing()).toBe(false);
    const empty = await sqliteTable({ clock });
    const { firstUser } = await accountsOver(empty.table, clock);
    await firstUser.mark();
    expect(await firstUser.isMissing()).toBe(false);
    expect(await firstUser.make()).toBeUndefined();
    await empty.close();
  });
});

describe('an audit record', () => {
  test('is written with the change or not at all', async () => {
    const refusing = refusingAudit(fresh.table);
    const broken = await accountsOver(refusing, clock);
    const body = { email: 'd@example.org', password: PASSWORD };
    await expect(broken.call('signUp', { body })).rejects.toThrow();
    expect(await accounts.users.withEmail(body.email)).toBeUndefined();
    const boss = { id: 'user:boss', organisation: 'default', role: 'admin' };
    await expect(broken.call('createGroup', { actor: boss, body: { name: 'Ops' } })).rejects.toThrow();
    expect((await accounts.call('listGroups', { actor: boss })).body).toMatchObject({ items: [] });
    await accounts.call('createGroup', { actor: boss, body: { name: 'Ops' } });
    await expect(accounts.call('createGroup', { actor: boss, body: { name: 'ops' } })).rejects.toThrow();
    const { body: records } = await accounts.call('listAuditRecords', {
      query: { limit: 50, action: 'group.create' },
    });
    expect(records).toMatchObject({ items: [{ actor: 'user:boss', changes: { name: { to: 'Ops' } } }] });
  });

  test('says who changed what from what to what, and no secret', async () => {
    const { uuid } = (await accounts.users.withEmail(ADA))!;
    const boss = { id: 'user:boss', organisation: 'default', role: 'admin', requestId: 'one' };
    await accounts.users.change(boss, uuid, { role: 'reader', password: 'another long password' }, undefined);
    const { body } = await accounts.call('listAuditRecords', { query: { limit: 1, target: `user:${uuid}` } });
    expect(body).toMatchObject({
      items: [
        {
          actor: 'user:boss',
          request_id: 'one',
          action: 'user.change_password',
          changes: { role: { from: 'editor', to: 'reader' } },
        },
      ],
    });
    expect(JSON.stringify(body)).not.toContain('another long password');
  });

  test('is found month after month, newest first, a page at a time', async () => {
    const actor = { id: 'user:boss', organisation: 'default', role: 'admin' };
    for (let month = 0; month < 40; month++) {
      if (month % 13 === 0) await accounts.call('createGroup', { actor, body: { name: `G${month}` } });
      await clock.advance(31 * DAY);
    }
    const names: unknown[] = [];
    const pages: boolean[] = [];
    for (let cursor: string | undefined; ; ) {
      const query = { limit: 1, action: 'group.create', ...(cursor && { cursor }) };
      const { body } = await accounts.call('listAuditRecords', { query });
      const page = body as {
        items: { changes: { name: { to: string } } }[];
        next_cursor: string | null;
        partial?: boolean;
      };
      names.push(...page.items.map(({ changes }) => changes.name.to));
      pages.push(page.partial ?? false);
      if (page.next_cursor === null) break;
      cursor = page.next_cursor;
    }
    expect(names).toEqual(['G39', 'G26', 'G13', 'G0']);
    expect(pages.at(-1)).toBe(false);
  });
});

/** A table on which a test can do something right before a write. */
function holding(table: Table): { table: Table; beforeWrite: (() => Promise<void>) | undefined } {
  const held = {
    beforeWrite: undefined as (() => Promise<void>) | undefined,
    table: {
      ...table,
      async write(actions: readonly Action[]) {
        await held.beforeWrite?.();
        return table.write(actions);
      },
    },
  };
  return held;
}

/** A table that refuses the audit records, and with them whatever they come with. */
function refusingAudit(table: Table): Table {
  return {
    ...table,
    async write(actions) {
      const at = actions.findIndex((action) => action.type === 'put' && action.item.kind === 'audit');
      const audit = actions[at];
      if (audit?.type !== 'put') return table.write(actions);
      // The engine itself is made to fail: the record is there already.
      await table.write([{ type: 'put', item: audit.item }]);
      try {
        return await table.write(actions);
      } catch (error) {
        expect(error).toBeInstanceOf(ConditionFailed);
        throw new Error('refused');
      } finally {
        await table.write([{ type: 'delete', key: { pk: audit.item.pk, sk: audit.item.sk } }]);
      }
    },
  };
}
