import type { Item } from '../../../table/table.ts';
import { sessionKey } from '../keys.ts';

/** What one log-in began, and its refresh tokens carry on. */
export interface Session {
  readonly id: string;
  readonly user: string;
  readonly organisation: string;
  /** Counts the refresh tokens that the session has had. */
  readonly generation: number;
  /** Digest of the refresh token that is current. */
  readonly hash: string;
  /** Digest of the one before, and what the current one was made from it with; for answers that got lost. */
  readonly previous: string | null;
  readonly salt: string | null;
  /** Unix milliseconds of the last change of tokens. */
  readonly rotated_at: number;
  readonly created_at: string;
  /** Unix seconds after which the session is no more. */
  readonly expires_at: number;
}

export function toItem(session: Session): Item {
  const place = sessionKey(session.organisation, session.user, session.id);
  return { ...place, kind: 'session', schema: 1, ...session };
}

export const fromItem = (item: Item) => item as unknown as Session;
