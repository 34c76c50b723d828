import type { Actor } from '../kernel/actor.ts';
import type { Files } from '../kernel/files.ts';
import type { Clock, Log } from '../kernel/ports.ts';
import { fieldsSchema } from '../schema/json-schema.ts';
import type { Feed } from '../table/changes/feed.ts';
import type { Watch } from '../table/changes/watch.ts';
import type { Cursors } from '../table/cursor.ts';
import type { MakeMemo } from '../table/memo.ts';
import { probe } from '../table/probe.ts';
import { createReplies } from '../table/replies.ts';
import type { Table } from '../table/table.ts';
import { bondsDomain } from './bonds/index.ts';
import { bonds } from './bonds/kind.ts';
import { bondsType } from './bonds/type.ts';
import { changesDomain } from './changes/index.ts';
import type { Domain } from './domain.ts';
import { createCensus } from './entities/census.ts';
import { createConform } from './entities/conform.ts';
import { emptyType } from './entities/emptying.ts';
import { entitiesDomain } from './entities/index.ts';
import { collectionOf, memberOf } from './entities/keys.ts';
import { createReader } from './entities/reader.ts';
import type { SearchLimits } from './entities/search/budget.ts';
import type { UnknownOwners } from './entities/service.ts';
import { organisationsType } from './organisations/type.ts';
import { peopleDomain } from './people/index.ts';
import { people } from './people/kind.ts';
import { peopleType } from './people/type.ts';
import { productsDomain } from './products/index.ts';
import { products } from './products/kind.ts';
import { productsType } from './products/type.ts';
import type { RecordKind } from './record-kind.ts';
import { createRecords } from './record-service.ts';
import { createClearing } from './types/clearing.ts';
import { typesDomain } from './types/index.ts';
import { typesOf } from './types/keys.ts';
import { createMigrations } from './types/migrations/service.ts';
import { createMigrationWorker } from './types/migrations/worker.ts';
import { createTypes } from './types/service.ts';

export interface DomainsOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly log: Log;
  readonly cursors: Cursors;
  readonly makeMemo: MakeMemo;
  /** Makes sure that no reader can miss what a write to these scopes changed, also when it was done earlier. */
  readonly settle: (scopes: readonly string[]) => Promise<void>;
  readonly unknownOwners?: UnknownOwners;
  readonly limits?: SearchLimits;
  /** Where prepared downloads lie. */
  readonly files?: Files | undefined;
  /** The change log, where it is kept. */
  readonly feed?: Feed | undefined;
  readonly watch?: Watch | undefined;
}

const BUILT_IN = [bondsType, organisationsType, peopleType, productsType];

/** Builds every domain and introduces them to each other: the only place where they meet. */
export function createDomains(options: DomainsOptions) {
  const { table, clock, unknownOwners = async () => [] } = options;
  const replies = createReplies(table, clock, options.settle);
  const reader = createReader(table);
  const clearing = createClearing({
    ...options,
    empty: (definition, goOn) => emptyType(table, definition, goOn),
  });
  const types = createTypes({
    ...options,
    builtIn: BUILT_IN,
    entities: createCensus(table, reader),
    clearing,
  });
  const entities = entitiesDomain({
    ...options,
    replies,
    reader,
    definitionOf: types.current,
    freshDefinitionOf: types.get,
    typesOf,
    unknownOwners,
    builtIns: new Map(BUILT_IN.map((type) => [type.name, type])),
  });
  const migrations = createMigrations({ ...options, types });
  const conformer = createConform(table, reader);
  const migrating = createMigrationWorker({ ...options, types, migrations, conformer });
  const scopes = { ofMember: memberOf, ofCollection: collectionOf };
  const recordsOf = (kind: RecordKind) => {
    const records = createRecords(kind, entities.store);
    return { records, replies, scopes };
  };
  const domains: Domain[] = [
    entities.domain,
    typesDomain(types, migrations, replies),
    bondsDomain({ ...recordsOf(bonds), probe: () => probe(table) }),
    peopleDomain(recordsOf(people)),
    productsDomain(recordsOf(products)),
    changesDomain(options),
  ];

  /** The fields of the caller's entity types as JSON Schemas, for the API description. */
  async function runtimeTypes(actor: Actor): Promise<{ name: string; schema: Record<string, unknown> }[]> {
    const { items } = await types.list(actor, { limit: 1000 });
    return items.map((definition) => ({ name: definition.name, schema: fieldsSchema(definition) }));
  }

  const { resume, downloads } = entities;
  return { domains, runtimeTypes, migrating, resume, downloads, clearTypes: clearing.resume };
}
