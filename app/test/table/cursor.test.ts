import fc from 'fast-check';
import { createCursors, sharedSecret } from '../../src/table/cursor.ts';
import { sqliteTable } from '../support/tables.ts';
import { testClock } from '../support/test-clock.ts';

const HOUR = 3600 * 1000;
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

  test('shows nothing of its position', () => {
    const cursor = cursors.seal(['x'], 'visible');
    expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toContain('visible');
  });

  test('is the same for the same place within an hour, and else has nothing in common', () => {
    const clock = testClock(10 * HOUR);
    const [mine, theirs] = [
      createCursors(Buffer.alloc(32, 1), clock),
      createCursors(Buffer.alloc(32, 2), clock),
    ];
    const first = mine.seal(['x'], 'here');
    clock.advance(HOUR - 1);
    expect(mine.seal(['x'], 'here')).toBe(first);
    const others = [mine.seal(['y'], 'here'), mine.seal(['x'], 'hers'), theirs.seal(['x'], 'here')];
    clock.advance(1);
    others.push(mine.seal(['x'], 'here'));
    const nonces = [first, ...others].map((cursor) => cursor.slice(0, 16));
    expect(new Set(nonces).size).toBe(5);
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

  test.each([0, HOUR - 1])('lives for 24 hours, and at most one more: made %i ms past the hour', (past) => {
    const clock = testClock(10 * HOUR + past);
    const cursors = createCursors(Buffer.alloc(32, 1), clock);
    const cursor = cursors.seal(['x'], 'here');
    clock.advance(24 * HOUR);
    expect(cursors.open(['x'], cursor)).toBe('here');
    clock.advance(HOUR);
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
