import Joi from 'joi';
import type { Call, Domain, Route } from '../../src/domains/domain.ts';
import { fail } from '../../src/kernel/errors.ts';

/** A toy, and what a test can make its routes do. */
export interface ToyControls {
  /** Bodies that reached a handler. */
  readonly made: unknown[];
  /** Bytes that uploads handed over. */
  uploaded: number;
  /** How uploads ended. */
  readonly uploads: Promise<void>[];
  /** Rows that downloads were asked for, and whether the last one was ended. */
  rows: number;
  downloadEnded: boolean;
  /** What `GET /api/v1/toys/:uuid` waits for. */
  gate: Promise<void>;
  /** Called when a handler of `GET /api/v1/toys/:uuid` begins. */
  entered: () => void;
  /** What `GET /api/v1/broken` throws. */
  fault: unknown;
}

export const TOY = '0190163d-8694-739b-aea5-966c26f8ad90';
export const TOY_PATH = `/api/v1/toys/${TOY}`;

const uuid = Joi.string().guid().description('Which toy.');
const toyInput = Joi.object({
  name: Joi.string().min(2).max(20).required(),
  age: Joi.number().integer().min(0),
  colour: Joi.string().valid('red', 'blue').default('red'),
  parts: Joi.array()
    .items(Joi.object({ size: Joi.number().required() }))
    .max(3),
  extra: Joi.object().unknown(),
}).meta({ component: 'ToyInput' });
const toyView = toyInput.keys({ uuid: uuid.required() }).meta({ component: 'Toy' });
const toyPage = Joi.object({
  items: Joi.array().items(toyView).required(),
  next_cursor: Joi.string().allow(null).required(),
});

/** A domain with one route of each sort, for tests of the edge alone. */
export function toyDomain(): { domain: Domain; controls: ToyControls } {
  const controls: ToyControls = {
    made: [],
    uploaded: 0,
    uploads: [],
    rows: 3,
    downloadEnded: false,
    gate: Promise.resolve(),
    entered: () => {},
    fault: new Error('secret inside'),
  };
  const routes = [...resourceRoutes(controls), ...streamRoutes(controls), ...oddRoutes(controls)];
  return { domain: { name: 'toys', summary: 'Things to play with.', routes }, controls };
}

function resourceRoutes(controls: ToyControls): Route[] {
  const one = { params: { uuid }, failures: [404, 412] };
  const body = { kind: 'json', schema: toyInput } as const;
  const answer = { status: 200, body: { uuid: TOY, name: 'Ball' }, etag: '"1"' };
  return [
    {
      method: 'GET',
      path: '/api/v1/toys',
      operation: 'listToys',
      summary: 'List toys.',
      permission: 'toys:read',
      query: Joi.object({
        limit: Joi.number().integer().min(1).max(100).default(50),
        cursor: Joi.string().max(100),
        tag: Joi.array().items(Joi.string()).description('Repeatable.'),
        loud: Joi.boolean(),
      }),
      responses: { 200: { description: 'A page.', schema: toyPage } },
      handler: async ({ query }) => ({
        status: 200,
        body: { items: [], next_cursor: null, query },
        next: query.cursor === 'last' ? null : 'next one',
      }),
    },
    {
      method: 'POST',
      path: '/api/v1/toys',
      operation: 'createToy',
      summary: 'Make a toy.',
      permission: 'toys:write',
      body,
      responses: { 201: { description: 'Made.', schema: toyView } },
      failures: [409],
      handler: async (call) => {
        controls.made.push(call.body);
        return { status: 201, body: { uuid: TOY, ...call.body }, location: TOY_PATH, etag: '"1"' };
      },
    },
    {
      ...one,
      method: 'GET',
      path: '/api/v1/toys/:uuid',
      operation: 'getToy',
      summary: 'Read a toy.',
      permission: 'toys:read',
      responses: { 200: { description: 'The toy.', schema: toyView } },
      handler: async () => {
        controls.entered();
        await controls.gate;
        return answer;
      },
    },
    {
      ...one,
      method: 'PATCH',
      path: '/api/v1/toys/:uuid',
      operation: 'changeToy',
      summary: 'Change a toy.',
      permission: 'toys:write',
      body: { ...body, types: ['application/json', 'application/merge-patch+json'] },
      responses: { 200: { description: 'Changed.', schema: toyView } },
      handler: async (call) => ({ status: 200, body: echo(call) }),
    },
    {
      ...one,
      method: 'DELETE',
      path: '/api/v1/toys/:uuid',
      operation: 'deleteToy',
      summary: 'Delete a toy.',
      permission: 'toys:admin',
      responses: { 204: { description: 'Gone.' } },
      handler: async () => ({ status: 204 }),
    },
  ];
}

function streamRoutes(controls: ToyControls): Route[] {
  const consume = async ({ stream }: Call) => {
    for await (const chunk of stream!) controls.uploaded += chunk.length;
  };
  async function* rows() {
    controls.downloadEnded = false;
    try {
      for (let i = 0; i < controls.rows; i++) yield `{"row":${i}}\n`;
    } finally {
      controls.downloadEnded = true;
    }
  }
  return [
    {
      method: 'POST',
      path: '/api/v1/toys/upload',
      operation: 'uploadToys',
      summary: 'Upload toys.',
      permission: 'toys:write',
      body: { kind: 'stream', types: ['application/x-ndjson', 'text/csv'] },
      responses: { 200: { description: 'Counted.', schema: Joi.object({ bytes: Joi.number().required() }) } },
      handler: async (call) => {
        const before = controls.uploaded;
        const upload = consume(call);
        controls.uploads.push(upload);
        await upload;
        return { status: 200, body: { bytes: controls.uploaded - before } };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/toys/download',
      operation: 'downloadToys',
      summary: 'Download toys.',
      permission: 'toys:read',
      responses: { 200: { description: 'Rows.', types: ['application/x-ndjson'] } },
      handler: async () => ({ status: 200, stream: rows(), contentType: 'application/x-ndjson' }),
    },
  ];
}

function oddRoutes(controls: ToyControls): Route[] {
  async function* breaksLater() {
    yield 'x'.repeat(100_000);
    throw controls.fault;
  }
  // biome-ignore lint/correctness/useYield: it fails before its first chunk
  async function* breaksAtOnce(): AsyncGenerator<string> {
    throw fail('unavailable', 'store_unavailable', 'The store cannot answer right now.');
  }
  const get = (path: string, operation: string, handler: Route['handler']): Route => ({
    method: 'GET',
    path,
    operation,
    summary: `${operation}.`,
    permission: 'public',
    responses: { 200: { description: 'Fine.' } },
    handler,
  });
  return [
    get('/api/v1/broken', 'breakNow', async () => {
      throw controls.fault;
    }),
    get('/api/v1/breaks-later', 'breakLater', async () => ({ status: 200, stream: breaksLater() })),
    get('/api/v1/breaks-at-once', 'breakAtOnce', async () => ({ status: 200, stream: breaksAtOnce() })),
    get('/api/v1/bytes', 'getBytes', async () => ({
      status: 200,
      body: Buffer.from('{"as":"it is"}'),
      headers: { 'Cache-Control': 'no-store' },
    })),
    {
      ...get('/toy/:name', 'getOldToy', async ({ params }) => ({ status: 200, body: params })),
      compat: true,
      params: { name: Joi.string().max(9) },
    },
    {
      ...get('/api/v1/echo/:name', 'echo', async (call) => ({ status: 200, body: echo(call) })),
      params: { name: Joi.string() },
    },
  ];
}

function echo({ actor, params, query, body, mediaType, ifMatch, ifNoneMatch, idempotencyKey }: Call) {
  return { actor, params, query, body, mediaType, ifMatch, ifNoneMatch, idempotencyKey };
}
