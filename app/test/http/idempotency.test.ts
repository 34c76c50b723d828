import { onEveryEdition } from '../support/every-edition.ts';
import { personOf } from '../support/record-scenario.ts';
import { startService, type TestService } from '../support/service.ts';
import { type ShiftedClock, shiftedClock } from '../support/shifted-clock.ts';
import { signIn } from '../support/sign-in.ts';

const PEOPLE = '/api/v1/people';
const HOUR = 3_600_000;

onEveryEdition('an Idempotency-Key', (factory) => {
  let service: TestService;
  let clock: ShiftedClock;
  beforeEach(async () => {
    clock = shiftedClock();
    service = await startService(factory, {}, clock);
  });
  afterEach(() => service.close());

  const create = (caller: Readonly<Record<string, string>> = {}, name = 'Ada') =>
    service.api.post(PEOPLE).set(caller).set('Idempotency-Key', 'same').send(personOf(name)).expect(201);

  test('is remembered for a day', async () => {
    const first = await create();
    clock.advance(23 * HOUR);
    const second = await create();
    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotency-replayed']).toBe('true');
    await service.api.post(PEOPLE).set('Idempotency-Key', 'same').send(personOf('Bob')).expect(422);
    clock.advance(2 * HOUR);
    const third = await create({}, 'Bob');
    expect(third.body.uuid).not.toBe(first.body.uuid);
    expect(third.headers['idempotency-replayed']).toBeUndefined();
    const { body } = await service.api.get(PEOPLE).expect(200);
    expect(body.items).toHaveLength(2);
  });

  test('is its caller’s own, and that of one operation', async () => {
    const callers = [{}, ...(await Promise.all(['ada', 'bob'].map(signedIn)))];
    const made: string[] = [];
    for (const caller of callers) {
      const { body, headers } = await create(caller);
      expect(headers['idempotency-replayed']).toBeUndefined();
      made.push(body.uuid);
    }
    expect(new Set(made).size).toBe(3);
    for (const [i, caller] of callers.entries()) expect((await create(caller)).body.uuid).toBe(made[i]);
    const other = await service.api
      .post('/api/v1/entities/people')
      .set('Idempotency-Key', 'same')
      .send({ fields: personOf('Ada') })
      .expect(201);
    expect(made).not.toContain(other.body.uuid);
  });

  async function signedIn(name: string): Promise<Readonly<Record<string, string>>> {
    const { Authorization } = await signIn(service.api, `${name}@example.org`);
    return { Authorization };
  }
});
