/**
 * Search as its documentation says it, over plain arrays: no index, no encoding, nothing shared with the
 * service but the meaning. The property test holds the service against it.
 */
export type Scalar = string | number | boolean;
export type FieldValue = Scalar | Scalar[];

export interface NaiveEntity {
  readonly uuid: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
  readonly tags: readonly string[];
  readonly links: readonly { readonly name: string; readonly uuid: string }[];
}

export interface NaiveQuery {
  readonly terms: readonly { readonly field: string; readonly op: string; readonly value: Scalar }[];
  readonly links: readonly { readonly relation?: string; readonly uuid: string }[];
  readonly tags: readonly string[];
  readonly uuids?: readonly string[];
  readonly sort?: string;
}

/** Code points of the composed form, because that is how texts compare. */
function compareTexts(a: string, b: string): number {
  const [x, y] = [[...a.normalize('NFC')], [...b.normalize('NFC')]];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = x[i]!.codePointAt(0)! - y[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

/** Exact decimals as integers of one scale. */
const scaled = (text: string): bigint => {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const magnitude = BigInt(whole + fraction.padEnd(40, '0'));
  return text.startsWith('-') ? -magnitude : magnitude;
};

export type Kind = 'text' | 'number' | 'decimal' | 'boolean' | 'instant';

function compare(kind: Kind, a: Scalar, b: Scalar): number {
  if (kind === 'text') return compareTexts(String(a), String(b));
  if (kind === 'decimal')
    return scaled(String(a)) < scaled(String(b)) ? -1 : scaled(String(a)) > scaled(String(b)) ? 1 : 0;
  if (kind === 'instant') return Date.parse(String(a)) - Date.parse(String(b));
  return Number(a) - Number(b);
}

function holds(kind: Kind, one: Scalar, op: string, value: Scalar): boolean {
  if (op === '^=') return String(one).normalize('NFC').startsWith(String(value).normalize('NFC'));
  const order = compare(kind, one, value);
  return { '=': order === 0, '>': order > 0, '>=': order >= 0, '<': order < 0, '<=': order <= 0 }[op]!;
}

/** What must be found: first these in this order, then those in any order. */
export interface Expected {
  readonly ordered: readonly string[];
  readonly others: readonly string[];
}

export function naiveSearch(
  kinds: Readonly<Record<string, Kind>>,
  entities: readonly NaiveEntity[],
  query: NaiveQuery,
): Expected {
  const meets = (entity: NaiveEntity) =>
    query.terms.every(({ field, op, value }) => {
      const stored = entity.fields[field];
      const values = stored === undefined ? [] : Array.isArray(stored) ? stored : [stored];
      if (op === '!=') return !values.some((one) => holds(kinds[field]!, one, '=', value));
      return values.some((one) => holds(kinds[field]!, one, op, value));
    }) &&
    query.tags.every((tag) => entity.tags.includes(tag)) &&
    query.links.every(({ relation, uuid }) =>
      entity.links.some((link) => link.uuid === uuid && (relation === undefined || link.name === relation)),
    ) &&
    (query.uuids?.includes(entity.uuid) ?? true);
  const found = entities.filter(meets);
  if (query.sort === undefined) return { ordered: [], others: uuids(found) };
  return sorted(kinds, found, query.sort);
}

const uuids = (entities: readonly NaiveEntity[]) => entities.map((entity) => entity.uuid);

function sorted(
  kinds: Readonly<Record<string, Kind>>,
  entities: readonly NaiveEntity[],
  sort: string,
): Expected {
  const descending = sort.startsWith('-');
  const field = descending ? sort.slice(1) : sort;
  const sign = descending ? -1 : 1;
  const byUuid = (a: NaiveEntity, b: NaiveEntity) => (a.uuid < b.uuid ? -1 : 1);
  const value = (entity: NaiveEntity) => entity.fields[field] as Scalar;
  const having = entities.filter((entity) => entity.fields[field] !== undefined);
  having.sort((a, b) => sign * (compare(kinds[field]!, value(a), value(b)) || byUuid(a, b)));
  return { ordered: uuids(having), others: uuids(entities.filter((e) => e.fields[field] === undefined)) };
}
