import { type HttpHandler, type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import { Agent, type Dispatcher } from 'undici';

export interface HttpHandlerOptions {
  /** Connections to one place at a time; further requests wait for one of them. */
  readonly connections: number;
  /** Milliseconds until a request must have a connection, be it a new one or one that others use before it. */
  readonly connectMs: number;
  /** Milliseconds from the call to the end of the answer. */
  readonly requestMs: number;
  /** Milliseconds for which a connection is kept that nobody uses. */
  readonly idleMs: number;
}

/** Until a connection that nobody waits for any more is given up; undici counts such time in half seconds. */
const ABANDONED_MS = 1_000;

/**
 * Sends the SDK's requests through undici, which takes half of the processor time that the SDK's own handler takes
 * with Node's client. Whole answers are handed on, so an answer that breaks off fails here and is asked for again.
 * Nobody in this house aborts a call, so the SDK's signal is not listened to.
 */
export function createHttpHandler(options: HttpHandlerOptions): HttpHandler {
  const agent = new Agent({
    connections: options.connections,
    pipelining: 1,
    connect: { timeout: ABANDONED_MS },
    keepAliveTimeout: options.idleMs,
    // Each request has timers of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: (request) => new Promise((resolve, reject) => ask(agent, request, options, resolve, reject)),
    destroy: () => void agent.destroy(),
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  };
}

type Resolve = (answer: { response: HttpResponse }) => void;
type Reject = (error: Error) => void;

/** Sends one request. It ends once: with the answer, or with an error after which nothing more is sent. */
function ask(
  agent: Agent,
  request: HttpRequest,
  { connectMs, requestMs }: HttpHandlerOptions,
  resolve: Resolve,
  reject: Reject,
): void {
  const chunks: Buffer[] = [];
  let controller: Dispatcher.DispatchController | undefined;
  let late: Error | undefined;
  let statusCode = 0;
  let headers: Record<string, string> = {};
  const waiting = setTimeout(() => giveUp(`No connection within ${connectMs} ms.`), connectMs);
  const answering = setTimeout(() => giveUp(`No answer within ${requestMs} ms.`), requestMs);

  function giveUp(message: string): void {
    late = named('TimeoutError', message);
    end();
    controller?.abort(late);
    reject(late);
  }
  function end(): void {
    clearTimeout(waiting);
    clearTimeout(answering);
  }

  agent.dispatch(dispatchOf(request), {
    onRequestStart(given) {
      clearTimeout(waiting);
      controller = given;
      if (late) given.abort(late); // it waited for too long, so it must not be sent any more
    },
    onResponseStart(_, status, given) {
      statusCode = status;
      headers = given as Record<string, string>;
    },
    onResponseData: (_, chunk) => void chunks.push(chunk),
    onResponseEnd() {
      end();
      const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      resolve({ response: new HttpResponse({ statusCode, headers, body }) });
    },
    onResponseError(_, error) {
      end();
      reject(inWordsOfNode(error));
    },
  });
}

function dispatchOf({ protocol, hostname, port, method, path, headers, body }: HttpRequest) {
  const origin = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
  return { origin, path, method: method as Dispatcher.HttpMethod, headers, body };
}

const OF_UNDICI = /^UND_ERR_/;

/** The SDK knows what to send again by the names and codes of its own handler. */
function inWordsOfNode(error: Error & { readonly code?: string }): Error {
  if (!OF_UNDICI.test(error.code ?? '')) return error;
  return Object.assign(new Error(error.message, { cause: error }), { code: 'ECONNRESET' });
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
