import type { Actor } from '../../../kernel/actor.ts';
import type { Table } from '../../../table/table.ts';
import { linkFromItem, linksOf } from '../keys.ts';
import { INLINE_LINKS, type LinkView, shapeOf } from '../model.ts';
import type { Found } from '../reader.ts';
import type { SearchInput } from '../search/request.ts';
import type { Searches, SearchResult } from '../search/run.ts';
import type { Entities } from '../service.ts';
import { type DownloadRow, type Format, type FormatName, formatOf } from './formats.ts';

export interface DownloadOptions {
  readonly table: Table;
  readonly search: Searches;
  readonly entities: Entities;
}

/** Which entities, and in what form. With a limit it is one piece of the whole. */
export interface DownloadInput extends Omit<SearchInput, 'limit'> {
  readonly limit?: number;
  readonly format: FormatName;
}

export interface Download {
  readonly contentType: string;
  readonly text: AsyncIterable<string>;
  /** Cursor of the next piece. */
  readonly next: string | null;
  /** How many entities were handed on so far. */
  readonly rows: () => number;
}

/** Small enough for a page of large entities to be held in memory. */
const PAGE = 200;
const LINKS_A_READ = 500;
/** Text is handed on in parts of about this size, and no row's links take more. */
const PART = 64 * 1024;

export type Downloads = ReturnType<typeof createDownloads>;

/**
 * All entities that meet a search, page by page as they are asked for; `eachPage` is told between two of them. Links are never cut short: where they are
 * more than one row of an upload may hold, further rows give the uuid and more of them.
 */
export function createDownloads({ table, search, entities }: DownloadOptions) {
  return async function download(
    actor: Actor,
    type: string,
    input: DownloadInput,
    eachPage: (rows: number) => Promise<void> = async () => {},
  ): Promise<Download> {
    const { format: name, limit, ...query } = input;
    const page = (more: object) => search(actor, type, { ...query, limit: limit ?? PAGE, ...more });
    const first = await page({});
    const format = formatOf(name, first.definition);
    let rows = 0;
    async function follow({ found, next }: SearchResult): Promise<SearchResult | undefined> {
      rows += found.length;
      if (next === null || limit !== undefined) return undefined;
      await eachPage(rows);
      return page({ cursor: next });
    }
    const text = textOf(format, rowsOf(first, follow));
    const next = limit === undefined ? null : first.next;
    return { contentType: format.contentType, text, next, rows: () => rows };
  };

  async function* rowsOf(
    first: SearchResult,
    follow: (page: SearchResult) => Promise<SearchResult | undefined>,
  ): AsyncGenerator<DownloadRow> {
    for (let page: SearchResult | undefined = first; page; page = await follow(page)) {
      for (const found of page.found) {
        const { record } = found;
        const isOld = shapeOf(record) > page.definition.version;
        const definition = isOld ? await entities.definitionFor(record) : page.definition;
        if (found.links.length === 0) yield { record, definition, links: [], isRest: false };
        else yield* linkedRows({ record, definition, links: [], isRest: false }, found);
      }
    }
  }

  async function* linkedRows(row: DownloadRow, found: Found): AsyncGenerator<DownloadRow> {
    let current = row;
    let links: LinkView[] = [];
    let size = JSON.stringify(row.record).length;
    for await (const link of allLinks(found)) {
      const more = JSON.stringify(link).length;
      if (size + more > PART) {
        yield { ...current, links };
        current = { ...row, isRest: true };
        links = [];
        size = 0;
      }
      links.push(link);
      size += more;
    }
    yield { ...current, links };
  }

  async function* allLinks({ record, links }: Found): AsyncGenerator<LinkView> {
    if (links.length <= INLINE_LINKS) return yield* links;
    const range = linksOf(record.organisation, record.uuid);
    for (let after: string | undefined; ; ) {
      const page = await table.query({ ...range, after, limit: LINKS_A_READ });
      yield* page.items.map(linkFromItem);
      if (page.next === undefined) return;
      after = page.next;
    }
  }
}

async function* textOf(format: Format, rows: AsyncIterable<DownloadRow>): AsyncGenerator<string> {
  let text = format.head;
  let isFirst = true;
  for await (const row of rows) {
    text += `${isFirst ? '' : format.between}${format.row(row)}`;
    isFirst = false;
    if (text.length < PART) continue;
    yield text;
    text = '';
  }
  yield text + format.tail;
}
