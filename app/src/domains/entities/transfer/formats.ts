import type { TypeDefinition } from '../../../schema/definition.ts';
import type { EntityRecord, LinkView, Owners } from '../model.ts';
import { present } from '../model.ts';
import { cellOf, jsonCell, textCell } from './csv-cells.ts';

/** An entity with its links, or what one row could not hold of them. */
export interface DownloadRow {
  readonly record: EntityRecord;
  readonly definition: TypeDefinition;
  readonly links: readonly LinkView[];
  /** The entity itself stands in a row before. */
  readonly isRest: boolean;
}

/** How entities are written to a file, so that an upload reads the same entities from it. */
export interface Format {
  readonly contentType: string;
  readonly head: string;
  readonly between: string;
  readonly tail: string;
  readonly row: (row: DownloadRow) => string;
}

export const FORMAT_NAMES = ['ndjson', 'csv', 'json'] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

/** The format of a download. The columns of CSV are the fields that the type has at this moment. */
export function formatOf(name: FormatName, definition: TypeDefinition): Format {
  if (name === 'csv') return csv(definition);
  return name === 'json' ? json : ndjson;
}

const ndjson: Format = {
  contentType: 'application/x-ndjson',
  head: '',
  between: '\n',
  tail: '\n',
  row: (row) => JSON.stringify(jsonRow(row)),
};

const json: Format = { ...ndjson, contentType: 'application/json', head: '[\n', between: ',\n', tail: '\n]\n' };

function jsonRow({ record, definition, links, isRest }: DownloadRow): object {
  if (isRest) return { uuid: record.uuid, type: record.type, links };
  const { fields, links: _none, ...rest } = present(definition, record, []);
  const [{ uuid, type }, others] = [rest, rest];
  return { ...others, uuid, type, fields: withNulls(definition, fields), links };
}

/** Where a field has a default, only null says that the entity has no value. */
function withNulls(definition: TypeDefinition, fields: Readonly<Record<string, unknown>>) {
  const all: Record<string, unknown> = { ...fields };
  for (const { name, default: usual } of definition.fields) {
    if (usual !== undefined && !(name in all)) all[name] = null;
  }
  return all;
}

function csv({ fields }: TypeDefinition): Format {
  return {
    contentType: 'text/csv; charset=utf-8; header=present',
    head: `${['uuid', ...fields.map((field) => field.name), 'tags', 'links', 'owners'].join(',')}\r\n`,
    between: '\r\n',
    tail: '\r\n',
    row({ record, links, isRest }) {
      const linksCell = links.length === 0 ? '' : jsonCell(links);
      if (isRest) return [record.uuid, ...fields.map(() => ''), '', linksCell, ''].join(',');
      const values = fields.map((field) => cellOf(field, record.fields[field.id]));
      const tags = textCell(record.tags.join(','));
      return [record.uuid, ...values, tags, linksCell, jsonCell(givenOwners(record.owners))].join(',');
    },
  };
}

const givenOwners = (owners: Owners) =>
  Object.fromEntries(Object.entries(owners).filter(([, ids]) => ids.length > 0));
