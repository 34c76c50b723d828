import { createArgon2, PASSWORD_COST } from '../../src/adapters/argon2.ts';
import { CHEAP } from '../support/accounts.ts';

test('a password fits its hash and no other does', async () => {
  const hasher = createArgon2({ cost: CHEAP });
  const stored = await hasher.hash('secret');
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=16,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(await hasher.hash('secret')).not.toBe(stored);
  expect(await hasher.verify('secret', stored)).toBe(true);
  expect(await hasher.verify('Secret', stored)).toBe(false);
});

/** Computed by the reference implementation: `echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1`. */
const KNOWN = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

test('what another implementation stored is understood, and recognised as not made with our parameters', async () => {
  const hasher = createArgon2({ cost: CHEAP });
  expect(await hasher.verify('password', KNOWN)).toBe(true);
  expect(await hasher.verify('passwort', KNOWN)).toBe(false);
  expect(hasher.isOutdated(KNOWN)).toBe(true);
  expect(hasher.isOutdated(await hasher.hash('x'))).toBe(false);
});

test('what is stored for nobody has the price of today and fits nothing', async () => {
  const hasher = createArgon2({ cost: CHEAP });
  expect(hasher.isOutdated(hasher.decoy())).toBe(false);
  for (const password of ['', 'secret']) expect(await hasher.verify(password, hasher.decoy())).toBe(false);
  expect(await hasher.verify('secret', 'broken')).toBe(false);
});

test('the price is not below what is recommended', () => {
  expect(PASSWORD_COST).toEqual({ memory: 19_456, passes: 2, parallelism: 1 });
});

test('so many are computed at one time, so many wait, and the rest are told to come again', async () => {
  const hasher = createArgon2({ cost: CHEAP, atOnce: 2, waiting: 3 });
  const all = await Promise.allSettled(Array.from({ length: 8 }, () => hasher.hash('x')));
  const refused = all.filter((one) => one.status === 'rejected');
  expect(refused).toHaveLength(3);
  expect(refused[0]?.reason).toMatchObject({ kind: 'unavailable', code: 'busy', retryAfter: 1 });
  await hasher.hash('and again');
});
