import type { Actor } from '../kernel/actor.ts';
import { Failure, fail, invalid, pointer } from '../kernel/errors.ts';
import { isUuid, namedUuid } from '../kernel/ids.ts';
import type { Page } from '../kernel/page.ts';
import { foldName } from '../schema/order.ts';
import type { Step } from '../table/steps.ts';
import type { Value } from '../table/table.ts';
import { createOnly } from './preconditions.ts';
import type { Condition, FlatRecord, RecordKind } from './record-kind.ts';

/** What is needed of the entities, of which flat records are a view. */
export interface EntityStore {
  create(actor: Actor, type: string, input: Input, also?: (made: Made) => Step[]): Promise<Made>;
  get(actor: Actor, ref: Ref): Promise<Made>;
  replace(actor: Actor, ref: Ref, input: Input, conditions: Conditions): Promise<Made & { created: boolean }>;
  change(
    actor: Actor,
    ref: Ref,
    conditions: Conditions,
    next: (current: Entity) => Input,
    options: { readonly defaults?: boolean; readonly check?: Check; readonly also?: (made: Made) => Step[] },
  ): Promise<Made>;
  remove(actor: Actor, ref: Ref, ifMatch?: string, check?: Check): Promise<void>;
  search(actor: Actor, type: string, search: SearchInput): Promise<Page<Entity>>;
}

/** Throws for a record that is not the one that was meant. */
type Check = (current: Pick<Entity, 'fields'>) => void;

interface Ref {
  readonly type: string;
  readonly uuid: string;
}

export interface Entity {
  readonly uuid: string;
  readonly fields: Readonly<Record<string, Value>>;
  readonly tags: readonly string[];
  readonly owners: Readonly<Record<'users' | 'groups' | 'organisations', readonly string[]>>;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

interface Made {
  readonly entity: Entity;
  readonly etag: string;
}

interface Input {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly tags?: readonly string[];
  readonly owners?: Entity['owners'];
}

interface SearchInput {
  readonly terms: readonly Condition[];
  readonly links: readonly string[];
  readonly tags: readonly string[];
  readonly sort?: string;
  readonly limit: number;
  readonly cursor?: string;
}

interface Conditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

/** Paging and order of a listing, and tags that all of its records have. */
export interface Listing extends Omit<SearchInput, 'terms' | 'links' | 'tags'> {
  readonly tags?: readonly string[];
}

export interface Shown {
  readonly record: FlatRecord;
  readonly etag: string;
}

type Body = Readonly<Record<string, unknown>>;

export type Records = ReturnType<typeof createRecords>;

/** Records of one kind, by the id that their users know them by: the key field's value, or else the uuid. */
export function createRecords(kind: RecordKind, entities: EntityStore) {
  const { definition, hasTags, noun } = kind;
  const { name: type, rules } = definition;
  const keyField = rules?.keyField;

  function flat({ uuid, fields, tags, version, created_at, updated_at }: Entity): FlatRecord {
    const shown = definition.fields.flatMap(({ name }) => {
      const value = fields[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    const all = { uuid, ...Object.fromEntries(shown), ...(hasTags && { tags }) };
    return { ...all, version, created_at, updated_at };
  }

  const shown = ({ entity, etag }: Made): Shown => ({ record: flat(entity), etag });

  /** What the body says of the entity; whatever is no field is told as such there. */
  function inputOf({ tags, ...fields }: Body): Input {
    if (!hasTags) return { fields: tags === undefined ? fields : { ...fields, tags } };
    return { fields, ...(tags !== undefined && { tags: tags as string[] }) };
  }

  /** What a flat record does not show stays as it is. */
  const keeping = ({ tags, owners }: Entity, input: Input): Input => ({
    ...(!hasTags && { tags }),
    owners,
    ...input,
  });

  /** The entity that the id names; throws 404 for what cannot be one. */
  function refOf(id: string): Ref {
    const uuid = keyField === undefined ? id.toLowerCase() : namedUuid(type, foldName(id));
    if (!isUuid(uuid)) throw absent(id);
    return { type, uuid };
  }

  const absent = (id: string) => fail('absent', 'not_found', `There is no ${noun} ${id}.`);

  /** Two spellings of one name are one record, which answers to the name that it was given. */
  const named =
    (id: string): Check =>
    ({ fields }) => {
      if (keyField !== undefined && fields[keyField] !== id) throw absent(id);
    };

  /** Runs it and says what went wrong in the words of a flat record. */
  async function told<T>(id: string | undefined, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (id !== undefined && error.code === 'not_found') throw absent(id);
      throw flatFailure(error);
    }
  }

  /** A body that names another record than its address does. */
  function requireSameName(body: Body, id: string): Body {
    if (keyField === undefined) return body;
    const { [keyField]: given = id } = body;
    if (given === id) return { ...body, [keyField]: id };
    const detail = `Must be the ${keyField} of the address: ${id}.`;
    const errors = [{ pointer: pointer(keyField), code: 'names_the_entity', detail }];
    throw fail('conflict', 'names_the_entity', detail, { errors });
  }

  /** Of a name that is taken, whoever has it in this spelling is what was not to be there. */
  async function createNamed(actor: Actor, id: string, body: Body, conditions: Conditions): Promise<Made> {
    const input = inputOf(requireSameName(body, id));
    try {
      return await entities.replace(actor, refOf(id), input, conditions);
    } catch (error) {
      const taken = error instanceof Failure && error.code === 'name_taken' ? error.errors : [];
      if (!taken.some((one) => one.pointer === pointer('fields', keyField ?? ''))) throw error;
      const { entity } = await entities.get(actor, refOf(id));
      if (entity.fields[keyField!] !== id) throw error;
      throw fail('precondition', 'precondition_failed', `There is a ${noun} ${id} already.`);
    }
  }

  return {
    kind,
    create: (actor: Actor, body: Body, also: (made: Shown) => Step[] = () => []): Promise<Shown> =>
      told(undefined, async () =>
        shown(await entities.create(actor, type, inputOf(body), (made) => also(shown(made)))),
      ),
    get: (actor: Actor, id: string): Promise<Shown> =>
      told(id, async () => {
        const made = await entities.get(actor, refOf(id));
        named(id)(made.entity);
        return shown(made);
      }),
    replace: (actor: Actor, id: string, body: Body, conditions: Conditions) =>
      told(id, async (): Promise<Shown & { created: boolean }> => {
        if (createOnly(conditions.ifNoneMatch)) {
          return { ...shown(await createNamed(actor, id, body, conditions)), created: true };
        }
        const next = (current: Entity) => keeping(current, inputOf(requireSameName(body, id)));
        const options = { defaults: true, check: named(id) };
        return {
          ...shown(await entities.change(actor, refOf(id), conditions, next, options)),
          created: false,
        };
      }),
    /** Brings a record to the state that `next` makes of its current one. */
    change: (
      actor: Actor,
      id: string,
      conditions: Conditions,
      next: (current: Body) => unknown,
      also: (made: Shown) => Step[] = () => [],
    ): Promise<Shown> =>
      told(id, async () => {
        const nextInput = (current: Entity) => {
          const draft = next({ ...current.fields, ...(hasTags && { tags: current.tags }) });
          return keeping(current, inputOf(requireSameName(requireObject(draft), id)));
        };
        const options = { check: named(id), also: (made: Made) => also(shown(made)) };
        return shown(await entities.change(actor, refOf(id), conditions, nextInput, options));
      }),
    remove: (actor: Actor, id: string, ifMatch?: string): Promise<void> =>
      told(id, () => entities.remove(actor, refOf(id), ifMatch, named(id))),
    list: (actor: Actor, conditions: readonly Condition[], { tags = [], ...paging }: Listing) =>
      told(undefined, async (): Promise<Page<FlatRecord>> => {
        const search = { ...paging, terms: conditions, links: [], tags };
        const { items, ...rest } = await entities.search(actor, type, search);
        return { ...rest, items: items.map(flat) };
      }),
    refOf,
  };
}

/** A patch may make anything of a record. */
function requireObject(draft: unknown): Body {
  if (typeof draft === 'object' && draft !== null && !Array.isArray(draft)) return draft as Body;
  throw invalid([{ pointer: '', code: 'invalid_type', detail: 'A record is an object.' }]);
}

/** The same failure with pointers into a body whose fields stand at its top. */
function flatFailure({ kind, code, message, errors, retryAfter, extra }: Failure): Failure {
  const flat = errors.map((error) => ({ ...error, pointer: error.pointer.replace(/^\/fields(?=\/)/, '') }));
  return new Failure(kind, code, message, {
    errors: flat,
    extra,
    ...(retryAfter !== undefined && { retryAfter }),
  });
}
