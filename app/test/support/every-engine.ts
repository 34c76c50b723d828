import { dynamoTable, sqliteTable, type TableFactory } from './tables.ts';

/** Declares the same tests once for each engine. */
export function onEveryEngine(name: string, declare: (factory: TableFactory) => void): void {
  describe.each<[string, TableFactory]>([
    ['SQLite', sqliteTable],
    ['DynamoDB', dynamoTable],
  ])(`${name} on %s`, (_engine, factory) => declare(factory));
}
