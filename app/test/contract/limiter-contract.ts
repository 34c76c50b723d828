import type { Limiter, Quota } from '../../src/kernel/ports.ts';
import type { TestClock } from '../support/test-clock.ts';

/** A limiter of a test's own, and the clock that it goes by. */
export interface FreshLimiter {
  readonly limiter: Limiter;
  readonly clock: TestClock;
  close(): Promise<void>;
}

export type LimiterFactory = () => Promise<FreshLimiter>;

const MINUTE_MS = 60_000;

/** What every implementation of the port must do. */
export function limiterContract(name: string, factory: LimiterFactory): void {
  describe(`a limiter in ${name}`, () => {
    let fresh: FreshLimiter;
    let limiter: Limiter;
    let serial = 0;
    beforeAll(async () => {
      fresh = await factory();
      limiter = fresh.limiter;
    });
    afterAll(() => fresh.close());

    const quota = (perMinute: number, policy = 'user'): Quota => {
      serial += 1;
      return { policy, subject: `somebody ${serial}`, perMinute };
    };
    const takeAll = (one: Quota) => {
      while (limiter.take([one]).allowed);
    };

    test('lets through as many as the limit says and no more, and tells what is left', async () => {
      const one = quota(3);
      const verdicts = Array.from({ length: 5 }, () => limiter.take([one]));
      expect(verdicts.map(({ allowed }) => allowed)).toEqual([true, true, true, false, false]);
      expect(verdicts.map(({ remaining }) => remaining)).toEqual([2, 1, 0, 0, 0]);
      for (const { quota: told, resetMs } of verdicts) {
        expect(told).toEqual(one);
        expect(resetMs).toBeGreaterThan(0);
        expect(resetMs).toBeLessThanOrEqual(MINUTE_MS);
      }
    });

    test('begins anew when the minute is over, and not a millisecond before', async () => {
      const one = quota(1);
      takeAll(one);
      const { resetMs } = limiter.take([one]);
      fresh.clock.advance(resetMs - 1);
      expect(limiter.take([one])).toMatchObject({ allowed: false, resetMs: 1 });
      fresh.clock.advance(1);
      expect(limiter.take([one])).toMatchObject({ allowed: true, remaining: 0, resetMs: MINUTE_MS });
    });

    test('keeps subjects apart, and policies too', async () => {
      const one = quota(1);
      takeAll(one);
      expect(limiter.take([{ ...one, policy: 'key' }]).allowed).toBe(true);
      expect(limiter.take([quota(1)]).allowed).toBe(true);
      expect(limiter.take([one]).allowed).toBe(false);
    });

    test('counts against none of several when one of them is used up', async () => {
      const small = quota(1);
      const large = quota(5, 'organisation');
      takeAll(small);
      for (let n = 0; n < 10; n += 1) {
        expect(limiter.take([large, small])).toMatchObject({ allowed: false, quota: small });
      }
      expect(limiter.take([large]).remaining).toBe(4);
    });

    test('tells of the tightest of several', async () => {
      const small = quota(2);
      const large = quota(9, 'organisation');
      expect(limiter.take([small, large])).toMatchObject({ quota: small, remaining: 1 });
      expect(limiter.take([large, small])).toMatchObject({ quota: small, remaining: 0 });
    });

    test('takes back what was counted, once, and never more than was', async () => {
      const one = quota(2);
      takeAll(one);
      limiter.giveBack(one);
      expect([limiter.take([one]).allowed, limiter.take([one]).allowed]).toEqual([true, false]);
      for (let n = 0; n < 5; n += 1) limiter.giveBack(one);
      expect(limiter.take([one]).remaining).toBe(1);
    });

    test('confirms what was taken within the limit, whatever was taken after it', async () => {
      const one = quota(2);
      for (const remaining of [1, 0]) {
        expect(limiter.take([one]).allowed).toBe(true);
        expect(await limiter.confirm([one])).toMatchObject({ allowed: true, quota: one, remaining });
      }
      expect(limiter.take([one]).allowed).toBe(false);
    });

    test('an hour that the clock is set back does not become an hour of waiting', async () => {
      const one = quota(1);
      takeAll(one);
      fresh.clock.advance(-3_600_000);
      expect(limiter.take([one]).allowed).toBe(true);
      expect(limiter.take([one]).resetMs).toBeLessThanOrEqual(MINUTE_MS);
    });
  });
}
