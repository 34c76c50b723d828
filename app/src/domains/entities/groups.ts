import { fail, pointer } from '../../kernel/errors.ts';
import type { TypeDefinition } from '../../schema/definition.ts';
import { foldName } from '../../schema/order.ts';
import type { Step } from '../../table/steps.ts';
import type { Action } from '../../table/table.ts';
import { groupKey } from './keys.ts';
import type { EntityRecord } from './model.ts';

/** Code of the failure of an entity that puts a member into another group than it is in by others. */
export const GROUP_TAKEN = 'group_taken';

/** One member's place, by one entity. */
interface Place {
  readonly member: string;
  readonly group: string;
  /** Fields that say so. */
  readonly fields: readonly [string, string];
}

type Places = ReadonlyMap<string, Place>;

/** The groups in which an entity places members, by folded member. */
function placesOf({ rules }: TypeDefinition, record: EntityRecord | undefined): Places {
  const places = new Map<string, Place>();
  for (const fields of rules?.grouping?.pairs ?? []) {
    const [member, group] = fields.map((name) => record?.fields[name]);
    if (typeof member === 'string' && typeof group === 'string') {
      places.set(foldName(member), { member, group, fields });
    }
  }
  return places;
}

/**
 * The steps that keep each member in one group. An item for each member says which, and how many entities
 * say so: with none left it may move elsewhere, and with one, that one may move it.
 */
export function groupSteps(
  definition: TypeDefinition,
  before: EntityRecord | undefined,
  after: EntityRecord | undefined,
): Step[] {
  const { grouping } = definition.rules ?? {};
  const record = after ?? before;
  if (!grouping || !record) return [];
  const [was, is] = [placesOf(definition, before), placesOf(definition, after)];
  const keyOf = (member: string) => groupKey(record.organisation, record.type, grouping.name, member);
  const steps: Step[] = [];
  for (const [member, place] of is) {
    const action = entering(was.get(member), place);
    if (action) steps.push({ action: { ...action, key: keyOf(member) }, otherwise: taken(place) });
  }
  for (const [member, { group }] of was) {
    if (is.has(member)) continue;
    const condition = { equals: { group } };
    steps.push({ action: { type: 'update', key: keyOf(member), add: { count: -1 }, condition } });
  }
  return steps;
}

type Update = Omit<Extract<Action, { type: 'update' }>, 'key'>;

function entering(before: Place | undefined, { group }: Place): Update | undefined {
  if (before?.group === group) return undefined;
  if (before)
    return { type: 'update', set: { group }, condition: { equals: { group: before.group, count: 1 } } };
  return {
    type: 'update',
    set: { kind: 'group', schema: 1, group },
    add: { count: 1 },
    condition: { anyOf: [{ exists: false }, { equals: { count: 0 } }, { equals: { group } }] },
    creates: true,
  };
}

function taken({ member, fields: [name, group] }: Place) {
  const detail = `The ${name} ${member} has another ${group} already.`;
  return fail('conflict', GROUP_TAKEN, detail, {
    errors: [{ pointer: pointer('fields', group), code: GROUP_TAKEN, detail }],
  });
}

/** Whether other entities may have to write the same item. */
export const isGroupStep = ({ action }: Step) => action.type === 'update' && action.key.sk === 'group';
