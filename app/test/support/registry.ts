import type { Answer, Call } from '../../src/domains/domain.ts';
import type { SearchLimits } from '../../src/domains/entities/search/budget.ts';
import { createDomains } from '../../src/domains/index.ts';
import type { Actor } from '../../src/kernel/actor.ts';
import type { Files } from '../../src/kernel/files.ts';
import { type Clock, silentLog, systemClock } from '../../src/kernel/ports.ts';
import { createCursors } from '../../src/table/cursor.ts';
import { timedMemos } from '../../src/table/memo.ts';
import type { Table } from '../../src/table/table.ts';

export const editor: Actor = { id: 'anonymous', organisation: 'default', role: 'editor' };
export const admin: Actor = { ...editor, id: 'user:1', user: '1', role: 'admin' };

/** Calls operations of the domains by name, without HTTP in between. */
export interface Registry {
  call(operation: string, call?: Partial<Call>): Promise<Answer>;
  resume(): Promise<void>;
  /** Works on the migrations that are due. */
  migrate(): Promise<void>;
  /** Goes on with the types that are deleted with all their entities. */
  clearTypes(): Promise<void>;
  /** Writes the files that were asked for. */
  readonly downloads: ReturnType<typeof createDomains>['downloads'];
}

interface RegistryOptions {
  readonly clock?: Clock;
  readonly limits?: SearchLimits;
  /** How long definitions are remembered; for ever, unless given. */
  readonly memoMs?: number;
  /** Who calls, unless a call says otherwise. */
  readonly actor?: Actor;
  /** Where prepared downloads lie. */
  readonly files?: Files;
}

export function registryOver(table: Table, options: RegistryOptions = {}): Registry {
  const { clock = systemClock, actor = editor, memoMs = Number.POSITIVE_INFINITY } = options;
  const cursors = createCursors(Buffer.alloc(32, 7), clock);
  const { domains, resume, migrating, clearTypes, downloads } = createDomains({
    table,
    clock,
    log: silentLog,
    cursors,
    makeMemo: timedMemos(memoMs, clock),
    settle: async () => {},
    files: options.files,
    ...(options.limits ? { limits: options.limits } : {}),
  });
  const routes = new Map(domains.flatMap((domain) => domain.routes).map((route) => [route.operation, route]));
  return {
    resume,
    migrate: migrating.run,
    clearTypes,
    downloads,
    async call(operation, call = {}) {
      const route = routes.get(operation);
      if (!route) throw new Error(`no operation ${operation}`);
      const { error, value } = route.query?.validate(call.query ?? {}) ?? { value: {} };
      if (error) throw error;
      return route.handler({
        actor,
        params: {},
        body: undefined,
        mediaType: undefined,
        stream: undefined,
        ifMatch: undefined,
        ifNoneMatch: undefined,
        idempotencyKey: undefined,
        ...call,
        query: value,
      });
    },
  };
}
