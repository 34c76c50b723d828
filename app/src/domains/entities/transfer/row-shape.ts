import { type FieldError, fail, invalid, pointer } from '../../../kernel/errors.ts';
import { isUuid } from '../../../kernel/ids.ts';
import type { Owners } from '../model.ts';
import type { Row, RowLink } from './row.ts';

type Members = Readonly<Record<string, unknown>>;
/** Takes note of what is wrong and where. */
type Refuse = (at: string, code: string, detail: string) => undefined;

const PARTS = ['uuid', 'fields', 'links', 'tags', 'owners'];
/** What a downloaded entity says about itself. */
export const READ_ONLY: ReadonlySet<string> = new Set([
  'type',
  'organisation',
  'version',
  'type_version',
  'created_at',
  'updated_at',
  'links_truncated',
]);
const ROW_MEMBERS: ReadonlySet<string> = new Set([...PARTS, ...READ_ONLY]);
const LINK_MEMBERS: ReadonlySet<string> = new Set([
  'relation',
  'direction',
  'inverse',
  'type',
  'uuid',
  'properties',
]);
const OWNER_MEMBERS: ReadonlySet<string> = new Set(['users', 'groups', 'organisations']);
const MOST_TAGS = 50;
const MOST_OWNERS = 100;
const LONGEST_NAME = 200;

/** Reads a row from its JSON form. Throws everything that is wrong with its shape at once. */
export function readRow(value: unknown, place: Pick<Row, 'line' | 'bytes'>): Row {
  if (!isObject(value)) throw fail('malformed', 'malformed_json', 'The row must be a JSON object.');
  const errors: FieldError[] = [];
  const refuse: Refuse = (at, code, detail) => void errors.push({ pointer: at, code, detail });
  refuseUnknown(value, ROW_MEMBERS, '', refuse);
  const row = { ...place, links: readLinks(value.links, refuse), ...readParts(value, refuse) };
  if (errors.length === 0) return row;
  const unknown = errors.find((error) => error.code === 'unknown_field');
  throw unknown ? fail('malformed', unknown.code, unknown.detail, { errors }) : invalid(errors);
}

function readParts({ uuid, fields, tags, owners }: Members, refuse: Refuse): Partial<Row> {
  return {
    ...(uuid === undefined ? {} : { uuid: readUuid(uuid, '/uuid', refuse) }),
    ...(fields === undefined ? {} : { fields: readObject(fields, '/fields', refuse) }),
    ...(tags === undefined ? {} : { tags: readTags(tags, refuse) }),
    ...(owners === undefined ? {} : { owners: readOwners(owners, refuse) }),
  };
}

function readLinks(links: unknown, refuse: Refuse): RowLink[] {
  if (links === undefined) return [];
  if (Array.isArray(links)) return links.map((link, i) => readLink(link, pointer('links', i), refuse));
  refuse('/links', 'invalid_type', 'Must be an array.');
  return [];
}

function readLink(link: unknown, at: string, refuse: Refuse): RowLink {
  const { relation, direction, type, uuid, properties } = readObject(link, at, refuse);
  if (isObject(link)) refuseUnknown(link, LINK_MEMBERS, at, refuse);
  if (direction !== undefined && direction !== 'out' && direction !== 'in') {
    refuse(`${at}/direction`, 'not_allowed', 'Must be out or in.');
  }
  return {
    relation: readText(relation, `${at}/relation`, refuse),
    ...(direction === undefined ? {} : { direction: direction as 'out' | 'in' }),
    type: readText(type, `${at}/type`, refuse),
    uuid: readUuid(uuid, `${at}/uuid`, refuse),
    ...(properties === undefined
      ? {}
      : {
          properties: readObject(properties, `${at}/properties`, refuse) as NonNullable<
            RowLink['properties']
          >,
        }),
  };
}

/** Too many are not looked at one by one. */
function readTags(value: unknown, refuse: Refuse): string[] {
  const tags = readTexts(value, '/tags', refuse);
  if (tags.length <= MOST_TAGS) return tags;
  refuse('/tags', 'too_many_items', `At most ${MOST_TAGS} tags.`);
  return [];
}

function readOwners(value: unknown, refuse: Refuse): Partial<Owners> {
  const owners = readObject(value, '/owners', refuse);
  refuseUnknown(owners, OWNER_MEMBERS, '/owners', refuse);
  for (const name of OWNER_MEMBERS) {
    if (owners[name] === undefined) continue;
    const ids = readTexts(owners[name], pointer('owners', name), refuse);
    if (ids.length > MOST_OWNERS || ids.some((id) => id.length > LONGEST_NAME)) {
      refuse(
        pointer('owners', name),
        'too_long',
        `At most ${MOST_OWNERS} names of ${LONGEST_NAME} characters.`,
      );
    }
  }
  return owners as Partial<Owners>;
}

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readObject(value: unknown, at: string, refuse: Refuse): Members {
  if (isObject(value)) return value;
  refuse(at, 'invalid_type', 'Must be an object.');
  return {};
}

function readText(value: unknown, at: string, refuse: Refuse): string {
  if (typeof value === 'string' && value.length <= LONGEST_NAME) return value;
  if (value === undefined) refuse(at, 'required', 'Is required.');
  else refuse(at, 'invalid_type', `Must be a text of at most ${LONGEST_NAME} characters.`);
  return '';
}

function readUuid(value: unknown, at: string, refuse: Refuse): string {
  const lower = typeof value === 'string' ? value.toLowerCase() : '';
  if (!isUuid(lower)) refuse(at, 'invalid_uuid', 'Must be a UUID.');
  return lower;
}

function readTexts(value: unknown, at: string, refuse: Refuse): string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  refuse(at, 'invalid_type', 'Must be an array of texts.');
  return [];
}

function refuseUnknown(value: Members, known: ReadonlySet<string>, at: string, refuse: Refuse): void {
  for (const name of Object.keys(value)) {
    if (!known.has(name)) refuse(at + pointer(name), 'unknown_field', `There is no member ${name} here.`);
  }
}
