import Joi from 'joi';
import type { Call, Domain } from '../domain.ts';
import { commaSeparated, limit, timestamp, uuid } from '../shapes.ts';
import { events } from './events.ts';
import { type Following, requireOn } from './following.ts';
import { lines } from './lines.ts';
import { page } from './page.ts';

/** The forms in which changes are told, besides pages. */
const FORMS = { 'text/event-stream': events, 'application/x-ndjson': lines };
/** Load balancers and browsers give up on what says nothing for longer. */
const MAX_WAIT_S = 20;

const changeView = Joi.object({
  id: Joi.string().required().description('Sorts in the order of the log; may be given as `after`.'),
  at: timestamp.required(),
  organisation: Joi.string().required(),
  kind: Joi.string().valid('entity', 'type').required(),
  change: Joi.string().valid('created', 'changed', 'deleted').required(),
  type: Joi.string().required().description('Name of the type.').example('city'),
  uuid: uuid.required(),
  version: Joi.number()
    .integer()
    .allow(null)
    .required()
    .description('The version that the change made or ended; null where only links came or went.'),
}).meta({ component: 'Change' });

const pageView = Joi.object({
  items: Joi.array().items(changeView).required(),
  next_cursor: Joi.string().required().description('Pass as `after` for what comes next, now or later.'),
  has_more: Joi.boolean().required().description('Whether more is there already.'),
});

const also: Readonly<Record<keyof typeof FORMS, string>> = {
  'text/event-stream':
    'Changes as they come. `event` is what happened (`created`, `changed`, `deleted`), `data` the change, `id` its id. A `bookmark` has only an id, up to which there were no others. `error` is the last event of a stream that had to end; its data is a problem.',
  'application/x-ndjson':
    'All changes up to the present end, one a line; the `Link` header says where to go on.',
};

const query = Joi.object({
  after: Joi.string()
    .max(100)
    .description('The `next_cursor` of the page before, or `now`; the oldest changes without.'),
  types: commaSeparated('Only changes of these types'),
  wait: Joi.number()
    .integer()
    .min(0)
    .max(MAX_WAIT_S)
    .default(0)
    .description(
      'Seconds to wait where nothing is there yet: a page is answered as soon as there is something.',
    ),
  limit: limit.description('Changes a page; lines and events come without pages.'),
});

/** What has changed in the registry, for who keeps something of it elsewhere. */
export function changesDomain(parts: Partial<Following>): Domain {
  async function list(call: Call) {
    const answer = FORMS[call.form as keyof typeof FORMS] ?? page;
    return answer(requireOn(parts), call);
  }

  return {
    name: 'changes',
    summary: 'What has changed, in order, for followers.',
    routes: [
      {
        method: 'GET',
        path: '/api/v1/changes',
        operation: 'listChanges',
        summary: 'List changes of entities and types, oldest first.',
        description:
          'Follow by passing `next_cursor` as `after`, again and again, or listen to an event stream. A change says what to read again, not what is in it. Read the chapter on changes in the operations guide.',
        permission: 'changes:read',
        query,
        responses: { 200: { description: 'Changes, and where to go on.', schema: pageView, also } },
        failures: [404, 410],
        handler: list,
      },
    ],
  };
}
