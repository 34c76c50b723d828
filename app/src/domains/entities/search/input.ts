import { splitCommas } from '../../shapes.ts';
import { parseExpression } from './expression.ts';
import type { SearchInput } from './request.ts';

interface Paging {
  readonly sort?: string;
  readonly limit: number;
  readonly cursor?: string;
  readonly explain: boolean;
}

export interface SearchQuery extends Paging {
  readonly fields?: readonly string[];
  readonly links?: readonly string[];
  readonly uuids?: readonly string[];
  readonly tags?: readonly string[];
}

/** A search from the query string. */
export function fromQuery({ fields, links, uuids, tags, ...paging }: SearchQuery): SearchInput {
  return {
    ...paging,
    terms: (fields ?? []).flatMap(parseExpression),
    links: (links ?? []).flatMap((text) => splitCommas(text) ?? []),
    ...(uuids === undefined ? {} : { uuids: uuids.flatMap((text) => splitCommas(text) ?? []) }),
    tags: (tags ?? []).flatMap((text) => splitCommas(text) ?? []),
  };
}

export interface SearchBody extends Paging {
  readonly fields?: readonly { field: string; op: string; value: unknown }[];
  readonly links?: readonly { relation?: string; uuid: string }[];
  readonly uuids?: readonly string[];
  readonly tags?: readonly string[];
}

/** A search from the JSON form. */
export function fromBody({ fields, links, uuids, tags, ...paging }: SearchBody): SearchInput {
  return {
    ...paging,
    terms: (fields ?? []).map(({ field, op, value }) => ({
      name: field,
      operator: op as SearchInput['terms'][number]['operator'],
      value,
    })),
    links: (links ?? []).map(({ relation, uuid }) => (relation === undefined ? uuid : `${relation}:${uuid}`)),
    ...(uuids === undefined ? {} : { uuids }),
    tags: tags ?? [],
  };
}
