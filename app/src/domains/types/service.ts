import type { Actor } from '../../kernel/actor.ts';
import { fail } from '../../kernel/errors.ts';
import { newUuid } from '../../kernel/ids.ts';
import type { Page } from '../../kernel/page.ts';
import type { Clock } from '../../kernel/ports.ts';
import { completeField, completeLink, type FieldInput, type LinkInput } from '../../schema/define.ts';
import { type FieldDefinition, type TypeDefinition, targetsOf } from '../../schema/definition.ts';
import { evolve, type TypeChange } from '../../schema/evolve.ts';
import { inForce } from '../../schema/former.ts';
import { TYPE_NAME } from '../../schema/names.ts';
import type { Cursors } from '../../table/cursor.ts';
import { compareKeys } from '../../table/keys.ts';
import type { MakeMemo } from '../../table/memo.ts';
import { commit, retryStale, type Step } from '../../table/steps.ts';
import type { QueryResult, Table } from '../../table/table.ts';
import { requireMatch } from '../preconditions.ts';
import { nameTaken, refuseBroken, refuseTwin } from './checks.ts';
import type { Clearing } from './clearing.ts';
import { isDoomed } from './doom.ts';
import { fromItem, toItem, typeKey, typesOf } from './keys.ts';

export interface TypeInput {
  readonly name: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly fields?: readonly FieldInput[];
  readonly links?: readonly LinkInput[];
}

export interface TypesOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly cursors: Cursors;
  readonly makeMemo: MakeMemo;
  /** Types that every organisation has and none can change. */
  readonly builtIn?: readonly TypeDefinition[];
  /** Asked of whoever keeps the entities. */
  readonly entities: {
    exist(organisation: string, type: string): Promise<boolean>;
    /** Counts up to ten entities whose field breaks the given rules; throws if there are too many to look at. */
    breaking(definition: TypeDefinition, fields: readonly FieldDefinition[]): Promise<number>;
    /** Throws if the caller may not delete all entities of a type. */
    refuseOwned(actor: Actor, definition: TypeDefinition): Promise<void>;
  };
  /** Deletes a type with its entities. */
  readonly clearing: Pick<Clearing, 'decide' | 'begin'>;
}

export interface RemoveOptions {
  readonly ifMatch?: string | undefined;
  /** Whether the entities go too; otherwise there may be none. */
  readonly force?: boolean;
}

/** What becomes of a definition, given as it stands in the store. */
type NextDefinition = (
  before: TypeDefinition,
) => Promise<{ readonly after: TypeDefinition; readonly also?: readonly Step[] }>;

export type Types = ReturnType<typeof createTypes>;

const MAX_PAGE_READS = 1000;

export function createTypes(options: TypesOptions) {
  const { table, clock, cursors, makeMemo, builtIn = [], entities, clearing } = options;
  const memo = makeMemo<TypeDefinition>();
  const builtIns = new Map(builtIn.map((definition) => [definition.name, definition]));

  const timestamp = () => new Date(clock.now()).toISOString();
  const remember = (definition: TypeDefinition) => {
    memo.learn(`${definition.organisation} ${definition.name}`, definition);
    return definition;
  };
  const forget = (organisation: string, name: string) => {
    memo.forget(`${organisation} ${name}`);
  };

  /** The definition as it stands in the store. Throws 404. */
  async function get(organisation: string, name: string): Promise<TypeDefinition> {
    const known = builtIns.get(name);
    if (known) return known;
    const item = TYPE_NAME.test(name) ? await table.get(typeKey(organisation, name)) : undefined;
    if (!item || item.name !== name || isDoomed(item)) throw unknownType(name);
    return inForce(remember(fromItem(item)), clock.now());
  }

  /** The definition from memory, as current as the memo is: a read for each request would be too dear. */
  async function current(organisation: string, name: string): Promise<TypeDefinition> {
    const known = builtIns.get(name);
    if (known) return known;
    const load = () => get(organisation, name);
    return inForce(await memo.recall(typesOf(organisation), `${organisation} ${name}`, load), clock.now());
  }

  async function create(
    actor: Actor,
    input: TypeInput,
    also: (made: TypeDefinition) => Step[] = () => [],
  ): Promise<TypeDefinition> {
    const now = timestamp();
    const definition: TypeDefinition = {
      uuid: newUuid(clock.now()),
      name: input.name,
      description: input.description ?? '',
      tags: input.tags ?? [],
      fields: completeFields(input.fields ?? []),
      links: (input.links ?? []).map(completeLink),
      version: 1,
      organisation: actor.organisation,
      created_at: now,
      updated_at: now,
    };
    await refuseTwin(table, actor.organisation, input.name);
    await refuseBroken(table, definition, builtIns);
    const put: Step = {
      action: { type: 'put', item: toItem(definition), condition: { exists: false } },
      otherwise: nameTaken(input.name),
    };
    await commit(table, [put, ...also(definition)]);
    return remember(definition);
  }

  async function list(
    actor: Actor,
    options: { limit: number; cursor?: string; tags?: readonly string[] },
  ): Promise<Page<TypeDefinition>> {
    const scope = [actor.organisation, 'types', options.tags ?? []];
    let after = options.cursor === undefined ? undefined : (cursors.open(scope, options.cursor) as string);
    const items: TypeDefinition[] = [];
    for (let reads = 0; ; ) {
      const page = await table.query({ pk: typesOf(actor.organisation), after, limit: options.limit });
      const all = withBuiltIns(actor.organisation, page, after);
      reads += all.length;
      for (const [i, { definition, sk }] of all.entries()) {
        if (options.tags?.every((tag) => definition.tags.includes(tag)) ?? true) items.push(definition);
        const more = i + 1 < all.length || page.next !== undefined;
        if (items.length === options.limit) return { items, next: more ? cursors.seal(scope, sk) : null };
      }
      if (page.next === undefined) return { items, next: null };
      if (reads >= MAX_PAGE_READS) return { items, next: cursors.seal(scope, page.next), partial: true };
      after = page.next;
    }
  }

  /** A page of the organisation's own types, and the built-in ones that come among them. */
  function withBuiltIns(organisation: string, page: QueryResult, after: string | undefined) {
    const shown = page.items.filter((item) => !isDoomed(item));
    const own = shown.map((item) => ({ definition: inForce(fromItem(item), clock.now()), sk: item.sk }));
    const others = builtIn
      .map((definition) => ({ definition, sk: typeKey(organisation, definition.name).sk }))
      .filter(({ sk }) => after === undefined || compareKeys(sk, after) > 0)
      .filter(({ sk }) => page.next === undefined || compareKeys(sk, page.next) <= 0);
    return [...own, ...others].sort((a, b) => compareKeys(a.sk, b.sk));
  }

  async function change(
    actor: Actor,
    name: string,
    input: TypeChange,
    ifMatch?: string,
  ): Promise<TypeDefinition> {
    return rewrite(actor.organisation, name, async (before) => {
      requireMatch(ifMatch, etagOf(before));
      if (before.migration && input.fields) throw inMigration(name);
      const { fields, links, errors, tightened } = evolve(before, input, clock.now());
      if (errors.length > 0) throw fail('conflict', 'incompatible_change', errors[0]!.detail, { errors });
      const after: TypeDefinition = {
        ...before,
        description: input.description ?? before.description,
        tags: input.tags ?? before.tags,
        fields,
        links,
      };
      await refuseBroken(table, after, builtIns);
      await refuseBreaking(after, tightened);
      return { after };
    });
  }

  /** Brings a type to what `next` makes of it, as its next version and together with what else there is to write. */
  async function rewrite(organisation: string, name: string, next: NextDefinition): Promise<TypeDefinition> {
    return retryStale(async () => {
      const before = await get(organisation, name);
      refuseBuiltIn(before);
      const { after, also = [] } = await next(before);
      const definition = { ...after, version: before.version + 1, updated_at: timestamp() };
      const condition = { equals: { version: before.version, uuid: before.uuid } };
      const put: Step = { action: { type: 'put', item: toItem(definition), condition } };
      await commit(table, [put, ...also]);
      return remember(definition);
    });
  }

  async function refuseBreaking(after: TypeDefinition, tightened: readonly FieldDefinition[]): Promise<void> {
    if (tightened.length === 0) return;
    const breaking = await entities.breaking(after, tightened);
    if (breaking === 0) return;
    const names = tightened.map((field) => field.name).join(', ');
    throw fail('conflict', 'data_breaks_rules', `Stored entities do not meet the new rules of: ${names}.`, {
      extra: { breaking },
    });
  }

  async function remove(actor: Actor, name: string, { ifMatch, force }: RemoveOptions = {}): Promise<void> {
    return retryStale(async () => {
      const definition = await get(actor.organisation, name);
      refuseBuiltIn(definition);
      requireMatch(ifMatch, etagOf(definition));
      if (force) await entities.refuseOwned(actor, definition);
      else if (await entities.exist(actor.organisation, name)) {
        throw fail('conflict', 'type_in_use', `There are entities of the type ${name}; delete them first.`);
      }
      await refuseWhileReferred(actor, name);
      if (force) {
        const doom = await clearing.decide(definition);
        forget(actor.organisation, name);
        return clearing.begin(doom);
      }
      const condition = { equals: { name, version: definition.version, uuid: definition.uuid } };
      const key = typeKey(actor.organisation, name);
      await commit(table, [{ action: { type: 'delete', key, condition } }]);
      forget(actor.organisation, name);
    });
  }

  async function refuseWhileReferred(actor: Actor, name: string): Promise<void> {
    for (let cursor: string | undefined; ; ) {
      const page = await list(actor, { limit: 100, ...(cursor === undefined ? {} : { cursor }) });
      const referring = page.items.find(
        (t) => t.name !== name && t.links.some((l) => targetsOf(l).includes(name)),
      );
      if (referring) {
        throw fail('conflict', 'type_in_use', `The type ${referring.name} declares links to ${name}.`);
      }
      if (page.next === null) return;
      cursor = page.next;
    }
  }

  return { create, get, current, list, change, rewrite, remove };
}

/** The strong validator of a definition; the uuid tells a type from its successor of the same name. */
export function etagOf(definition: TypeDefinition): string {
  return `"${definition.version}-${definition.uuid.slice(-12)}"`;
}

function completeFields(inputs: readonly FieldInput[]): FieldDefinition[] {
  const taken = new Set<string>();
  return inputs.map((input) => {
    const field = completeField(input, taken);
    taken.add(field.id);
    return field;
  });
}

function refuseBuiltIn({ name, rules }: TypeDefinition): void {
  if (!rules) return;
  throw fail('conflict', 'built_in_type', `The type ${name} is part of the service, so it stays as it is.`);
}

function inMigration(name: string) {
  const detail = `The fields of ${name} are being migrated, so they stay as they are until that has ended.`;
  return fail('conflict', 'migration_in_progress', detail);
}

function unknownType(name: string) {
  return fail('absent', 'not_found', `There is no entity type ${name}.`);
}
