import type { Actor } from '../kernel/actor.ts';
import type { Clock, Log } from '../kernel/ports.ts';
import { fieldsSchema } from '../schema/json-schema.ts';
import type { Cursors } from '../table/cursor.ts';
import type { MakeMemo } from '../table/memo.ts';
import { createReplies } from '../table/replies.ts';
import type { Table } from '../table/table.ts';
import type { Domain } from './domain.ts';
import { createCensus } from './entities/census.ts';
import { entitiesDomain } from './entities/index.ts';
import { createReader } from './entities/reader.ts';
import type { SearchLimits } from './entities/search/budget.ts';
import { typesDomain } from './types/index.ts';
import { typesOf } from './types/keys.ts';
import { createTypes } from './types/service.ts';

export interface DomainsOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly log: Log;
  readonly cursors: Cursors;
  readonly makeMemo: MakeMemo;
  /** Makes sure that no reader can miss what a write to these scopes changed, also when it was done earlier. */
  readonly settle: (scopes: readonly string[]) => Promise<void>;
  readonly limits?: SearchLimits;
}

/** Builds every domain and introduces them to each other: the only place where they meet. */
export function createDomains(options: DomainsOptions) {
  const { table, clock } = options;
  const replies = createReplies(table, clock, options.settle);
  const reader = createReader(table);
  const types = createTypes({ ...options, entities: createCensus(table, reader) });
  const entities = entitiesDomain({
    ...options,
    replies,
    reader,
    definitionOf: types.current,
    freshDefinitionOf: types.get,
    typesOf,
  });
  const domains: Domain[] = [entities, typesDomain(types, replies)];

  /** The fields of the caller's entity types as JSON Schemas, for the API description. */
  async function runtimeTypes(actor: Actor): Promise<{ name: string; schema: Record<string, unknown> }[]> {
    const { items } = await types.list(actor, { limit: 1000 });
    return items.map((definition) => ({ name: definition.name, schema: fieldsSchema(definition) }));
  }

  return { domains, runtimeTypes, resume: entities.resume };
}
