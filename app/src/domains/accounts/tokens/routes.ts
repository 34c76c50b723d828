import Joi from 'joi';
import type { Domain, Route } from '../../domain.ts';
import type { Holder } from './holder.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Shorter than a new key is published before it signs. */
const HEADERS = { 'Cache-Control': 'public, max-age=300' };
const NO_STORE = { 'Cache-Control': 'no-store' };

const keysView = Joi.object({
  keys: Joi.array().items(Joi.object().unknown()).required(),
}).meta({ component: 'KeySet' });

const tokenInput = Joi.object({
  token: Joi.string().max(8192).required().description('An access token, a refresh token or an API key.'),
  token_type_hint: Joi.string().max(100).description('Not needed: what a token is can be seen.'),
});

const introspectionView = Joi.object({
  active: Joi.boolean().required().description('Whether it is good for anything, here and now.'),
  token_type: Joi.valid('access_token', 'refresh_token', 'api_key'),
  sub: Joi.string().description('For whom it speaks, as logs and audit records call them.'),
  organisation: Joi.string(),
  scope: Joi.string().allow('').description('What it may be used for, separated by spaces.'),
  exp: Joi.number().integer().description('When it ends by itself, in Unix seconds.'),
}).meta({ component: 'Introspection' });

/** Tokens as others see them: how they are verified, what they are good for, and their end. */
export function tokensDomain(keys: SigningKeys, holder: Holder): Domain {
  return {
    name: 'tokens',
    summary: 'What others verify access tokens with, and the end of tokens before their time.',
    routes: [
      {
        method: 'GET',
        path: '/.well-known/jwks.json',
        operation: 'getSigningKeys',
        summary: 'The public keys of access tokens (RFC 7517).',
        permission: 'public',
        responses: { 200: { description: 'The keys.', schema: keysView } },
        handler: async () => ({ status: 200, body: { keys: keys.published() }, headers: HEADERS }),
      },
      ...holderRoutes(holder),
    ],
  };
}

function holderRoutes({ revoke, introspect }: Holder): Route[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/auth/revoke',
      operation: 'revokeToken',
      summary: 'Make a token or an API key worthless at once (RFC 7009).',
      description: 'Whoever has it may do so; one that is no good already is fine as well.',
      permission: 'public',
      limit: 'sign_in',
      body: { kind: 'json', schema: tokenInput },
      responses: { 204: { description: 'It opens nothing any more.' } },
      async handler({ body, requestId }) {
        await revoke(body.token, requestId);
        return { status: 204 };
      },
    },
    {
      method: 'POST',
      path: '/api/v1/auth/introspect',
      operation: 'introspectToken',
      summary: 'What a token is good for now (RFC 7662).',
      description: 'Tokens of other organisations are told as not active.',
      permission: 'tokens:read',
      demands: () => ['signed_in'],
      body: { kind: 'json', schema: tokenInput },
      responses: { 200: { description: 'What is known of it.', schema: introspectionView } },
      handler: async ({ actor, body }) => ({
        status: 200,
        body: await introspect(actor, body.token),
        headers: NO_STORE,
      }),
    },
  ];
}
