import { setTimeout as wait } from 'node:timers/promises';
import { type Exchanges, exchange, outcomeOf, send, type Told } from './exchange.ts';
import type { State } from './history.ts';
import type { Reply } from './http.ts';
import { now } from './random.ts';
import {
  CRATES,
  crateKey,
  HUBS,
  hubUuid,
  LAMPS,
  linkKey,
  TYPES,
  type TypeView,
  typeKey,
  typeState,
} from './sample.ts';

const HUB_BASE = `/api/v1/entities/${HUBS}`;
const TYPE_BASE = '/api/v1/entity-types';
/** Longer than the store takes to do a write that was given up. */
const DOUBT_MS = 15_000;
const TRIES = 6;
const TRY_AGAIN_MS = 150;

/** Types that came with the service are nobody's. */
const isOwn = ({ organisation }: { organisation: string }) => organisation !== '*';

interface Linked {
  readonly uuid: string;
  readonly direction: 'in' | 'out';
  readonly properties?: { readonly mark: string };
}

/** Links between hubs that stand in a ring: `change` is for the one client that owns the link. */
export function createLinkActions(parts: Exchanges, hubs: number, newMark: () => string) {
  const { random } = parts;
  let isThere = false;
  let doubtUntil: number | undefined;

  const next = (n: number) => (n + 1) % hubs;
  const around = (n: number) => [linkKey(n, next(n)), linkKey((n + hubs - 1) % hubs, n)];
  const stateOf = (link: Linked): State => ({ born: '', version: 0, mark: link.properties?.mark ?? '' });
  const tellLinks = (n: number, links: readonly Linked[]): Told => ({
    elements: new Map(links.map((link) => [around(n)[link.direction === 'out' ? 0 : 1]!, stateOf(link)])),
    covers: around(n),
  });

  /** By the list of links, or by the entity that shows them. */
  async function read(n: number, headers: Readonly<Record<string, string>> = {}) {
    const path = `${HUB_BASE}/${hubUuid(n)}`;
    if (random() < 0.5) {
      const asked = { method: 'GET', path, headers };
      return exchange(parts, { action: 'list', key: path }, asked, ({ body }) =>
        tellLinks(n, JSON.parse(body).links),
      );
    }
    const asked = { method: 'GET', path: `${path}/links`, headers };
    return exchange(parts, { action: 'list', key: asked.path }, asked, ({ body }) =>
      tellLinks(n, JSON.parse(body).items),
    );
  }

  /** Links or unlinks; after an end that nobody knows, first waits until the store cannot be late any more. */
  async function change(n: number): Promise<void> {
    const key = linkKey(n, next(n));
    if (doubtUntil !== undefined) {
      if (now() < doubtUntil) return;
      const { op } = await read(n, { 'cache-control': 'no-cache' });
      if (!op.elements) return;
      isThere = op.elements.has(key);
      doubtUntil = undefined;
    }
    const path = `${HUB_BASE}/${hubUuid(n)}/links`;
    const mark = newMark();
    const body = { relation: 'wired_to', type: HUBS, uuid: hubUuid(next(n)), properties: { mark } };
    const { op } = isThere
      ? await exchange(
          parts,
          { action: 'delete', key },
          { method: 'DELETE', path: `${path}/wired_to/${body.uuid}` },
        )
      : await exchange(parts, { action: 'create', key, mark }, { method: 'POST', path, body });
    if (op.outcome === 'ok') isThere = !isThere;
    else doubtUntil = now() + DOUBT_MS;
  }

  return { read, change };
}

/** The definitions of the kinds of lamps, which every answer about their entities rests on. */
export function createTypeActions(parts: Exchanges, newMark: () => string) {
  const told = ({ body }: Reply): Told => ({ seen: typeState(JSON.parse(body)) });
  const pathOf = (name: string) => `${TYPE_BASE}/${name}`;
  return {
    read: (name: string = parts.random.pick(LAMPS)) =>
      exchange(parts, { action: 'read', key: typeKey(name) }, { method: 'GET', path: pathOf(name) }, told),
    list: () =>
      exchange(parts, { action: 'list', key: TYPE_BASE }, { method: 'GET', path: TYPE_BASE }, ({ body }) => ({
        elements: new Map(
          JSON.parse(body)
            .items.filter(isOwn)
            .map((type: TypeView) => [typeKey(type.name), typeState(type)]),
        ),
        covers: TYPES.map((type) => typeKey(type.name)),
      })),
    change() {
      const name = parts.random.pick(LAMPS);
      const mark = newMark();
      const asked = { method: 'PATCH', path: pathOf(name), body: { description: mark } };
      return exchange(parts, { action: 'update', key: typeKey(name), mark }, asked, told);
    },
  };
}

/** Creates something new with an idempotency key, again and again until it is known how it ended, and reads it. */
export async function createCrate(parts: Exchanges, mark: string): Promise<void> {
  const path = `/api/v1/entities/${CRATES}`;
  const headers = { 'idempotency-key': `key-${mark}` };
  const key = crateKey(mark);
  const invoked = now();
  let isOpen = false;
  for (let attempt = 1; ; attempt++) {
    const { reply, sent, instance } = await send(parts, {
      method: 'POST',
      path,
      headers,
      body: { fields: { mark } },
    });
    const latest = outcomeOf('create', reply, sent);
    isOpen ||= latest === 'info';
    if (isOpen && latest !== 'ok' && attempt < TRIES) {
      await wait(TRY_AGAIN_MS * attempt);
      continue;
    }
    const outcome = isOpen && latest !== 'ok' ? 'info' : latest;
    const made = outcome === 'ok' ? (JSON.parse(reply!.body) as Crate) : undefined;
    const seen = made && stateOfCrate(made);
    const { client } = parts;
    const status = reply?.status ?? 0;
    const op = {
      client,
      instance,
      action: 'create',
      key,
      mark,
      invoked,
      returned: now(),
      outcome,
      status,
    } as const;
    parts.record({ ...op, ...(seen && { seen }) });
    if (made) {
      const asked = { method: 'GET', path: `${path}/${made.uuid}` };
      await exchange(parts, { action: 'read', key }, asked, ({ body }) => ({
        seen: stateOfCrate(JSON.parse(body)),
      }));
    }
    return;
  }
}

export interface Crate {
  readonly uuid: string;
  readonly version: number;
  readonly created_at: string;
  readonly fields: { readonly mark: string };
}

export const stateOfCrate = ({ version, created_at, fields: { mark } }: Crate): State => ({
  born: `${mark} ${created_at}`,
  version,
  mark,
});
