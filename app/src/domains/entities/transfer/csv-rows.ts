import { Failure, type FieldError, fail, invalid, pointer } from '../../../kernel/errors.ts';
import { type FieldDefinition, fieldNamed, type TypeDefinition } from '../../../schema/definition.ts';
import { splitCommas } from '../../shapes.ts';
import { jsonOf, textOfCell, valueIn } from './csv-cells.ts';
import { type Cell, cellsOf } from './csv-records.ts';
import type { Row } from './row.ts';
import { READ_ONLY, readRow } from './row-shape.ts';

/** What a column holds: a field, a part of the entity, or what a download says and an upload ignores. */
type Column = FieldDefinition | 'uuid' | 'tags' | 'links' | 'owners' | 'ignored';
type Place = Pick<Row, 'line' | 'bytes'>;

const PARTS: ReadonlySet<string> = new Set(['uuid', 'tags', 'links', 'owners']);

/** The columns that a header names. Throws 400 for a header that does not fit the type. */
export function columnsOf(definition: TypeDefinition, header: string): Column[] {
  const columns = new Map<string, Column>();
  for (const cell of cellsOf(header)) {
    const name = cell ?? '';
    const column = columnOf(definition, name);
    if (!column) {
      throw badHeader(
        name,
        'unknown_field',
        `The type ${definition.name} has no field ${JSON.stringify(name)}`,
      );
    }
    if (columns.has(name)) throw badHeader(name, 'duplicate', `The column ${name} stands twice`);
    columns.set(name, column);
  }
  return [...columns.values()];
}

function badHeader(name: string, code: string, what: string): Failure {
  const detail = `${what}; the first line names the columns.`;
  return fail('malformed', code, detail, { errors: [{ pointer: name, code, detail }] });
}

function columnOf(definition: TypeDefinition, name: string): Column | undefined {
  if (PARTS.has(name)) return name as Column;
  return READ_ONLY.has(name) ? 'ignored' : fieldNamed(definition, name);
}

/**
 * The row of a record. Fields without a column stay as they are; an empty cell takes a field's value away. A row
 * that gives nothing but `uuid` and `links` only adds links: so goes on an entity whose links fill several rows.
 */
export function rowOfRecord(columns: readonly Column[], record: string, place: Place): Row {
  const cells = cellsOf(record);
  if (cells.length !== columns.length) {
    const detail = `The row has ${cells.length} cells, the header ${columns.length}.`;
    throw fail('malformed', 'wrong_column_count', detail);
  }
  const errors: FieldError[] = [];
  const fields: Record<string, unknown> = {};
  const value: Record<string, unknown> = { fields };
  let addsLinks = true;
  for (const [i, column] of columns.entries()) {
    const cell = cells[i];
    if (typeof column === 'object') fields[column.name] = readCell(column, cell, errors);
    else if (column !== 'ignored' && cell !== undefined) value[column] = readCell(column, cell, errors);
    if (cell !== undefined && column !== 'uuid' && column !== 'links' && column !== 'ignored')
      addsLinks = false;
  }
  if (errors.length > 0) throw invalid(errors);
  if (addsLinks && value.uuid !== undefined && value.links !== undefined) delete value.fields;
  return { ...readRow(value, place), partial: true };
}

function readCell(column: Exclude<Column, 'ignored'>, cell: Cell, errors: FieldError[]): unknown {
  if (cell === undefined) return null;
  try {
    if (typeof column === 'object') return valueIn(column, cell);
    if (column === 'uuid') return cell;
    return column === 'tags' ? splitCommas(textOfCell(cell)) : jsonOf(cell);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const at = typeof column === 'object' ? pointer('fields', column.name) : pointer(column);
    errors.push({ pointer: at, code: error.code, detail: error.message });
    return undefined;
  }
}
