import type { Claims, Jwts } from '../../../kernel/credentials.ts';
import { isUuid, newUuid } from '../../../kernel/ids.ts';
import type { Clock } from '../../../kernel/ports.ts';
import { createRecent } from '../../../kernel/recent.ts';
import { isOrganisation } from '../sessions/refresh-token.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Whom an access token speaks for. */
export interface Bearer {
  readonly organisation: string;
  readonly user: string;
  readonly session: string;
}

export interface AccessTokensOptions {
  readonly clock: Clock;
  readonly jwts: Jwts;
  readonly keys: SigningKeys;
  readonly issuer: string;
  readonly audience: string;
  readonly seconds: number;
}

export interface AccessTokens {
  make(bearer: Bearer): Promise<{ readonly token: string; readonly seconds: number }>;
  /** Undefined for a token that is not ours, not meant for us, or not good now. */
  verify(token: string, kid: string | undefined): Promise<Bearer | undefined>;
  /** The same for a token that was verified before, without computing it again. */
  recall(token: string): Bearer | undefined;
}

interface Verified {
  readonly bearer: Bearer;
  readonly kid: string;
  readonly notBefore: number;
  readonly expires: number;
}

const MAX_REMEMBERED = 10_000;

/** Access tokens: short-lived, signed, and good only while their session is. */
export function createAccessTokens(options: AccessTokensOptions): AccessTokens {
  const { clock, jwts, keys, issuer, audience, seconds } = options;
  const rules = { issuer, audience };
  // A signature stays right, so what it costs is spent once for each token; everything else is looked at each time.
  const verified = createRecent<Verified>(MAX_REMEMBERED);

  return {
    async make({ organisation, user, session }) {
      const now = Math.floor(clock.now() / 1000);
      const claims: Claims = {
        iss: issuer,
        aud: audience,
        sub: user,
        org: organisation,
        sid: session,
        iat: now,
        nbf: now,
        exp: now + seconds,
        jti: newUuid(clock.now()),
      };
      return { token: await jwts.sign(claims, keys.signer()), seconds };
    },
    async verify(token, kid) {
      const key = kid === undefined ? undefined : await keys.find(kid);
      const claims = key && (await jwts.verify(token, key, rules, clock.now()));
      const bearer = claims && bearerOf(claims);
      if (!key || !bearer) return undefined;
      const notBefore = Number(claims.nbf ?? 0) * 1000;
      verified.set(token, { bearer, kid: key.kid, notBefore, expires: claims.exp * 1000 });
      return bearer;
    },
    recall(token) {
      const one = verified.get(token);
      if (!one) return undefined;
      const now = clock.now();
      if (now < one.expires && now >= one.notBefore && keys.has(one.kid)) return one.bearer;
      verified.delete(token);
      return undefined;
    },
  };
}

function bearerOf({ sub: user, org, sid }: Claims): Bearer | undefined {
  const [organisation, session] = [String(org), String(sid)];
  const isOurs = isUuid(user) && isUuid(session) && isOrganisation(organisation);
  return isOurs ? { organisation, user, session } : undefined;
}
