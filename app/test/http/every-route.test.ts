import { onEveryEdition } from '../support/every-edition.ts';
import { NOTHING_MADE, PUBLIC_CALLS, play, SCENARIO } from '../support/scenario.ts';
import { startService } from '../support/service.ts';

/** Ready only once it listens, and what needs an account has tests of its own. */
const SEEN_ELSEWHERE = new RegExp(
  [
    '^getReadiness ',
    '^fetchFile ',
    '^(rollback|finish)Migration ',
    '^(add|remove)Owner ',
    '^(list|get|set|delete)Flags? ',
    '^(create|get|replace|change|delete)Product(Compat)? ',
    '^(signUp|logIn|logOut|refreshTokens|revokeToken|introspectToken|getMe|changeMe|getSigningKeys)(Compat)? ',
    '^(create|list|get|change|delete|add|remove)(User|Group|Member|Role|Organisation|ApiKey|AuditRecord)s? ',
  ].join('|'),
);

onEveryEdition('every route', (factory) => {
  test('answers each success that the API description promises, as it describes it', async () => {
    const service = await startService(factory, { CHANGE_LOG: 'on' });
    await play(service.api);
    for (const { send, status } of PUBLIC_CALLS) await send(service.api, NOTHING_MADE).expect(status);
    expect(service.conformance.unseen().filter((name) => !SEEN_ELSEWHERE.test(name))).toEqual([]);
    await service.close();
  });

  test('every route answers 503 with Retry-After while the store is out of reach', async () => {
    const service = await startService(factory, { CHANGE_LOG: 'on' });
    const made = await play(service.api);
    service.breakStore();
    for (const { operation, send, old } of SCENARIO) {
      const { status, headers, body } = await send(service.api, made);
      if (old) {
        expect({ operation, isIll: status === 500 || status === 503 }).toEqual({ operation, isIll: true });
        expect(Object.keys(body)).toEqual([operation.includes('Pe') ? 'error' : 'detail']);
        continue;
      }
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
    const service = await startService(factory, { ANONYMOUS_ROLE: 'none', CHANGE_LOG: 'on' });
    for (const { operation, send, open } of SCENARIO) {
      if (open) continue;
      const { status } = await send(service.api, NOTHING_MADE);
      expect({ operation, status }).toEqual({ operation, status: 401 });
    }
    await service.close();
  });
});
