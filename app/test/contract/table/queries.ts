import { compareKeys } from '../../../src/table/keys.ts';
import type { Query, Table } from '../../../src/table/table.ts';
import type { TableFactory } from '../../support/tables.ts';
import { eachTable, item, put } from './fixture.ts';

const LETTERS = ['b', 'd', 'f', 'h', 'j'];

/** Keys whose UTF-16 order differs from the order of their bytes. */
const MIXED = ['Z', 'a', 'a!', 'aa', 'z', 'é', 'ﬀ', '\uFFFD', '\u{10000}', '😀', '\u{10FFFF}'];

async function keysOf(table: Table, query: Omit<Query, 'pk' | 'limit'>, limit = 10): Promise<string[]> {
  return (await table.query({ pk: 'p', limit, ...query })).items.map(({ sk }) => sk);
}

/** Reads to the end; the cursor, not the page size, says where that is. */
async function allPages(table: Table, query: Query): Promise<string[][]> {
  const pages: string[][] = [];
  let after = query.after;
  do {
    const page = await table.query(after === undefined ? query : { ...query, after });
    pages.push(page.items.map(({ sk }) => sk));
    after = page.next;
  } while (after !== undefined);
  return pages;
}

export function queryContract(factory: TableFactory): void {
  describe('query', () => {
    const table = eachTable(factory);
    const letters = () => table().write(put(...LETTERS.map((sk) => item(sk)), item('c', {}, 'other')));

    test('reads one partition in the order of its sort keys, both ways', async () => {
      await letters();
      expect(await keysOf(table(), {})).toEqual(LETTERS);
      expect(await keysOf(table(), { reverse: true })).toEqual(LETTERS.toReversed());
      expect(await table().query({ pk: 'nobody', limit: 5 })).toEqual({ items: [] });
    });

    test('orders keys by their UTF-8 bytes, not by UTF-16 units', async () => {
      await table().write(put(...MIXED.map((sk) => item(sk))));
      expect(await keysOf(table(), {}, 20)).toEqual(MIXED);
      expect([...MIXED].sort(compareKeys)).toEqual(MIXED);
      expect([...MIXED].sort()).not.toEqual(MIXED);
      expect(await keysOf(table(), { from: '\uFFFD', to: '😀' })).toEqual(['\uFFFD', '\u{10000}', '😀']);
    });

    test.each<[string, Omit<Query, 'pk' | 'limit'>, string]>([
      ['both bounds are inclusive', { from: 'd', to: 'h' }, 'dfh'],
      ['bounds need not exist', { from: 'c', to: 'i' }, 'dfh'],
      ['only a lower bound', { from: 'f' }, 'fhj'],
      ['only an upper bound', { to: 'f' }, 'bdf'],
      ['a single key', { from: 'f', to: 'f' }, 'f'],
      ['bounds the wrong way round', { from: 'h', to: 'd' }, ''],
      ['a range between two items', { from: 'e', to: 'e' }, ''],
      ['an empty lower bound is no bound', { from: '', to: 'd' }, 'bd'],
      ['nothing is below an empty upper bound', { to: '' }, ''],
      ['in reverse', { from: 'd', to: 'h', reverse: true }, 'hfd'],
      ['after an item', { after: 'd' }, 'fhj'],
      ['after a key that does not exist', { after: 'e' }, 'fhj'],
      ['after an item, in reverse', { after: 'f', reverse: true }, 'db'],
      ['after a key that does not exist, in reverse', { after: 'e', reverse: true }, 'db'],
      ['after, within bounds', { from: 'd', to: 'h', after: 'd' }, 'fh'],
      ['after, within a lower bound', { from: 'd', after: 'f' }, 'hj'],
      ['after, within an upper bound', { to: 'h', after: 'd' }, 'fh'],
      ['after, within bounds, in reverse', { from: 'd', to: 'h', after: 'h', reverse: true }, 'fd'],
      ['after, below the lower bound', { from: 'd', to: 'h', after: 'a' }, 'dfh'],
      ['after, at the upper bound', { from: 'd', to: 'h', after: 'h' }, ''],
      ['after, beyond the upper bound', { from: 'd', to: 'h', after: 'x' }, ''],
      ['after, above the upper bound, in reverse', { from: 'd', to: 'h', after: 'x', reverse: true }, 'hfd'],
      ['after, at the lower bound, in reverse', { from: 'd', to: 'h', after: 'd', reverse: true }, ''],
      ['after, below the lower bound, in reverse', { from: 'd', to: 'h', after: 'a', reverse: true }, ''],
      ['after an empty key', { from: 'd', after: '' }, 'dfhj'],
      ['after an empty key, in reverse', { after: '', reverse: true }, ''],
    ])('range: %s', async (_, query, expected) => {
      await letters();
      expect(await keysOf(table(), query)).toEqual([...expected]);
    });

    test.each([false, true])('pages join without gap or repetition (reverse: %s)', async (reverse) => {
      await letters();
      const pages = await allPages(table(), { pk: 'p', limit: 2, reverse });
      expect(pages.flat()).toEqual(reverse ? LETTERS.toReversed() : LETTERS);
      expect(Math.max(...pages.map((page) => page.length))).toBe(2);
    });

    test('the last page of a range has no cursor', async () => {
      await letters();
      expect((await table().query({ pk: 'p', limit: 6 })).next).toBeUndefined();
      expect((await table().query({ pk: 'p', from: 'd', to: 'h', limit: 4 })).next).toBeUndefined();
      expect((await table().query({ pk: 'p', limit: 2 })).next).toBe('d');
    });

    test('a page ends at 1 MB, with a cursor to go on', async () => {
      const text = 'x'.repeat(100_000);
      const keys = Array.from({ length: 25 }, (_, i) => `k${String(i).padStart(2, '0')}`);
      await table().write(put(...keys.map((sk) => item(sk, { text }))));
      const pages = await allPages(table(), { pk: 'p', limit: 1000 });
      expect(pages.flat()).toEqual(keys);
      expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
    });
  });
}
