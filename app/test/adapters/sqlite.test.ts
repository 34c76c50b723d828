import { tableContract } from '../contract/table-contract.ts';
import { tableModel } from '../contract/table-model.ts';
import { sqliteTable } from '../support/tables.ts';

tableContract('SQLite', sqliteTable);
tableModel('SQLite', sqliteTable, 300);
