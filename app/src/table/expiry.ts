import type { Clock } from '../kernel/ports.ts';

/** Unix seconds, the unit of `expires_at`. */
export function nowSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}

/** Whether an item with this `expires_at` counts as absent. Engines remove such items late, or never. */
export function isExpired(expiresAt: number | null | undefined, now: number): boolean {
  return typeof expiresAt === 'number' && expiresAt <= now;
}
