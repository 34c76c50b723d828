import type { TypeDefinition } from '../../../schema/definition.ts';
import { type EntityRecord, type LinkView, type Owners, present } from '../model.ts';
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
  between: '',
  tail: '',
  row: (row) => `${JSON.stringify(jsonRow(row))}\n`,
};

const json: Format = {
  contentType: 'application/json',
  head: '[\n',
  between: ',\n',
  tail: '\n]\n',
  row: (row) => JSON.stringify(jsonRow(row)),
};

function jsonRow({ record, definition, links, isRest }: DownloadRow): object {
  if (isRest) return { uuid: record.uuid, type: record.type, links };
  const entity = present(definition, record, []);
  return { ...entity, fields: withNulls(definition, entity.fields), links };
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
  const line = (...cells: string[]) => `${cells.join(',')}\r\n`;
  return {
    contentType: 'text/csv; charset=utf-8; header=present',
    head: line('uuid', ...fields.map((field) => field.name), 'tags', 'links', 'owners'),
    between: '',
    tail: '',
    row({ record, links, isRest }) {
      const { uuid, tags, owners } = record;
      const linksCell = links.length === 0 ? '' : jsonCell(links);
      if (isRest) return line(uuid, ...fields.map(() => ''), '', linksCell, '');
      const values = fields.map((field) => cellOf(field, record.fields[field.id]));
      return line(uuid, ...values, textCell(tags.join(',')), linksCell, jsonCell(givenOwners(owners)));
    },
  };
}

const givenOwners = (owners: Owners) =>
  Object.fromEntries(Object.entries(owners).filter(([, ids]) => ids.length > 0));
