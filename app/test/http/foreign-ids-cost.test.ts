import { newUuid } from '../../src/kernel/ids.ts';
import { timed } from '../../src/table/timed.ts';
import { PASSWORD } from '../support/accounts.ts';
import { onEveryEngine } from '../support/every-engine.ts';
import { bondOf, personOf } from '../support/record-scenario.ts';
import { recordingMeter } from '../support/recording-meter.ts';
import { startService } from '../support/service.ts';

/** What takes as many calls of the store takes as long. */
onEveryEngine('the answer for the record of another organisation', (factory) => {
  test('costs as many calls of the store as that for a record of nobody', async () => {
    const meter = recordingMeter();
    const service = await startService(
      async (options) => {
        const fresh = await factory({ ...options, meter });
        const settings = { ...('name' in fresh && { STORE: 'dynamodb' }), CACHE: 'off' };
        return { ...fresh, table: timed(fresh.table, meter), settings };
      },
      { DYNAMODB_TABLE: 'given' },
    );
    const { api } = service;
    const root = await service.administrator();
    const create = async (path: string, body: object) =>
      (await api.post(path).set(root).send(body).expect(201)).body;
    const { id: organisation } = await create('/api/v1/organisations', { name: 'Other' });
    const user = { email: 'boss@example.org', password: PASSWORD };
    await create('/api/v1/users', { ...user, role: 'admin', organisation });
    const { body } = await api.post('/api/v1/auth/login').send(user).expect(200);
    const stranger = { Authorization: `Bearer ${body.access_token}` };
    const foreign = {
      person: (await create('/api/v1/people', personOf('Ada'))).uuid,
      bond: (await create('/api/v1/bonds', bondOf(1))).bond_id,
      product: (await create('/api/v1/products', { sku: 'A', name: 'A', price: 1, currency: 'EUR' })).uuid,
      user: (await create('/api/v1/users', { email: 'eve@example.org', password: PASSWORD, role: 'none' }))
        .uuid,
      group: (await create('/api/v1/groups', { name: 'Ops' })).uuid,
    };
    const uuid = () => newUuid(Date.now());
    const link = { relation: 'works_for', type: 'organisations', uuid: uuid() };
    const calls: [string, string, () => string, (id: string) => ReturnType<typeof api.get>][] = [
      ['read', foreign.person, uuid, (id) => api.get(`/api/v1/entities/people/${id}`)],
      ['flat', foreign.person, uuid, (id) => api.get(`/api/v1/people/${id}`)],
      ['links', foreign.person, uuid, (id) => api.get(`/api/v1/entities/people/${id}/links`)],
      ['link', foreign.person, uuid, (id) => api.post(`/api/v1/entities/people/${id}/links`).send(link)],
      ['put', foreign.person, uuid, (id) => api.put(`/api/v1/people/${id}`).send(personOf('Eve'))],
      ['patch', foreign.person, uuid, (id) => api.patch(`/api/v1/people/${id}`).send({})],
      ['delete', foreign.person, uuid, (id) => api.delete(`/api/v1/people/${id}`)],
      ['own', foreign.person, uuid, (id) => api.put(`/api/v1/entities/people/${id}/owners/users/${id}`)],
      ['bond', foreign.bond, uuid, (id) => api.get(`/api/v1/bonds/${id}`)],
      ['old bond', foreign.bond, uuid, (id) => api.put(`/bonds/${id}`).send({})],
      ['delete bond', foreign.bond, uuid, (id) => api.delete(`/api/v1/bonds/${id}`)],
      ['product', foreign.product, uuid, (id) => api.get(`/products/${id}`)],
      ['user', foreign.user, uuid, (id) => api.get(`/api/v1/users/${id}`)],
      ['delete user', foreign.user, uuid, (id) => api.delete(`/api/v1/users/${id}`)],
      ['group', foreign.group, uuid, (id) => api.get(`/api/v1/groups/${id}`)],
      ['uuids', foreign.person, uuid, (id) => api.get('/api/v1/entities/people').query({ uuids: id })],
      ['linked', foreign.person, uuid, (id) => api.get('/api/v1/entities/people').query({ links: id })],
    ];

    async function cost(send: (id: string) => ReturnType<typeof api.get>, id: string) {
      meter.reset();
      const { status } = await send(id).set(stranger);
      return { status, calls: meter.calls.map(({ operation }) => operation), ...meter.units() };
    }
    for (const [name, id, missing, send] of calls) {
      await cost(send, missing()); // what is remembered from then on is so for both
      const known = await cost(send, id);
      expect({ name, ...known }).toEqual({ name, ...(await cost(send, missing())) });
      expect(known.status < 500 && known.calls.length > 0).toBe(true);
    }
    await service.close();
  });
});
