import { once } from 'node:events';
import Joi from 'joi';
import type { Call, Domain } from '../../src/domains/domain.ts';

/** What tests make a stream of events do. */
export interface Ticks {
  readonly domain: Domain;
  /** Sends a piece to every stream that is open. */
  send(piece: string): void;
  /** Lets every stream that is open fail, or end without an error. */
  end(error?: unknown): void;
  /** Pieces that were taken, streams that began and that are over, calls that wait. */
  readonly count: { taken: number; begun: number; over: number; waiting: number };
}

export const TICKS = '/api/v1/ticks';
export const FLOOD = '/api/v1/flood';
export const WAIT = '/api/v1/wait';
const FLOOD_PIECE = 'x'.repeat(10_000);

/** Routes that send what a test says, that send as fast as they can, and that only wait. */
export function tickingDomain(): Ticks {
  const count = { taken: 0, begun: 0, over: 0, waiting: 0 };
  const news = new EventTarget();
  let next: { piece?: string; error?: unknown; isEnd?: boolean } = {};

  async function* ticks(signal: AbortSignal): AsyncGenerator<string> {
    count.begun += 1;
    try {
      yield 'event: start\n\n';
      while (!signal.aborted) {
        await once(news, 'news', { signal }).catch(() => {});
        if (next.error) throw next.error;
        if (next.isEnd) return;
        yield next.piece ?? '';
      }
    } finally {
      count.over += 1;
    }
  }

  async function* flood(): AsyncGenerator<string> {
    try {
      for (;;) yield `id: ${count.taken++}\ndata: ${FLOOD_PIECE}\n\n`;
    } finally {
      count.over += 1;
    }
  }

  async function wait(call: Call): Promise<void> {
    const signal = call.wait!();
    count.waiting += 1;
    if (!signal.aborted) await once(signal, 'abort');
    count.over += 1;
  }

  const route = (path: string, operation: string, handler: (call: Call) => Promise<object>) => ({
    method: 'GET' as const,
    path,
    operation,
    summary: 'Tick.',
    permission: 'toys:read' as const,
    responses: {
      200: { description: 'Ticks.', schema: Joi.object(), also: { 'text/event-stream': 'Ticks.' } },
    },
    handler: async (call: Call) => ({ status: 200, ...(await handler(call)) }),
  });
  const tell = (what: typeof next) => {
    next = what;
    news.dispatchEvent(new Event('news'));
  };
  return {
    domain: {
      name: 'ticks',
      summary: 'What comes by itself.',
      routes: [
        route(TICKS, 'listTicks', async (call) => ({ events: ticks(call.wait!()) })),
        route(FLOOD, 'listFlood', async () => ({ events: flood() })),
        route(WAIT, 'waitForNothing', async (call) => ({ body: { over: await wait(call) } })),
      ],
    },
    count,
    send: (piece) => tell({ piece }),
    end: (error) => tell({ error, isEnd: true }),
  };
}
