import type { Actor, Author } from '../kernel/actor.ts';
import type { Call } from './domain.ts';

/** Who calls, as the author of what the call changes. */
export function authorOf({ actor, requestId }: Pick<Call, 'actor' | 'requestId'>): Actor & Author {
  return { ...actor, requestId };
}
