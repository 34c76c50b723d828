/** Names of types, fields and relations: safe in URLs, search expressions and CSV headers. */
export const TYPE_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
export const FIELD_NAME = /^[A-Za-z][A-Za-z0-9_]{0,62}$/;
/** A tag is free text without commas, because lists of tags are comma-separated. */
export const TAG = /^[^\s,][^,]{0,99}(?<!\s)$/u;

/** Characters that make a name read differently from what it is. */
export const BIDI_CONTROLS = /[\u202a-\u202e\u2066-\u2069]/;

/** What an entity carries besides its fields; a field of the same name would hide it. */
export const RESERVED_FIELDS: ReadonlySet<string> = new Set([
  'id',
  'uuid',
  'type',
  'org',
  'organisation',
  'owners',
  'tags',
  'links',
  'fields',
  'version',
  'type_version',
  'created_at',
  'updated_at',
  'deleted_at',
  'constructor',
  'prototype',
]);

/** Names that belong to the built-in records, or that would read like a part of a path. */
export const RESERVED_TYPES: ReadonlySet<string> = new Set([
  'bonds',
  'people',
  'products',
  'users',
  'organisations',
  'groups',
  'roles',
  'api_keys',
  'entities',
  'entity',
  'links',
  'types',
  'search',
  'upload',
  'download',
  'system',
  'constructor',
  'prototype',
]);
