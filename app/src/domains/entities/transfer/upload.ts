import type { Actor } from '../../../kernel/actor.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { TypeDefinition } from '../../../schema/definition.ts';
import { completed, uuidFor } from '../drafts.ts';
import { createReader } from '../reader.ts';
import { uploadAtOnce } from './atomic.ts';
import type { UploadContext, UploadOptions } from './context.ts';
import { createPace } from './pace.ts';
import { runPass } from './pass.ts';
import { patientTable } from './patient-table.ts';
import type { PlanOptions } from './plan.ts';
import { createReport, type Report, type UploadReport } from './report.ts';
import type { BadRow, Row } from './row.ts';
import { Interrupted, type Rows, rowsOf } from './rows.ts';
import { createWaiting, type Waiting } from './waiting.ts';

export interface UploadBody {
  readonly mediaType: string | undefined;
  readonly stream: AsyncIterable<Uint8Array>;
  /** All rows or none. */
  readonly atomic: boolean;
}

export type Uploads = ReturnType<typeof createUploads>;

/** Writes the rows of a body as they come. Throws the store's failure, with what was counted until then. */
export function createUploads(options: UploadOptions) {
  return async function upload(actor: Actor, type: string, body: UploadBody): Promise<UploadReport> {
    const { organisation } = actor;
    const definition = await options.freshDefinitionOf(organisation, type);
    const scope = { organisation, definitionOf: (name: string) => options.definitionOf(organisation, name) };
    const pace = createPace();
    const table = patientTable(options.table, options.clock, pace.refused);
    const context = { ...options, table, reader: createReader(table), actor, type, scope, pace };
    const rows = named(definition, rowsOf(body.mediaType, body.stream, definition));
    const report = createReport();
    try {
      if (body.atomic) return await uploadAtOnce(context, rows);
      await runPasses(context, report, rows);
    } catch (error) {
      if (error instanceof Interrupted) throw error.cause;
      throw withCounts(error, report);
    }
    return report.answer();
  };
}

/** Gives rows the uuid that follows from their fields, where it does: so they find the entity that is there. */
async function* named(definition: TypeDefinition, rows: Rows) {
  const withUuid = (row: Row | BadRow): Row | BadRow => {
    if ('failure' in row || row.uuid !== undefined) return row;
    const uuid = uuidFor(definition, completed(definition, row.fields));
    return uuid === undefined ? row : { ...row, uuid };
  };
  for await (const some of rows) yield definition.rules?.keyField ? [...some].map(withUuid) : some;
}

/**
 * A row may be linked to one that comes later. The first pass leaves such rows waiting. The second writes them,
 * and leaves waiting the links among themselves; later passes make those, and what one transaction is too small
 * for. Each pass is shorter than the one before, and a row fails whole if what it is linked to never comes.
 */
async function runPasses(context: UploadContext, report: Report, rows: Rows): Promise<void> {
  const { table, clock } = context;
  let waiting = createWaiting(table, clock);
  let interrupted: unknown;
  try {
    await runPass({ context, report, missing: atFirst, waiting }, rows);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    interrupted = error;
  }
  while (!waiting.isEmpty) {
    const before = waiting;
    waiting = createWaiting(table, clock);
    await runPass({ context, report, missing: afterwards(before), waiting }, before.rows());
  }
  if (interrupted) throw interrupted;
}

type MissingFor = (comes: (uuid: string) => boolean) => PlanOptions['missing'];

/** A link from an entity that is not there is left to that entity's own row. */
const atFirst: MissingFor =
  (comes) =>
  ({ link }) => {
    if (link.direction !== 'in') return 'defer_row';
    return comes(link.uuid) ? 'defer_link' : 'leave_out';
  };

const afterwards =
  (before: Waiting): MissingFor =>
  (comes) =>
  async ({ link }) => {
    if (comes(link.uuid) || (await before.has(link.uuid))) return 'defer_link';
    return link.direction === 'in' ? 'leave_out' : 'fail';
  };

function withCounts(error: unknown, { counts }: Report): unknown {
  if (!(error instanceof Failure) || error.kind !== 'unavailable') return error;
  const { kind, code, message, errors, retryAfter, extra } = error;
  return new Failure(kind, code, message, {
    errors,
    cause: error,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    extra: { ...extra, ...counts },
  });
}
