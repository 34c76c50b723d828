import Joi from 'joi';
import type { Answer, Call, Route } from '../domain.ts';
import { cursor, typeName } from '../shapes.ts';
import { fromQuery } from './search/input.ts';
import { entityView, searchQuery } from './shapes.ts';
import type { Downloads } from './transfer/download.ts';
import { FORMAT_NAMES } from './transfer/formats.ts';
import { UPLOAD_TYPES } from './transfer/rows.ts';
import type { Uploads } from './transfer/upload.ts';

const count = Joi.number().integer().min(0).required();

const uploadQuery = Joi.object({
  atomic: Joi.boolean()
    .default(false)
    .description('All rows or none; for as many as one transaction of 98 items holds.'),
});

const uploadReport = Joi.object({
  created: count,
  updated: count,
  failed: count.description('Rows that were not written, or not with all their links.'),
  errors: Joi.array()
    .items(
      Joi.object({
        line: Joi.number()
          .integer()
          .required()
          .description('Line of the row, or its place in a JSON array, from 1.'),
        code: Joi.string().required(),
        detail: Joi.string().required(),
        pointer: Joi.string().allow('').description('JSON pointer into the row.'),
      }),
    )
    .required(),
  errors_truncated: Joi.boolean().description(
    'True when there were more errors than the 1,000 that stand here.',
  ),
}).meta({ component: 'UploadReport' });

const pieceSize = Joi.number()
  .integer()
  .min(1)
  .max(1000)
  .description(
    'Answers a piece of so many entities; its `Link` header leads to the next. Everything without it.',
  );

const downloadQuery = Joi.object({
  ...Object.fromEntries(
    (['fields', 'links', 'uuids', 'tags', 'sort'] as const).map((name) => [name, searchQuery.extract(name)]),
  ),
  format: Joi.valid(...FORMAT_NAMES).default('ndjson'),
  limit: pieceSize,
  cursor,
});

/** More links of the entity before have no more than its uuid and type. */
const downloadRow = entityView
  .fork(
    ['fields', 'tags', 'owners', 'organisation', 'version', 'type_version', 'created_at', 'updated_at'],
    (part) => part.optional(),
  )
  .meta({ component: 'DownloadedEntity' });

const uploadDescription = `Takes a JSON array, NDJSON or CSV (RFC 4180, with a header), and what a download gave as it is.
A row is an entity: \`uuid\`, \`fields\`, \`tags\`, \`owners\`, \`links\`; what else a downloaded entity has is ignored.
CSV has columns \`uuid\`, field names, \`tags\` (comma-separated), \`links\` and \`owners\` (JSON): an empty cell is no
value, \`""\` an empty text, and one apostrophe before \`= + - @\` is taken off.
The uuid of an existing entity updates it: given parts replace what was there, links are only added, and in CSV
fields without a column stay as they are. Links may lead to later rows of the same upload; a link with
\`"direction": "in"\` from an entity that does not exist is left to that entity's own row.
A row is written whole or fails alone, except that of two rows linked in a circle one may stay without the link
when the other fails. An array that is broken answers 400 if nothing was written before, and otherwise ends there.
Sending rows with uuids again is safe: what is the same already is not written.`;

const downloadDescription = `Takes the conditions of a search. Links are complete: an entity with very many is followed
by rows with its uuid and more of them. To be able to resume, ask for pieces with \`limit\`.`;

/** Upload and download of the entities of a type. */
export function transferRoutes(upload: Uploads, download: Downloads): Route[] {
  async function answerUpload({ actor, params, query, mediaType, stream }: Call): Promise<Answer> {
    const body = { mediaType, stream: stream!, atomic: query.atomic };
    return { status: 200, body: await upload(actor, params.type!, body) };
  }

  async function answerDownload({ actor, params, query }: Call): Promise<Answer> {
    const { format, limit, ...search } = query;
    const input = { ...fromQuery({ ...search, explain: false }), limit, format };
    const { contentType, text, next } = await download(actor, params.type!, input);
    const headers = { 'Content-Disposition': `attachment; filename="${params.type}.${format}"` };
    return { status: 200, stream: text, contentType, next, headers };
  }

  const routes = (base: string, named: (operation: string) => string): Route[] => [
    {
      method: 'POST',
      path: `${base}/:type/upload`,
      operation: named('uploadEntities'),
      summary: 'Create and update many entities from a file.',
      description: uploadDescription,
      permission: 'entities:write',
      params: { type: typeName },
      query: uploadQuery,
      body: { kind: 'stream', types: UPLOAD_TYPES },
      responses: { 200: { description: 'What was done, and every row that failed.', schema: uploadReport } },
      failures: [404, 413, 415],
      handler: answerUpload,
    },
    {
      method: 'GET',
      path: `${base}/:type/download`,
      operation: named('downloadEntities'),
      summary: 'Read all entities of a type, or those that meet a search, as a file.',
      description: downloadDescription,
      permission: 'entities:read',
      params: { type: typeName },
      query: downloadQuery,
      responses: {
        200: {
          description: 'The entities, one a row.',
          schema: Joi.array().items(downloadRow),
          types: ['application/x-ndjson', 'text/csv', 'application/json'],
        },
      },
      failures: [404],
      handler: answerDownload,
    },
  ];
  return [
    ...routes('/api/v1/entities', (operation) => operation),
    ...routes('/entity', (operation) => `${operation}Compat`).map((route) => ({ ...route, compat: true })),
  ];
}
