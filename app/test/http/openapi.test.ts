import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RuntimeType } from '../../src/http/openapi.ts';
import { TOY_PATH } from '../support/toy-domain.ts';
import { startToys } from '../support/toy-service.ts';

const APP = fileURLToPath(new URL('../../', import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: a document as deep as it is irregular
async function described(): Promise<any> {
  const toys = await startToys();
  const { body } = await toys.api.get('/openapi.json').expect(200);
  await toys.stop();
  return body;
}

/** Runs the linter as a person would, without its telephone calls. */
function lint(document: unknown): { status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
  const file = join(folder, 'openapi.json');
  writeFileSync(file, JSON.stringify(document));
  const cli = join(APP, 'node_modules/@redocly/cli/bin/cli.js');
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'lint', file], {
    cwd: APP,
    env,
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  return { status, output: stdout + stderr };
}

describe('the API description', () => {
  test('is OpenAPI 3.1 without a single complaint of the linter', async () => {
    expect(lint(await described())).toMatchObject({ status: 0 });
  });

  test('would not pass the linter with a mistake in it', async () => {
    const document = await described();
    document.paths['/api/v1/toys'].get.operationId = 'createToy';
    expect(lint(document).status).not.toBe(0);
  });

  test('says of a route what its table says', async () => {
    const { paths, tags, info } = await described();
    expect(info).toMatchObject({ title: 'Cadastre', version: '1.2.3' });
    expect(tags.map((tag: { name: string }) => tag.name)).toEqual(['toys', 'operations']);
    expect(Object.keys(paths)).not.toContain('/docs');
    expect(paths['/api/v1/toys/{uuid}'].patch).toEqual({
      operationId: 'changeToy',
      tags: ['toys'],
      summary: 'Change a toy.',
      'x-permission': 'toys:write',
      security: [{}, { bearer: [] }],
      parameters: [
        {
          name: 'uuid',
          in: 'path',
          required: true,
          description: 'Which toy.',
          schema: { type: 'string', format: 'uuid', minLength: 1 },
        },
        { $ref: '#/components/parameters/If-Match' },
        { $ref: '#/components/parameters/Prefer' },
      ],
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: { $ref: '#/components/schemas/ToyInput' } },
          'application/merge-patch+json': { schema: { $ref: '#/components/schemas/ToyInput' } },
        },
      },
      responses: expect.objectContaining({
        200: {
          description: 'Changed.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Toy' } } },
        },
        204: expect.objectContaining({ 'x-prefer': 'return=minimal' }),
        412: { $ref: '#/components/responses/Problem412' },
        415: { $ref: '#/components/responses/Problem415' },
        422: { $ref: '#/components/responses/Problem422' },
      }),
    });
  });

  test('says which query parameters there are, and what a page brings', async () => {
    const { paths } = await described();
    const { parameters, responses } = paths['/api/v1/toys'].get;
    expect(parameters).toContainEqual({
      name: 'limit',
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 100, default: 50 },
    });
    expect(parameters).toContainEqual(
      expect.objectContaining({
        name: 'tag',
        schema: { type: 'array', items: { type: 'string', minLength: 1 } },
      }),
    );
    expect(responses[200].headers).toEqual({ Link: { $ref: '#/components/headers/Link' } });
    expect(paths['/api/v1/toys'].post.responses[201].headers).toHaveProperty('Location');
    expect(paths['/api/v1/toys/{uuid}'].get.responses).toHaveProperty('304');
  });

  test('marks old paths as deprecated and public ones as open', async () => {
    const { paths } = await described();
    expect(paths['/toy/{name}'].get).toMatchObject({ deprecated: true, security: [] });
    expect(paths['/api/v1/toys'].get.deprecated).toBeUndefined();
  });

  test('closes what is sent and leaves open what is answered', async () => {
    const { components } = await described();
    expect(components.schemas.ToyInput.additionalProperties).toBe(false);
    expect(components.schemas.Toy.additionalProperties).toBeUndefined();
    expect(components.schemas.Toy.required).toEqual(['name', 'uuid']);
  });

  test('has a schema for each entity type of the caller, and a tag that changes with them', async () => {
    const types: RuntimeType[] = [
      { name: 'city', schema: { type: 'object', properties: { name: { type: 'string' } } } },
    ];
    const seen: string[] = [];
    const toys = await startToys({
      runtimeTypes: async (actor) => {
        seen.push(actor.organisation);
        return types;
      },
    });
    const first = await toys.api.get('/openapi.json').expect(200);
    expect(first.body.components.schemas['entity.city']).toEqual(types[0]!.schema);
    expect(first.body.components.schemas).toHaveProperty('Toy');
    expect(seen).toEqual(['default']);
    const { etag } = first.headers as { etag: string };
    await toys.api.get('/openapi.json').set('If-None-Match', etag).expect(304);
    types.push({ name: 'street', schema: { type: 'object', properties: {} } });
    const later = await toys.api.get('/openapi.json').set('If-None-Match', etag).expect(200);
    expect(later.headers.etag).not.toBe(etag);
    expect(lint(later.body)).toMatchObject({ status: 0 });
    await toys.stop();
  });

  test('describes the problems that are really answered', async () => {
    const toys = await startToys();
    const { body } = await toys.api.get(`${TOY_PATH}x`).expect(400);
    const { components } = (await toys.api.get('/openapi.json').expect(200)).body;
    expect(Object.keys(components.schemas.Problem.properties)).toEqual(
      expect.arrayContaining(Object.keys(body)),
    );
    expect(Object.keys(body)).toEqual(expect.arrayContaining(components.schemas.Problem.required));
    await toys.stop();
  });
});
