import { positionAt } from '../../src/table/changes/change.ts';
import { type Auth, userOf } from '../support/accounts.ts';
import { type EventSource, listenTo, type SentEvent, STREAM_HEADERS } from '../support/event-source.ts';
import { eventually } from '../support/eventually.ts';
import { onEveryEdition } from '../support/every-edition.ts';
import { type Listening, startListening } from '../support/listening.ts';
import { type ShiftedClock, shiftedClock } from '../support/shifted-clock.ts';

const PATH = '/api/v1/changes';
const PRODUCT = { name: 'n', price: 1, currency: 'EUR' };

onEveryEdition('watching changes', (factory) => {
  let clock: ShiftedClock;
  let service: Listening;
  let admin: Auth;
  let streams: EventSource[];
  let stopped: Promise<void> | undefined;

  beforeEach(async () => {
    clock = shiftedClock();
    service = await startListening(factory, { env: { CHANGE_LOG: 'on' }, clock });
    admin = { Authorization: await service.administrator() };
    streams = [];
    stopped = undefined;
  });
  afterEach(async () => {
    for (const stream of streams) stream.close();
    await stop();
  });
  const stop = () => (stopped ??= service.stop());

  /** Goes to a time when all that was written is shown, and has been looked for. */
  const settle = () => clock.advance(11_000);
  async function listen(
    caller: Auth,
    query = '',
    headers: Record<string, string> = {},
  ): Promise<EventSource> {
    const stream = await listenTo(`${service.url}${PATH}${query}`, { ...caller, ...headers });
    streams.push(stream);
    return stream;
  }
  /** What is answered once its time is over. */
  async function overTime<T>(answer: Promise<T>): Promise<T> {
    let isOver = false;
    void answer.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      clock.advance(20_000);
      await service.api.get('/livez').expect(200);
    }
    return answer;
  }
  const create = async (name: string, caller = admin): Promise<string> =>
    (
      await service.api
        .post('/api/v1/products')
        .set(caller)
        .send({ ...PRODUCT, sku: name })
        .expect(201)
    ).body.uuid;
  const page = async (query: object = {}, caller = admin) =>
    (await service.api.get(PATH).set(caller).query(query).expect(200)).body;
  const changeIn = (event: SentEvent | undefined) => JSON.parse(event!.data!);

  test('tells each change when it comes, as the feed does, behind what was there', async () => {
    const first = await create('a');
    settle();
    const stream = await listen(admin);
    expect(stream).toMatchObject({
      status: 200,
      headers: { ...STREAM_HEADERS, 'x-request-id': expect.any(String) },
    });
    const { headers } = await service.api.get(PATH).set(admin).expect(200);
    for (const name of ['ratelimit-policy', 'content-security-policy', 'vary']) {
      expect(stream.headers[name]).toBe(headers[name]);
    }
    const before = (await stream.next())!;
    expect(before).toMatchObject({ event: 'created', data: expect.stringContaining(first) });
    await service.api.patch(`/api/v1/products/${first}`).set(admin).send({ price: 2 }).expect(200);
    await service.api.delete(`/api/v1/products/${first}`).set(admin).expect(204);
    settle();
    const events = [before, (await stream.next())!, (await stream.next())!];
    expect(events.map(({ event }) => event)).toEqual(['created', 'changed', 'deleted']);
    const { items } = await page();
    expect(events.map(changeIn)).toEqual(items);
    expect(events.map(({ id }) => id)).toEqual(items.map(({ id }: { id: string }) => id));
  });

  test('goes on behind the last event, wherever the address says to begin', async () => {
    const uuids = [await create('a'), await create('b'), await create('c')];
    settle();
    const { items } = await page();
    const behind = await listen(admin, '?after=now', { 'Last-Event-ID': items[0].id });
    expect([changeIn(await behind.next()).uuid, changeIn(await behind.next()).uuid]).toEqual(uuids.slice(1));
    const after = await listen(admin, `?after=${items[1].id}`, { 'Last-Event-ID': '' });
    expect(changeIn(await after.next()).uuid).toBe(uuids[2]);
    const now = await listen(admin, '?after=now');
    const start = await now.next('bookmark');
    await create('d');
    settle();
    const [fourth, again] = [await now.next(), await listen(admin, '', { 'Last-Event-ID': start!.id! })];
    expect(await again.next()).toEqual(fourth);
    expect(changeIn(fourth)).toEqual((await page({ after: items[2].id })).items[0]);
  });

  test('tells of the types that were asked for, and how far nothing came of them', async () => {
    const stream = await listen(admin, '?types=people&after=now');
    const start = await stream.next('bookmark');
    await create('a');
    const later = await overTime(stream.next('bookmark'));
    expect(later!.id! > start!.id!).toBe(true);
    expect(later!.data).toBe('');
    const { body } = await service.api.post('/api/v1/people').set(admin).send(PERSON).expect(201);
    settle();
    expect(changeIn(await stream.next())).toMatchObject({ type: 'people', uuid: body.uuid });
  });

  test('shows a caller nothing of another organisation', async () => {
    const { body } = await service.api.post('/api/v1/organisations').set(admin).send({ name: 'Other' });
    const other = { email: 'a@example.org', role: 'admin', organisation: body.id };
    const stranger = await userOf(service.api, admin, other);
    const auth = { Authorization: stranger.Authorization };
    const [own, foreign] = [await listen(admin), await listen(auth)];
    for (const stream of [own, foreign]) await stream.any();
    const uuids = [await create('a'), await create('b', auth), await create('c'), await create('d', auth)];
    settle();
    const told = async (stream: EventSource) => [
      changeIn(await stream.next()),
      changeIn(await stream.next()),
    ];
    expect(await told(own)).toMatchObject([{ uuid: uuids[0] }, { uuid: uuids[2], organisation: 'default' }]);
    expect(await told(foreign)).toMatchObject([
      { uuid: uuids[1] },
      { uuid: uuids[3], organisation: body.id },
    ]);
    const copied = await listen(auth, '', { 'Last-Event-ID': (await page()).items[0].id });
    expect(changeIn(await copied.next()).uuid).toBe(uuids[1]);
  });

  test('ends when the caller may no longer ask: the role, the session, the time', async () => {
    const user = await userOf(service.api, admin, { email: 'a@example.org', role: 'reader' });
    const auth = { Authorization: user.Authorization };
    const [byRole, bySession, byTime] = [await listen(auth), await listen(auth), await listen(admin)];
    for (const stream of [byRole, bySession, byTime]) await stream.any();
    await service.api.patch(`/api/v1/users/${user.uuid}`).set(admin).send({ role: 'none' }).expect(200);
    await create('kept from them');
    settle();
    expect(changeIn(await byRole.next())).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await byRole.any()).toBeUndefined();
    expect(await bySession.next()).toMatchObject({ event: 'error' });
    await service.api.patch(`/api/v1/users/${user.uuid}`).set(admin).send({ role: 'reader' }).expect(200);
    const again = await listen(auth, '?after=now');
    await again.any();
    const token = auth.Authorization.slice('Bearer '.length);
    await service.api.post('/api/v1/auth/revoke').send({ token }).expect(204);
    settle();
    expect(changeIn(await again.next())).toMatchObject({ status: 401, code: 'invalid_token' });
    expect(await again.any()).toBeUndefined();
    expect(await byTime.next()).toMatchObject({ event: 'created' });
    clock.advance(24 * 3_600_000);
    expect(changeIn(await byTime.next())).toMatchObject({ status: 401, code: 'invalid_token' });
    expect(await byTime.any()).toBeUndefined();
  });

  test('refuses as the feed does: no permission, no cursor, one that is too old', async () => {
    const nobody = await userOf(service.api, admin, { email: 'a@example.org', role: 'none' });
    const refusal = async (caller: Auth, query: string, headers = {}) => {
      const { status, response } = await listen(caller, query, headers);
      return [status, JSON.parse((await response.toArray()).join('')).code];
    };
    const nobodys = { Authorization: nobody.Authorization };
    expect(await refusal(nobodys, '')).toEqual([403, 'forbidden']);
    expect(await refusal(admin, '', { 'Last-Event-ID': 'x' })).toEqual([400, 'invalid_cursor']);
    expect(await refusal(admin, `?after=${positionAt(0)}`)).toEqual([410, 'cursor_expired']);
    const tooOld = { 'Last-Event-ID': positionAt(0) };
    expect(await refusal(admin, '?after=now', tooOld)).toEqual([410, 'cursor_expired']);
    await service.api
      .get(PATH)
      .set(admin)
      .set('Accept', 'application/x-ndjson')
      .query({ after: positionAt(0) })
      .expect(410);
  });

  test('takes no more than a part of the connections of an instance', async () => {
    await stop();
    const env = { CHANGE_LOG: 'on', MAX_CONNECTIONS: '40' };
    service = await startListening(factory, { env, clock });
    stopped = undefined;
    admin = { Authorization: await service.administrator() };
    const [first] = [await listen(admin), await listen(admin)];
    const third = await listen(admin);
    expect(third).toMatchObject({ status: 429, headers: { 'retry-after': '20' } });
    const { body } = await service.api.get(PATH).set(admin).query({ wait: 1 }).expect(429);
    expect(body.code).toBe('too_many_watchers');
    await service.api.get(PATH).set(admin).expect(200);
    first!.close();
    await eventually(async () => (await listen(admin)).status === 200);
    expect((await service.api.get('/metrics')).text).toMatch(/^changes_watchers 2$/m);
  });

  test('is open to an API key that may do nothing else', async () => {
    const key = { name: 'follower', scopes: ['changes:read'] };
    const made = (await service.api.post('/api/v1/api-keys').set(admin).send(key).expect(201)).body;
    const stream = await listen({ Authorization: `Bearer ${made.key}` });
    expect(await stream.any()).toMatchObject({ retry: expect.stringMatching(/^[1-4]\d{3}$/) });
    await service.api.delete(`/api/v1/api-keys/${made.id}`).set(admin).expect(204);
    settle();
    expect(changeIn(await stream.next('error'))).toMatchObject({ status: 401 });
  });

  test('HEAD says what would come, and nobody stays', async () => {
    const { headers } = await service.api
      .head(PATH)
      .set(admin)
      .set('Accept', 'text/event-stream')
      .expect(200);
    expect(headers['content-type']).toBe('text/event-stream');
  });

  test('comes as lines up to the present end, which the header names', async () => {
    await service.api.post('/api/v1/people').set(admin).send(PERSON).expect(201);
    await create('a');
    settle();
    const lines = (query: string) =>
      service.api
        .get(`${PATH}${query}`)
        .set(admin)
        .set('Accept', 'application/x-ndjson')
        .buffer()
        .expect(200);
    const { headers, text } = await lines('?limit=1');
    expect(headers['content-type']).toBe('application/x-ndjson');
    const { items } = await page();
    expect(text).toBe(items.map((item: object) => `${JSON.stringify(item)}\n`).join(''));
    const [, next] = /^<\/api\/v1\/changes(.*)>; rel="next"$/.exec(String(headers.link))!;
    expect((await lines(next!)).text).toBe('');
    const uuid = await create('b');
    settle();
    expect(JSON.parse((await lines(next!)).text)).toMatchObject({ uuid });
    const some = await lines('?types=people');
    expect(some.text).toBe(`${JSON.stringify(items[0])}\n`);
    expect(some.headers.link).toMatch(/&types=people>; rel="next"$/);
  });

  test('a page can be waited for: until something comes, or the time is over', async () => {
    const { next_cursor: after } = await page({ after: 'now' });
    const other = page({ after, wait: 20, types: 'people' });
    const waiting = page({ after, wait: 20 });
    const fromNow = page({ after: 'now', wait: 20 });
    await service.api.get('/livez').expect(200);
    const uuid = await create('a');
    settle();
    const found = await waiting;
    expect(found).toMatchObject({ items: [{ uuid }], has_more: false });
    expect((await fromNow).next_cursor >= after).toBe(true);
    const empty = await overTime(other);
    expect(empty).toMatchObject({ items: [], has_more: false });
    expect(empty.next_cursor >= found.items[0].id).toBe(true);
    expect(await page({ after, wait: 20 })).toMatchObject({ items: [{ uuid }] });
    for (const wait of ['21', '-1', '0.5', 'x']) {
      await service.api.get(PATH).set(admin).query({ wait }).expect(400);
    }
  });

  test('a stop ends streams, and waits for none of them', async () => {
    const stream = await listen(admin);
    await stream.any();
    await stop();
    expect(await stream.next()).toBeUndefined();
    expect(stream.response.complete).toBe(true);
  });
});

const PERSON = {
  person_name: 'Ada',
  person_surname: 'Sample',
  person_birthdate: '1990-01-01',
  person_address: '1 Sample Street',
};
