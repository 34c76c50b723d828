import { Failure } from '../../kernel/errors.ts';
import type { TypeDefinition } from '../../schema/definition.ts';
import { keyText } from '../../table/rules.ts';
import { commit, type Step } from '../../table/steps.ts';
import { type Item, keyOf, LIMITS, type Table } from '../../table/table.ts';
import { LINKS_A_WRITE, linkClearingSteps } from './clearing.ts';
import { deletionKey } from './doom.ts';
import { collectionOf, endsFromItem, entityKey, fromItem, linksOf, listing } from './keys.ts';
import { type EntityRecord, untouched } from './model.ts';
import { derivedSteps } from './pointers.ts';

/** Asked now and then: whether to go on. */
type GoOn = () => Promise<boolean>;

const PAGE = 100;
/** One transaction may hold 4 MB, and what is deleted counts. */
const MOST_BYTES = 1024 * 1024;

/**
 * Removes all entities of a type whose deletion is decided, so that nobody sees them any more, with their links at both
 * ends; answers whether none is left. Safe to run by several at a time: what is written depends on how it was read,
 * and what did not go this time goes the next.
 */
export async function emptyType(table: Table, definition: TypeDefinition, goOn: GoOn): Promise<boolean> {
  for (;;) {
    const { removed, left } = await pass(table, definition, goOn);
    if (left === 0) return true;
    if (removed === 0 || !(await goOn())) return false;
  }
}

/** Goes once through the listing. */
async function pass(table: Table, definition: TypeDefinition, goOn: GoOn) {
  const pk = listing(definition.organisation, definition.name);
  let removed = 0;
  let left = 0;
  for (let after: string | undefined; ; ) {
    const page = await table.query({ pk, after, limit: PAGE });
    const gone = await clearPage(table, definition, page.items, goOn);
    removed += gone;
    left += page.items.length - gone;
    if (page.next === undefined) return { removed, left };
    if (!(await goOn())) return { removed, left: left + 1 };
    after = page.next;
  }
}

/** Answers how many of these entries of the listing went, each with its entity. */
async function clearPage(table: Table, definition: TypeDefinition, entries: readonly Item[], goOn: GoOn) {
  const keys = entries.map(({ uuid }) => entityKey(definition.organisation, String(uuid)));
  const items = await table.getMany(keys);
  const bundle = createBundle(table);
  for (const [i, item] of items.entries()) {
    const steps = await stepsFor(table, definition, entries[i]!, item, goOn);
    if (steps) await bundle.add(steps, JSON.stringify(item ?? '').length);
  }
  await bundle.send();
  return bundle.removed();
}

/** Puts as many entities into a transaction as it holds. */
function createBundle(table: Table) {
  let steps = new Map<string, Step>();
  let entities = 0;
  let bytes = 0;
  let removed = 0;

  async function send(): Promise<void> {
    if (entities > 0 && (await isDone(table, [...steps.values()]))) removed += entities;
    steps = new Map();
    entities = 0;
    bytes = 0;
  }

  async function add(more: readonly Step[], size: number): Promise<void> {
    const news = more.filter(({ action }) => !steps.has(keyText(keyOf(action))));
    if (steps.size + news.length > LIMITS.actions || bytes + size > MOST_BYTES) await send();
    // Two entities may share a link or a neighbour.
    for (const step of more) steps.set(keyText(keyOf(step.action)), step);
    entities += 1;
    bytes += size;
  }

  return { add, send, removed: () => removed };
}

/** The steps that remove an entity with what is left of its links; undefined if it has to wait. */
async function stepsFor(
  table: Table,
  definition: TypeDefinition,
  entry: Item,
  item: Item | undefined,
  goOn: GoOn,
): Promise<Step[] | undefined> {
  const { organisation, name } = definition;
  if (item?.type !== name) return strayEntry(organisation, entry, item);
  const record = fromItem(item);
  // What another deletion has claimed is how it finds the rest of what it claimed.
  if (record.doomed !== undefined && (await table.get(deletionKey(record.doomed)))) return undefined;
  const own = [goneStep(record), ...derivedSteps(definition, record, undefined)];
  if (!record.linked) return own;
  for (;;) {
    const page = await table.query({ ...linksOf(organisation, record.uuid), limit: LINKS_A_WRITE });
    const ends = page.items.map((link) => endsFromItem(record, link));
    const steps = linkClearingSteps(organisation, record, ends).filter(
      ({ action }) => action.type !== 'update' || action.collection !== collectionOf(organisation, name),
    );
    const fits = own.length + steps.length <= LIMITS.actions;
    if (page.next === undefined && (fits || steps.length === 0)) return [...own, ...steps];
    if (!(await isDone(table, steps)) || !(await goOn())) return undefined;
  }
}

/** The entity goes as it was read. */
function goneStep(record: EntityRecord): Step {
  const { organisation, uuid, type, doomed } = record;
  const condition = doomed === undefined ? untouched(record) : { equals: { doomed } };
  const key = entityKey(organisation, uuid);
  return { action: { type: 'delete', key, collection: collectionOf(organisation, type), condition } };
}

/** An entry without its entity stands for nothing, unless that comes in this very moment. */
function strayEntry(organisation: string, { pk, sk, uuid }: Item, item: Item | undefined): Step[] {
  const key = entityKey(organisation, String(uuid));
  const condition = item ? { equals: { type: String(item.type) } } : { exists: false };
  return [{ action: { type: 'delete', key: { pk, sk } } }, { action: { type: 'check', key, condition } }];
}

/** Whether it was written; if it is out of date or others are in the way, it is for the next time. */
async function isDone(table: Table, steps: readonly Step[]): Promise<boolean> {
  try {
    await commit(table, steps);
    return true;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'conflict') return false;
    throw error;
  }
}
