import Joi from 'joi';
import { once, type Replies, type Reply } from '../../../table/replies.ts';
import type { Answer, Call, Route } from '../../domain.ts';
import {
  cursor,
  limit,
  onceOf,
  pageAnswer,
  pageOf,
  replayed,
  timestamp,
  typeName,
  uuid,
} from '../../shapes.ts';
import { fromBody } from '../search/input.ts';
import { searchBody } from '../shapes.ts';
import { FORMAT_NAMES } from '../transfer/formats.ts';
import type { DownloadJob } from './job.ts';
import type { DownloadView, Prepared } from './service.ts';

const BASE = '/api/v1/downloads';
const STATES = ['waiting', 'running', 'done', 'failed', 'cancelled'];

const request = Joi.object({
  ...Object.fromEntries(
    (['fields', 'links', 'uuids', 'tags', 'sort'] as const).map((name) => [name, searchBody.extract(name)]),
  ),
  format: Joi.valid(...FORMAT_NAMES).default('ndjson'),
});

const count = Joi.number().integer().min(0).required();
const view = Joi.object({
  id: uuid.required().description('Of the download.'),
  type: typeName.required(),
  format: Joi.valid(...FORMAT_NAMES).required(),
  state: Joi.valid(...STATES).required(),
  progress: Joi.object({ rows: count, bytes: count }).required(),
  url: Joi.string().description(
    'Where the file can be fetched without credentials; each answer has a new one.',
  ),
  url_expires_at: timestamp.description('When that address is over.'),
  error: Joi.object({ code: Joi.string().required(), detail: Joi.string().required() }).description(
    'Why it failed.',
  ),
  created_at: timestamp.required(),
  updated_at: timestamp.required(),
  expires_at: timestamp.required().description('When the download is gone, with its file.'),
}).meta({ component: 'Download' });

const iso = (ms: number) => new Date(ms).toISOString();

/** What a caller sees. Lists what leaves, so that nothing else can. */
function present(job: DownloadJob, link?: DownloadView['link']) {
  const { id, type, format, state, rows, bytes, failure, created_at, updated_at, expires_at } = job;
  return {
    id,
    type,
    format,
    state,
    progress: { rows, bytes },
    ...(link && { url: link.url, url_expires_at: iso(link.until) }),
    ...(failure && { error: { code: failure.code, detail: failure.detail } }),
    created_at,
    updated_at,
    expires_at: iso(expires_at * 1000),
  };
}

const description = `Prepares a file in the background and answers at once where to look for it. Takes the conditions of a search by
its JSON form. For what is too large to be streamed in one go; the file can be fetched again, and in parts.`;

/** Downloads that are prepared as files. */
export function preparedRoutes(prepared: Prepared, replies: Replies): Route[] {
  const start = (call: Call): Promise<Answer> =>
    once(
      replies,
      onceOf(call, 'startDownload'),
      async (remember) => {
        const { format, ...body } = call.body;
        const { limit: _limit, explain: _explain, ...search } = fromBody(body);
        const reply = (job: DownloadJob): Reply => ({
          status: 202,
          body: present(job),
          location: `${BASE}/${job.id}`,
        });
        const asked = { type: call.params.type!, format, search };
        return reply(await prepared.start(call.actor, asked, (job) => remember(reply(job))));
      },
      replayed,
    );
  return [
    {
      method: 'POST',
      path: '/api/v1/entities/:type/downloads',
      operation: 'startDownload',
      summary: 'Prepare a file of all entities of a type, or of those that meet a search.',
      description,
      permission: 'entities:read',
      params: { type: typeName },
      body: { kind: 'json', schema: request },
      responses: { 202: { description: 'It is on its way; `Location` says where to look.', schema: view } },
      failures: [404, 409, 422],
      handler: start,
    },
    {
      method: 'GET',
      path: BASE,
      operation: 'listDownloads',
      summary:
        'List the downloads that the caller has asked for; administrators see all of their organisation.',
      permission: 'entities:read',
      query: Joi.object({ limit, cursor }),
      responses: { 200: { description: 'A page of downloads, the newest first.', schema: pageOf(view) } },
      handler: async ({ actor, query }) =>
        pageAnswer(await prepared.list(actor, query), (job) => present(job)),
    },
    {
      method: 'GET',
      path: `${BASE}/:id`,
      operation: 'getDownload',
      summary: 'See how far a download is and, when it is done, where its file can be fetched.',
      permission: 'entities:read',
      params: { id: uuid },
      responses: { 200: { description: 'The download.', schema: view } },
      failures: [404],
      async handler({ actor, params }) {
        const { job, link } = await prepared.get(actor, params.id!);
        return { status: 200, body: present(job, link) };
      },
    },
    {
      method: 'DELETE',
      path: `${BASE}/:id`,
      operation: 'deleteDownload',
      summary: 'Cancel a download that is not over; remove one that is, with its file.',
      permission: 'entities:read',
      params: { id: uuid },
      responses: { 204: { description: 'Cancelled, or removed.' } },
      failures: [404, 409],
      async handler({ actor, params }) {
        await prepared.remove(actor, params.id!);
        return { status: 204 };
      },
    },
  ];
}
