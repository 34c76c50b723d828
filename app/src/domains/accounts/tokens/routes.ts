import Joi from 'joi';
import type { Domain } from '../../domain.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Shorter than a new key is published before it signs. */
const HEADERS = { 'Cache-Control': 'public, max-age=300' };

const keysView = Joi.object({
  keys: Joi.array().items(Joi.object().unknown()).required(),
}).meta({ component: 'KeySet' });

export function keysDomain(keys: SigningKeys): Domain {
  return {
    name: 'signing keys',
    summary: 'What others verify access tokens with.',
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
    ],
  };
}
