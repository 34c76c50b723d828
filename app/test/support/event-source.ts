import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

/** What every event stream has. */
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
};

/** One event as it was sent; comments are told as such. */
export interface SentEvent {
  readonly event?: string;
  readonly id?: string;
  readonly data?: string;
  readonly retry?: string;
  readonly comment?: string;
}

/** A caller who listens to an event stream and takes one event at a time. */
export interface EventSource {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly response: IncomingMessage;
  /** The next event, comments too; undefined when the stream has ended. */
  any(): Promise<SentEvent | undefined>;
  /** The next event with this name, or with another than `bookmark`; undefined when the stream has ended. */
  next(name?: string): Promise<SentEvent | undefined>;
  /** Hangs up. */
  close(): void;
}

export async function listenTo(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventSource> {
  const sent = request(url, { agent: false, headers: { Accept: 'text/event-stream', ...headers } }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.setEncoding('utf8');
  const pieces = blocksOf(response);

  async function any(): Promise<SentEvent | undefined> {
    const { value } = await pieces.next();
    return value === undefined ? undefined : parsed(value);
  }

  async function next(name?: string): Promise<SentEvent | undefined> {
    for (;;) {
      const found = await any();
      if (!found) return undefined;
      if (name === undefined ? isTold(found) : found.event === name) return found;
    }
  }

  const { statusCode: status = 0 } = response;
  return { status, headers: response.headers, response, any, next, close: () => void response.destroy() };
}

const isTold = ({ event }: SentEvent) => event !== undefined && event !== 'bookmark';

/** The blocks between empty lines. A connection that breaks is an end like any other. */
async function* blocksOf(response: IncomingMessage): AsyncGenerator<string, undefined> {
  let text = '';
  try {
    for await (const piece of response) {
      text += piece;
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      yield* blocks;
    }
  } catch {
    return undefined;
  }
  return undefined;
}

function parsed(block: string): SentEvent {
  const lines = block.split('\n').map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon) || 'comment', line.slice(colon + 1).trimStart()];
  });
  return Object.fromEntries(lines);
}
