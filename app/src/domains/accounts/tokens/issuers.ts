import type { Actor } from '../../../kernel/actor.ts';
import type { Claims, Jwts } from '../../../kernel/credentials.ts';
import type { Clock } from '../../../kernel/ports.ts';

/** Somebody else whose tokens are taken, as the settings say it. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly jwks_url: string;
  readonly audience: string;
  /** The organisation in which its callers act; they never choose. */
  readonly organisation: string;
  /** The role of its callers, unless a claim says otherwise. */
  readonly role: string;
  /** The claim that says which role a caller has; a dot leads into an object. */
  readonly role_claim?: string;
  /** What values of the claim mean, the first that fits. */
  readonly roles?: Readonly<Record<string, string>>;
}

export interface Issuers {
  isTrusted(issuer: string | undefined): boolean;
  /** The caller that a token of this issuer speaks for; undefined if it is not good. */
  verify(token: string, issuer: string): Promise<Omit<Actor, 'scopes'> | undefined>;
}

const MAX_SUBJECT = 200;

/** Callers whom other issuers vouch for. Only addresses from the settings are ever asked for keys. */
export function createIssuers(trusted: readonly TrustedIssuer[], jwts: Jwts, clock: Clock): Issuers {
  const byName = new Map(
    trusted.map((one) => [one.issuer, { one, verify: jwts.remote(one.jwks_url, one) }] as const),
  );
  return {
    isTrusted: (issuer) => issuer !== undefined && byName.has(issuer),
    async verify(token, issuer) {
      const known = byName.get(issuer);
      const claims = await known?.verify(token, clock.now());
      if (!known || !claims || claims.sub.length > MAX_SUBJECT) return undefined;
      const { organisation } = known.one;
      return { id: `issuer:${issuer}:${claims.sub}`, organisation, role: roleOf(known.one, claims) };
    },
  };
}

function roleOf({ role, role_claim, roles = {} }: TrustedIssuer, claims: Claims): string {
  if (role_claim === undefined) return role;
  const claimed = [valueAt(claims, role_claim)].flat();
  const [, mapped] = Object.entries(roles).find(([value]) => claimed.includes(value)) ?? [];
  return mapped ?? role;
}

/** Some claims have dots in their own names, so the whole name is tried first. */
function valueAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
