import type { Item } from '../../../table/table.ts';
import { apiKeyKey } from '../keys.ts';

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly user: string;
  readonly organisation: string;
  /** RFC 3339; null for a key that does not expire. */
  readonly expires_at: string | null;
  readonly created_by: string;
  readonly created_at: string;
  /** Digest of the secret part. */
  readonly hash: string;
}

/** An expired key stays, so that its owner sees why it does not work; `expires_at` would have it removed. */
export function toItem({ expires_at, ...key }: ApiKey): Item {
  const place = apiKeyKey(key.organisation, key.user, key.id);
  return { ...place, kind: 'api-key', schema: 1, ...key, valid_until: expires_at };
}

export function fromItem(item: Item): ApiKey {
  const { id, name, scopes, user, organisation, created_by, created_at, hash } = item as unknown as ApiKey;
  const expires_at = (item.valid_until ?? null) as string | null;
  return { id, name, scopes, user, organisation, expires_at, created_by, created_at, hash };
}
