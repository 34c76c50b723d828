import fc from 'fast-check';
import { createCursors, sharedSecret } from '../../src/table/cursor.ts';
import { sqliteTable } from '../support/tables.ts';
import { testClock } from '../support/test-clock.ts';

const clock = testClock();
const cursors = createCursors(Buffer.alloc(32, 1), clock);
const scope = fc.array(fc.oneof(fc.string(), fc.constant(null)), { minLength: 1, maxLength: 4 });
const position = fc.oneof(fc.string({ unit: 'binary' }), fc.tuple(fc.nat(2), fc.string()));
const invalid = expect.objectContaining({ kind: 'malformed', code: 'invalid_cursor' });

function refusal(open: () => unknown): unknown {
  try {
    return open();
  } catch (error) {
    return error;
  }
}

describe('a cursor', () => {
  test('opens to its position where it was made', () => {
    fc.assert(
      fc.property(scope, position, (where, at) => {
        expect(cursors.open(where, cursors.seal(where, at))).toEqual(JSON.parse(JSON.stringify(at)));
      }),
    );
  });

  test('shows nothing of its position, and is never the same twice', () => {
    const [first, second] = [cursors.seal(['x'], 'visible'), cursors.seal(['x'], 'visible')];
    expect(first).not.toBe(second);
    expect(Buffer.from(first, 'base64url').toString('latin1')).not.toContain('visible');
  });

  test('opens for no other organisation or query', () => {
    fc.assert(
      fc.property(scope, scope, position, (where, elsewhere, at) => {
        fc.pre(JSON.stringify(where) !== JSON.stringify(elsewhere));
        expect(refusal(() => cursors.open(elsewhere, cursors.seal(where, at)))).toEqual(invalid);
      }),
    );
  });

  test('opens with no character changed, added or left out, and no other text opens at all', () => {
    fc.assert(
      fc.property(position, fc.nat(), fc.constantFrom(...'AZaz09-_=. '), (at, where, character) => {
        const cursor = cursors.seal(['x'], at);
        const i = where % cursor.length;
        fc.pre(cursor[i] !== character);
        const changed = cursor.slice(0, i) + character + cursor.slice(i + 1);
        const longer = cursor.slice(0, i) + character + cursor.slice(i);
        const shorter = cursor.slice(0, i) + cursor.slice(i + 1);
        for (const text of [changed, longer, shorter]) {
          expect(refusal(() => cursors.open(['x'], text))).toEqual(invalid);
        }
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(refusal(() => cursors.open(['x'], text))).toEqual(invalid);
      }),
    );
  });

  test('lives for 24 hours', () => {
    const cursor = cursors.seal(['x'], 'here');
    clock.advance(24 * 3600 * 1000);
    expect(cursors.open(['x'], cursor)).toBe('here');
    clock.advance(1);
    expect(refusal(() => cursors.open(['x'], cursor))).toEqual(invalid);
  });

  test('made by one instance opens on every other: they share a secret in the table', async () => {
    const { table, close } = await sqliteTable();
    const secrets = await Promise.all(Array.from({ length: 5 }, () => sharedSecret(table, 'cursors')));
    expect(new Set(secrets.map((secret) => secret.toString('hex'))).size).toBe(1);
    expect(secrets[0]).toHaveLength(32);
    await close();
  });
});
