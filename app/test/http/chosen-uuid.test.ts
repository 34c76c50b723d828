import { onEveryEdition } from '../support/every-edition.ts';
import { startService } from '../support/service.ts';

const UNKNOWN = '0190163d-8694-739b-aea5-966c26f8ad90';

onEveryEdition('a uuid that the maker of an entity chooses', (factory) => {
  test('201, 409, 400, 404: an entity under a uuid of its maker, at the old path', async () => {
    const service = await startService(factory);
    const house = { name: 'house', fields: [{ name: 'n', type: 'integer' }] };
    await service.api.post('/api/v1/entity-types').send(house).expect(201);
    const create = (type: string, uuid: string, body: object = {}) =>
      service.api.post(`/entity/${type}/${uuid}`).send({ fields: body });
    const made = await create('house', UNKNOWN, { n: 1 }).expect(201);
    expect(made.body).toMatchObject({ uuid: UNKNOWN, fields: { n: 1 } });
    expect(made.headers.location).toBe(`/entity/house/${UNKNOWN}`);
    expect((await create('house', UNKNOWN).expect(409)).body.code).toBe('already_exists');
    expect((await create('house', `${UNKNOWN.toUpperCase()}/`).expect(409)).body.code).toBe('already_exists');
    expect((await create('house', 'xx').expect(400)).body.code).toBe('invalid_path');
    expect((await create('nothing', UNKNOWN).expect(404)).body.code).toBe('not_found');
    const { body } = await service.api.get(`/entity/house/${UNKNOWN}`).expect(200);
    expect(body).toEqual(made.body);
    await service.close();
  });
});
