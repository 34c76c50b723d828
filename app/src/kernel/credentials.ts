/** Turns passwords into what may be stored. The stored text names its own parameters, so these may change. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** Costs one hash, whatever is stored and whether or not it fits. */
  verify(password: string, stored: string): Promise<boolean>;
  /** Whether the text was made with other parameters than those in use now. */
  isOutdated(stored: string): boolean;
  /** A stored text that no password fits, for those who do not exist: to refuse them costs the same. */
  decoy(): string;
}

/** A key of a signature as RFC 7517 writes it; private where it has the member `d`. */
export interface Jwk {
  readonly kid: string;
  readonly alg: string;
  readonly kty: string;
  readonly [member: string]: string | undefined;
}

/** What a token says. */
export interface Claims {
  readonly sub: string;
  /** Unix seconds. */
  readonly exp: number;
  readonly [claim: string]: unknown;
}

/** What a token must say to be taken. */
export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
}

/** Makes and checks signed tokens (JWT). Who gives the keys decides whose tokens are taken. */
export interface Jwts {
  generate(kid: string): Promise<Jwk>;
  /** The key without its private part, ready to be published. */
  publicPart(key: Jwk): Jwk;
  sign(claims: Claims, key: Jwk): Promise<string>;
  /** What a token says of itself. Unverified: it may only choose among those who verify. */
  peek(token: string): { readonly kid?: string; readonly issuer?: string } | undefined;
  /** The claims of a token that this key has signed and that meets the rules now; undefined for any other. */
  verify(token: string, key: Jwk, rules: TokenRules, nowMs: number): Promise<Claims | undefined>;
  /** The same for tokens of an issuer elsewhere. Throws `unavailable` while its keys cannot be had. */
  remote(keysUrl: string, rules: TokenRules): (token: string, nowMs: number) => Promise<Claims | undefined>;
}
