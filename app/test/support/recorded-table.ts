import { keyText } from '../../src/table/rules.ts';
import { type Item, type Key, keyOf, type Table } from '../../src/table/table.ts';

/** A table that can say what is left of all that was ever written through it. */
export interface RecordedTable extends Table {
  remains(): Promise<Item[]>;
}

export function recordedTable(table: Table): RecordedTable {
  const keys = new Map<string, Key>();
  return {
    ...table,
    async write(actions) {
      for (const action of actions) keys.set(keyText(keyOf(action)), keyOf(action));
      await table.write(actions);
    },
    async remains() {
      return (await table.getMany([...keys.values()])).filter((item) => item !== undefined);
    },
  };
}

/** Whether an item is there because of a type: its definition, an entity, an index entry, an end of a link. */
export function belongsTo(type: string): (item: Item) => boolean {
  return ({ pk, sk, type: named }) =>
    named === type || pk.includes(`#type#${type}#`) || (pk.endsWith('#types') && sk === type);
}
