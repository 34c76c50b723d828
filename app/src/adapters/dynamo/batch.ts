import type { Clock } from '../../kernel/ports.ts';
import { unavailable } from '../../table/failures.ts';
import { keyText } from '../../table/rules.ts';
import type { Item, Key } from '../../table/table.ts';
import { type Attributes, fromAttributes } from './attributes.ts';
import { keyAttributes } from './requests.ts';

/** DynamoDB's limit of keys in one call. */
const CHUNK = 100;
/** Calls in flight for one `getMany`, so that a large one leaves sockets to others. */
const PARALLEL = 8;
/** Calls in a row that bring nothing before the throttling counts as a failure. */
const EMPTY_ROUNDS = 5;
const BASE_DELAY_MS = 25;

/** Sends one batch: what was found and what was left over. */
export type Fetch = (keys: Attributes[]) => Promise<{ found: Attributes[]; left: Attributes[] }>;

/** Reads any number of keys; the answer is by `keyText`. Throws `unavailable` when leftovers stay. */
export async function fetchAll(keys: readonly Key[], fetch: Fetch, clock: Clock): Promise<Map<string, Item>> {
  const distinct = [...new Map(keys.map((key) => [keyText(key), keyAttributes(key)])).values()];
  const chunks: Attributes[][] = [];
  for (let i = 0; i < distinct.length; i += CHUNK) chunks.push(distinct.slice(i, i + CHUNK));
  const items = new Map<string, Item>();

  async function work(): Promise<void> {
    for (let chunk = chunks.pop(); chunk; chunk = chunks.pop()) {
      for (const item of await fetchChunk(chunk, fetch, clock)) items.set(keyText(item), item);
    }
  }
  await Promise.all(Array.from({ length: Math.min(PARALLEL, chunks.length) }, work));
  return items;
}

/** Asks again for what was left over: the answer was full (16 MB), or the table is throttled. */
async function fetchChunk(keys: Attributes[], fetch: Fetch, clock: Clock): Promise<Item[]> {
  const items: Item[] = [];
  let empty = 0;
  for (let wanted = keys; wanted.length > 0; ) {
    const { found, left } = await fetch(wanted);
    items.push(...found.map(fromAttributes));
    const progress = left.length < wanted.length;
    wanted = left;
    if (progress) empty = 0;
    else if (++empty === EMPTY_ROUNDS) throw unavailable(new Error(`${left.length} keys stay unprocessed.`));
    else await clock.sleep(Math.random() * BASE_DELAY_MS * 2 ** empty);
  }
  return items;
}
