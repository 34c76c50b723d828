import type { Response } from 'express';
import { exchangeOf } from './exchange.ts';
import type { Lifecycle } from './lifecycle.ts';

/**
 * Makes the function by which a call says, once it does, that from here on it only waits. The signal is given when
 * the caller leaves or the server closes.
 */
export function waiter(res: Response, onClose: Lifecycle['onClose']): () => AbortSignal {
  let signal: AbortSignal | undefined;
  return () => (signal ??= beginWait(res, onClose));
}

function beginWait(res: Response, onClose: Lifecycle['onClose']): AbortSignal {
  const exchange = exchangeOf(res);
  exchange.servedMs = performance.now() - exchange.startedAt;
  const ending = new AbortController();
  const end = () => ending.abort();
  const forget = onClose(end);
  res.once('close', () => {
    forget();
    end();
  });
  if (res.closed) end();
  return ending.signal;
}
