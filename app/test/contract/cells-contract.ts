import fc from 'fast-check';
import { ABSENT, type Cell, type Cells, WRITING } from '../../src/cache/cells.ts';
import type { Representation } from '../../src/cache/representation.ts';
import { createTokens } from '../../src/cache/tokens.ts';

/** Cells of a test's own; `expire` makes a mark of so many milliseconds run out. */
export interface FreshCells {
  readonly cells: Cells;
  close(): Promise<void>;
}

export type CellsFactory = () => Promise<FreshCells>;

const LONG_MS = 30_000;
const tokens = createTokens();
const token = (epoch = 1) => tokens.next(epoch);

/** What every implementation of the port must do. */
export function cellsContract(name: string, factory: CellsFactory): void {
  describe(`cells in ${name}`, () => {
    let fresh: FreshCells;
    let cells: Cells;
    let serial = 0;
    beforeAll(async () => {
      fresh = await factory();
      cells = fresh.cells;
    });
    afterAll(() => fresh.close());

    const scope = () => `acme#thing#${++serial}`;
    const cell = async (one: string): Promise<Cell | undefined> => (await cells.look([one])).cells[0];

    test('a scope that nobody asked for is absent; opening it gives it a token, once', async () => {
      const s = scope();
      expect(await cell(s)).toBe(ABSENT);
      const first = token();
      expect(await cells.open(s, first)).toBe(first);
      expect(await cells.open(s, token())).toBe(first);
      expect(await cell(s)).toBe(first);
    });

    test('a later epoch opens it anew; an older one does not', async () => {
      const s = scope();
      await cells.open(s, token(1));
      const later = token(2);
      expect(await cells.open(s, later)).toBe(later);
      expect(await cells.open(s, token(1))).toBe(later);
    });

    test('a write closes its scopes, and opens them with the next token when it is taken off', async () => {
      const [a, b] = [scope(), scope()];
      const [mine, next] = [token(), token()];
      await cells.open(a, token());
      await cells.intend([a, b], mine, LONG_MS);
      expect((await cells.look([a, b])).cells).toEqual([WRITING, WRITING]);
      expect(await cells.open(a, token())).toBe(WRITING);
      await cells.commit([a, b], mine, next);
      expect((await cells.look([a, b])).cells).toEqual([next, next]);
    });

    test('of several writes the last one opens, whatever their order', async () => {
      const s = scope();
      const [first, second, next] = [token(), token(), token()];
      await cells.intend([s], first, LONG_MS);
      await cells.intend([s], second, LONG_MS);
      await cells.commit([s], first, token());
      expect(await cell(s)).toBe(WRITING);
      await cells.commit([s], second, next);
      expect(await cell(s)).toBe(next);
    });

    test('a write that lost its mark empties what was opened meanwhile', async () => {
      const s = scope();
      await cells.open(s, token());
      await cells.commit([s], token(), token());
      expect(await cell(s)).toBe(ABSENT);
    });

    test('a write that lost its mark leaves those of others', async () => {
      const s = scope();
      await cells.intend([s], token(), LONG_MS);
      await cells.commit([s], token(), token());
      expect(await cell(s)).toBe(WRITING);
    });

    test('a mark that ran out counts for nothing', async () => {
      const s = scope();
      const mine = token();
      await cells.intend([s], mine, 1);
      await new Promise((resolve) => setTimeout(resolve, 5)); // the time of the server, which no test owns
      const opened = token();
      expect(await cells.open(s, opened)).toBe(opened);
      await cells.commit([s], mine, token());
      expect(await cell(s)).toBe(ABSENT);
    });

    test('a mark that ran out is not kept alive by others', async () => {
      const s = scope();
      const other = token();
      await cells.intend([s], token(), 1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      await cells.intend([s], other, LONG_MS);
      const next = token();
      await cells.commit([s], other, next);
      expect(await cell(s)).toBe(next);
    });

    test('dropping empties open scopes and leaves writes', async () => {
      const [open, writing, absent] = [scope(), scope(), scope()];
      await cells.open(open, token());
      await cells.intend([writing], token(), LONG_MS);
      await cells.drop([open, writing, absent]);
      expect((await cells.look([open, writing, absent])).cells).toEqual([ABSENT, WRITING, ABSENT]);
    });

    test('representations come back byte for byte, each under its own name and scope', async () => {
      const [a, b] = [scope(), scope()];
      const body = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
      const stored: Representation = { kind: 'value', stamp: token(), freshUntil: 1, expiresAt: 2, body };
      await cells.fill({ scope: a, name: 'x' }, stored, LONG_MS);
      expect((await cells.look([a, b], { scope: a, name: 'x' })).representation).toEqual(stored);
      expect((await cells.look([a], { scope: a, name: 'y' })).representation).toBeUndefined();
      expect((await cells.look([b], { scope: b, name: 'x' })).representation).toBeUndefined();
      await cells.drop([a]);
      expect((await cells.look([a], { scope: a, name: 'x' })).representation).toBeDefined(); // without a token it is worthless
    });

    test('many looks at once get each its own answer', async () => {
      const scopes = Array.from({ length: 500 }, scope);
      const opened = await Promise.all(scopes.map((one) => cells.open(one, token())));
      const looks = await Promise.all(scopes.map((one) => cells.look([one, scopes[0]!])));
      expect(looks.map((look) => look.cells)).toEqual(opened.map((one) => [one, opened[0]]));
    });

    test('any sequence of calls leaves the cells as their description says', async () => {
      const call = fc.record({
        verb: fc.constantFrom('intend', 'commit', 'open', 'drop'),
        scope: fc.nat(2),
        who: fc.nat(2),
        epoch: fc.integer({ min: 1, max: 2 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(call, { maxLength: 25 }), async (calls) => {
          const scopes = [scope(), scope(), scope()];
          const model = modelCells();
          const writers = [token(), token(), token()];
          for (const { verb, scope: at, who, epoch } of calls) {
            const [s, mine, next] = [scopes[at]!, writers[who]!, token(epoch)];
            if (verb === 'intend') await cells.intend([s], mine, LONG_MS);
            else if (verb === 'commit') await cells.commit([s], mine, next);
            else if (verb === 'drop') await cells.drop([s]);
            else expect(await cells.open(s, next)).toBe(model.opened(s, next));
            model[verb](s, mine, next);
          }
          expect((await cells.look(scopes)).cells).toEqual(scopes.map(model.cell));
        }),
        { numRuns: 60 },
      );
    });
  });
}

/** The port as its comments describe it, without time. */
function modelCells() {
  const open = new Map<string, string>();
  const writing = new Map<string, Set<string>>();
  const cell = (scope: string): Cell =>
    (writing.get(scope)?.size ?? 0) > 0 ? WRITING : (open.get(scope) ?? ABSENT);
  const opened = (scope: string, next: string): Cell => {
    const now = cell(scope);
    return now === WRITING || (now !== ABSENT && now.slice(0, 8) >= next.slice(0, 8)) ? now : next;
  };
  return {
    cell,
    opened,
    intend(scope: string, mine: string) {
      writing.set(scope, (writing.get(scope) ?? new Set()).add(mine));
      open.delete(scope);
    },
    commit(scope: string, mine: string, next: string) {
      const writers = writing.get(scope) ?? new Set();
      const wasListed = writers.delete(mine);
      if (writers.size > 0) return;
      open.delete(scope);
      if (wasListed) open.set(scope, next);
    },
    open(scope: string, _mine: string, next: string) {
      const now = opened(scope, next);
      if (now !== WRITING) open.set(scope, now);
    },
    drop: (scope: string) => void open.delete(scope),
  };
}
