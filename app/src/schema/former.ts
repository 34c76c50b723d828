import { isDeepStrictEqual } from 'node:util';
import { type FieldError, pointer } from '../kernel/errors.ts';
import type { FieldDefinition, TypeDefinition } from './definition.ts';

/** How long clients may still use the name that a field had before. */
export const FORMER_NAME_MS = 90 * 86_400_000;

type Fields = Readonly<Record<string, unknown>>;

/** A field under its new name, which remembers the one it had. */
export function renamedField(before: FieldDefinition, after: FieldDefinition, now: number): FieldDefinition {
  if (after.name === before.name) return after;
  const until = new Date(now + FORMER_NAME_MS).toISOString();
  return { ...after, former_names: [...(before.former_names ?? []), { name: before.name, until }] };
}

/** The fields without former names that some field has now. */
export function withoutReused(fields: readonly FieldDefinition[]): readonly FieldDefinition[] {
  const names = new Set(fields.map(({ name }) => name));
  return filtered(fields, ({ name }) => !names.has(name));
}

const expiries = new WeakMap<TypeDefinition, number>();

/** The definition without the former names whose time is over; nearly always the definition itself. */
export function inForce(definition: TypeDefinition, now: number): TypeDefinition {
  let first = expiries.get(definition);
  if (first === undefined) {
    const times = definition.fields
      .flatMap((field) => field.former_names ?? [])
      .map(({ until }) => Date.parse(until));
    first = Math.min(...times);
    expiries.set(definition, first);
  }
  if (now < first) return definition;
  return { ...definition, fields: filtered(definition.fields, ({ until }) => Date.parse(until) > now) };
}

type Former = NonNullable<FieldDefinition['former_names']>[number];

function filtered(
  fields: readonly FieldDefinition[],
  keep: (former: Former) => boolean,
): readonly FieldDefinition[] {
  return fields.map((field) => {
    if (!field.former_names || field.former_names.every(keep)) return field;
    const { former_names, ...rest } = field;
    const kept = former_names.filter(keep);
    return kept.length === 0 ? rest : { ...rest, former_names: kept };
  });
}

/** Former names of fields that clients may still use, each with the name of today. */
export function formerNames({
  fields,
}: TypeDefinition): readonly (readonly [former: string, name: string])[] {
  return fields.flatMap(({ name, former_names = [] }) =>
    former_names.map((former) => [former.name, name] as const),
  );
}

/** Fields given by any of their names, by their names of today. Who gives one value twice is told so. */
export function byCurrentNames(definition: TypeDefinition, given: Fields, errors: FieldError[] = []): Fields {
  const former = formerNames(definition).filter(([name]) => Object.hasOwn(given, name));
  if (former.length === 0) return given;
  const fields = { ...given };
  for (const [old, name] of former) {
    if (!Object.hasOwn(fields, name)) fields[name] = fields[old];
    else if (!isDeepStrictEqual(fields[name], fields[old])) errors.push(givenTwice(old, name));
    delete fields[old];
  }
  return fields;
}

function givenTwice(old: string, name: string): FieldError {
  const detail = `This is a former name of ${name}, which has another value here.`;
  return { pointer: pointer('fields', old), code: 'duplicate', detail };
}

/** Fields under all their names, for a patch that may use any. */
export function underAllNames(definition: TypeDefinition, fields: Fields): Fields {
  const more = formerNames(definition).filter(([, name]) => Object.hasOwn(fields, name));
  return more.length === 0
    ? fields
    : { ...fields, ...Object.fromEntries(more.map(([old, name]) => [old, fields[name]])) };
}

/** What a patch made of fields that it saw under all their names: what it did under a former name counts. */
export function afterPatch(definition: TypeDefinition, before: Fields, patched: Fields): Fields {
  const fields = { ...patched };
  for (const [old, name] of formerNames(definition)) {
    const isChanged = !isDeepStrictEqual(patched[old], before[name]);
    const isFree = isDeepStrictEqual(patched[name], before[name]);
    // Changed under both names: left as it is, so that two different values are refused.
    if (isChanged && !isFree && patched[old] !== undefined) continue;
    if (isChanged && isFree) {
      if (patched[old] === undefined) delete fields[name];
      else fields[name] = patched[old];
    }
    delete fields[old];
  }
  return fields;
}
