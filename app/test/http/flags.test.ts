import {
  type AccountsService,
  type Api,
  type Auth,
  administrator,
  PASSWORD,
  startAccounts,
  userOf,
} from '../support/accounts.ts';
import { onEveryEdition } from '../support/every-edition.ts';

const FLAGS = '/api/v1/flags';

onEveryEdition('flags', (factory) => {
  let service: AccountsService;
  let api: Api;
  let root: Auth;
  beforeEach(async () => {
    service = await startAccounts(factory);
    api = service.api;
    root = await administrator(service);
  });
  afterEach(() => service.close());

  const set = (name: string, body: object, auth: Auth = root) =>
    api.put(`${FLAGS}/${name}`).set(auth).send(body);
  const recorded = async () => {
    const { body } = await api.get('/api/v1/audit-records').set(root).expect(200);
    return body.items.filter(({ target }: { target: string }) => target.startsWith('flag:'));
  };

  test('200: a flag is off until it is set, and off again once it is forgotten', async () => {
    const unset = await api.get(`${FLAGS}/new-search`).set(root).expect(200);
    expect(unset.body).toEqual({ name: 'new-search', enabled: false });
    expect((await api.get(FLAGS).set(root).expect(200)).body).toEqual({ items: [], next_cursor: null });

    const on = await set('new-search', { enabled: true, description: 'Tried out.' }).expect(200);
    const flag = { name: 'new-search', enabled: true, description: 'Tried out.', version: 1 };
    expect(on.body).toMatchObject(flag);
    const got = await api.get(`${FLAGS}/new-search`).set(root).expect(200);
    expect([got.body, got.headers.etag]).toEqual([on.body, on.headers.etag]);
    await api
      .get(`${FLAGS}/new-search`)
      .set({ ...root, 'If-None-Match': on.headers.etag! })
      .expect(304);

    const off = await set('new-search', { enabled: false }).expect(200);
    expect(off.body).toMatchObject({ enabled: false, description: 'Tried out.', version: 2 });
    await set('b', { enabled: true }).expect(200);
    const page = await api.get(FLAGS).query({ limit: 1 }).set(root).expect(200);
    expect(page.body.items.map(({ name }: { name: string }) => name)).toEqual(['b']);
    const rest = await api
      .get(FLAGS)
      .query({ limit: 1, cursor: page.body.next_cursor })
      .set(root)
      .expect(200);
    expect(rest.body).toEqual({ items: [off.body], next_cursor: null });

    await api.delete(`${FLAGS}/new-search`).set(root).expect(204);
    expect((await api.get(`${FLAGS}/new-search`).set(root)).body).toEqual(unset.body);
    await api.delete(`${FLAGS}/new-search`).set(root).expect(404);
  });

  test('every change is recorded, with who did it and what was before', async () => {
    await set('x', { enabled: true }).expect(200);
    await set('x', { enabled: false, description: 'No more.' }).expect(200);
    await api.delete(`${FLAGS}/x`).set(root).expect(204);
    await set('x', { enabled: 'perhaps' }).expect(422);
    const all = await recorded();
    expect(all.map(({ action }: { action: string }) => action)).toEqual([
      'flag.delete',
      'flag.change',
      'flag.create',
    ]);
    expect(all[1]).toMatchObject({
      target: 'flag:x',
      actor: expect.stringMatching(/^user:/),
      changes: { enabled: { from: true, to: false }, description: { from: '', to: 'No more.' } },
    });
  });

  test('401 and 403: read with a role, written by administrators of the default organisation alone', async () => {
    const editor = await userOf(api, root, { email: 'editor@example.org', role: 'editor' });
    const headers = { Authorization: editor.Authorization };
    await api.get(FLAGS).set(headers).expect(200);
    const refused = await set('x', { enabled: true }, headers).expect(403);
    expect(refused.headers['www-authenticate']).toContain('scope="flags:admin"');
    await api.delete(`${FLAGS}/x`).set(headers).expect(403);
    await api.put(`${FLAGS}/x`).send({ enabled: true }).expect(401);

    const other = await api.post('/api/v1/organisations').set(root).send({ name: 'Other' }).expect(201);
    const input = { email: 'far@example.org', role: 'admin', organisation: other.body.id };
    const far = { Authorization: (await userOf(api, root, input)).Authorization };
    await set('x', { enabled: true }, far).expect(403);
    await set('x', { enabled: true }).expect(200);
    await api.delete(`${FLAGS}/x`).set(far).expect(403);
    // It concerns them as well, so they see it.
    expect((await api.get(`${FLAGS}/x`).set(far).expect(200)).body.enabled).toBe(true);
    expect(await recorded()).toHaveLength(1);
  });

  test('400, 412 and 422: what is wrong is told, and nothing is changed', async () => {
    const bad = await api.get(`${FLAGS}/No Flag`).set(root).expect(400);
    expect(bad.body.errors[0].pointer).toBe('name');
    for (const body of [{}, { enabled: 1 }, { enabled: true, description: 7 }, { enabled: null }]) {
      const { status } = await set('x', body);
      expect({ body, status }).toEqual({ body, status: 422 });
    }
    expect((await set('x', { enabled: true, on: true }).expect(400)).body.code).toBe('unknown_field');
    const made = await set('x', { enabled: true }).set('If-Match', '"unset"').expect(200);
    await set('x', { enabled: false }).set('If-Match', '"unset"').expect(412);
    await api
      .delete(`${FLAGS}/x`)
      .set({ ...root, 'If-Match': '"9-9"' })
      .expect(412);
    await set('x', { enabled: false }).set('If-Match', made.headers.etag!).expect(200);
  });

  test('of twenty who set one flag at once each counts once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => set('x', { enabled: n % 2 === 0 })));
    const done = all.filter(({ status }) => status === 200);
    expect(all.every(({ status }) => status === 200 || status === 409)).toBe(true);
    const { body } = await api.get(`${FLAGS}/x`).set(root).expect(200);
    expect(body.version).toBe(done.length);
    expect(await recorded()).toHaveLength(done.length);
  });

  test('the flag sign-up-closed closes sign-up on every instance while it is on', async () => {
    const other = await service.another();
    const signUp = (at: Api, n: number) =>
      at.post('/api/v1/auth/signup').send({ email: `u${n}@example.org`, password: PASSWORD });
    await signUp(other, 1).expect(201);
    await set('sign-up-closed', { enabled: true }).expect(200);
    expect((await signUp(api, 2).expect(403)).body.code).toBe('sign_up_closed');
    expect((await signUp(other, 3).expect(403)).body.code).toBe('sign_up_closed');
    expect((await other.post('/signup').send({ email: 'o@example.org', password: PASSWORD })).status).toBe(
      403,
    );
    await api.delete(`${FLAGS}/sign-up-closed`).set(root).expect(204);
    await signUp(other, 4).expect(201);
    await signUp(api, 5).expect(201);
  });
});
