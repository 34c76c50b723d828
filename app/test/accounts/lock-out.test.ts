import type { Failure } from '../../src/kernel/errors.ts';
import { PASSWORD } from '../support/accounts.ts';
import {
  accountsOver,
  anonymous,
  type CountingHasher,
  countingHasher,
  type TestAccounts,
} from '../support/accounts-over.ts';
import { onEveryEngine } from '../support/every-engine.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';
import type { FreshTable } from '../support/tables.ts';

const ADA = 'ada@example.org';

onEveryEngine('wrong passwords', (factory) => {
  let clock: ManualClock;
  let fresh: FreshTable;
  let hasher: CountingHasher;
  let accounts: TestAccounts;
  beforeEach(async () => {
    clock = manualClock();
    fresh = await factory({ clock });
    hasher = countingHasher();
    accounts = await accountsOver(fresh.table, clock, { hasher });
    await accounts.call('signUp', { body: { email: ADA, password: PASSWORD } });
  });
  afterEach(() => fresh.close());

  const logIn = (email: string, password: string, at: TestAccounts = accounts) =>
    at.call('logIn', { body: { email, password } });

  /** How a log-in ended: its code, and after how many seconds to come again. */
  async function tried(email: string, password: string, at?: TestAccounts): Promise<string> {
    return logIn(email, password, at).then(
      () => 'in',
      ({ code, retryAfter }: Failure) => (retryAfter === undefined ? code : `${code} ${retryAfter}`),
    );
  }

  const records = async () => {
    const { body } = await accounts.call('listAuditRecords', { query: { limit: 50, action: 'user.lock' } });
    return (body as { items: unknown[] }).items.length;
  };

  test.each([
    ['somebody', ADA, 1],
    ['nobody', 'nobody@example.org', 0],
  ])('lock the address of %s for longer and longer, in the same words', async (_who, email, locks) => {
    const outcomes: string[] = [];
    for (let i = 0; i < 6; i++) outcomes.push(await tried(email, 'wrong'));
    expect(outcomes).toEqual([...Array(5).fill('invalid_credentials'), 'locked 30']);
    expect(await records()).toBe(locks);
    for (const seconds of [30, 60, 120, 240]) {
      await clock.advance((seconds - 1) * 1000);
      expect(await tried(email, PASSWORD)).toBe('locked 1');
      await clock.advance(1000);
      expect(await tried(email, 'wrong')).toBe('invalid_credentials');
      expect(await tried(email, 'wrong')).toBe(`locked ${seconds * 2}`);
    }
    for (let i = 0; i < 6; i++) {
      await clock.advance(3_600_000);
      await tried(email, 'wrong');
    }
    expect(await tried(email, 'wrong')).toBe('locked 3600');
  });

  test('are forgotten after a success, and after a day', async () => {
    for (let i = 0; i < 4; i++) await tried(ADA, 'wrong');
    expect(await tried(ADA, PASSWORD)).toBe('in');
    for (let i = 0; i < 4; i++) await tried(ADA, 'wrong');
    await clock.advance(24 * 3_600_000 + 1000);
    for (let i = 0; i < 4; i++) expect(await tried(ADA, 'wrong')).toBe('invalid_credentials');
    expect(await tried(ADA, PASSWORD)).toBe('in');
  });

  test('count across instances', async () => {
    const other = await accountsOver(fresh.table, clock, { hasher });
    for (let i = 0; i < 5; i++) await tried(ADA, 'wrong', i % 2 ? other : accounts);
    expect(await tried(ADA, PASSWORD, other)).toBe('locked 30');
  });

  test('of many guesses at the same time five are answered', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => tried(ADA, 'wrong')));
    const answered = outcomes.filter((outcome) => outcome === 'invalid_credentials');
    expect(answered.length).toBeLessThanOrEqual(5);
    // On DynamoDB some may be told to come again, because too many write at the same time; they learn nothing either.
    const others = outcomes.filter((outcome) => outcome !== 'invalid_credentials');
    expect(others.every((outcome) => outcome === 'locked 30' || outcome === 'write_conflict 1')).toBe(true);
  });

  test('a guess that was under way when the address was locked learns nothing, not even if it is right', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow: CountingHasher = {
      ...hasher,
      async verify(password, stored) {
        await held;
        return hasher.verify(password, stored);
      },
    };
    const other = await accountsOver(fresh.table, clock, { hasher: slow });
    const guesses = [tried(ADA, PASSWORD, other), tried(ADA, 'wrong', other)];
    await new Promise(setImmediate);
    for (let i = 0; i < 5; i++) await tried(ADA, 'wrong');
    release();
    expect(await Promise.all(guesses)).toEqual(['locked 30', 'locked 30']);
  });

  test('cost one hash each, whoever is tried and however it ends', async () => {
    const { uuid } = (await accounts.users.withEmail(ADA))!;
    const boss = { ...anonymous, id: 'cli', role: 'admin', requestId: undefined };
    const cases: [string, string, string][] = [
      [ADA, PASSWORD, 'in'],
      [ADA, 'wrong', 'invalid_credentials'],
      ['nobody@example.org', PASSWORD, 'invalid_credentials'],
      ['not an address', PASSWORD, 'invalid_credentials'],
      ['x'.repeat(900), PASSWORD, 'invalid_credentials'],
    ];
    for (const [email, password, outcome] of cases) expect(await tried(email, password)).toBe(outcome);
    await accounts.users.change(boss, uuid, { disabled: true }, undefined);
    expect(await tried(ADA, PASSWORD)).toBe('invalid_credentials');
    expect(hasher.verified).toHaveLength(cases.length + 1);
  });

  test('count where a new password asks for the current one, too', async () => {
    const { body } = await logIn(ADA, PASSWORD);
    const authorization = `Bearer ${(body as { access_token: string }).access_token}`;
    const actor = await accounts.authenticate({ authorization });
    const change = { password: 'another long password', current_password: 'wrong' };
    const outcomes: string[] = [];
    for (let i = 0; i < 6; i++) {
      await accounts.call('changeMe', { actor, body: change }).catch(({ code }) => outcomes.push(code));
    }
    expect(outcomes).toEqual([...Array(5).fill('wrong_password'), 'locked']);
    expect(await tried(ADA, PASSWORD)).toBe('locked 30');
  });

  test('a hash of other parameters is replaced at the next log-in', async () => {
    const today = countingHasher(2);
    const later = await accountsOver(fresh.table, clock, { hasher: today });
    expect(await tried(ADA, PASSWORD, later)).toBe('in');
    expect(await tried(ADA, PASSWORD, later)).toBe('in');
    expect(today.hashed).toEqual([PASSWORD]);
    expect((await accounts.users.withEmail(ADA))?.password).toBe(`v2:${PASSWORD}`);
  });

  test('a password is the same in every form of Unicode', async () => {
    const email = 'unicode@example.org';
    await accounts.call('signUp', { body: { email, password: 'Ångström is a unit' } });
    expect(await tried(email, 'Ångström is a unit')).toBe('in');
  });
});
