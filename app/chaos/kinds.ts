import { namedUuid } from '../src/kernel/ids.ts';
import type { State } from './history.ts';
import { LAMPS, SHELF_SIZE, uuidOf } from './sample.ts';

/** What is written of a lamp: `mark` tells the write, `born` the creation, `shelf` finds a handful. */
export interface Written {
  readonly shelf: string;
  readonly born: string;
  readonly mark: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** How the lamps of a kind are spelt: as entities of a type, or as the flat records of a built-in one. */
export interface Kind {
  readonly path: string;
  /** What names the n-th in its address, and the uuid that it has. */
  readonly idOf: (n: number) => string;
  readonly uuidOf: (n: number) => string;
  readonly body: (n: number, written: Written) => unknown;
  /** A merge patch that changes the mark, and where a JSON Patch finds it. */
  readonly patch: (mark: string) => unknown;
  readonly pointer: string;
  /** Address of all on a shelf, and the same as a body to search by, where there is one. */
  readonly shelf: (name: string) => string;
  readonly search?: (name: string) => unknown;
  /** Whether only those who have signed in may write. */
  readonly isGuarded?: true;
  readonly read: (fields: Fields) => { readonly born: string; readonly mark: string };
}

const lampUuid = (n: number) => uuidOf(1, n);

const entityKind = (name: string): Kind => ({
  path: `/api/v1/entities/${name}`,
  idOf: lampUuid,
  uuidOf: lampUuid,
  body: (_n, written) => ({ fields: written }),
  patch: (mark) => ({ fields: { mark } }),
  pointer: '/fields/mark',
  shelf: (shelf) => `/api/v1/entities/${name}/search?fields=${encodeURIComponent(`shelf=${shelf}`)}`,
  search: (shelf) => ({ fields: [{ field: 'shelf', value: shelf }] }),
  read: ({ born, mark }) => ({ born: String(born), mark: String(mark) }),
});

const people: Kind = {
  path: '/api/v1/people',
  idOf: lampUuid,
  uuidOf: lampUuid,
  body: (_n, { shelf, born, mark }) => ({
    person_surname: shelf,
    person_name: born,
    person_birthdate: '1980-02-29',
    person_address: mark,
  }),
  patch: (mark) => ({ person_address: mark }),
  pointer: '/person_address',
  shelf: (shelf) => `/api/v1/people?person_surname=${shelf}`,
  read: ({ person_name, person_address }) => ({ born: String(person_name), mark: String(person_address) }),
};

const products: Kind = {
  path: '/api/v1/products',
  idOf: lampUuid,
  uuidOf: lampUuid,
  body: (n, { shelf, born, mark }) => ({
    sku: `sku-${n}`,
    name: shelf,
    price: 1999,
    currency: 'EUR',
    description: mark,
    attributes: { born },
  }),
  patch: (mark) => ({ description: mark }),
  pointer: '/description',
  shelf: (shelf) => `/api/v1/products?name_prefix=${shelf}`,
  isGuarded: true,
  read: ({ description, attributes }) => ({
    born: (attributes as { born: string }).born,
    mark: String(description),
  }),
};

const subscriber = (sid: string, name: string) => ({ sid, name, email: 'sample@example.org' });

/** All on a shelf share the host account, so each write agrees with the others on its cost center. */
const bonds: Kind = {
  path: '/api/v1/bonds',
  idOf: (n) => `bond-${n}`,
  uuidOf: (n) => namedUuid('bonds', `bond-${n}`),
  body: (n, { shelf, born, mark }) => ({
    bond_id: `bond-${n}`,
    host_account_id: shelf,
    host_cost_center: `center of ${shelf}`,
    sub_account_id: `account-${n}`,
    sub_cost_center: 'center of subscribers',
    subscribers: { born: subscriber('born', born), mark: subscriber('mark', mark) },
  }),
  patch: (mark) => ({ subscribers: { mark: { name: mark } } }),
  pointer: '/subscribers/mark/name',
  shelf: (shelf) => `/api/v1/bonds?host_account_id=${shelf}`,
  read({ subscribers }) {
    const { born, mark } = subscribers as Record<'born' | 'mark', { name: string }>;
    return { born: born.name, mark: mark.name };
  },
};

const KINDS: readonly Kind[] = [...LAMPS.map(entityKind), people, products, bonds];

/** The kind of the n-th lamp: shelf by shelf another one. */
export const kindOf = (n: number): Kind => KINDS[Math.floor(n / SHELF_SIZE) % KINDS.length]!;

/** A lamp as it is answered or stored: its own data under `fields`, or flat. */
export interface LampView extends Fields {
  readonly uuid: string;
  readonly version: number;
  readonly created_at: string;
}

export function lampState(kind: Kind, lamp: LampView): State {
  const { born, mark } = kind.read((lamp.fields as Fields | undefined) ?? lamp);
  return { born: `${born} ${lamp.created_at}`, version: lamp.version, mark };
}

export const lampUuidOf = (n: number): string => kindOf(n).uuidOf(n);
