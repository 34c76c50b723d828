import Joi from 'joi';
import type { Domain } from '../../domain.ts';
import { cursor, limit, pageAnswer, pageOf, timestamp, uuid } from '../../shapes.ts';
import type { Audit } from './audit.ts';

const value = Joi.any();
const recordView = Joi.object({
  uuid: uuid.required(),
  at: timestamp.required(),
  actor: Joi.string().required().description('Who did it: `user:<uuid>`, `key:<id>`, `cli`, `system`, ...'),
  request_id: Joi.string()
    .description(
      'The `X-Request-Id` that was answered to the request that did it, as in the `request_id` of its log line. Absent from what no request did, and from older records.',
    )
    .example('0190163d-8694-739b-aea5-966c26f8ad90'),
  action: Joi.string().required().example('user.change'),
  target: Joi.string().required().example('user:0190163d-8694-739b-aea5-966c26f8ad90'),
  changes: Joi.object()
    .pattern(Joi.string(), Joi.object({ from: value, to: value }))
    .required()
    .description('What changed, by member, before and after; never a secret.'),
}).meta({ component: 'AuditRecord' });

const text = Joi.string().max(500);
const query = Joi.object({
  limit,
  cursor,
  action: text.description('Only records of this action.'),
  target: text.description('Only records of this target.'),
});

export function auditDomain(audit: Audit): Domain {
  return {
    name: 'audit',
    summary: 'Who changed which account, and when.',
    routes: [
      {
        method: 'GET',
        path: '/api/v1/audit-records',
        operation: 'listAuditRecords',
        summary: 'List changes of accounts, newest first.',
        permission: 'audit:admin',
        query,
        responses: { 200: { description: 'A page of records.', schema: pageOf(recordView) } },
        handler: async (call) =>
          pageAnswer(await audit.list(call.actor.organisation, call.query), (record) => record),
      },
    ],
  };
}
