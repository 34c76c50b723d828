import { createSqliteTable } from '../../src/adapters/sqlite/table.ts';
import { silentMeter, systemClock } from '../../src/kernel/ports.ts';

/**
 * A process of its own that writes pairs of items without end, several at a time, and prints the number of
 * each pair once the table says that it is stored. Made to be killed.
 */
const WRITERS = 8;
const path = process.argv[2] ?? '';
const table = createSqliteTable({ path, clock: systemClock, meter: silentMeter });
let next = 0;

async function writePairs(): Promise<void> {
  for (;;) {
    const n = next++;
    const item = { kind: 'half', schema: 1, n, text: 'x'.repeat(2000) };
    await table.write([
      { type: 'put', item: { ...item, pk: 'left', sk: `k${n}` } },
      { type: 'put', item: { ...item, pk: 'right', sk: `k${n}` } },
    ]);
    process.stdout.write(`${n}\n`);
  }
}

await Promise.all(Array.from({ length: WRITERS }, writePairs));
