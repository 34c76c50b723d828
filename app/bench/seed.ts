import { dynamoClient } from '../src/adapters/dynamo/client.ts';
import { ensureTable } from '../src/adapters/dynamo/ensure-table.ts';
import { createDynamoTable } from '../src/adapters/dynamo/table.ts';
import { openDatabase } from '../src/adapters/sqlite/database.ts';
import { type Row, rowOf, rowsOf } from '../src/adapters/sqlite/rows.ts';
import { createSqliteTable } from '../src/adapters/sqlite/table.ts';
import { draftNew } from '../src/domains/entities/drafts.ts';
import { entityKey } from '../src/domains/entities/keys.ts';
import type { EntityInput } from '../src/domains/entities/model.ts';
import { newUuid } from '../src/kernel/ids.ts';
import { silentMeter, systemClock } from '../src/kernel/ports.ts';
import type { TypeDefinition } from '../src/schema/definition.ts';
import type { Key, Table } from '../src/table/table.ts';
import { editor, type Registry, registryOver } from '../test/support/registry.ts';
import {
  CITIES,
  DEFINITION,
  fieldsOf,
  HUB_DEFINITION,
  HUB_TYPE,
  ORGANISATION,
  STATES,
  TYPE,
} from './sample.ts';

/**
 * Fills an empty table with machines, each in one of five cities, one of four states and one of four racks, by
 * chance: a search for one of each meets one machine in 80, whatever the size. Prints the racks' uuids as JSON.
 */
const RACKS = 4;
const CREATED_TOGETHER = 32;
const ENTITIES_A_COMMIT = 5_000;
/** Stands for the uuid of a machine until it has one. */
const STAMPED = '00000000-0000-7000-8000-000000000000';
const ports = { clock: systemClock, meter: silentMeter };

const [engine, place = '', size = '0', name = ''] = process.argv.slice(2);
const racks = await (engine === 'SQLite' ? fillSqlite(place) : fillDynamo(place, name));
process.stdout.write(JSON.stringify(racks));

async function fillDynamo(endpoint: string, table: string): Promise<string[]> {
  const client = dynamoClient({ region: 'us-east-1', endpoint, env: {} });
  await ensureTable(client, table);
  const registry = registryOver(createDynamoTable({ client, name: table, ...ports }));
  const racks = await defineAll(registry);
  const inputs = machines(racks);
  const work = async () => {
    for (const body of inputs) await create(registry, TYPE, body);
  };
  await Promise.all(Array.from({ length: CREATED_TOGETHER }, work));
  client.destroy();
  return racks;
}

/**
 * Drafts each kind of machine once, as the service does, and stamps its rows with new uuids: drafting a million
 * entities one by one takes minutes and leaves the same rows.
 */
async function fillSqlite(path: string): Promise<string[]> {
  const table = createSqliteTable({ path, ...ports });
  const registry = registryOver(table);
  const racks = await defineAll(registry);
  const definitions = new Map<string, TypeDefinition>();
  for (const type of [TYPE, HUB_TYPE]) definitions.set(type, await definitionOf(registry, type));
  await table.close();
  const database = openDatabase(path);
  const rows = rowsOf(database);
  const stamps = new Map<string, readonly Stamp[]>();
  let saved = 0;
  database.exec('BEGIN');
  for (const input of machines(racks)) {
    const { city, state } = input.fields!;
    const kind = `${city} ${state} ${input.links![0]!.uuid}`;
    const known = stamps.get(kind) ?? (await draftStamps(definitions, input));
    stamps.set(kind, known);
    const uuid = newUuid(Date.now());
    for (const { pk, sk, row } of known) {
      const key = { pk: pk.replace(STAMPED, uuid), sk: sk.replace(STAMPED, uuid) };
      rows.save(key, { ...row, text: row.text.replaceAll(STAMPED, uuid) });
    }
    if (++saved % ENTITIES_A_COMMIT === 0) database.exec('COMMIT; BEGIN');
  }
  database.exec('COMMIT');
  database.close();
  await countLinks(createSqliteTable({ path, ...ports }), racks);
  return racks;
}

interface Stamp extends Key {
  readonly row: Row;
}

async function draftStamps(
  definitions: ReadonlyMap<string, TypeDefinition>,
  input: EntityInput,
): Promise<Stamp[]> {
  const definition = definitions.get(TYPE)!;
  const definitionOf = async (type: string) => definitions.get(type)!;
  const options = { actor: editor, clock: systemClock, definition, definitionOf };
  const { steps } = await draftNew(options, input, STAMPED);
  return steps.flatMap(({ action }) =>
    action.type === 'put' ? [{ pk: action.item.pk, sk: action.item.sk, row: rowOf(action.item) }] : [],
  );
}

/** What the updates in the drafts would have come to. */
async function countLinks(table: Table, racks: readonly string[]): Promise<void> {
  const links_version = Math.round(Number(size) / RACKS);
  await table.write(
    racks.map((uuid) => ({
      type: 'update',
      key: entityKey(ORGANISATION, uuid),
      set: { linked: true, links_version },
      condition: { exists: true },
    })),
  );
  await table.close();
}

async function defineAll(registry: Registry): Promise<string[]> {
  for (const body of [HUB_DEFINITION, DEFINITION]) await registry.call('createEntityType', { body });
  const racks: string[] = [];
  for (let n = 0; n < RACKS; n++) racks.push(await create(registry, HUB_TYPE, { fields: { name: `${n}` } }));
  return racks;
}

async function definitionOf(registry: Registry, type: string): Promise<TypeDefinition> {
  return (await registry.call('getEntityType', { params: { name: type } })).body as TypeDefinition;
}

async function create(registry: Registry, type: string, body: EntityInput): Promise<string> {
  const answer = await registry.call('createEntity', { params: { type }, body });
  return (answer.body as { uuid: string }).uuid;
}

function* machines(racks: readonly string[]): Generator<EntityInput> {
  const roll = dice(Number(size));
  for (let n = 0; n < Number(size); n++) {
    const fields = fieldsOf(n, CITIES[roll(CITIES.length)], STATES[roll(STATES.length)]);
    yield { fields, links: [{ relation: 'mounted_in', type: HUB_TYPE, uuid: racks[roll(RACKS)]! }] };
  }
}

/** Numbers from 0 up to `bound`, the same in every run (mulberry32). */
function dice(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}
