import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { constrains } from '../../table/rules.ts';
import type { Action, Condition, Value } from '../../table/table.ts';
import { toAttribute } from './attributes.ts';

/** What expressions refer to. Names are always aliased, because DynamoDB reserves hundreds of words. */
export interface References {
  name(attribute: string): string;
  value(value: Value): string;
  /** The request members that explain the aliases; absent when there are none, as DynamoDB demands. */
  members(): {
    ExpressionAttributeNames?: Record<string, string>;
    ExpressionAttributeValues?: Record<string, AttributeValue>;
  };
}

type Update = Extract<Action, { type: 'update' }>;

export function references(): References {
  const aliases = new Map<string, string>();
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  let count = 0;
  return {
    name(attribute) {
      const known = aliases.get(attribute);
      if (known) return known;
      const alias = `#n${aliases.size}`;
      aliases.set(attribute, alias);
      names[alias] = attribute;
      return alias;
    },
    value(value) {
      const alias = `:v${count++}`;
      values[alias] = toAttribute(value);
      return alias;
    },
    members() {
      if (aliases.size === 0) return {};
      if (count === 0) return { ExpressionAttributeNames: names };
      return { ExpressionAttributeNames: names, ExpressionAttributeValues: values };
    },
  };
}

/**
 * The condition as an expression, `undefined` when it demands nothing. `now` (Unix seconds) is when items
 * expire that the engine may not have removed yet: they count as absent.
 */
export function conditionExpression(
  condition: Condition | undefined,
  refs: References,
  now: number,
): string | undefined {
  if (!constrains(condition)) return undefined;
  const { exists, equals, missing = [], anyOf = [] } = condition;
  const parts: string[] = [];
  if (exists || equals) parts.push(...present(refs, now), ...equalities(equals ?? {}, refs));
  if (exists === false) parts.push(gone([`attribute_not_exists(${refs.name('pk')})`], refs, now));
  if (missing.length > 0) {
    const unset = missing.map((name) => `attribute_not_exists(${refs.name(name)})`);
    if (exists || equals) parts.push(...unset);
    else parts.push(gone(unset, refs, now));
  }
  if (anyOf.length > 0) {
    // AND binds closer than OR, and DynamoDB refuses parentheses that change nothing.
    const either = anyOf.map((one) => conditionExpression(one, refs, now)).join(' OR ');
    parts.push(anyOf.length > 1 && parts.length > 0 ? `(${either})` : either);
  }
  return parts.join(' AND ');
}

/** `SET`, `REMOVE` and `ADD` clauses. `add` counts from 0 when the attribute is absent. */
export function updateExpression({ set = {}, remove = [], add = {} }: Update, refs: References): string {
  const clauses: string[] = [];
  const sets = Object.entries(set).filter(([, value]) => value !== undefined);
  if (sets.length > 0) {
    clauses.push(
      `SET ${sets.map(([name, value]) => `${refs.name(name)} = ${refs.value(value)}`).join(', ')}`,
    );
  }
  if (remove.length > 0) clauses.push(`REMOVE ${remove.map(refs.name).join(', ')}`);
  const adds = Object.entries(add);
  if (adds.length > 0) {
    clauses.push(`ADD ${adds.map(([name, by]) => `${refs.name(name)} ${refs.value(by)}`).join(', ')}`);
  }
  return clauses.join(' ');
}

function present(refs: References, now: number): string[] {
  const expiry = refs.name('expires_at');
  return [
    `attribute_exists(${refs.name('pk')})`,
    `(attribute_not_exists(${expiry}) OR ${expiry} > ${refs.value(now)})`,
  ];
}

/** All of `unset` holds, or the item expired, which unsets everything. */
function gone(unset: readonly string[], refs: References, now: number): string {
  const all = unset.length > 1 ? `(${unset.join(' AND ')})` : unset[0];
  return `(${all} OR ${refs.name('expires_at')} <= ${refs.value(now)})`;
}

function equalities(equals: NonNullable<Condition['equals']>, refs: References): string[] {
  return Object.entries(equals).map(([name, value]) => `${refs.name(name)} = ${refs.value(value)}`);
}
