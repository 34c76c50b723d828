import { type FieldError, fail, invalid, pointer } from '../../kernel/errors.ts';
import { checkDefinition } from '../../schema/define.ts';
import { type TypeDefinition, targetsOf } from '../../schema/definition.ts';
import { TYPE_NAME } from '../../schema/names.ts';
import { foldName } from '../../schema/order.ts';
import type { Table } from '../../table/table.ts';
import { isDoomed } from './doom.ts';
import { GRACE_MS } from './grace.ts';
import { typeKey } from './keys.ts';

/** Folding may make a name many times longer than a key may be. */
const MAX_FOLDED_BYTES = 300;

/** Throws 409 for a name that is taken, also by a twin that is written in a way that no new name could be. */
export async function refuseTwin(table: Table, organisation: string, name: string): Promise<void> {
  if (name === '' || Buffer.byteLength(foldName(name)) > MAX_FOLDED_BYTES) return;
  const item = await table.get(typeKey(organisation, name));
  if (item) throw isDoomed(item) ? stillThere(name) : nameTaken(name);
}

/** Throws 422 with every rule that the definition breaks, by itself or with the types that it points to. */
export async function refuseBroken(
  table: Table,
  definition: TypeDefinition,
  builtIns: ReadonlyMap<string, TypeDefinition>,
): Promise<void> {
  const missing = await missingTargets(table, definition, builtIns);
  const errors = [...checkDefinition(definition), ...missing];
  if (errors.length > 0) throw invalid(errors);
}

async function missingTargets(
  table: Table,
  definition: TypeDefinition,
  builtIns: ReadonlyMap<string, TypeDefinition>,
): Promise<FieldError[]> {
  const names = [...new Set(definition.links.flatMap(targetsOf))].filter(
    (name) => TYPE_NAME.test(name) && !builtIns.has(name),
  );
  const found = await table.getMany(names.map((name) => typeKey(definition.organisation, name)));
  const there = found.map((item) => (item && !isDoomed(item) ? item.name : undefined));
  const known = new Set([definition.name, ...builtIns.keys(), ...there]);
  return definition.links.flatMap((link, i) =>
    targetsOf(link)
      .filter((name) => !known.has(name))
      .map((name) => ({
        pointer: pointer('links', i, 'to'),
        code: 'unknown_type',
        detail: `There is no type ${name}.`,
      })),
  );
}

export function nameTaken(name: string) {
  return taken(`The name ${name} is taken.`);
}

function stillThere(name: string) {
  const seconds = Math.ceil(GRACE_MS / 1000);
  return taken(
    `The type ${name} is still being deleted; its name is free ${seconds} seconds after that began, or later.`,
    seconds,
  );
}

function taken(detail: string, retryAfter?: number) {
  return fail('conflict', 'name_taken', detail, {
    errors: [{ pointer: '/name', code: 'name_taken', detail }],
    ...(retryAfter !== undefined && { retryAfter }),
  });
}
