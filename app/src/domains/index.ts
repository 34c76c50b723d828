import type { Actor } from '../kernel/actor.ts';
import type { Clock, Log } from '../kernel/ports.ts';
import { fieldsSchema } from '../schema/json-schema.ts';
import type { Cursors } from '../table/cursor.ts';
import type { MakeMemo } from '../table/memo.ts';
import { probe } from '../table/probe.ts';
import { createReplies } from '../table/replies.ts';
import type { Table } from '../table/table.ts';
import { bondsDomain } from './bonds/index.ts';
import { bonds } from './bonds/kind.ts';
import { bondsType } from './bonds/type.ts';
import type { Domain } from './domain.ts';
import { createCensus } from './entities/census.ts';
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
  readonly unknownOwners?: UnknownOwners;
  readonly limits?: SearchLimits;
}

const BUILT_IN = [bondsType, organisationsType, peopleType, productsType];

/** Builds every domain and introduces them to each other: the only place where they meet. */
export function createDomains(options: DomainsOptions) {
  const { table, clock, unknownOwners = async () => [] } = options;
  const replies = createReplies(table, clock, options.settle);
  const reader = createReader(table);
  const types = createTypes({ ...options, builtIn: BUILT_IN, entities: createCensus(table, reader) });
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
  const scopes = { ofMember: memberOf, ofCollection: collectionOf };
  const recordsOf = (kind: RecordKind) => {
    const records = createRecords(kind, entities.store);
    return { records, replies, scopes };
  };
  const domains: Domain[] = [
    entities.domain,
    typesDomain(types, replies),
    bondsDomain({ ...recordsOf(bonds), probe: () => probe(table) }),
    peopleDomain(recordsOf(people)),
    productsDomain(recordsOf(products)),
  ];

  /** The fields of the caller's entity types as JSON Schemas, for the API description. */
  async function runtimeTypes(actor: Actor): Promise<{ name: string; schema: Record<string, unknown> }[]> {
    const { items } = await types.list(actor, { limit: 1000 });
    return items.map((definition) => ({ name: definition.name, schema: fieldsSchema(definition) }));
  }

  return { domains, runtimeTypes, resume: entities.resume };
}
