import Joi from 'joi';
import { fail } from '../../kernel/errors.ts';
import type { Feed } from '../../table/changes/feed.ts';
import type { Call, Domain } from '../domain.ts';
import { commaSeparated, limit, splitCommas, timestamp, uuid } from '../shapes.ts';

const NOW = 'now';

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

const query = Joi.object({
  after: Joi.string()
    .max(100)
    .description('The `next_cursor` of the page before, or `now`; the oldest changes without.'),
  types: commaSeparated('Only changes of these types'),
  limit,
});

/** What has changed in the registry, for who keeps something of it elsewhere. */
export function changesDomain(feed: Feed | undefined): Domain {
  async function list({ actor: { organisation }, query: { after, types, limit: most } }: Call) {
    if (!feed) throw isOff();
    const isEnd = after === NOW;
    const page = isEnd
      ? { items: [], next: await feed.end(organisation), hasMore: false }
      : await feed.read(organisation, { after, types: splitCommas(types), limit: most });
    return { status: 200, body: { items: page.items, next_cursor: page.next, has_more: page.hasMore } };
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
          'Follow by passing `next_cursor` as `after`, again and again. A change says what to read again, not what is in it. Read the chapter on changes in the operations guide.',
        permission: 'changes:read',
        query,
        responses: { 200: { description: 'Changes, and where to go on.', schema: pageView } },
        failures: [404, 410],
        handler: list,
      },
    ],
  };
}

function isOff() {
  return fail('absent', 'change_log_off', 'This service records no changes; CHANGE_LOG=on makes it do so.');
}
