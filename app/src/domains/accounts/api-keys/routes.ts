import Joi from 'joi';
import { once, type Replies } from '../../../table/replies.ts';
import { authorOf } from '../../author.ts';
import type { Answer, Call, Domain } from '../../domain.ts';
import {
  createdReply,
  cursor,
  limit,
  onceOf,
  pageAnswer,
  pageOf,
  replayed,
  timestamp,
  uuid,
} from '../../shapes.ts';
import { name, scopes } from '../shapes.ts';
import { type ApiKeys, type ApiKeyView, apiKeyTag } from './service.ts';

const keyId = Joi.string()
  .pattern(/^[0-9a-z]{12}$/, 'id')
  .description('Id of an API key.')
  .example('4k7m2x9q0ab1');

const keyParts = {
  id: keyId.required(),
  name: name.required(),
  scopes: Joi.array().items(Joi.string()).required(),
  user: uuid.required().description('On whose behalf it is used.'),
  expires_at: timestamp.allow(null).required(),
  created_by: Joi.string().required(),
  created_at: timestamp.required(),
  last_used_at: timestamp.allow(null).required().description('To the minute.'),
};
const keyView = Joi.object(keyParts).meta({ component: 'ApiKey' });
const newKeyView = Joi.object({
  ...keyParts,
  key: Joi.string().description('The key itself; it is shown this once and kept nowhere.'),
}).meta({ component: 'NewApiKey' });

const keyInput = Joi.object({
  name: name.required(),
  scopes: scopes.required(),
  expires_at: Joi.string()
    .pattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/, 'timestamp')
    .allow(null)
    .description('When it stops to work (RFC 3339); never unless given.')
    .example('2027-01-01T00:00:00Z'),
});

const NO_STORE = { 'Cache-Control': 'no-store' };

export function apiKeysDomain(apiKeys: ApiKeys, replies: Replies): Domain {
  /** What is remembered for a repeated request is all but the key. */
  const create = (call: Call): Promise<Answer> =>
    once<Answer>(
      replies,
      onceOf(call, 'createApiKey'),
      async (remember) => {
        const reply = (made: ApiKeyView) =>
          createdReply(made, `/api/v1/api-keys/${made.id}`, apiKeyTag(made));
        const { made, key } = await apiKeys.create(authorOf(call), call.body, (view) =>
          remember(reply(view)),
        );
        return { ...reply(made), body: { ...made, key }, headers: NO_STORE };
      },
      replayed,
    );

  return {
    name: 'API keys',
    summary: 'Keys for programs, each for less than or as much as its user may do.',
    routes: [
      {
        method: 'POST',
        path: '/api/v1/api-keys',
        operation: 'createApiKey',
        summary: 'Create an API key for oneself.',
        description:
          'Only who has logged in can. A request repeated with the same Idempotency-Key makes no second key, and shows the first one without its secret.',
        permission: 'signed_in',
        body: { kind: 'json', schema: keyInput },
        responses: { 201: { description: 'The key, shown this once.', schema: newKeyView } },
        failures: [409, 422],
        handler: create,
      },
      {
        method: 'GET',
        path: '/api/v1/api-keys',
        operation: 'listApiKeys',
        summary: 'List the own API keys; all of the organisation for who manages users.',
        permission: 'signed_in',
        query: Joi.object({ limit, cursor }),
        responses: { 200: { description: 'A page of keys.', schema: pageOf(keyView) } },
        handler: async ({ actor, query }) => pageAnswer(await apiKeys.list(actor, query), (key) => key),
      },
      {
        method: 'GET',
        path: '/api/v1/api-keys/:id',
        operation: 'getApiKey',
        summary: 'Read what is known of an API key.',
        permission: 'signed_in',
        params: { id: keyId },
        responses: { 200: { description: 'All but the key itself.', schema: keyView } },
        failures: [404],
        async handler({ actor, params }) {
          const key = await apiKeys.get(actor, params.id!);
          return { status: 200, body: key, etag: apiKeyTag(key) };
        },
      },
      {
        method: 'DELETE',
        path: '/api/v1/api-keys/:id',
        operation: 'deleteApiKey',
        summary: 'Revoke an API key at once.',
        permission: 'signed_in',
        params: { id: keyId },
        responses: { 204: { description: 'Revoked.' } },
        failures: [404],
        async handler(call) {
          await apiKeys.remove(authorOf(call), call.params.id!);
          return { status: 204 };
        },
      },
    ],
  };
}
