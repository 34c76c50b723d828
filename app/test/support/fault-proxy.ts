import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request as open, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A DynamoDB call on its way: what was asked, and the way on. */
export interface Call {
  /** Such as `GetItem`. */
  readonly operation: string;
  // biome-ignore lint/suspicious/noExplicitAny: the JSON body of any operation
  readonly body: any;
  /** The body as it came. */
  readonly text: string;
  /** Sends the call on, with its own body or another. */
  forward(body?: unknown): Promise<Reply>;
}

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the JSON body of any operation
  readonly body: any;
  /** The body as it came, where it did: most bodies only pass by, and parsing them would cost the most. */
  readonly text?: string;
}

/** What happens to a call in place of plain forwarding: a reply, a cut connection, half a reply, or silence. */
export type Fault = (call: Call) => Promise<Reply | 'cut' | 'half' | 'silence'>;

/** Stands in front of a DynamoDB-compatible server and does what networks and busy servers do. */
export interface FaultProxy {
  readonly endpoint: string;
  /** Every call that arrived, in order. */
  readonly calls: Pick<Call, 'operation' | 'body'>[];
  /** The next calls of the operation meet these faults, one each. */
  inject(operation: string, ...faults: readonly Fault[]): void;
  close(): Promise<void>;
}

/** The part of a proxy that listens. */
export interface Gateway {
  readonly endpoint: string;
  readonly port: number;
  close(): Promise<void>;
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const calls: FaultProxy['calls'] = [];
  const pending = new Map<string, Fault[]>();

  const { endpoint, close } = await startGateway(target, (call) => {
    calls.push({ operation: call.operation, body: call.body });
    const fault = pending.get(call.operation)?.shift();
    return fault ? fault(call) : call.forward();
  });
  return {
    endpoint,
    calls,
    inject(operation, ...faults) {
      pending.set(operation, [...(pending.get(operation) ?? []), ...faults]);
    },
    close,
  };
}

/** Every call to the server goes through `meet`, which forwards it or does something else. */
export async function startGateway(target: string, meet: Fault): Promise<Gateway> {
  const agent = new Agent({ keepAlive: true });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const text = await textOf(request);
    const headers = forwardable(request);
    const forward = (body?: unknown) =>
      post(agent, target, headers, body === undefined ? text : JSON.stringify(body));
    answer(response, await meet(Object.assign(withBody(text), { operation, forward })));
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => response.destroy(error));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    async close() {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function post(
  agent: Agent,
  target: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<Reply> {
  const length = Buffer.byteLength(body);
  const sent = open(target, { agent, method: 'POST', headers: { ...headers, 'content-length': length } });
  sent.end(body);
  const [reply] = (await once(sent, 'response')) as [IncomingMessage];
  return Object.assign(withBody(await textOf(reply)), { status: reply.statusCode ?? 0 });
}

async function textOf(message: IncomingMessage): Promise<string> {
  let text = '';
  message.setEncoding('utf8').on('data', (part: string) => (text += part));
  await once(message, 'end');
  return text;
}

function withBody(text: string): Pick<Call, 'text' | 'body'> {
  return {
    text,
    get body() {
      return JSON.parse(text);
    },
  };
}

function forwardable({ headers }: IncomingMessage): Record<string, string> {
  const names = ['authorization', 'content-type', 'x-amz-date', 'x-amz-target'];
  return Object.fromEntries(names.map((name) => [name, String(headers[name] ?? '')]));
}

function answer(response: ServerResponse, reply: Awaited<ReturnType<Fault>>): void {
  if (reply === 'silence') return;
  if (reply === 'cut') {
    response.destroy();
    return;
  }
  const body = reply === 'half' ? '{"Item":' : (reply.text ?? JSON.stringify(reply.body));
  const length = Buffer.byteLength(body) + (reply === 'half' ? 100 : 0);
  response.writeHead(reply === 'half' ? 200 : reply.status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': length,
  });
  if (reply === 'half') response.write(body, () => response.destroy());
  else response.end(body);
}

/** The server refuses the call. */
export function refused(name: string, status = 400, message = name): Fault {
  const prefix = 'com.amazonaws.dynamodb.v20120810';
  return async () => ({ status, body: { __type: `${prefix}#${name}`, message } });
}

export const throttled = refused('ThrottlingException');
export const broken = refused('InternalServerError', 500);

/** The connection breaks before the call arrives. */
export const cut: Fault = async () => 'cut';

/** The reply ends in the middle. */
export const half: Fault = async (call) => {
  await call.forward();
  return 'half';
};

/** No answer at all. */
export const silence: Fault = async () => 'silence';

/** The call is done, but nobody hears of it. */
export const lostReply: Fault = async (call) => {
  await call.forward();
  return 'cut';
};

/** The transaction is cancelled for these reasons, one for each action. */
export function cancelled(...codes: readonly string[]): Fault {
  const name = 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException';
  const message = `Transaction cancelled, please refer cancellation reasons [${codes.join(', ')}]`;
  const CancellationReasons = codes.map((Code) => ({ Code }));
  return async () => ({ status: 400, body: { __type: name, message, CancellationReasons } });
}

/** A batch read answers only so many of its keys and gives back the rest. */
export function unprocessed(answered: number): Fault {
  return async (call) => {
    const [table, request] = Object.entries<{ Keys: unknown[] }>(call.body.RequestItems)[0]!;
    const rest = { [table]: { ...request, Keys: request.Keys.slice(answered) } };
    if (answered === 0) return { status: 200, body: { Responses: {}, UnprocessedKeys: rest } };
    const RequestItems = { [table]: { ...request, Keys: request.Keys.slice(0, answered) } };
    const reply = await call.forward({ ...call.body, RequestItems });
    return { status: reply.status, body: { ...reply.body, UnprocessedKeys: rest } };
  };
}

/** A query's page ends after so many items, long before its limit. */
export function shortPage(items: number): Fault {
  return (call) => call.forward({ ...call.body, Limit: items });
}
