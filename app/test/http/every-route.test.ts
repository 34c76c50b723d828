import { onEveryEdition } from '../support/every-edition.ts';
import { PUBLIC_CALLS, play, SCENARIO } from '../support/scenario.ts';
import { startService } from '../support/service.ts';

/** Ready only once it listens; the tests of the server see that. */
const SEEN_ELSEWHERE = ['getReadiness 200'];

onEveryEdition('every route', (factory) => {
  test('answers each success that the API description promises, as it describes it', async () => {
    const service = await startService(factory);
    await play(service.api);
    for (const { send, status } of PUBLIC_CALLS)
      await send(service.api, { a: '', b: '', old: '' }).expect(status);
    expect(service.conformance.unseen().filter((name) => !SEEN_ELSEWHERE.includes(name))).toEqual([]);
    await service.close();
  });

  test('every route answers 503 with Retry-After while the store is out of reach', async () => {
    const service = await startService(factory);
    const made = await play(service.api);
    service.breakStore();
    for (const { operation, send } of SCENARIO) {
      const { status, headers, body } = await send(service.api, made);
      const told = operation.startsWith('download') ? 'store_unavailable' : body.code;
      expect({ operation, status, code: told, retry: headers['retry-after'] }).toEqual({
        operation,
        status: 503,
        code: 'store_unavailable',
        retry: '1',
      });
    }
    await service.api.get('/livez').expect(200);
    const { body } = await service.api.get('/status').expect(503);
    expect(body).toMatchObject({ status: 'failing' });
    expect(body.dependencies[0]).toMatchObject({ name: 'store', status: 'failing' });
    await service.close();
  });

  test('every route that touches records refuses a caller without a role', async () => {
    const service = await startService(factory, { ANONYMOUS_ROLE: 'none' });
    for (const { operation, send } of SCENARIO) {
      const { status } = await send(service.api, { a: 'a', b: 'b', old: 'c' });
      expect({ operation, status }).toEqual({ operation, status: 401 });
    }
    await service.close();
  });
});
