import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { DEFAULT_ORGANISATION } from '../../../kernel/actor.ts';
import { isUuid } from '../../../kernel/ids.ts';

/** Whose refresh token it is, and the how manieth of its session. */
export interface TokenPlace {
  readonly organisation: string;
  readonly user: string;
  readonly session: string;
  readonly generation: number;
}

export interface RefreshToken extends TokenPlace {
  readonly secret: Buffer;
}

const PREFIX = 'cadr_';
const FORM = /^cadr_([\w-]{1,300})\.([\w-]{43})\.([\w-]{43})$/;
const SECRET_BYTES = 32;

/**
 * Refresh tokens: a place that says where to look, 256 bits that nobody can guess, and a seal over both. The seal
 * tells an old token of ours, whose reuse ends the session, from one that somebody made up to end it.
 */
export interface RefreshTokens {
  first(): Buffer;
  /**
   * The secret after this one. It follows from it and a salt, so that whoever repeats a request with the old token
   * is given the same new one, although no store ever had it.
   */
  next(secret: Buffer, salt: string): Buffer;
  encode(token: RefreshToken): string;
  /** Undefined for what we never gave out. */
  decode(text: string): RefreshToken | undefined;
}

export function createRefreshTokens(pepper: Buffer): RefreshTokens {
  const mac = (text: string) => createHmac('sha256', pepper).update(text).digest();

  return {
    first: () => randomBytes(SECRET_BYTES),
    next: (secret, salt) => mac(`next ${salt} ${secret.toString('base64url')}`),
    encode({ organisation, user, session, generation, secret }) {
      const place = Buffer.from([organisation, user, session, generation].join(' ')).toString('base64url');
      const text = `${place}.${secret.toString('base64url')}`;
      return `${PREFIX}${text}.${mac(`seal ${text}`).toString('base64url')}`;
    },
    decode(text) {
      const [, place = '', secret = '', seal = ''] = FORM.exec(text) ?? [];
      const wanted = mac(`seal ${place}.${secret}`);
      const given = Buffer.from(seal, 'base64url');
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
      const [organisation = '', user = '', session = '', generation] = Buffer.from(place, 'base64url')
        .toString()
        .split(' ');
      if (!isOrganisation(organisation) || !isUuid(user) || !isUuid(session)) return undefined;
      return {
        organisation,
        user,
        session,
        generation: Number(generation),
        secret: Buffer.from(secret, 'base64url'),
      };
    },
  };
}

export const isOrganisation = (id: string) => id === DEFAULT_ORGANISATION || isUuid(id);

/** What is stored of a secret. It has 256 bits, so a fast digest is as good as a slow one. */
export const digestOf = (secret: Buffer | string): string =>
  createHash('sha256').update(secret).digest('base64url');

/** Compares digests in a time that tells nothing of them. */
export function isSameDigest(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
