import { tableDescription } from '../../src/table/description.ts';
import type { Item } from '../../src/table/table.ts';

test('the table is described with the key and expiry attributes that items have', () => {
  const { partition_key, sort_key, time_to_live_attribute } = tableDescription;
  const item: Required<Pick<Item, 'pk' | 'sk' | 'expires_at'>> = { pk: '', sk: '', expires_at: 0 };
  expect([partition_key.name, sort_key.name, time_to_live_attribute]).toEqual(Object.keys(item));
  expect([partition_key.type, sort_key.type]).toEqual(['S', 'S']);
});
