import { type Exchanged, type Exchanges, exchange, type Told } from './exchange.ts';
import type { State } from './history.ts';
import type { Reply } from './http.ts';
import { type Kind, kindOf, type LampView, lampState, lampUuidOf } from './kinds.ts';
import { lampKey, onShelf, shelfOf } from './sample.ts';

/** What a client remembers of a lamp from its own operations. */
interface Known {
  readonly state: State;
  readonly etag: string;
}

export interface LampActions {
  read(n: number, headers?: Readonly<Record<string, string>>): Promise<void>;
  /** All of the kind of the n-th, or the first of them. */
  listKind(n: number): Promise<void>;
  listShelf(n: number): Promise<void>;
  /** A change bound to what was last read. */
  compareAndSet(n: number): Promise<void>;
  change(n: number): Promise<void>;
  create(n: number): Promise<void>;
  recreate(n: number): Promise<void>;
}

const pathOf = (n: number) => `${kindOf(n).path}/${kindOf(n).idOf(n)}`;
const MERGE_PATCH = { 'content-type': 'application/merge-patch+json' };
const JSON_PATCH = { 'content-type': 'application/json-patch+json' };
/** How often somebody who has just written wants to see it elsewhere. */
const LOOK_AFTER = 0.3;
/** How often a listing asks for all there is, and not for a page of a few. */
const WHOLE = 0.6;
const SOME = 5;
/** How often a search stands in the address, and not in a body. */
const BY_ADDRESS = 0.8;
/** How often somebody who misses a lamp makes it anew. */
const REVIVE = 0.3;

export function createLampActions(parts: Exchanges, count: number, newMark: () => string): LampActions {
  const { random } = parts;
  const known = new Map<number, Known>();
  const everyone = Array.from({ length: count }, (_, n) => n);

  /** Remembers what an exchange told of a lamp. */
  function learn(n: number, { op, reply }: Exchanged): void {
    if (op.seen === 'absent' || op.action === 'delete') known.delete(n);
    else if (op.seen) known.set(n, { state: op.seen, etag: String(reply?.headers.etag) });
    else if (op.status === 412) known.delete(n);
  }

  async function read(n: number, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const asked = { method: 'GET', path: pathOf(n), headers };
    const exchanged = await exchange(parts, { action: 'read', key: keyOf(n) }, asked, toldBy(kindOf(n)));
    learn(n, exchanged);
    if (exchanged.op.seen === 'absent' && random() < REVIVE) await create(n);
  }

  async function list(kind: Kind, path: string, lamps: readonly number[]): Promise<void> {
    await exchange(parts, { action: 'list', key: path }, { method: 'GET', path }, toldByList(kind, lamps));
  }

  const listKind = (n: number) =>
    list(
      kindOf(n),
      `${kindOf(n).path}?limit=${random() < WHOLE ? count : SOME}`,
      everyone.filter((one) => kindOf(one) === kindOf(n)),
    );

  const listShelf = (n: number) => list(kindOf(n), kindOf(n).shelf(shelfOf(n)), onShelf(n, count));

  /** The same search as a JSON body. */
  async function search(n: number, body: unknown): Promise<void> {
    const path = `${kindOf(n).path}/search`;
    const asked = { method: 'POST', path, body };
    await exchange(parts, { action: 'list', key: path }, asked, toldByList(kindOf(n), onShelf(n, count)));
  }

  /** What a write carries besides: who writes, where that matters. */
  const signed = (n: number, headers: Readonly<Record<string, string>>) =>
    kindOf(n).isGuarded ? { ...headers, authorization: parts.authorization } : headers;

  async function write(n: number, method: string, body: unknown, mark: string, given = {}, bound?: string) {
    const draft = { action: 'update', key: keyOf(n), mark, ...(bound !== undefined && { bound }) } as const;
    const asked = { method, path: pathOf(n), headers: signed(n, given), body };
    const exchanged = await exchange(parts, draft, asked, toldBy(kindOf(n)));
    learn(n, exchanged);
    const { op } = exchanged;
    if (op.outcome !== 'ok' || typeof op.seen !== 'object' || random() > LOOK_AFTER) return;
    await read(n, { 'x-min-version': String(op.seen.version) });
  }

  async function compareAndSet(n: number): Promise<void> {
    if (!known.has(n)) await read(n);
    const basis = known.get(n);
    if (!basis) return;
    const mark = newMark();
    const born = basis.state.born.split(' ')[0]!;
    const bound = basis.state.born;
    const match = { 'if-match': basis.etag };
    const body = kindOf(n).body(n, { shelf: shelfOf(n), born, mark });
    if (random() < 0.5) await write(n, 'PUT', body, mark, match, bound);
    else await write(n, 'PATCH', kindOf(n).patch(mark), mark, { ...match, ...MERGE_PATCH }, bound);
  }

  async function change(n: number): Promise<void> {
    const mark = newMark();
    const { patch, pointer: path } = kindOf(n);
    if (random() < 0.7) return write(n, 'PATCH', patch(mark), mark, MERGE_PATCH);
    return write(n, 'PATCH', [{ op: 'replace', path, value: mark }], mark, JSON_PATCH);
  }

  async function create(n: number): Promise<void> {
    const mark = newMark();
    const body = kindOf(n).body(n, { shelf: shelfOf(n), born: mark, mark });
    const headers = signed(n, { 'if-none-match': '*' });
    const asked = { method: 'PUT', path: pathOf(n), headers, body };
    learn(n, await exchange(parts, { action: 'create', key: keyOf(n), mark }, asked, toldBy(kindOf(n))));
  }

  async function recreate(n: number): Promise<void> {
    const basis = random() < 0.5 ? known.get(n) : undefined;
    const headers = signed(n, basis ? { 'if-match': basis.etag } : {});
    const draft = { action: 'delete', key: keyOf(n), ...(basis && { bound: basis.state.born }) } as const;
    const exchanged = await exchange(parts, draft, { method: 'DELETE', path: pathOf(n), headers });
    learn(n, exchanged);
    if (exchanged.op.status !== 412) await create(n);
  }

  return {
    read,
    listKind,
    listShelf(n) {
      const body = kindOf(n).search?.(shelfOf(n));
      return body === undefined || random() < BY_ADDRESS ? listShelf(n) : search(n, body);
    },
    compareAndSet,
    change,
    create,
    recreate,
  };
}

const keyOf = (n: number) => lampKey(lampUuidOf(n));

const toldBy =
  (kind: Kind) =>
  ({ body }: Reply): Told => ({ seen: lampState(kind, JSON.parse(body) as LampView) });

/** A page that is not the last one tells nothing of what it does not show. */
function toldByList(kind: Kind, lamps: readonly number[]): (reply: Reply) => Told {
  return ({ body }) => {
    const page = JSON.parse(body) as { items: LampView[]; next_cursor: string | null };
    const elements = new Map(page.items.map((item) => [lampKey(item.uuid), lampState(kind, item)]));
    return page.next_cursor === null ? { elements, covers: lamps.map(keyOf) } : { elements };
  };
}
