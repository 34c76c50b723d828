import { type AccountsService, type Auth, only, PASSWORD, userOf } from '../support/accounts.ts';
import { address, GROUPS, NOBODY, ORGANISATIONS, ROLES, startAcme, USERS } from '../support/acme.ts';
import { onEveryEdition } from '../support/every-edition.ts';

onEveryEdition('an organisation', (factory) => {
  let service: AccountsService;
  let api: AccountsService['api'];
  let root: Auth;
  let boss: Auth & { uuid: string };
  let acme: string;

  beforeAll(async () => {
    ({ service, root, boss, acme } = await startAcme(factory));
    api = service.api;
  });
  afterAll(() => service.close());

  describe('roles', () => {
    test('are defined, read, listed, changed and deleted', async () => {
      const input = { name: 'clerk', scopes: ['products:write', 'bonds:*'], description: 'Writes.' };
      const made = await api.post(ROLES).set(only(boss)).send(input).expect(201);
      expect(made.body).toMatchObject({ ...input, built_in: false, version: 1 });
      expect((await api.get(`${ROLES}/clerk`).set(only(boss)).expect(200)).body).toEqual(made.body);
      const { body } = await api.get(ROLES).query({ limit: 4 }).set(only(boss)).expect(200);
      const rest = await api.get(ROLES).query({ cursor: body.next_cursor }).set(only(boss)).expect(200);
      const names = [...body.items, ...rest.body.items].map(({ name }: { name: string }) => name);
      expect(names).toEqual(expect.arrayContaining(['admin', 'editor', 'reader', 'none', 'clerk']));
      await api.get(`${ROLES}/clerk`).set(root).expect(404);
      const etag = made.headers.etag!;
      const scopes = ['products:read'];
      await api.patch(`${ROLES}/clerk`).set(only(boss)).set('If-Match', etag).send({ scopes }).expect(200);
      await api.patch(`${ROLES}/clerk`).set(only(boss)).set('If-Match', etag).send({ scopes }).expect(412);
      await api.delete(`${ROLES}/clerk`).set(only(boss)).expect(204);
      await api.get(`${ROLES}/clerk`).set(only(boss)).expect(404);
    });

    test('decide from the next request on, on every instance', async () => {
      await api
        .post(ROLES)
        .set(only(boss))
        .send({ name: 'auditor', scopes: ['audit:admin'] })
        .expect(201);
      const ada = await userOf(api, only(boss), { email: address(), role: 'auditor' });
      const other = await service.another();
      await other.get('/api/v1/audit-records').set(only(ada)).expect(200);
      await other.get(USERS).set(only(ada)).expect(403);
      await api
        .patch(`${ROLES}/auditor`)
        .set(only(boss))
        .send({ scopes: ['users:admin'] })
        .expect(200);
      await other.get('/api/v1/audit-records').set(only(ada)).expect(403);
      await other.get(USERS).set(only(ada)).expect(200);
    });

    test('nobody gives away more than they have, or changes who has more', async () => {
      await api
        .post(ROLES)
        .set(only(boss))
        .send({ name: 'keeper', scopes: ['users:admin', 'roles:admin'] })
        .expect(201);
      const keeper = await userOf(api, only(boss), { email: address(), role: 'keeper' });
      const input = { email: address(), password: PASSWORD };
      const calls = [
        api
          .post(USERS)
          .set(only(keeper))
          .send({ ...input, role: 'admin' }),
        api.patch(`${USERS}/${keeper.uuid}`).set(only(keeper)).send({ role: 'admin' }),
        api.patch(`${USERS}/${boss.uuid}`).set(only(keeper)).send({ password: 'taken over by me' }),
        api.delete(`${USERS}/${boss.uuid}`).set(only(keeper)),
        api
          .post(ROLES)
          .set(only(keeper))
          .send({ name: 'more', scopes: ['*:*'] }),
        api
          .patch(`${ROLES}/keeper`)
          .set(only(keeper))
          .send({ scopes: ['users:admin', 'audit:admin'] }),
      ];
      for (const call of calls) expect((await call.expect(403)).body.code).toBe('beyond_own_rights');
      await api
        .post(USERS)
        .set(only(keeper))
        .send({ ...input, role: 'none' })
        .expect(201);
    });

    test('stay while somebody has them, and the built-in ones for ever', async () => {
      await api
        .post(ROLES)
        .set(only(boss))
        .send({ name: 'held', scopes: ['bonds:read'] })
        .expect(201);
      const { uuid } = await userOf(api, only(boss), { email: address(), role: 'held' });
      expect((await api.delete(`${ROLES}/held`).set(only(boss)).expect(409)).body.code).toBe('role_in_use');
      await api.delete(`${USERS}/${uuid}`).set(only(boss)).expect(204);
      await api.delete(`${ROLES}/held`).set(only(boss)).expect(204);
      await api.delete(`${ROLES}/reader`).set(only(boss)).expect(409);
      await api
        .patch(`${ROLES}/reader`)
        .set(only(boss))
        .send({ scopes: ['*:*'] })
        .expect(409);
      await api
        .post(ROLES)
        .set(only(boss))
        .send({ name: 'admin', scopes: ['bonds:read'] })
        .expect(409);
      const wrong = { name: 'wrong', scopes: ['bonds:fly', 'bonds', ':read'] };
      const { body } = await api.post(ROLES).set(only(boss)).send(wrong).expect(422);
      expect(body.errors).toHaveLength(3);
      const unknown = { name: 'wrong', scopes: ['bonds:read', 'bnods:read'] };
      expect((await api.post(ROLES).set(only(boss)).send(unknown).expect(422)).body.errors).toMatchObject([
        { pointer: '/scopes/1', code: 'unknown_scope' },
      ]);
    });
  });

  describe('organisations', () => {
    test('are made, renamed and all seen from the default one', async () => {
      const made = await api.post(ORGANISATIONS).set(root).send({ name: 'Initech' }).expect(201);
      const path = `${ORGANISATIONS}/${made.body.id}`;
      expect((await api.get(path).set(root).expect(200)).body).toEqual(made.body);
      expect((await api.post(ORGANISATIONS).set(root).send({ name: 'INITECH' }).expect(409)).body.code).toBe(
        'name_taken',
      );
      const renamed = await api
        .patch(path)
        .set(root)
        .set('If-Match', made.headers.etag!)
        .send({ name: 'Initrode' })
        .expect(200);
      expect(renamed.body).toMatchObject({ name: 'Initrode', version: 2 });
      await api.patch(path).set(root).set('If-Match', made.headers.etag!).send({ name: 'X' }).expect(412);
      await api.patch(path).set(root).send({ name: 'acme' }).expect(409);
      await api.post(ORGANISATIONS).set(root).send({ name: 'initech' }).expect(201);
      const first = await api.get(ORGANISATIONS).query({ limit: 2 }).set(root).expect(200);
      const cursor = first.body.next_cursor;
      const rest = await api.get(ORGANISATIONS).query({ cursor }).set(root).expect(200);
      const ids = [...first.body.items, ...rest.body.items].map(({ id }: { id: string }) => id);
      expect(ids).toEqual(expect.arrayContaining(['default', acme, made.body.id]));
    });

    test('the default one keeps its name for itself', async () => {
      await api.post(ORGANISATIONS).set(root).send({ name: 'Default' }).expect(409);
      await api.patch(`${ORGANISATIONS}/default`).set(root).send({ name: 'Head office' }).expect(200);
      await api.post(ORGANISATIONS).set(root).send({ name: 'default' }).expect(409);
      await api.post(ORGANISATIONS).set(root).send({ name: 'head Office' }).expect(409);
      await api.patch(`${ORGANISATIONS}/default`).set(root).send({ name: 'default' }).expect(200);
    });

    test('others see and rename their own alone', async () => {
      const { body } = await api.get(ORGANISATIONS).set(only(boss)).expect(200);
      expect(body.items).toMatchObject([{ id: acme, name: 'Acme' }]);
      await api.patch(`${ORGANISATIONS}/${acme}`).set(only(boss)).send({ name: 'ACME' }).expect(200);
      await api.patch(`${ORGANISATIONS}/${acme}`).set(only(boss)).send({ name: 'Acme' }).expect(200);
      for (const id of ['default', NOBODY]) {
        await api.get(`${ORGANISATIONS}/${id}`).set(only(boss)).expect(404);
        await api.patch(`${ORGANISATIONS}/${id}`).set(only(boss)).send({ name: 'Mine' }).expect(404);
      }
      await api.post(ORGANISATIONS).set(only(boss)).send({ name: 'New' }).expect(403);
    });
  });

  test('whoever is no administrator manages nothing, and whoever is nobody less', async () => {
    const editor = await userOf(api, only(boss), { email: address(), role: 'editor' });
    const calls = (auth: Partial<Auth>) => [
      api.get(USERS).set(auth),
      api.post(USERS).set(auth).send({}),
      api.get(`${USERS}/${NOBODY}`).set(auth),
      api.patch(`${USERS}/${NOBODY}`).set(auth).send({}),
      api.delete(`${USERS}/${NOBODY}`).set(auth),
      api.get(GROUPS).set(auth),
      api.post(GROUPS).set(auth).send({}),
      api.put(`${GROUPS}/${NOBODY}/members/${NOBODY}`).set(auth),
      api.get(ROLES).set(auth),
      api.post(ROLES).set(auth).send({}),
      api.delete(`${ROLES}/x`).set(auth),
      api.post(ORGANISATIONS).set(auth).send({}),
      api.patch(`${ORGANISATIONS}/${acme}`).set(auth).send({}),
      api.get('/api/v1/audit-records').set(auth),
    ];
    for (const call of calls(only(editor))) expect((await call.expect(403)).body.code).toBe('forbidden');
    for (const call of calls({})) expect((await call.expect(401)).body.code).toBe('unauthenticated');
    await api.get(ORGANISATIONS).expect(401);
  });
});
