import { type Action, type Item, type Key, LIMITS, type Value } from '../../../src/table/table.ts';
import { itemBytes, MAX_DEPTH } from '../../../src/table/values.ts';
import type { TableFactory } from '../../support/tables.ts';
import { eachTable, failureOf, item, keyAt, put } from './fixture.ts';

const TOO_LARGE = { kind: 'invalid', code: 'item_too_large' };
const MISUSED = { kind: 'internal', code: 'store_misused' };

/** An item of exactly so many bytes by DynamoDB's count. */
function itemOf(bytes: number, sk = 's'): Item {
  const bare = item(sk, { n: -12.5, list: [1, { é: null }], text: '' });
  return { ...bare, text: 'x'.repeat(bytes - itemBytes(bare)) };
}

function nested(depth: number): Value {
  let value: Value = 'leaf';
  for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { member: value };
  return value;
}

export function limitContract(factory: TableFactory): void {
  describe('limits', () => {
    const table = eachTable(factory);
    const refusal = (...actions: Action[]) => failureOf(table().write(actions));
    const change = (parts: object): Action =>
      ({ type: 'update', key: keyAt('s'), condition: {}, ...parts }) as Action;

    test('100 actions are one write, 101 are refused', async () => {
      const many = (count: number) => put(...Array.from({ length: count }, (_, i) => item(`k${i}`)));
      expect(await refusal(...many(101))).toMatchObject(MISUSED);
      expect((await table().query({ pk: 'p', limit: 200 })).items).toHaveLength(0);
      await table().write(many(100));
      expect((await table().query({ pk: 'p', limit: 200 })).items).toHaveLength(100);
    });

    test('two actions on one key are refused', async () => {
      const check: Action = { type: 'check', key: keyAt('s'), condition: { exists: false } };
      expect(await refusal(check, ...put(item('s')))).toMatchObject(MISUSED);
      expect(await table().get(keyAt('s'))).toBeUndefined();
    });

    test('an item of exactly 400 KB is stored, one byte more is too large', async () => {
      expect(await refusal(...put(itemOf(LIMITS.itemBytes + 1)))).toMatchObject(TOO_LARGE);
      expect(await refusal(...put(item('a'), itemOf(LIMITS.itemBytes + 1)))).toMatchObject(TOO_LARGE);
      await table().write(put(itemOf(LIMITS.itemBytes)));
      expect(itemBytes((await table().get(keyAt('s')))!)).toBe(LIMITS.itemBytes);
    });

    test('an update that makes the item too large is refused', async () => {
      const full = itemOf(LIMITS.itemBytes - 10);
      await table().write(put(full));
      expect(await refusal(change({ set: { more: '0123456789' } }))).toMatchObject(TOO_LARGE);
      expect(await table().get(keyAt('s'))).toEqual(full);
    });

    test('a write of more than 4 MB is too large', async () => {
      const items = Array.from({ length: 11 }, (_, i) => itemOf(LIMITS.itemBytes, `k${i}`));
      expect(await refusal(...put(...items))).toMatchObject(TOO_LARGE);
      await table().write(put(...items.slice(0, 10)));
    });

    test('keys may have 2048 and 1024 bytes', async () => {
      const key = { pk: 'é'.repeat(LIMITS.pkBytes / 2), sk: '😀'.repeat(LIMITS.skBytes / 4) };
      await table().write(put({ ...item(''), ...key }));
      expect(await table().get(key)).toMatchObject(key);
      expect((await table().query({ ...key, from: key.sk, to: key.sk, limit: 1 })).items).toHaveLength(1);
    });

    test.each<[string, Key]>([
      ['an empty pk', { pk: '', sk: 's' }],
      ['an empty sk', { pk: 'p', sk: '' }],
      ['a pk that is too long', { pk: 'x'.repeat(LIMITS.pkBytes + 1), sk: 's' }],
      ['an sk that is too long in bytes', { pk: 'p', sk: `${'é'.repeat(LIMITS.skBytes / 2)}x` }],
      ['a NUL character', { pk: 'p', sk: 'a\0b' }],
      ['a lone surrogate', { pk: 'p', sk: 'a\uD800' }],
    ])('a key with %s is refused by every call', async (_, key) => {
      expect(await refusal(...put({ ...item('s'), ...key }))).toMatchObject(MISUSED);
      expect(await refusal({ type: 'delete', key })).toMatchObject(MISUSED);
      expect(await failureOf(table().get(key))).toMatchObject(MISUSED);
      expect(await failureOf(table().getMany([keyAt('fine'), key]))).toMatchObject(MISUSED);
    });

    test.each<[string, unknown]>([
      ['NaN', Number.NaN],
      ['infinity', Number.POSITIVE_INFINITY],
      ['1e126', 1e126],
      ['-1e126', -1e126],
      ['a number closer to zero than 1e-130', 9e-131],
      ['a lone surrogate', 'a\uDC00'],
      ['a lone surrogate in a name', { 'a\uD800': 1 }],
      ['an empty name', { '': 1 }],
      ['undefined in a list', [undefined]],
      ['a function', () => 1],
      ['a big integer', 1n],
      ['a symbol', Symbol('s')],
      ['a date', new Date(0)],
      ['a map object', new Map([['a', 1]])],
      ['bytes', new Uint8Array(1)],
      ['nesting that is too deep', nested(MAX_DEPTH + 1)],
    ])('%s cannot be stored', async (_, value) => {
      const bad = value as Value;
      expect(await refusal(...put(item('s', { bad })))).toMatchObject(MISUSED);
      expect(await refusal(...put(item('a'), item('s', { bad: [{ bad }] })))).toMatchObject(MISUSED);
      await table().write(put(item('s')));
      expect(await refusal(change({ set: { bad } }))).toMatchObject(MISUSED);
      expect(await table().get(keyAt('s'))).toEqual(item('s'));
    });

    test('nesting as deep as allowed is stored', async () => {
      const deep = item('s', { deep: nested(MAX_DEPTH) });
      await table().write(put(deep));
      expect(await table().get(keyAt('s'))).toEqual(deep);
    });

    test.each<[string, object]>([
      ['changes nothing', { set: {} }],
      ['changes the key', { set: { sk: 'x' } }],
      ['removes the key', { remove: ['pk'] }],
      ['names an attribute twice', { set: { a: 1 }, remove: ['a'] }],
      ['adds a fraction', { add: { a: 0.5 } }],
      ['adds to a text', { add: { text: 1 } }],
      ['adds to null', { add: { nothing: 1 } }],
      ['demands that the item does not exist', { set: { a: 1 }, condition: { exists: false } }],
      ['sets an expiry that is no number', { set: { expires_at: 'soon' } }],
      ['changes too many attributes', { remove: Array.from({ length: 201 }, (_, i) => `a${i}`) }],
    ])('an update that %s is refused', async (_, parts) => {
      const before = item('s', { text: 't', nothing: null });
      await table().write(put(before));
      expect(await refusal(change(parts))).toMatchObject(MISUSED);
      expect(await table().get(keyAt('s'))).toEqual(before);
    });

    test.each([0, -1, 1.5, Number.NaN, 2 ** 31])('a limit of %s is refused', async (limit) => {
      expect(await failureOf(table().query({ pk: 'p', limit }))).toMatchObject(MISUSED);
    });

    test('a condition on more than 100 attributes is refused', async () => {
      const missing = Array.from({ length: 101 }, (_, i) => `a${i}`);
      expect(await refusal({ type: 'put', item: item('s'), condition: { missing } })).toMatchObject(MISUSED);
    });

    test('a check without a condition is refused', async () => {
      expect(await refusal({ type: 'check', key: keyAt('s'), condition: {} })).toMatchObject(MISUSED);
    });
  });
}
