import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

interface ResponseObject {
  readonly $ref?: string;
  /** Only given to who asks for it with `Prefer`. */
  readonly 'x-prefer'?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
}

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, ResponseObject>>;
}

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Operation['responses'] };
}

/** Compares what a service answers with what its API description says that it answers. */
export interface Conformance {
  /** Passes requests on and remembers every answer that the description does not know. */
  readonly listen: RequestListener;
  readonly violations: readonly string[];
  /** `operation status` pairs of described successes that were never seen. */
  unseen(): string[];
}

/** A description that is ready to be compared with. */
export interface Expectations {
  readonly described: Described;
  readonly ajv: Ajv2020;
  /** The longest first. */
  readonly routes: readonly {
    readonly path: string;
    readonly operations: Described['paths'][string];
    readonly pattern: RegExp;
  }[];
}

/** `document` may contain run-time types; those are not needed here. */
export function expectationsOf(document: unknown): Expectations {
  const described = document as Described;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (formats as unknown as (ajv: Ajv2020) => void)(ajv);
  ajv.addSchema({ $id: 'api', ...(closed(document) as object) });
  const routes = Object.entries(described.paths).map(([path, operations]) => ({
    path,
    operations,
    pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}/?$`),
    literal: path.replace(/\{\w+\}/g, '').length,
  }));
  return { described, ajv, routes: routes.sort((a, b) => b.literal - a.literal) };
}

export function conformanceOf({ described, ajv, routes }: Expectations, app: RequestListener): Conformance {
  const violations: string[] = [];
  const seen = new Set<string>();

  function judge(req: IncomingMessage, status: number, answer: Watched): void {
    const method = (req.method === 'HEAD' ? 'GET' : req.method)!.toLowerCase();
    const path = req.url!.split('?')[0]!;
    const route = routes.find(({ pattern, operations }) => pattern.test(path) && operations[method]);
    if (!route || status === 304) return;
    const operation = route.operations[method]!;
    const name = `${operation.operationId} ${status}`;
    seen.add(name);
    const response = operation.responses[status];
    if (!response) return void violations.push(`${name} is not described`);
    const body = answer.body();
    if (req.method === 'HEAD' || body === '') return;
    const place = response.$ref ?? `#/paths/${escaped(route.path)}/${method}/responses/${status}`;
    const problem = validate(response, place, answer.type(), body);
    if (problem) violations.push(`${name}: ${problem} in ${body.slice(0, 300)}`);
  }

  function validate(response: ResponseObject, place: string, type: string, body: string): string | undefined {
    const resolved = response.$ref
      ? described.components.responses[response.$ref.split('/').at(-1)!]!
      : response;
    const content = resolved.content?.[type];
    if (!content) return `${type} is not described`;
    if (!content.schema || !/[/+]json$/.test(type)) return undefined;
    const check = ajv.getSchema(`api${place}/content/${escaped(type)}/schema`) as ValidateFunction;
    return check(JSON.parse(body)) ? undefined : ajv.errorsText(check.errors);
  }

  return {
    violations,
    listen(req, res) {
      const answer = watch(res);
      res.on('finish', () => judge(req, res.statusCode, answer));
      app(req, res);
    },
    unseen: () =>
      Object.values(described.paths)
        .flatMap((operations) => Object.values(operations))
        .flatMap(({ operationId, responses }) =>
          Object.entries(responses)
            .filter(([, response]) => response['x-prefer'] === undefined)
            .map(([status]) => `${operationId} ${status}`),
        )
        .filter((name) => / 2\d\d$/.test(name) && !seen.has(name)),
  };
}

const escaped = (segment: string) => encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'));

/** Objects that list their members have no others, but for problems: what is not described must not leave. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, closed(value)]));
  const properties = copy.properties as object | undefined;
  const isOpen = copy.type !== 'object' || !properties || 'request_id' in properties;
  return !isOpen && copy.additionalProperties === undefined ? { ...copy, additionalProperties: false } : copy;
}

/** What leaves through a response: its body and, however it is set, its media type. */
interface Watched {
  body(): string;
  type(): string;
}

function watch(res: ServerResponse): Watched {
  const chunks: Buffer[] = [];
  let type: unknown;
  const { write, end, writeHead } = res;
  const keep = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk as string));
  };
  res.write = (...args: unknown[]) => {
    keep(args[0]);
    return Reflect.apply(write, res, args);
  };
  res.end = (...args: unknown[]) => {
    keep(args[0]);
    return Reflect.apply(end, res, args);
  };
  res.writeHead = (...args: unknown[]) => {
    type = contentTypeIn(args.at(-1));
    return Reflect.apply(writeHead, res, args);
  };
  return {
    body: () => Buffer.concat(chunks).toString(),
    type: () => String(type ?? res.getHeader('content-type')).split(';')[0]!,
  };
}

/** Headers come as an object or as a flat list of names and values. */
function contentTypeIn(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const pairs = Array.isArray(headers)
    ? headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1]]] : []))
    : Object.entries(headers);
  return pairs.find(([name]) => String(name).toLowerCase() === 'content-type')?.[1];
}
