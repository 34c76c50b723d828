import type { Clock } from '../../kernel/ports.ts';
import { judge } from './errors.ts';

const RETRIES = 3;
const MIN_DELAY_MS = 10;
const MAX_DELAY_MS = 80;

/** Runs a call of the SDK; throws the failures of the port. */
export async function translated<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw judge(error).failure;
  }
}

/**
 * The same, and repeats what other writes were in the way of: 3 times, after 10 to 80 ms of jitter. The SDK
 * does not repeat cancelled transactions itself. The call must be harmless to repeat.
 */
export async function persistent<T>(clock: Clock, call: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const { failure, again } = judge(error);
      if (!again || attempt === RETRIES) throw failure;
      await clock.sleep(MIN_DELAY_MS + Math.random() * (MAX_DELAY_MS - MIN_DELAY_MS));
    }
  }
}
