import type { TableFactory } from '../support/tables.ts';
import { concurrencyContract } from './table/concurrency.ts';
import { conditionContract } from './table/conditions.ts';
import { costContract } from './table/costs.ts';
import { expiryContract } from './table/expiry.ts';
import { limitContract } from './table/limits.ts';
import { queryContract } from './table/queries.ts';
import { readContract } from './table/reads.ts';
import { writeContract } from './table/writes.ts';

/** Every promise of the storage port, checked against one engine. */
export function tableContract(name: string, factory: TableFactory): void {
  describe(`the table on ${name}`, () => {
    readContract(factory);
    queryContract(factory);
    writeContract(factory);
    conditionContract(factory);
    limitContract(factory);
    expiryContract(factory);
    concurrencyContract(factory);
    costContract(factory);
  });
}
