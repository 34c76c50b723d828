import {
  type CryptoKey,
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
  SignJWT,
} from 'jose';
import type { Claims, Jwk, Jwts, TokenRules } from '../kernel/credentials.ts';
import { Failure, fail } from '../kernel/errors.ts';

const ALGORITHM = 'EdDSA';
/** RFC 9068: an access token, and nothing else that the same keys may have signed. */
const ACCESS_TOKEN = 'at+jwt';
/** Issuers elsewhere seldom say what kind of token it is; what some other kind says of itself is refused. */
const FOREIGN_TYPES: ReadonlySet<unknown> = new Set([
  undefined,
  'at+jwt',
  'application/at+jwt',
  'JWT',
  'jwt',
]);
const FOREIGN_ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256', 'ES384', 'PS256', 'RS256'];
const SKEW_SECONDS = 5;

const FETCH_MS = 3_000;
/** Between two readings of an issuer's keys, whatever tokens come meanwhile. */
const COOLDOWN_MS = 60_000;
/** After a reading that failed, tokens of the issuer are put off without another attempt. */
const FAILED_MS = 5_000;
const KEYS_FOR_MS = 600_000;

const PRIVATE_MEMBERS: ReadonlySet<string> = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']);

/** Signed tokens by the library for them. The algorithms are a fixed list, and no token can add to it. */
export function createJose(): Jwts {
  const imported = new WeakMap<Jwk, Promise<CryptoKey | Uint8Array>>();
  const keyOf = (jwk: Jwk) => {
    const known = imported.get(jwk) ?? importJWK(jwk, jwk.alg);
    imported.set(jwk, known);
    return known;
  };

  return {
    async generate(kid) {
      const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
      return { ...(await exportJWK(privateKey)), kid, alg: ALGORITHM, use: 'sig' } as unknown as Jwk;
    },
    publicPart(key) {
      const members = Object.entries(key).filter(([name]) => !PRIVATE_MEMBERS.has(name));
      return Object.fromEntries(members) as unknown as Jwk;
    },
    async sign(claims, key) {
      const header = { alg: key.alg, kid: key.kid, typ: ACCESS_TOKEN };
      return new SignJWT(claims as Record<string, unknown>).setProtectedHeader(header).sign(await keyOf(key));
    },
    peek,
    async verify(token, key, rules, nowMs) {
      const options = { ...optionsOf(rules, nowMs), algorithms: [key.alg], typ: ACCESS_TOKEN };
      return genuine(async () => jwtVerify(token, await keyOf(key), options));
    },
    remote(keysUrl, rules) {
      const keys = createRemoteJWKSet(new URL(keysUrl), {
        timeoutDuration: FETCH_MS,
        cooldownDuration: COOLDOWN_MS,
        cacheMaxAge: KEYS_FOR_MS,
        [customFetch]: patientFetch(),
      });
      return (token, nowMs) => {
        const options = { ...optionsOf(rules, nowMs), algorithms: FOREIGN_ALGORITHMS };
        return genuine(async () => {
          const result = await jwtVerify(token, keys, options);
          return FOREIGN_TYPES.has(result.protectedHeader.typ) ? result : undefined;
        });
      };
    },
  };
}

function peek(token: string): { kid?: string; issuer?: string } | undefined {
  try {
    const { kid } = decodeProtectedHeader(token);
    const { iss: issuer } = decodeJwt(token);
    return { ...(kid !== undefined && { kid }), ...(issuer !== undefined && { issuer }) };
  } catch {
    return undefined;
  }
}

function optionsOf({ issuer, audience }: TokenRules, nowMs: number): JWTVerifyOptions {
  return {
    issuer,
    audience,
    clockTolerance: SKEW_SECONDS,
    currentDate: new Date(nowMs),
    requiredClaims: ['sub', 'exp'],
  };
}

/** Whatever is wrong with a token, it is not genuine; only keys that cannot be had are another matter. */
async function genuine(verify: () => Promise<JWTVerifyResult | undefined>): Promise<Claims | undefined> {
  try {
    const claims = (await verify())?.payload;
    return typeof claims?.sub === 'string' ? (claims as Claims) : undefined;
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) throw outOfReach(error);
    return undefined;
  }
}

/** A fetch of keys whose failures are told as such, and which does not try again at once. */
function patientFetch(): (url: string, options: RequestInit) => Promise<Response> {
  let failedAt = Number.NEGATIVE_INFINITY;
  return async (url, options) => {
    if (performance.now() - failedAt < FAILED_MS) throw outOfReach(undefined);
    try {
      const response = await fetch(url, options);
      if (response.status === 200) return response;
      throw new Error(`The keys of the issuer came with the status ${response.status}.`);
    } catch (cause) {
      failedAt = performance.now();
      throw outOfReach(cause);
    }
  };
}

function outOfReach(cause: unknown): Failure {
  const detail = 'The keys of the issuer of this token cannot be had right now.';
  return fail('unavailable', 'issuer_unavailable', detail, { cause, retryAfter: 5 });
}
