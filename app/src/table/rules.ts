import { misused } from './failures.ts';
import { type Action, type Condition, type Key, keyOf, LIMITS } from './table.ts';
import { checkName, checkNumber, checkText } from './values.ts';

/** DynamoDB ends an expression at 4 KB and 300 operators; so many attributes stay below both. */
const MAX_UPDATED = 200;
const MAX_CONDITIONS = 100;
const KEY_NAMES = new Set(['pk', 'sk']);

/** Refuses keys that are empty, too long, or not the same bytes on every engine. Throws `misused`. */
export function checkKey(key: Key): void {
  checkKeyPart('pk', key.pk, LIMITS.pkBytes);
  checkKeyPart('sk', key.sk, LIMITS.skBytes);
}

export function checkKeyPart(name: string, text: string, maxBytes: number): void {
  if (text === '') throw misused(`A key's ${name} is empty.`);
  if (!text.isWellFormed()) throw misused(`A key's ${name} holds half of a surrogate pair.`);
  if (text.includes('\0')) throw misused(`A key's ${name} holds a NUL character.`);
  // No character takes more than three bytes a UTF-16 unit, so most keys need not be measured.
  if (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes) {
    throw misused(`A key's ${name} is longer than ${maxBytes} bytes.`);
  }
}

/** Refuses a write that DynamoDB could not run, before anything is sent. Throws `misused`. */
export function checkWrite(actions: readonly Action[]): void {
  if (actions.length > LIMITS.engineActions) {
    throw misused(`A write has ${actions.length} actions, more than ${LIMITS.engineActions}.`);
  }
  const seen = new Set<string>();
  for (const action of actions) {
    const key = keyOf(action);
    checkKey(key);
    seen.add(keyText(key));
    if (action.condition) checkCondition(action.condition);
    if (action.type === 'put') checkExpiry(action.item.expires_at);
    else if (action.type === 'update') checkUpdate(action);
    else if (action.type === 'check') checkConstrains(action.condition);
  }
  if (seen.size < actions.length) throw misused('Two actions of one write touch the same item.');
}

/** One text for a key, to look it up by. Unambiguous, because no key holds a NUL character. */
export function keyText(key: Key): string {
  return `${key.pk}\0${key.sk}`;
}

/** Whether the condition demands anything at all. */
export function constrains(condition: Condition | undefined): condition is Condition {
  if (!condition) return false;
  const { exists, equals, missing, anyOf } = condition;
  return exists !== undefined || equals !== undefined || !!missing?.length || !!anyOf?.length;
}

/**
 * Whether a write needs no transaction: one put or delete without a condition, whose repetition after a lost
 * reply changes nothing. All others run as a transaction, whose token makes a repetition safe: a conditional
 * write would otherwise fail its own condition, and an addition would count twice.
 */
export function isPlain(actions: readonly Action[]): boolean {
  const [action] = actions;
  if (actions.length !== 1 || !action) return false;
  return (action.type === 'put' || action.type === 'delete') && !constrains(action.condition);
}

function checkConstrains(condition: Condition): void {
  if (!constrains(condition)) throw misused('A check has no condition.');
}

function checkCondition(condition: Condition): void {
  const all = [condition, ...(condition.anyOf ?? [])];
  const names = all.flatMap(({ equals = {}, missing = [] }) => [...Object.keys(equals), ...missing]);
  if (names.length > MAX_CONDITIONS)
    throw misused(`A condition names more than ${MAX_CONDITIONS} attributes.`);
  names.forEach(checkName);
  if (condition.anyOf && !condition.anyOf.every(constrains)) throw misused('An alternative demands nothing.');
  for (const value of all.flatMap(({ equals = {} }) => Object.values(equals))) checkScalar(value);
}

function checkScalar(value: string | number | boolean): void {
  if (typeof value === 'string') checkText(value);
  else if (typeof value === 'number') checkNumber(value);
}

function checkUpdate(action: Extract<Action, { type: 'update' }>): void {
  const { set = {}, remove = [], add = {} } = action;
  const names = [...definedNames(set), ...remove, ...Object.keys(add)];
  if (names.length === 0) throw misused('An update changes nothing.');
  if (names.length > MAX_UPDATED) throw misused(`An update changes more than ${MAX_UPDATED} attributes.`);
  if (new Set(names).size < names.length) throw misused('An update names an attribute twice.');
  for (const name of names) {
    if (KEY_NAMES.has(checkName(name))) throw misused('An update would change the key.');
  }
  for (const by of Object.values(add)) {
    // Engines add fractions differently: 0.1 + 0.2 is 0.3 in decimal arithmetic only.
    if (!Number.isSafeInteger(by)) throw misused('Only whole numbers can be added.');
  }
  if (action.condition.exists === false) throw misused('An update needs an item that exists.');
  if (action.creates) {
    if (set.kind === undefined || set.schema === undefined)
      throw misused('A new item has a kind and a schema.');
    if (set.expires_at !== undefined) throw misused('An item that expires is not made by an update.');
  }
  checkExpiry(set.expires_at);
}

function definedNames(set: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(set).filter((name) => set[name] !== undefined);
}

function checkExpiry(value: unknown): void {
  if (value !== undefined && typeof value !== 'number') throw misused('expires_at must be a number.');
}
