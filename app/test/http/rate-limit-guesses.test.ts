import { manualClock } from '../support/manual-clock.ts';
import { startService } from '../support/service.ts';
import { sqliteTable } from '../support/tables.ts';

/** A different one each time, as somebody who guesses would send. */
const guess = (n: number) => `0190163d-8694-739b-aea5-${String(n).padStart(12, '0')}`;
const ADDRESS = '203.0.113.7';

test('who guesses ids uses up the limit of the address like anybody else', async () => {
  // The minute of the limit does not end while this runs.
  const clock = manualClock();
  const service = await startService(sqliteTable, { RATE_LIMIT_ADDRESS: '3', TRUST_PROXY: '1' }, clock);
  const get = (path: string, from = ADDRESS) => service.api.get(path).set('X-Forwarded-For', from);
  const paths = ['/api/v1/people', '/api/v1/products', '/entity/people'];
  for (const [n, path] of paths.entries()) {
    const { headers } = await get(`${path}/${guess(n)}`).expect(404);
    expect(headers.ratelimit).toMatch(new RegExp(`^"address";r=${2 - n};`));
  }
  const refused = await get(`/api/v1/people/${guess(9)}`).expect(429);
  expect(refused.body).toMatchObject({ code: 'rate_limited', policy: 'address' });
  await get('/api/v1/people').expect(429);
  await get(`/api/v1/people/${guess(9)}`, '198.51.100.1').expect(404);
  await clock.advance(60_000);
  await get('/api/v1/people').expect(200);
  await service.close();
});
