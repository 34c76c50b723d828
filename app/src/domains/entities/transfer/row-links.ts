import { type FieldError, invalid, pointer } from '../../../kernel/errors.ts';
import type { TypeDefinition } from '../../../schema/definition.ts';
import { keyText } from '../../../table/rules.ts';
import type { Key } from '../../../table/table.ts';
import { linkKey } from '../keys.ts';
import type { EntityRef, LinkEnds } from '../model.ts';
import { resolveEnds } from '../relations.ts';
import { isRowFailure, type Row, type RowLink } from './row.ts';

/** A link of a row, with its two ends and the key of its item in the row's own entity. */
export interface DueLink {
  readonly link: RowLink;
  readonly ends: LinkEnds;
  readonly key: Key;
  /** JSON pointer to the link in its row. */
  readonly at: string;
}

export interface LinkScope {
  readonly organisation: string;
  readonly definitionOf: (type: string) => Promise<TypeDefinition>;
}

/** The links of a row, each once. Throws all that is wrong with what they name. */
export async function dueLinks(scope: LinkScope, own: EntityRef, { links }: Row): Promise<DueLink[]> {
  const due = new Map<string, DueLink>();
  const errors: FieldError[] = [];
  for (const [i, link] of links.entries()) {
    const at = pointer('links', i);
    try {
      const ends = await endsOf(scope, own, link, at);
      const key = linkKey(scope.organisation, ends, ends.source.uuid === own.uuid ? 'source' : 'target');
      due.set(keyText(key), { link, ends, key, at });
    } catch (error) {
      if (!isRowFailure(error) || error.errors.length === 0) throw error;
      errors.push(...error.errors);
    }
  }
  if (errors.length > 0) throw invalid(errors);
  return [...due.values()];
}

/** A link with the direction `in` is the other end's, and that end calls it by the relation's own name. */
function endsOf({ definitionOf }: LinkScope, own: EntityRef, link: RowLink, at: string): Promise<LinkEnds> {
  if (link.direction !== 'in') return resolveEnds(definitionOf, own, link, at);
  const { type, uuid, relation } = link;
  return resolveEnds(definitionOf, { type, uuid }, { ...own, relation }, at);
}
