import Joi from 'joi';
import { ROLE_SCOPES } from './kernel/actor.ts';
import type { Jwk } from './kernel/credentials.ts';

/** An issuer elsewhere whose tokens are taken. */
export interface IssuerSetting {
  readonly issuer: string;
  readonly jwks_url: string;
  readonly audience: string;
  readonly organisation: string;
  readonly role: string;
  readonly role_claim?: string;
  readonly roles?: Readonly<Record<string, string>>;
}

const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);
const ALGORITHMS: Readonly<Record<string, string>> = { Ed25519: 'EdDSA', 'P-256': 'ES256' };

const text = Joi.string().max(500);
const role = Joi.string().pattern(/^[a-z][a-z0-9_-]{0,63}$/);

const issuer = Joi.object({
  issuer: text.required(),
  jwks_url: text.uri({ scheme: ['http', 'https'] }).required(),
  audience: text.required(),
  organisation: Joi.string()
    .pattern(/^(default|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/)
    .required(),
  role: role.required(),
  role_claim: text,
  roles: Joi.object().pattern(text, role),
}).with('roles', 'role_claim');
const issuers = Joi.array().items(issuer).unique('issuer');

const key = Joi.object({
  kty: Joi.valid('OKP', 'EC').required(),
  crv: Joi.valid(...Object.keys(ALGORITHMS)).required(),
  kid: text.required(),
  d: text.required(),
  x: text.required(),
  y: text,
}).unknown();
const keySet = Joi.object({ keys: Joi.array().items(key).min(1).unique('kid').required() }).unknown();

/** Reads issuers from JSON. Throws for what is not a list of them, with a sentence about the first thing wrong. */
export function issuerList(value: string): readonly IssuerSetting[] {
  const list = Joi.attempt(parsed(value), issuers) as IssuerSetting[];
  for (const { jwks_url } of list) {
    const { protocol, hostname } = new URL(jwks_url);
    if (protocol !== 'https:' && !LOCAL.has(hostname)) throw new Error('jwks_url must be https');
  }
  return Object.freeze(list);
}

/** Reads private keys from the JSON of a key set (RFC 7517). */
export function privateKeys(value: string): readonly Jwk[] {
  const { keys } = Joi.attempt(parsed(value), keySet) as { keys: Jwk[] };
  return Object.freeze(keys.map((one) => ({ ...one, alg: ALGORITHMS[one.crv ?? '']!, use: 'sig' })));
}

/** Roles that somebody can have without an administrator. */
export const OPEN_ROLES = Object.keys(ROLE_SCOPES).filter((name) => name !== 'admin');

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw new Error('not JSON');
  }
}
