import { type AccountsService, type Auth, logIn, only, PASSWORD, userOf } from '../support/accounts.ts';
import { address, GROUPS, NOBODY, ORGANISATIONS, startAcme, USERS } from '../support/acme.ts';
import { onEveryEdition } from '../support/every-edition.ts';

onEveryEdition('users and groups', (factory) => {
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

  describe('users', () => {
    test('are made, read, listed, changed and deleted', async () => {
      const email = address();
      const input = { email, password: PASSWORD, role: 'reader', name: 'Bob' };
      const made = await api.post(USERS).set(only(boss)).send(input).expect(201);
      expect(made.body).toMatchObject({ email, role: 'reader', name: 'Bob', organisation: acme });
      expect(JSON.stringify(made.body)).not.toContain('argon2');
      const path = `${USERS}/${made.body.uuid}`;
      expect((await api.get(path).set(only(boss)).expect(200)).body).toEqual(made.body);
      const found = await api.get(USERS).query({ email: email.toUpperCase() }).set(only(boss)).expect(200);
      expect(found.body.items).toEqual([made.body]);
      const changed = await api
        .patch(path)
        .set(only(boss))
        .set('If-Match', made.headers.etag!)
        .send({ role: 'editor', email: address() })
        .expect(200);
      expect(changed.body).toMatchObject({ role: 'editor', version: 2 });
      await api.patch(path).set(only(boss)).set('If-Match', made.headers.etag!).send({}).expect(412);
      await logIn(api, changed.body.email);
      await api.post('/api/v1/auth/login').send({ email, password: PASSWORD }).expect(401);
      await api.delete(path).set(only(boss)).set('If-Match', made.headers.etag!).expect(412);
      await api.delete(path).set(only(boss)).expect(204);
      await api.get(path).set(only(boss)).expect(404);
      await api
        .post('/api/v1/auth/login')
        .send({ email: changed.body.email, password: PASSWORD })
        .expect(401);
      await api
        .post(USERS)
        .set(only(boss))
        .send({ ...input, email: changed.body.email })
        .expect(201);
    });

    test('are listed a page at a time', async () => {
      for (let i = 0; i < 3; i++) await userOf(api, root, { email: address(), role: 'none' });
      const first = await api.get(USERS).query({ limit: 2 }).set(root).expect(200);
      expect(first.body.items).toHaveLength(2);
      const cursor = first.body.next_cursor;
      const second = await api.get(USERS).query({ limit: 2, cursor }).set(root).expect(200);
      expect(second.body.items[0].uuid > first.body.items[1].uuid).toBe(true);
      const foreign = await api.get(USERS).query({ limit: 2, cursor }).set(only(boss)).expect(400);
      expect(foreign.body.code).toBe('invalid_cursor');
    });

    test('tell all that is wrong with a new one, and take nothing that is not theirs to say', async () => {
      const input = { email: 'nobody', password: 'short', role: 'Boss' };
      const { body } = await api.post(USERS).set(root).send(input).expect(422);
      expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
        '/email',
        '/password',
        '/role',
      ]);
      for (const extra of [
        { uuid: NOBODY },
        { version: 7 },
        { groups: [] },
        { id: 1 },
        { created_at: 'x' },
      ]) {
        const good = { email: address(), password: PASSWORD, role: 'none' };
        const refused = await api
          .post(USERS)
          .set(root)
          .send({ ...good, ...extra })
          .expect(400);
        expect(refused.body.code).toBe('unknown_field');
      }
      const email = address();
      const weak = await api.post(USERS).set(root).send({ email, password: email, role: 'none' }).expect(422);
      expect(weak.body.code).toBe('weak_password');
      const long = `${'ﷺ'.repeat(60)}@example.org`;
      const folded = await api.post(USERS).set(root).send({ email: long, password: PASSWORD, role: 'none' });
      expect(folded.status).toBe(422);
      const unknown = { email, password: PASSWORD, role: 'boss' };
      expect((await api.post(USERS).set(root).send(unknown).expect(422)).body.code).toBe('unknown_role');
    });

    test('have an address that no other has, in any organisation', async () => {
      const email = address();
      await api.post(USERS).set(root).send({ email, password: PASSWORD, role: 'none' }).expect(201);
      const twin = { email: email.toUpperCase(), password: PASSWORD, role: 'none' };
      expect((await api.post(USERS).set(only(boss)).send(twin).expect(409)).body).toMatchObject({
        code: 'name_taken',
        errors: [{ pointer: '/email' }],
      });
    });

    test('are made once for one Idempotency-Key, and nothing is kept of the password', async () => {
      const input = { email: address(), role: 'none' };
      const send = (password: string) =>
        api
          .post(USERS)
          .set(only(boss))
          .set('Idempotency-Key', 'key-1')
          .send({ ...input, password });
      const first = await send(PASSWORD).expect(201);
      const second = await send('another long password').expect(201);
      expect(second.headers['idempotency-replayed']).toBe('true');
      expect(second.body).toEqual(first.body);
      await logIn(api, input.email, PASSWORD);
    });

    test('a change of role, and being shut out, count from the next request on, on every instance', async () => {
      const ada = await userOf(api, only(boss), { email: address(), role: 'admin' });
      const other = await service.another();
      await other.get(USERS).set(only(ada)).expect(200);
      await api.patch(`${USERS}/${ada.uuid}`).set(only(boss)).send({ role: 'reader' }).expect(200);
      const { body } = await other.get(USERS).set(only(ada)).expect(403);
      expect(body.code).toBe('forbidden');
      await other.get('/api/v1/auth/me').set(only(ada)).expect(200);
      await api.patch(`${USERS}/${ada.uuid}`).set(only(boss)).send({ disabled: true }).expect(200);
      await other.get('/api/v1/auth/me').set(only(ada)).expect(401);
      await api.patch(`${USERS}/${ada.uuid}`).set(only(boss)).send({ disabled: false }).expect(200);
      await other.get('/api/v1/auth/me').set(only(ada)).expect(401);
    });

    test('the last administrator stays, also when both step down at the same time', async () => {
      const { body } = await api.post(ORGANISATIONS).set(root).send({ name: 'Pair' }).expect(201);
      const organisation = body.id;
      const a = await userOf(api, root, { email: address(), role: 'admin', organisation });
      for (const call of [
        api.patch(`${USERS}/${a.uuid}`).set(only(a)).send({ role: 'editor' }),
        api.patch(`${USERS}/${a.uuid}`).set(only(a)).send({ disabled: true }),
        api.delete(`${USERS}/${a.uuid}`).set(only(a)),
      ]) {
        expect((await call.expect(409)).body.code).toBe('last_admin');
      }
      const b = await userOf(api, only(a), { email: address(), role: 'admin' });
      const answers = await Promise.all([
        api.patch(`${USERS}/${a.uuid}`).set(only(a)).send({ role: 'none' }),
        api.patch(`${USERS}/${b.uuid}`).set(only(b)).send({ role: 'none' }),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    });

    test('of another organisation are as good as none', async () => {
      const foreign = await userOf(api, root, { email: address(), role: 'none' });
      for (const uuid of [foreign.uuid, NOBODY]) {
        const path = `${USERS}/${uuid}`;
        const answers = [
          await api.get(path).set(only(boss)).set('If-None-Match', '*'),
          await api.patch(path).set(only(boss)).send({ name: 'x' }),
          await api.delete(path).set(only(boss)),
        ];
        expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
          Array.from({ length: 3 }, () => [404, 'not_found']),
        );
      }
      const input = { email: address(), password: PASSWORD, role: 'none' };
      for (const organisation of ['default', NOBODY]) {
        const refused = await api
          .post(USERS)
          .set(only(boss))
          .send({ ...input, organisation })
          .expect(422);
        expect(refused.body.code).toBe('unknown_organisation');
      }
      const { body } = await api.get(USERS).query({ limit: 1000 }).set(only(boss)).expect(200);
      expect(body.items.every(({ organisation }: { organisation: string }) => organisation === acme)).toBe(
        true,
      );
    });
  });

  describe('groups', () => {
    test('are made, read, listed, changed and deleted, with their members', async () => {
      const made = await api.post(GROUPS).set(only(boss)).send({ name: 'Ops' }).expect(201);
      expect(made.body).toMatchObject({ name: 'Ops', description: '', members: 0 });
      expect((await api.post(GROUPS).set(only(boss)).send({ name: 'ＯPS' }).expect(409)).body.code).toBe(
        'name_taken',
      );
      await api.post(GROUPS).set(root).send({ name: 'Ops' }).expect(201);
      const path = `${GROUPS}/${made.body.uuid}`;
      const ada = await userOf(api, only(boss), { email: address(), role: 'none' });
      await api.put(`${path}/members/${ada.uuid}`).set(only(boss)).expect(204);
      await api.put(`${path}/members/${ada.uuid}`).set(only(boss)).expect(204);
      const me = await api.get('/api/v1/auth/me').set(only(ada)).expect(200);
      expect(me.body.groups).toEqual([made.body.uuid]);
      const group = await api.get(path).set(only(boss)).expect(200);
      expect(group.body.members).toBe(1);
      expect(group.headers.etag).not.toBe(made.headers.etag);
      const members = await api.get(`${path}/members`).set(only(boss)).expect(200);
      expect(members.body.items.map(({ uuid }: { uuid: string }) => uuid)).toEqual([ada.uuid]);
      const renamed = await api.patch(path).set(only(boss)).send({ name: 'Operations' }).expect(200);
      await api.patch(path).set(only(boss)).set('If-Match', made.headers.etag!).send({}).expect(412);
      expect(renamed.body).toMatchObject({ name: 'Operations', version: 2 });
      await api.delete(`${path}/members/${ada.uuid}`).set(only(boss)).expect(204);
      await api.put(`${path}/members/${ada.uuid}`).set(only(boss)).expect(204);
      const { body } = await api.get(GROUPS).set(only(boss)).expect(200);
      expect(body.items).toMatchObject([{ name: 'Operations', members: 1 }]);
      await api.delete(path).set(only(boss)).expect(204);
      await api.get(path).set(only(boss)).expect(404);
      expect((await api.get('/api/v1/auth/me').set(only(ada)).expect(200)).body.groups).toEqual([]);
      await api.post(GROUPS).set(only(boss)).send({ name: 'ops' }).expect(201);
    });

    test('thirty who join at the same time are all members, and all leave with the group', async () => {
      const { body: group } = await api.post(GROUPS).set(only(boss)).send({ name: 'Crowd' }).expect(201);
      const path = `${GROUPS}/${group.uuid}`;
      const uuids: string[] = [];
      for (let i = 0; i < 30; i++) {
        const input = { email: address(), password: PASSWORD, role: 'none' };
        uuids.push((await api.post(USERS).set(only(boss)).send(input).expect(201)).body.uuid);
      }
      const join = async (uuid: string): Promise<void> => {
        const { status } = await api.put(`${path}/members/${uuid}`).set(only(boss));
        if (status === 409) return join(uuid); // as the answer asks
        expect(status).toBe(204);
      };
      await Promise.all(uuids.map(join));
      expect((await api.get(path).set(only(boss)).expect(200)).body.members).toBe(30);
      await api.delete(`${USERS}/${uuids[0]}`).set(only(boss)).expect(204);
      expect((await api.get(path).set(only(boss)).expect(200)).body.members).toBe(29);
      await api.delete(path).set(only(boss)).expect(204);
      const { body } = await api.get(`${USERS}/${uuids[1]}`).set(only(boss)).expect(200);
      expect(body.groups).toEqual([]);
    });

    test('and members of another organisation are as good as none', async () => {
      const { body } = await api.post(GROUPS).set(root).send({ name: 'Hidden' }).expect(201);
      const foreign = await userOf(api, root, { email: address(), role: 'none' });
      const { body: own } = await api.post(GROUPS).set(only(boss)).send({ name: 'Seen' }).expect(201);
      const paths = [`${GROUPS}/${body.uuid}`, `${GROUPS}/${NOBODY}`];
      for (const path of paths) {
        await api.get(path).set(only(boss)).expect(404);
        await api.get(`${path}/members`).set(only(boss)).expect(404);
        await api.put(`${path}/members/${boss.uuid}`).set(only(boss)).expect(404);
        await api.patch(path).set(only(boss)).send({ name: 'x' }).expect(404);
        await api.delete(path).set(only(boss)).expect(404);
      }
      await api.put(`${GROUPS}/${own.uuid}/members/${foreign.uuid}`).set(only(boss)).expect(404);
      await api.delete(`${GROUPS}/${own.uuid}/members/${foreign.uuid}`).set(only(boss)).expect(404);
    });
  });
});
