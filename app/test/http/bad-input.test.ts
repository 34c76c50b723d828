import fc from 'fast-check';
import supertest from 'supertest';
import { expectRefusal } from '../support/bad-input.ts';
import { onEveryEdition } from '../support/every-edition.ts';
import { type Listening, startListening } from '../support/listening.ts';
import { INPUT_CLASSES, type Target } from './input-classes.ts';

const UUID = '0190163d-8694-739b-aea5-966c26f8ad90';

interface OperationObject {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { readonly $ref?: string }>>;
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
}

interface Described extends Target {
  /** Whether failures are told in the words of a system that was before; see `old-clients.test.ts`. */
  readonly isOld: boolean;
}

/** Every operation of the description as something to send bad input to. */
function targetsOf(
  paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>,
  authorization: string,
): Described[] {
  return Object.entries(paths).flatMap(([pattern, operations]) =>
    Object.entries(operations).map(([method, { requestBody, responses }]) => {
      const path = pattern
        .replace(/\{(type|name)\}/, 'thing')
        .replace(/\{relation\}/, 'near')
        .replace(/\{kind\}/, 'users')
        .replace(/api-keys\/\{id\}/, 'api-keys/0123456789ab')
        .replace(/\{\w+\}/g, UUID);
      const [type] = Object.keys(requestBody?.content ?? {});
      const kind = pattern.endsWith('/upload') ? 'stream' : 'json';
      const isOld = responses['400']?.$ref === undefined;
      const asked = { method: method.toUpperCase(), path, isOld, authorization };
      return { ...asked, ...(type ? { body: { kind, type } as const } : {}) };
    }),
  );
}

onEveryEdition('bad input to every route', (factory) => {
  let served: Listening;
  let targets: Described[];

  beforeAll(async () => {
    served = await startListening(factory);
    const api = supertest(served.url);
    const fields = [
      { name: 'name', type: 'string', unique: true },
      { name: 'list', type: 'array', items: 'string', indexed: true },
      { name: 'extra', type: 'json' },
      { name: 'ratio', type: 'number', indexed: true },
    ];
    const links = [{ relation: 'near', to: 'thing', inverse: 'near' }];
    await api.post('/api/v1/entity-types').send({ name: 'thing', fields, links }).expect(201);
    const { body } = await api.get('/openapi.json').expect(200);
    targets = targetsOf(body.paths, await served.administrator());
    expect(targets.length).toBeGreaterThan(30);
  });
  afterAll(() => served.stop());

  test.each(INPUT_CLASSES)('$name is $status $code', async (input) => {
    const wanted = targets.filter((target) => !target.isOld && input.applies(target));
    expect(wanted).not.toEqual([]);
    for (const target of wanted) await expectRefusal(served.port, input, target);
  });

  test('whatever comes is answered with less than 500, and with a problem document if it is refused', async () => {
    const api = supertest(served.url);
    // Readiness may say 503 when the machine is busy; without its type every other call would be a 404, and after
    // a log-out a 401.
    const asked = targets.filter(
      ({ method, path }) =>
        path !== '/readyz' && !path.endsWith('/logout') && !(method === 'DELETE' && /ype/.test(path)),
    );
    const name = fc.constantFrom(
      'name',
      'list',
      'extra',
      'ratio',
      'fields',
      'links',
      'tags',
      'owners',
      'uuid',
      'type',
      'relation',
      'to',
      'indexed',
      'unique',
      'items',
      'default',
      'min',
      'enum',
      'op',
      'path',
      'value',
      'field',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        'thing',
        'string',
        'array',
        UUID,
        'near',
        '\uFDFA'.repeat(300),
        'x'.repeat(1100),
        '#$'.repeat(400),
      ),
    );
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        text,
        fc.double(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('json'), { maxLength: 4 }),
        fc.dictionary(fc.oneof(name, fc.string({ maxLength: 5 })), tie('json'), { maxKeys: 5 }),
      ),
    }));
    const params = fc.dictionary(
      fc.constantFrom('fields', 'links', 'tags', 'uuids', 'sort', 'cursor', 'limit'),
      text,
      { maxKeys: 3 },
    );
    const entity = fc.record(
      {
        fields: fc.dictionary(fc.constantFrom('name', 'list', 'extra', 'ratio'), json),
        tags: fc.array(text, { maxLength: 2 }),
        links: fc.array(fc.record({ relation: text, type: text, uuid: fc.constant(UUID), properties: json })),
      },
      { requiredKeys: [] },
    );
    const call = fc.tuple(fc.nat(1000), fc.oneof(json, entity), params, text);
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 10, maxLength: 10 }), async (calls) => {
        for (const [pick, body, query, segment] of calls) {
          const target = asked[pick % asked.length]!;
          const path =
            pick % 3 === 0
              ? target.path.replace('thing', encodeURIComponent(segment.toWellFormed()))
              : target.path;
          const method = target.method.toLowerCase() as 'get';
          const { authorization: Authorization = '' } = target;
          const request = api[method](path)
            .set({ Authorization })
            .query(Object.fromEntries(Object.entries(query).map(([k, v]) => [k, v.toWellFormed()])));
          const answer = target.body
            ? await request.set('Content-Type', target.body.type).send(JSON.stringify(body) ?? 'null')
            : await request;
          const refused = answer.status >= 400;
          expect({
            path,
            method,
            body,
            query,
            status: answer.status >= 500 ? answer.body : 'fine',
          }).toMatchObject({ status: 'fine' });
          if (refused && !target.isOld)
            expect(answer.headers['content-type']).toContain('application/problem+json');
        }
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 40) },
    );
  }, 120_000);
});
