/** A JSON call of the running service. */
export type Api = (method: string, path: string, body?: unknown) => Promise<{ readonly uuid: string }>;

/** Entities that the cases use up. */
export interface Made {
  readonly plain: string;
  readonly linked: string;
  readonly hub: string;
  readonly doomed: string;
}

export interface CapacityCase {
  readonly work: string;
  /** Expected units. */
  readonly read: number;
  readonly write: number;
  readonly because: string;
  readonly send: (api: Api, made: Made) => Promise<unknown>;
}

const TYPES = '/api/v1/entity-types';
const at = (type: string, rest = '') => `/api/v1/entities/${type}${rest}`;
const LISTED = 30;
const PAGE = 20;

const text = (name: string, more: object = {}) => ({ name, type: 'string', ...more });
const indexed = (name: string) => text(name, { indexed: true });
const INDEXED = ['a', 'b', 'c'];

/** Types by the number of their indexed fields, each with one field without an index. */
const DEFINITIONS = [
  { name: 'hub', fields: [text('note')] },
  ...[0, 1, 2, 3].map((k) => ({
    name: `k${k}`,
    fields: [text('note'), ...INDEXED.slice(0, k).map(indexed)],
    links: [{ relation: 'near', to: 'hub', inverse: 'around' }],
  })),
  { name: 'serial', fields: [text('number', { unique: true })] },
  { name: 'listed', fields: [indexed('a'), indexed('b')] },
];

const values = (k: number) =>
  Object.fromEntries([['note', 'n'], ...INDEXED.slice(0, k).map((name) => [name, 'x'])]);
const entity = (k: number) => ({ fields: values(k) });
const near = (uuid: string) => ({ relation: 'near', type: 'hub', uuid });

/** Defines the types and makes what is read and changed. */
export async function prepare(api: Api): Promise<Made> {
  for (const definition of DEFINITIONS) await api('POST', TYPES, definition);
  const make = async (type: string, body: object): Promise<string> =>
    (await api('POST', at(type), body)).uuid;
  const hub = await make('hub', { fields: { note: 'n' } });
  for (let n = 0; n < LISTED; n++) await make('listed', { fields: { a: 'x', b: 'y' } });
  return {
    hub,
    plain: await make('k2', entity(2)),
    linked: await make('k2', { ...entity(2), links: [near(hub)] }),
    doomed: await make('k2', entity(2)),
  };
}

export const CASES: readonly CapacityCase[] = [
  ...[0, 1, 2, 3].map((k) => ({
    work: `create, k = ${k} indexed fields`,
    read: 0,
    write: 2 * (2 + k),
    because: '2(2 + k)',
    send: (api: Api) => api('POST', at(`k${k}`), entity(k)),
  })),
  {
    work: 'create with a unique field',
    read: 0,
    write: 2 * (2 + 1 + 1),
    because: '2(2 + its index entry + its value)',
    send: (api) => api('POST', at('serial'), { fields: { number: 'A1' } }),
  },
  {
    work: 'create with a tag, k = 0',
    read: 0,
    write: 2 * (2 + 1),
    because: '2(2 + the tag)',
    send: (api) => api('POST', at('k0'), { ...entity(0), tags: ['red'] }),
  },
  {
    work: 'create with a link, k = 0',
    read: 0,
    write: 2 * (2 + 2 + 1),
    because: '2(2 + both ends + the entity at the other end)',
    send: (api, { hub }) => api('POST', at('k0'), { ...entity(0), links: [near(hub)] }),
  },
  {
    work: 'get, uncached',
    read: 1,
    write: 0,
    because: 'one item, up to 4 KB',
    send: (api, { plain }) => api('GET', at('k2', `/${plain}`)),
  },
  {
    work: 'get with a link, uncached',
    read: 2,
    write: 0,
    because: 'the item + a query of its links',
    send: (api, { linked }) => api('GET', at('k2', `/${linked}`)),
  },
  {
    work: `list page of ${PAGE}`,
    read: 1 + PAGE + 1,
    write: 0,
    because: 'entries up to 4 KB + 20 entities and one to see what follows',
    send: (api) => api('GET', at('listed', `?limit=${PAGE}`)),
  },
  {
    work: `search page of ${PAGE} by two fields that all meet`,
    read: 2 + PAGE + 1,
    write: 0,
    because: 'entries of each field up to 4 KB + 21 entities',
    send: (api) => api('GET', at('listed', `/search?limit=${PAGE}&fields=a=x,b=y`)),
  },
  {
    work: 'update of a field without an index',
    read: 1,
    write: 2,
    because: 'read it + 2(1)',
    send: (api, { plain }) => api('PATCH', at('k2', `/${plain}`), { fields: { note: 'm' } }),
  },
  {
    work: 'update of an indexed field',
    read: 1,
    write: 2 * (1 + 2),
    because: 'read it + 2(1 + the old and the new entry)',
    send: (api, { plain }) => api('PATCH', at('k2', `/${plain}`), { fields: { a: 'z' } }),
  },
  {
    work: 'link',
    read: 1,
    write: 2 * (2 + 2),
    because: 'whose it is + 2(both ends + both entities)',
    send: (api, { plain, hub }) => api('POST', at('k2', `/${plain}/links`), near(hub)),
  },
  {
    work: 'list of links',
    read: 2,
    write: 0,
    because: 'the entity + its links',
    send: (api, { plain }) => api('GET', at('k2', `/${plain}/links`)),
  },
  {
    work: 'unlink',
    read: 3,
    write: 2 * (2 + 2),
    because: 'both entities and the link + 2(both ends + both entities)',
    send: (api, { plain, hub }) => api('DELETE', at('k2', `/${plain}/links/near/${hub}`)),
  },
  {
    work: 'delete, k = 2',
    read: 2,
    write: 2 * (2 + 2),
    because: 'read it + what goes with it + 2(2 + k)',
    send: (api, { doomed }) => api('DELETE', at('k2', `/${doomed}`)),
  },
  {
    work: 'delete with a link, k = 2',
    read: 2,
    write: 2 * (2 + 2 + 2 + 1),
    because: 'the same + 2(both ends + the entity at the other end)',
    send: (api, { linked }) => api('DELETE', at('k2', `/${linked}`)),
  },
  {
    work: 'create an entity type',
    read: 1,
    write: 2,
    because: 'is the name taken + 2(1)',
    send: (api) => api('POST', TYPES, { name: 'late' }),
  },
  {
    work: 'get an entity type',
    read: 1,
    write: 0,
    because: 'one item',
    send: (api) => api('GET', `${TYPES}/late`),
  },
];

/** Each is asked for once before it is measured, so that the cache has it. */
export const CACHED_CASES: readonly CapacityCase[] = [
  {
    work: 'get, cached',
    read: 0,
    write: 0,
    because: 'the cache answers',
    send: (api, { hub }) => api('GET', at('hub', `/${hub}`)),
  },
  {
    work: 'list page of 20, cached',
    read: 0,
    write: 0,
    because: 'the cache answers',
    send: (api) => api('GET', at('listed', `?limit=${PAGE}`)),
  },
  {
    work: 'search page of 20 by two fields, cached',
    read: 0,
    write: 0,
    because: 'the cache answers',
    send: (api) => api('GET', at('listed', `/search?fields=a=x&fields=b=y&limit=${PAGE}`)),
  },
];
