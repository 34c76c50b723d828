import { requestText } from '../support/raw-http.ts';

/** What a class of bad input needs to know of the route it is tried on. */
export interface Target {
  readonly method: string;
  /** A path that exists, with its parameters filled in. */
  readonly path: string;
  /** How the route takes its body, if it takes one. */
  readonly body?: { readonly kind: 'json' | 'stream'; readonly type: string };
  /** Credentials that the route wants to see before anything else. */
  readonly authorization?: string;
}

/** One way to ask badly, and the exact answer to it. */
export interface InputClass {
  readonly name: string;
  readonly applies: (target: Target) => boolean;
  /** The whole request as it goes over the wire. */
  readonly request: (target: Target) => string | Uint8Array;
  readonly status: number;
  readonly code: string;
  /** Headers that the answer must have, besides those of every problem. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the server ends the connection with the answer. */
  readonly closes?: boolean;
}

const BODY_LIMIT = 262_144;

const always = () => true;
const takesBody = ({ body }: Target) => body !== undefined;
const takesJson = ({ body }: Target) => body?.kind === 'json';

/** The target's own request with a valid media type and the given body. */
const withBody = (body: string) => (target: Target) =>
  requestText(target.method, target.path, { 'Content-Type': 'application/json', ...typeOf(target) }, body);

const withHeaders = (headers: Readonly<Record<string, string>>) => (target: Target) =>
  requestText(target.method, target.path, { ...typeOf(target), ...headers }, bodyOf(target));

const withPath = (change: (path: string) => string) => (target: Target) =>
  requestText(target.method, change(target.path), typeOf(target), bodyOf(target));

function typeOf(target: Target): Record<string, string> {
  return { ...credentialsOf(target), ...(target.body && { 'Content-Type': target.body.type }) };
}

function credentialsOf({ authorization }: Target): Record<string, string> {
  return authorization === undefined ? {} : { Authorization: authorization };
}

function bodyOf({ body }: Target): string {
  return body ? '{}' : '';
}

function json(name: string, body: string, status: number, code: string): InputClass {
  return { name, applies: takesJson, request: withBody(body), status, code };
}

const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
const members = (count: number) => Array.from({ length: count }, (_, i) => `"k${i}":0`).join();

const JSON_TEXT: readonly InputClass[] = [
  json('a truncated body', '{"a":', 400, 'malformed_json'),
  json('a trailing comma', '{"a":1,}', 400, 'malformed_json'),
  json('NaN', '{"a":NaN}', 400, 'malformed_json'),
  json('a scalar body', '"text"', 400, 'malformed_json'),
  json('a null body', 'null', 400, 'malformed_json'),
  {
    name: 'an empty body',
    applies: takesJson,
    request: (target) =>
      requestText(target.method, target.path, { ...typeOf(target), 'Content-Length': '0' }),
    status: 400,
    code: 'malformed_json',
  },
  {
    name: 'a body that is not UTF-8',
    applies: takesJson,
    request: (target) =>
      Buffer.from(withBody('{"a":"\xff"}')(target).replace(/Length: \d+/, 'Length: 9'), 'latin1'),
    status: 400,
    code: 'invalid_utf8',
  },
  json('33 levels', nested(33), 400, 'too_deep'),
  json('5,000 levels', nested(5_000), 400, 'too_deep'),
  json('20,000 levels', nested(20_000), 400, 'too_deep'),
  json('1,001 members of an object', `{${members(1_001)}}`, 400, 'too_complex'),
  json('10,000 values', `{"a":[${Array(10_000).fill(0)}]}`, 400, 'too_complex'),
  json('a member called __proto__', '{"__proto__":{"admin":true}}', 400, 'forbidden_key'),
  json('constructor.prototype', '{"constructor":{"prototype":{"admin":true}}}', 400, 'forbidden_key'),
  json('__proto__ far inside', '{"a":[{"b":{"__proto__":1}}]}', 400, 'forbidden_key'),
  json('a number beyond all doubles', '{"a":1e400}', 422, 'number_out_of_range'),
  json('a whole number beyond 2^53', '{"a":9007199254740993}', 422, 'number_out_of_range'),
  json('a number of 39 digits', `{"a":0.${'123456789'.repeat(4)}123}`, 422, 'number_out_of_range'),
  json('NUL in a string', '{"a":"x\\u0000"}', 422, 'invalid_string'),
  json('a control character in a string', '{"a":"\\u001b[2J"}', 422, 'invalid_string'),
  json('a lone surrogate', '{"a":"\\ud800"}', 422, 'invalid_string'),
  json('the last code point of Unicode', '{"a":"\\udbff\\udfff"}', 422, 'invalid_string'),
  json('NUL in a name', '{"a\\u0000":1}', 422, 'invalid_string'),
];

const MEDIA: readonly InputClass[] = [
  {
    name: 'no media type',
    applies: takesBody,
    request: (target) => requestText(target.method, target.path, credentialsOf(target), '{}'),
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    name: 'text/plain',
    applies: takesBody,
    request: withHeaders({ 'Content-Type': 'text/plain' }),
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    name: 'a charset other than UTF-8',
    applies: takesBody,
    request: (target) => withHeaders({ 'Content-Type': `${target.body?.type}; charset=iso-8859-1` })(target),
    status: 415,
    code: 'unsupported_media_type',
  },
  ...['gzip', 'br', 'deflate', 'zstd', 'gzip, gzip'].map((encoding) => ({
    name: `a body in ${encoding}`,
    applies: takesBody,
    request: withHeaders({ 'Content-Encoding': encoding }),
    status: 415,
    code: 'unsupported_encoding',
    headers: { 'accept-encoding': 'identity' },
  })),
  {
    name: 'a body too large by its length',
    applies: takesJson,
    request: withBody(JSON.stringify({ a: 'x'.repeat(BODY_LIMIT) })),
    status: 413,
    code: 'payload_too_large',
    closes: true,
  },
  {
    name: 'a body too large in chunks',
    applies: takesJson,
    request: (target) =>
      requestText(
        target.method,
        target.path,
        { ...typeOf(target), 'Transfer-Encoding': 'chunked' },
        `40010\r\n${'x'.repeat(0x40010)}\r\n`,
      ),
    status: 413,
    code: 'payload_too_large',
    closes: true,
  },
];

const ADDRESS: readonly InputClass[] = [
  {
    name: 'a broken escape in the path',
    applies: always,
    request: withPath((path) => `${path}/%E0%A4%A`),
    status: 400,
    code: 'malformed_path',
  },
  {
    name: 'NUL in the path',
    applies: always,
    request: withPath((path) => `${path}/%00`),
    status: 400,
    code: 'malformed_path',
  },
  {
    name: 'an escaped climb in the path',
    applies: always,
    request: withPath((path) => `${path}/..%2f..%2fetc`),
    status: 404,
    code: 'not_found',
  },
  {
    name: 'a path over 2 KB',
    applies: always,
    request: withPath((path) => `${path}/${'x'.repeat(2_048)}`),
    status: 414,
    code: 'uri_too_long',
  },
  {
    name: 'an unknown parameter',
    applies: always,
    request: withPath((path) => `${path}?surely_unknown=1`),
    status: 400,
    code: 'invalid_query',
  },
  {
    name: 'a parameter twice',
    applies: always,
    request: withPath((path) => `${path}?limit=1&limit=1`),
    status: 400,
    code: 'invalid_query',
  },
  {
    name: 'brackets in a parameter',
    applies: always,
    request: withPath((path) => `${path}?a[b]=c`),
    status: 400,
    code: 'invalid_query',
  },
  {
    name: '10,000 parameters',
    applies: always,
    request: withPath((path) => `${path}?${'a=1&'.repeat(10_000)}`),
    status: 400,
    code: 'invalid_query',
  },
  {
    name: 'a broken escape in the query',
    applies: always,
    request: withPath((path) => `${path}?a=%E0%A4%A`),
    status: 400,
    code: 'invalid_query',
  },
];

const HEADERS: readonly InputClass[] = [
  {
    name: 'over 16 KB of headers',
    applies: always,
    request: withHeaders({ 'X-Big': 'x'.repeat(16_384) }),
    status: 431,
    code: 'headers_too_large',
    closes: true,
  },
  {
    name: 'headers beyond what is read',
    applies: always,
    request: withHeaders({ 'X-Big': 'x'.repeat(140_000) }),
    status: 431,
    code: 'headers_too_large',
    closes: true,
  },
  {
    name: 'a length and chunks at once',
    applies: always,
    request: withHeaders({ 'Content-Length': '5', 'Transfer-Encoding': 'chunked' }),
    status: 400,
    code: 'malformed_request',
    closes: true,
  },
  {
    name: 'two lengths',
    applies: always,
    request: withHeaders({ 'Content-Length': '5', 'content-length': '6' }),
    status: 400,
    code: 'malformed_request',
    closes: true,
  },
  {
    name: 'a folded header',
    applies: always,
    request: withHeaders({ 'X-Folded': 'a\r\n b' }),
    status: 400,
    code: 'malformed_request',
    closes: true,
  },
  {
    name: 'a Host that is none',
    applies: always,
    request: withHeaders({ Host: 'a b/c' }),
    status: 400,
    code: 'invalid_host',
    closes: true,
  },
  {
    name: 'two Hosts',
    applies: always,
    request: withHeaders({ Host: 'a', host: 'b' }),
    status: 400,
    code: 'invalid_host',
    closes: true,
  },
  {
    name: 'an expectation that cannot be met',
    applies: always,
    request: withHeaders({ Expect: 'foo' }),
    status: 417,
    code: 'expectation_failed',
    closes: true,
  },
  {
    name: 'TRACE',
    applies: always,
    request: ({ path }) => requestText('TRACE', path),
    status: 405,
    code: 'method_not_allowed',
  },
  {
    name: 'a method that no path takes',
    applies: always,
    request: ({ path }) => requestText('PROPFIND', path),
    status: 405,
    code: 'method_not_allowed',
  },
  {
    name: 'a method that is none',
    applies: always,
    request: ({ path }) => requestText('FOO', path),
    status: 400,
    code: 'malformed_request',
    closes: true,
  },
  {
    name: 'an If-Match that is none',
    applies: always,
    request: withHeaders({ 'If-Match': 'garbage' }),
    status: 400,
    code: 'invalid_precondition',
  },
  {
    name: 'an If-None-Match that is none',
    applies: always,
    request: withHeaders({ 'If-None-Match': '"a" "b"' }),
    status: 400,
    code: 'invalid_precondition',
  },
  {
    name: 'an Idempotency-Key of 300 characters',
    applies: always,
    request: withHeaders({ 'Idempotency-Key': 'x'.repeat(300) }),
    status: 400,
    code: 'invalid_idempotency_key',
  },
  {
    name: 'an empty Idempotency-Key',
    applies: always,
    request: withHeaders({ 'Idempotency-Key': '""' }),
    status: 400,
    code: 'invalid_idempotency_key',
  },
];

/** Every class of bad input that the edge answers alone, whatever the route. To be tried on every route. */
export const INPUT_CLASSES: readonly InputClass[] = [...JSON_TEXT, ...MEDIA, ...ADDRESS, ...HEADERS];
