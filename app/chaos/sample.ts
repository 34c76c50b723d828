import { isOwned, type State } from './history.ts';

/** What the clients read and write. */

/** Several kinds of the same: a write to one leaves the listings of the others as they are. */
export const LAMPS = ['lamp', 'bulb', 'torch', 'candle'] as const;
export const HUBS = 'hub';
export const CRATES = 'crate';
export const SHELF_SIZE = 4;

const text = (name: string) => ({ name, type: 'string' });

/** `mark` tells the write, `born` the creation of an entity; `shelf` never changes and finds a handful. */
export const TYPES = [
  ...LAMPS.map((name) => ({
    name: name as string,
    fields: [{ ...text('shelf'), indexed: true }, text('born'), text('mark')],
  })),
  { name: HUBS, fields: [text('name')], links: [{ relation: 'wired_to', to: HUBS, inverse: 'wired_from' }] },
  { name: CRATES, fields: [text('mark')] },
];

/** The uuid of the n-th thing of a kind: chosen by us, so that it can be created again under the same. */
export const uuidOf = (kind: number, n: number) =>
  `00000000-0000-4000-8000-${String(kind * 1_000_000 + n).padStart(12, '0')}`;
export const hubUuid = (n: number) => uuidOf(2, n);
export const lampKey = (uuid: string) => `lamp:${uuid}`;
export const crateKey = (mark: string) => `crate:${mark}`;
export const isCrate = (key: string) => key.startsWith('crate:');
export const typeKey = (name: string) => `type:${name}`;
export const linkKey = (from: number, to: number) => `link:${hubUuid(from)}:${hubUuid(to)}`;
/** None is the beginning of another. */
export const shelfOf = (n: number) => `shelf-${String(Math.floor(n / SHELF_SIZE)).padStart(3, '0')}`;
/** All on the shelf of the n-th lamp. */
export function onShelf(n: number, count: number): number[] {
  const first = n - (n % SHELF_SIZE);
  return Array.from({ length: SHELF_SIZE }, (_, i) => first + i).filter((one) => one < count);
}

export interface TypeView {
  readonly name: string;
  readonly uuid: string;
  readonly version: number;
  readonly description: string;
}

/** The description is the mark; the first one is that of the creation. */
export const firstMarkOf = (name: string) => `${name}-made`;
export const typeState = ({ name, uuid, version, description }: TypeView): State => ({
  born: `${firstMarkOf(name)} ${uuid}`,
  version,
  mark: description,
});

/** The keys that a scope of the cache stands for. */
export function keysOfScope(scope: string, hubs: number): string[] {
  const [, kind, name = ''] = scope.split('#');
  if (kind === 'types') return TYPES.map((type) => typeKey(type.name));
  if (kind !== 'entity') return [];
  const links = Array.from({ length: hubs }, (_, n) => linkKey(n, (n + 1) % hubs));
  return [lampKey(name), ...links.filter((key) => isOwned(key) && key.includes(name))];
}
