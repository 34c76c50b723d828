import { fail } from '../../../kernel/errors.ts';
import type { TypeDefinition } from '../../../schema/definition.ts';
import { type Migration, NO_PROGRESS, type Outcome } from './job.ts';
import { cleared, clearing, switched, withStrictness } from './plan.ts';

/** A migration's next state and, where it needs another definition of the type, what becomes of that. */
export interface Move {
  readonly after: Migration;
  readonly rewrite?: (definition: TypeDefinition) => TypeDefinition;
}

/** How long there is a way back. */
const ROLLBACK_MS = 7 * 86_400_000;
/** Records of migrations that are over are kept for a while. */
const KEPT_MS = 90 * 86_400_000;

export const isWorking = ({ phase, status }: Migration) =>
  status === 'active' && phase !== 'switched' && phase !== 'over';

/** The same migration at the beginning of a phase. */
function begin({ after: _after, ...migration }: Migration, phase = migration.phase): Migration {
  return {
    ...migration,
    phase,
    status: 'active',
    progress: { ...NO_PROGRESS, total: migration.progress.total },
  };
}

const clear = (migration: Migration, outcome: Outcome): Move => ({
  after: { ...begin(migration, 'clearing'), outcome },
  rewrite: clearing,
});

export function ended(migration: Migration, outcome: Outcome, now: number): Move {
  const expires_at = Math.ceil((now + KEPT_MS) / 1000);
  return { after: { ...migration, phase: 'over', status: 'active', outcome, expires_at } };
}

/** What callers may ask for. Each throws 409 where the migration's state does not allow it. */
export const ACTIONS = {
  /** Lets it rest where it is. */
  pause(migration: Migration): Move {
    if (!isWorking(migration)) throw wrongState(migration, 'paused');
    return { after: { ...migration, status: 'paused' } };
  },

  /** Goes on after a pause, or looks at everything again after entities were corrected. */
  resume(migration: Migration): Move {
    if (migration.status === 'active') throw wrongState(migration, 'resumed');
    return { after: migration.status === 'paused' ? { ...migration, status: 'active' } : begin(migration) };
  },

  /** Gives up what has not been switched: a migration under way, or a way back. */
  cancel(migration: Migration, now: number): Move {
    if (migration.phase === 'checking') return ended(migration, 'cancelled', now);
    if (migration.phase === 'filling') return clear(migration, 'cancelled');
    if (migration.phase !== 'returning') throw wrongState(migration, 'cancelled');
    return {
      after: begin(migration, 'switched'),
      rewrite: (definition) => withStrictness(definition, false),
    };
  },

  /** Begins the way back to the old fields. */
  rollback(migration: Migration): Move {
    if (migration.phase !== 'switched') throw wrongState(migration, 'rolled back');
    return {
      after: begin(migration, 'returning'),
      rewrite: (definition) => withStrictness(definition, true),
    };
  },

  /** Gives up the way back, and takes the old fields away. */
  finish(migration: Migration): Move {
    if (migration.phase !== 'switched') throw wrongState(migration, 'finished');
    return clear(migration, 'completed');
  },
} as const;

export type ActionName = keyof typeof ACTIONS;

/** What comes after a phase whose every entity was looked at. */
export function completed(migration: Migration, now: number): Move {
  const { phase, progress, outcome = 'completed' } = migration;
  if (phase === 'checking') return ended(migration, 'checked', now);
  if (phase === 'clearing') return { ...ended(migration, outcome, now), rewrite: cleared };
  if (progress.failed > 0) return { after: { ...migration, status: 'blocked' } };
  if (phase === 'returning') {
    const { after } = clear(migration, 'rolled_back');
    return { after, rewrite: (definition) => clearing(switched(definition)) };
  }
  const rollback_until = new Date(now + ROLLBACK_MS).toISOString();
  return { after: { ...migration, phase: 'switched', rollback_until }, rewrite: switched };
}

function wrongState({ phase, status }: Migration, what: string) {
  const state = status === 'active' ? phase : status;
  return fail('conflict', 'wrong_state', `A migration that is ${state} cannot be ${what}.`);
}
