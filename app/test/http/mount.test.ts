import Joi from 'joi';
import type { Domain, Route } from '../../src/domains/domain.ts';
import { mountDomains } from '../../src/http/mount.ts';
import { TOY, TOY_PATH } from '../support/toy-domain.ts';
import { startToys, type ToyService } from '../support/toy-service.ts';

const LIMITS = { BODY_MAX_BYTES: 100, UPLOAD_MAX_BYTES: 100, REQUEST_TIMEOUT_MS: 1000 };

describe('routes', () => {
  let toys: ToyService;
  beforeAll(async () => {
    toys = await startToys();
  });
  afterAll(() => toys.stop());

  test('answer with and without a trailing slash', async () => {
    await toys.api.get(`${TOY_PATH}/`).expect(200);
    await toys.api.get('/toy/ball/').expect(200, { name: 'ball' });
  });

  test('hand decoded parameters over; an escaped slash stays inside its parameter', async () => {
    const { body } = await toys.api.get('/api/v1/echo/a%2Fb%20%C3%A9').expect(200);
    expect(body.params).toEqual({ name: 'a/b é' });
  });

  test('words of a path win over parameters', async () => {
    await toys.api.get('/api/v1/toys/download').expect(200, /"row":0/);
  });

  test('404 for paths that nobody serves', async () => {
    for (const path of ['/', '/api', '/api/v1/toy', `${TOY_PATH}/x`, '/api/v1/toys//', '/API/v1/toys']) {
      const { body } = await toys.api.get(path).expect(404);
      expect(body.code).toBe('not_found');
    }
  });

  test('405 names the methods that work here, and OPTIONS tells the same', async () => {
    const refused = await toys.api.put(TOY_PATH).send({}).expect(405);
    expect(refused.headers.allow).toBe('GET, HEAD, PATCH, DELETE, OPTIONS');
    const told = await toys.api.options(TOY_PATH).expect(204);
    expect(told.headers.allow).toBe(refused.headers.allow);
    expect(told.headers['accept-patch']).toBe('application/json, application/merge-patch+json');
    expect((await toys.api.options('/api/v1/toys').expect(204)).headers['accept-post']).toBe(
      'application/json',
    );
  });

  test('HEAD answers like GET, without the body', async () => {
    const get = await toys.api.get(TOY_PATH).expect(200);
    const head = await toys.api.head(TOY_PATH).expect(200);
    expect(head.text ?? '').toBe('');
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
    expect(head.headers.etag).toBe(get.headers.etag);
    await toys.api.head('/api/v1/toys/download').expect(200);
    expect(toys.controls.downloadEnded).toBe(true);
    await toys.api.head('/nothing').expect(404);
  });

  test('400 for a parameter that its schema refuses', async () => {
    const { body } = await toys.api.get('/api/v1/toys/not-a-uuid').expect(400);
    expect(body).toMatchObject({ code: 'invalid_path', errors: [{ pointer: 'uuid', code: 'invalid_uuid' }] });
  });

  test('finished bytes go out as they are, with headers of their own', async () => {
    const { headers } = await toys.api.get('/api/v1/bytes').expect(200, '{"as":"it is"}');
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  });
});

describe('queries', () => {
  let toys: ToyService;
  beforeAll(async () => {
    toys = await startToys();
  });
  afterAll(() => toys.stop());

  const query = async (text: string) => (await toys.api.get(`/api/v1/toys${text}`).expect(200)).body.query;

  test('become the types of their schema, with its defaults', async () => {
    expect(await query('')).toEqual({ limit: 50 });
    expect(await query('?')).toEqual({ limit: 50 });
    expect(await query('?limit=7&loud=true&cursor=a%2Bb+c&&')).toEqual({
      limit: 7,
      loud: true,
      cursor: 'a+b c',
    });
  });

  test('repeat only what is a list', async () => {
    expect(await query('?tag=a&tag=b')).toEqual({ limit: 50, tag: ['a', 'b'] });
    expect(await query('?tag=a')).toEqual({ limit: 50, tag: ['a'] });
  });

  test('400 with every parameter that is wrong', async () => {
    const { body } = await toys.api.get('/api/v1/toys?limit=0&loud=maybe').expect(400);
    expect(body.code).toBe('invalid_query');
    expect(body.errors.map((error: { pointer: string }) => error.pointer)).toEqual(['limit', 'loud']);
    const unknown = await toys.api.get('/api/v1/toys?nope=1&limit=1&limit=2&__proto__=1').expect(400);
    expect(unknown.body.errors).toMatchObject([
      { pointer: 'nope', code: 'unknown_parameter' },
      { pointer: 'limit', code: 'repeated_parameter' },
      { pointer: '__proto__', code: 'unknown_parameter' },
    ]);
  });

  test('a page links to the next one with the same query', async () => {
    const first = await toys.api.get('/api/v1/toys?tag=a&limit=2').expect(200);
    expect(first.headers.link).toBe('</api/v1/toys?tag=a&limit=2&cursor=next+one>; rel="next"');
    const last = await toys.api.get('/api/v1/toys?cursor=last').expect(200);
    expect(last.headers.link).toBeUndefined();
  });
});

describe('bodies', () => {
  let toys: ToyService;
  beforeAll(async () => {
    toys = await startToys();
  });
  afterAll(() => toys.stop());

  test('are handed over with defaults, and their media type', async () => {
    const made = await toys.api.post('/api/v1/toys').send({ name: 'Ball' }).expect(201);
    expect(made.headers).toMatchObject({ location: TOY_PATH, etag: '"1"' });
    expect(made.body).toEqual({ uuid: TOY, name: 'Ball', colour: 'red' });
    const type = 'application/Merge-Patch+JSON; charset="utf-8"';
    const patch = await toys.api.patch(TOY_PATH).type(type).send('{"name":"Ball"}').expect(200);
    expect(patch.body.mediaType).toBe('application/merge-patch+json');
  });

  test('422 with every rule that is broken, where it is', async () => {
    const send = { name: 'x', age: '5', colour: 'green', parts: [{}, { size: 'big' }] };
    const { body } = await toys.api.post('/api/v1/toys').send(send).expect(422);
    expect(body).toMatchObject({ code: 'validation_failed', status: 422 });
    expect(body.errors.map((e: { pointer: string; code: string }) => `${e.pointer} ${e.code}`)).toEqual([
      '/name too_short',
      '/age invalid_type',
      '/colour not_allowed',
      '/parts/0/size required',
      '/parts/1/size invalid_type',
    ]);
  });

  test('422 with the code itself when one rule is broken', async () => {
    const { body } = await toys.api.post('/api/v1/toys').send({}).expect(422);
    expect(body).toMatchObject({ code: 'required', errors: [{ pointer: '/name' }] });
    expect((await toys.api.post('/api/v1/toys').send([]).expect(422)).body.errors).toMatchObject([
      { pointer: '' },
    ]);
  });

  test('400 for members that nobody knows, with all else that is wrong', async () => {
    const { body } = await toys.api
      .post('/api/v1/toys')
      .send({ 'a/b': 1, parts: [{ size: 1, role: 'admin' }] });
    expect(body).toMatchObject({ status: 400, code: 'unknown_field' });
    expect(body.errors.map((error: { pointer: string }) => error.pointer).sort()).toEqual([
      '/a~1b',
      '/name',
      '/parts/0/role',
    ]);
  });
});

describe('permissions', () => {
  test.each([
    ['none', 401, 401, 401],
    ['reader', 200, 401, 401],
    ['editor', 200, 201, 401],
    ['admin', 200, 201, 204],
  ] as const)('of the anonymous %s', async (role, read, write, administer) => {
    const toys = await startToys({ role });
    await toys.api.get(TOY_PATH).expect(read);
    await toys.api.post('/api/v1/toys').send({ name: 'Ball' }).expect(write);
    await toys.api.delete(TOY_PATH).expect(administer);
    await toys.api.get('/livez').expect(200);
    await toys.stop();
  });

  test('403 for a caller who has signed in, 401 with a challenge for one who has not', async () => {
    const signedIn = { id: 'user:1', organisation: 'default', role: 'reader' } as const;
    const toys = await startToys({ authenticate: async () => signedIn });
    const { body } = await toys.api.delete(TOY_PATH).expect(403);
    expect(body.code).toBe('forbidden');
    await toys.stop();
    const strict = await startToys({ role: 'none' });
    const refused = await strict.api.get(TOY_PATH).expect(401);
    expect(refused.headers['www-authenticate']).toBe('Bearer');
    await strict.stop();
  });

  test('come before the body: what may not be sent is not read', async () => {
    const toys = await startToys({ role: 'reader' });
    const refused = await toys.api.post('/api/v1/toys').type('text/plain').send('x'.repeat(300_000));
    expect(refused.status).toBe(401);
    await toys.stop();
  });
});

describe('a route table that contradicts itself is refused', () => {
  const route = (more: Partial<Route>): Route => ({
    method: 'GET',
    path: '/things/:id',
    operation: 'getThing',
    summary: 'x',
    permission: 'public',
    params: { id: Joi.string() },
    responses: {},
    handler: async () => ({ status: 204 }),
    ...more,
  });
  const mount = (...routes: Route[]) => {
    const domain: Domain = { name: 'things', summary: 'x', routes };
    const authenticate = () => ({ id: 'a', organisation: 'o', role: 'none' }) as const;
    return () => mountDomains([domain], { authenticate, limits: LIMITS });
  };

  test.each([
    ['the same operation twice', [route({}), route({ path: '/other', params: {} })], /called getThing/],
    ['the same method and path twice', [route({}), route({ operation: 'b' })], /Two routes for GET/],
    [
      'one path in two spellings',
      [
        route({}),
        route({ operation: 'b', method: 'PUT', path: '/things/:uuid', params: { uuid: Joi.string() } }),
      ],
      /also spelt/,
    ],
    ['a parameter without a schema', [route({ params: {} })], /no schema for the path parameter id/],
    [
      'a schema without a parameter',
      [route({ params: { id: Joi.string(), x: Joi.string() } })],
      /no parameter x/,
    ],
  ])('%s', (_name, routes, message) => {
    expect(mount(...routes)).toThrow(message);
  });
});
