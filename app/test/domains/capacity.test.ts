import { onEveryEngine } from '../support/every-engine.ts';
import { recordingMeter } from '../support/recording-meter.ts';
import { registryOver } from '../support/registry.ts';

onEveryEngine('capacity', (factory) => {
  test.each([0, 1, 2, 3])(
    'creating an entity with %i indexed fields costs 2(2 + k) write units',
    async (k) => {
      const meter = recordingMeter();
      const { table, close } = await factory({ meter });
      const registry = registryOver(table);
      const fields = Array.from({ length: 4 }, (_, i) => ({
        name: `f${i}`,
        type: 'integer',
        indexed: i < k,
      }));
      await registry.call('createEntityType', { body: { name: 'thing', fields } });
      await registry.call('getEntityType', { params: { name: 'thing' } });
      meter.reset();
      const body = { fields: { f0: 1, f1: 2, f2: 3 } };
      const made = await registry.call('createEntity', { params: { type: 'thing' }, body });
      expect(meter.units()).toEqual({ read: 0, write: 2 * (2 + k) });
      meter.reset();
      await registry.call('getEntity', {
        params: { type: 'thing', uuid: (made.body as { uuid: string }).uuid },
      });
      expect(meter.units()).toEqual({ read: 1, write: 0 });
      await close();
    },
  );
});
