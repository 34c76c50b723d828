import fc from 'fast-check';
import type { EntityView } from '../../src/domains/entities/model.ts';
import type { Table } from '../../src/table/table.ts';
import { dyingAt } from '../support/dying-table.ts';
import {
  change,
  make,
  params,
  parts,
  SETTLED_MS,
  search,
  see,
  settle,
  start,
  steer,
  stored,
} from '../support/migrated-parts.ts';
import { sqliteTable } from '../support/tables.ts';

const LEASE_MS = 30_000;

test.each([true, false])(
  'whoever comes after a process that was killed at any write finishes its work (applied: %s)',
  async (applied) => {
    let isOver = false;
    for (let nth = 1; !isOver && nth < 40; nth++) {
      const { clock, close, registry, open, table } = await parts(sqliteTable);
      const uuids = [];
      for (let n = 0; n < 12; n++) uuids.push(await make(registry, { size: String(n) }));
      const { id } = await start(registry, { type: 'integer' });
      clock.advance(SETTLED_MS);
      await open(dyingAt(table, nth, applied)).migrate();
      isOver = (await see(registry, id)).state === 'switched';
      clock.advance(LEASE_MS);
      await registry.migrate();
      expect(await search(registry, { sort: 'size' })).toEqual(uuids.map((_, n) => n));
      await steer(registry, 'finish', id);
      await settle(registry, clock);
      const left = await stored(table, ['size', 'size_2'], uuids);
      expect(left.filter(({ pk }) => pk.endsWith('#size'))).toEqual([]);
      expect(left).toHaveLength(3 * uuids.length);
      await close();
    }
    expect(isOver).toBe(true);
  },
  60_000,
);

/** What a client may do to entities while they are migrated. */
type Deed = {
  readonly kind: 'make' | 'change' | 'empty' | 'delete';
  readonly at: number;
  readonly size: number;
};
const deed = fc.record({
  kind: fc.constantFrom('make' as const, 'change' as const, 'empty' as const, 'delete' as const),
  at: fc.nat(20),
  size: fc.integer({ min: -50, max: 50 }),
});

test('whatever is written meanwhile, readers see one form or the other and nothing is lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { minLength: 5, maxLength: 40 }),
      fc.boolean(),
      async (deeds, goesBack) => {
        const { clock, close, registry, open, table } = await parts(sqliteTable);
        const model = new Map<string, number | undefined>();
        const everMade: string[] = [];
        const sizeOf = (size: number | undefined, isNumber: boolean) =>
          size === undefined || isNumber ? size : String(size);

        async function act({ kind, at, size }: Deed): Promise<void> {
          const uuid = [...model.keys()][at % Math.max(1, model.size)];
          const { body } = await registry.call('getEntityType', { params });
          const isNumber = (body as { fields: { type: string }[] }).fields[0]!.type === 'integer';
          if (kind === 'make' || uuid === undefined) {
            const made = await make(registry, { size: sizeOf(size, isNumber) });
            everMade.push(made);
            model.set(made, size);
          } else if (kind === 'delete') {
            await registry.call('deleteEntity', { params: { ...params, uuid } });
            model.delete(uuid);
          } else {
            const next = kind === 'empty' ? undefined : size;
            await change(registry, uuid, { size: sizeOf(next, isNumber) ?? null });
            model.set(uuid, next);
          }
          await agree();
        }

        /** A listing shows exactly what the model knows, all in one form. */
        async function agree(): Promise<void> {
          const { body } = await registry.call('listEntities', { params, query: { limit: 1000 } });
          const { items } = body as { items: EntityView[] };
          const forms = new Set(
            items.map(({ fields }) => typeof fields.size).filter((form) => form !== 'undefined'),
          );
          expect(forms.size).toBeLessThan(2);
          const seen = items.map(({ uuid, fields }) => [
            uuid,
            fields.size === undefined ? undefined : Number(fields.size),
          ]);
          expect(new Map(seen as [string, number | undefined][])).toEqual(model);
          const sorted = await search(registry, { sort: 'size', limit: 1000 });
          expect(sorted).toHaveLength(model.size);
          const values = sorted.filter((size) => size !== undefined);
          expect(values).toEqual([...values].sort(typeof values[0] === 'number' ? byNumber : undefined));
        }

        const queue = [...deeds];
        const problems: unknown[] = [];
        let before: Promise<void> = Promise.resolve();
        /** A client acts before each write of the worker, which may have several under way. */
        const racing: Table = {
          ...table,
          async write(actions) {
            const next = queue.shift();
            if (next) before = before.then(() => act(next)).catch((error) => void problems.push(error));
            await before;
            await table.write(actions);
          },
        };
        const worker = open(racing);
        for (let n = 0; n < 5; n++) await act({ kind: 'make', at: 0, size: n - 2 });
        const { id } = await start(registry, { type: 'integer' });
        await settle(worker, clock);
        await settle(worker, clock); // what changed under its hands it takes up again
        expect((await see(registry, id)).state).toBe('switched');
        await steer(registry, goesBack ? 'rollback' : 'finish', id);
        for (let n = 0; n < 3; n++) await settle(worker, clock);
        for (const next of queue) await act(next);
        expect(problems).toEqual([]);
        expect((await see(registry, id)).state).toBe(goesBack ? 'rolled_back' : 'completed');
        const left = await stored(table, ['size', 'size_2'], everMade);
        const gone = goesBack ? 'size_2' : 'size';
        expect(
          left.filter(
            ({ pk, fields }) => pk.endsWith(`#${gone}`) || Object.hasOwn((fields ?? {}) as object, gone),
          ),
        ).toEqual([]);
        expect(left).toHaveLength(3 * model.size);
        await close();
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);

const byNumber = (a: unknown, b: unknown) => Number(a) - Number(b);
