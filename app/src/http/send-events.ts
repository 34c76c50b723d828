import { once } from 'node:events';
import type { Request, Response } from 'express';
import { exchangeOf } from './exchange.ts';
import { problemOf } from './problem.ts';
import { endIfLast } from './send.ts';

/** Nobody on the way may keep a stream or hold it back; the last is what nginx and its kin listen to. */
const HEADERS = [
  ['Content-Type', 'text/event-stream'],
  ['Cache-Control', 'no-store'],
  ['Vary', 'Authorization, Accept, Prefer'],
  ['X-Accel-Buffering', 'no'],
].flat();

/** What a stream of events depends on. */
export interface Watched {
  readonly events: AsyncIterable<string>;
  /** Throws once the caller may not ask for it any more. */
  readonly permit: () => Promise<void>;
  /** Given when the caller left or the server closes. */
  readonly signal: AbortSignal;
}

/**
 * Sends events as they come, and asks before each piece whether the caller still may. What goes wrong before the
 * first piece is a problem like any other; later it is the last event.
 */
export async function sendEvents(req: Request, res: Response, watched: Watched): Promise<void> {
  const pieces = watched.events[Symbol.asyncIterator]();
  try {
    const first = await pieces.next();
    const headers = [...exchangeOf(res).headers, ...HEADERS];
    endIfLast(req, res, headers);
    res.writeHead(200, headers);
    if (req.method === 'HEAD') return void res.end();
    await pour(req, res, watched, first, pieces);
  } finally {
    await pieces.return?.();
  }
}

async function pour(
  req: Request,
  res: Response,
  { permit, signal }: Watched,
  first: IteratorResult<string>,
  pieces: AsyncIterator<string>,
): Promise<void> {
  const { socket } = req;
  const patience = socket.timeout ?? 0;
  socket.setTimeout(0); // that nothing happens for a while is as it should be
  try {
    for (let next = first; !next.done && !signal.aborted; next = await pieces.next()) {
      if (next !== first) await permit();
      if (write(res, next.value)) continue;
      socket.setTimeout(patience); // who reads nothing is cut as on every connection
      await once(res, 'drain', { signal }).catch(() => res.destroy()); // and is not waited for in the end
      socket.setTimeout(0);
    }
    socket.setTimeout(patience);
    res.end();
  } catch (error) {
    socket.setTimeout(patience);
    await endWith(res, error);
  }
}

/** False if the caller has to catch up first. */
function write(res: Response, piece: string): boolean {
  exchangeOf(res).bytes += Buffer.byteLength(piece);
  return res.write(piece);
}

/** The last event says why it is the last. What is our own fault is also logged. */
async function endWith(res: Response, error: unknown): Promise<void> {
  const exchange = exchangeOf(res);
  const { problem } = problemOf(error, exchange);
  exchange.code = problem.code;
  write(res, `event: error\ndata: ${JSON.stringify(problem)}\n\n`);
  res.end();
  if (problem.status < 500) return;
  if (!res.closed) await once(res, 'close');
  throw error;
}
