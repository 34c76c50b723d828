import { key } from './keys.ts';
import type { Table } from './table.ts';

/** One small read: the store answers, and with it the network and the credentials. Rejects if it does not. */
export async function probe(table: Table): Promise<void> {
  await table.get({ pk: key('system', 'probe'), sk: 'probe' });
}
