import { readFileSync } from 'node:fs';
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { standardOutput } from './adapters/standard-output.ts';
import { createWinstonLog } from './adapters/winston.ts';
import { compose } from './compose.ts';
import { readSettings } from './config.ts';

/** What API Gateway (payload 2.0) and function addresses of AWS Lambda hand over. */
export interface LambdaRequest {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly cookies?: readonly string[];
  readonly body?: string;
  readonly isBase64Encoded: boolean;
  readonly requestContext: { readonly http: { readonly method: string; readonly sourceIp: string } };
}

export interface LambdaAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

export interface LambdaHandler {
  (event: LambdaRequest): Promise<LambdaAnswer>;
  /** Stops what the first request started. The platform never asks for it. */
  close(): Promise<void>;
}

/** Lambda takes 6 MB; what is not text is a third longer in base64. */
const MAX_ANSWER_BYTES = 6_000_000;
const OF_THE_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'expect',
]);
const TEXT = /^(text\/|application\/([\w.-]+\+)?(json|xml|yaml|x-ndjson)\b)/;

/**
 * The second entry beside `main.ts`: the same service behind a function. The first event starts the very server of the
 * first entry on this machine, and every event goes through it, so whatever holds there holds here: limits, time-outs,
 * malformed requests. A failed start is tried again with the next event.
 */
export function createLambdaHandler(env: Env): LambdaHandler {
  let started: ReturnType<typeof start> | undefined;
  const running = () =>
    (started ??= start(env).catch((error: unknown) => {
      started = undefined;
      throw error;
    }));
  const handle = async (event: LambdaRequest) => answerOf(await ask((await running()).url, event));
  return Object.assign(handle, {
    close: async () => (await started)?.close(),
  });
}

/** What the function is configured to call. */
export const handler = createLambdaHandler(process.env);

async function start(env: Env) {
  const packageFile = new URL('../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  // Whoever called this function is the one proxy whose word on the caller's address counts.
  const settings = readSettings({ ...env, HOST: '127.0.0.1', PORT: '0', TRUST_PROXY: '1', DRAIN_MS: '0' });
  const log = createWinstonLog({ level: settings.LOG_LEVEL, now: Date.now, out: standardOutput() });
  const service = await compose(settings, { version, log, env });
  const served = await service.listen();
  return {
    url: served.url,
    async close() {
      await served.stop();
      await service.close();
      await log.close();
    },
  };
}

/** A connection for each event: between two events the process stands still, and a kept one would be broken. */
function ask(url: string, event: LambdaRequest): Promise<IncomingMessage> {
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  const query = event.rawQueryString === '' ? '' : `?${event.rawQueryString}`;
  // Gateways hand the path over decoded, functions do not.
  const path = `${event.rawPath.replace(/[^\x21-\x7e]/gu, encodeURIComponent)}${query}`;
  return new Promise((resolve, reject) => {
    const options = {
      method: event.requestContext.http.method,
      path,
      headers: headersOf(event, body),
      agent: false,
    };
    const sent = request(new URL(url), options, resolve);
    sent.once('error', reject);
    sent.end(body);
  });
}

function headersOf({ headers, cookies, requestContext }: LambdaRequest, body: Buffer): OutgoingHttpHeaders {
  const kept = Object.entries(headers).filter(([name, value]) => isForFunctions(name.toLowerCase(), value));
  return {
    ...Object.fromEntries(kept),
    'x-forwarded-for': requestContext.http.sourceIp,
    ...(cookies && { cookie: cookies.join('; ') }),
    ...(body.length > 0 && { 'content-length': body.length }),
    connection: 'close',
  };
}

/** A function answers once, so an event stream would never leave it: who asks for one is given a page. */
function isForFunctions(name: string, value: string | undefined): boolean {
  return !OF_THE_CONNECTION.has(name) && !(name === 'accept' && /text\/event-stream/i.test(value ?? ''));
}

async function answerOf(answer: IncomingMessage): Promise<LambdaAnswer> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  const { 'set-cookie': cookies, ...rest } = answer.headers;
  const headers = Object.fromEntries(
    Object.entries(rest).flatMap(([name, value]) =>
      value === undefined || OF_THE_CONNECTION.has(name) ? [] : [[name, String(value)]],
    ),
  );
  const isText = TEXT.test(headers['content-type'] ?? '') && headers['content-encoding'] === undefined;
  const body = bytes.toString(isText ? 'utf8' : 'base64');
  if (Buffer.byteLength(body) > MAX_ANSWER_BYTES) return tooLarge(bytes.length);
  return {
    statusCode: answer.statusCode ?? 500,
    headers,
    ...(cookies && { cookies }),
    body,
    isBase64Encoded: !isText,
  };
}

/** What the platform itself would answer with is 502 and no word why. */
function tooLarge(bytes: number): LambdaAnswer {
  const problem = {
    type: '/problems/answer_too_large',
    title: 'Internal Server Error',
    status: 500,
    code: 'answer_too_large',
    detail: `The answer has ${bytes} bytes, and a function can give 6 MB: ask for fewer records at a time.`,
  };
  const headers = { 'content-type': 'application/problem+json' };
  return { statusCode: 500, headers, body: JSON.stringify(problem), isBase64Encoded: false };
}
