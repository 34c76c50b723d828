import { startToys, type ToyService } from '../support/toy-service.ts';

const FRIEND = 'https://friend.example';
const PREFLIGHT = {
  'Access-Control-Request-Method': 'POST',
  'Access-Control-Request-Headers': 'content-type',
};

describe('pages of other origins', () => {
  let toys: ToyService;
  afterEach(() => toys.stop());

  test('may call when their origin is listed, also when the answer is a problem', async () => {
    toys = await startToys({ env: { CORS_ORIGINS: `https://other.example,${FRIEND}` } });
    for (const [path, status] of [
      ['/livez', 200],
      ['/nothing', 404],
    ] as const) {
      const { headers } = await toys.api.get(path).set('Origin', FRIEND).expect(status);
      expect(headers['access-control-allow-origin']).toBe(FRIEND);
      expect(headers['access-control-expose-headers']).toContain('ETag');
      expect(headers.vary).toContain('Origin');
    }
    const preflight = await toys.api
      .options('/api/v1/toys')
      .set({ Origin: FRIEND, ...PREFLIGHT })
      .expect(204);
    expect(preflight.headers['access-control-allow-methods']).toContain('PATCH');
    expect(preflight.headers['access-control-allow-headers']).toContain('If-Match');
    expect(preflight.headers['access-control-allow-headers']).toContain('Last-Event-ID');
  });

  test('get no permission when their origin is not listed', async () => {
    toys = await startToys({ env: { CORS_ORIGINS: FRIEND } });
    for (const origin of ['https://enemy.example', 'null', `${FRIEND}.enemy.example`]) {
      const { headers } = await toys.api.get('/livez').set('Origin', origin).expect(200);
      expect(headers['access-control-allow-origin']).toBeUndefined();
      expect(headers.vary).toContain('Origin');
    }
  });

  test('get none at all by default', async () => {
    toys = await startToys();
    const { headers } = await toys.api
      .options('/api/v1/toys')
      .set({ Origin: FRIEND, ...PREFLIGHT })
      .expect(204);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(headers.allow).toContain('POST');
  });
});
