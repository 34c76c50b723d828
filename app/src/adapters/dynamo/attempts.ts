import type { Clock } from '../../kernel/ports.ts';
import { unavailable } from '../../table/failures.ts';
import { judge } from './errors.ts';

const RETRIES = 3;
const MIN_DELAY_MS = 10;
const MAX_DELAY_MS = 80;
/** No attempt begins later than this after the first. Fences of the cache rely on writes coming to an end. */
const GIVE_UP_MS = 3_000;

/** Runs a call of the SDK; throws the failures of the port. */
export async function translated<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw judge(error).failure;
  }
}

/**
 * The same for a write, and repeats what other writes were in the way of: 3 times, after 10 to 80 ms of jitter. The SDK
 * does not repeat cancelled transactions itself. The call must be harmless to repeat.
 */
export async function persistent<T>(clock: Clock, call: () => Promise<T>): Promise<T> {
  const started = clock.now();
  let isDoubtful = false;
  for (let attempt = 0; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const { failure, again } = judge(error);
      isDoubtful ||= wasRepeated(error);
      if (!again || attempt === RETRIES || clock.now() - started > GIVE_UP_MS) {
        // One of the attempts got no answer and may still be done: nobody knows how this ends.
        throw isDoubtful && failure.code === 'write_conflict' && again ? unavailable(failure) : failure;
      }
      await clock.sleep(MIN_DELAY_MS + Math.random() * (MAX_DELAY_MS - MIN_DELAY_MS));
    }
  }
}

/** The SDK sent the request more than once, because no answer or none that counts came to the first. */
function wasRepeated(error: unknown): boolean {
  return ((error as { $metadata?: { attempts?: number } }).$metadata?.attempts ?? 1) > 1;
}
