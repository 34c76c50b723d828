import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { DCLinter } from 'dclint';
import { newUuid } from '../../src/kernel/ids.ts';
import { startRedis } from '../support/redis-server.ts';
import { dynamoEndpoint } from '../support/tables.ts';
import { composeVariables, exampleVariables, readCompose } from './compose-file.ts';
import { image, userOf } from './image.ts';
import { ROOT, textOf } from './repository.ts';
import { startServiceProcess } from './service-process.ts';
import { run } from './tools.ts';

const { services, volumes, configs, name: project } = readCompose();
const entries = Object.entries(services);

describe('the compose file', () => {
  test('is as the compose specification wants it', () => {
    const path = join(ROOT, 'app/node_modules/dclint/schemas/compose.schema.json');
    const { $schema: _, ...schema } = JSON.parse(readFileSync(path, 'utf8'));
    const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
    validate(readCompose());
    expect(validate.errors ?? []).toEqual([]);
  });

  test('has no fault that the linter knows', () => {
    const orders = [
      'services-alphabetical-order',
      'service-keys-order',
      'top-level-properties-order',
      'service-ports-alphabetical-order',
      'service-dependencies-alphabetical-order',
    ];
    const rules = Object.fromEntries(orders.map((rule) => [rule, 0 as const]));
    const linter = new DCLinter({
      rules: { ...rules, 'no-build-and-image': 0, 'require-quotes-in-ports': [1, { quoteType: 'double' }] },
      quiet: true,
      debug: false,
      exclude: [],
    });
    const [result, ...others] = linter.lintFiles([join(ROOT, 'docker-compose.yml')], false);
    expect(others).toEqual([]);
    expect(
      result?.messages.map(
        ({ rule, message, line }: { rule: string; message: string; line: number }) =>
          `${line}: ${rule}: ${message}`,
      ),
    ).toEqual([]);
  });

  test('and .env.example know the same variables with the same defaults', () => {
    expect(Object.fromEntries(exampleVariables())).toEqual(Object.fromEntries(composeVariables()));
    expect(textOf('docker-compose.yml').match(/\$\{[A-Z_]+\}/g) ?? []).toEqual([]); // each has a default
  });

  test('versions and ports can be overridden', () => {
    const changed = readCompose({ CADASTRE_PORT: '5000', VALKEY_VERSION: '9.2.0', ELK_VERSION: '9.6.0' });
    expect(changed.services.service?.ports).toEqual(['127.0.0.1:5000:3000']);
    expect(changed.services.redis?.image).toBe('valkey/valkey:9.2.0-alpine');
    expect(changed.services.kibana?.image).toMatch(/:9\.6\.0$/);
    expect(changed.services.filebeat?.image).toMatch(/:9\.6\.0$/);
  });

  test.each(entries)(
    '%s is confined, limited, versioned and listens on this machine only',
    (_name, service) => {
      expect(service.cap_drop).toEqual(['ALL']);
      expect(service.security_opt).toContain('no-new-privileges:true');
      expect(service.mem_limit).toMatch(/^\d+[mg]$/);
      expect(service.image).toMatch(/^[\w./-]+:[\w.-]+$/);
      expect(service.image).not.toMatch(/:latest$/);
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    },
  );

  test('waits for health and never sleeps', () => {
    expect(textOf('docker-compose.yml')).not.toMatch(/\bsleep\b/);
    for (const [name, service] of entries) {
      const runsOnce = service.restart === 'on-failure:3';
      const checked = service.healthcheck ?? (service.build && image().stage.healthcheck);
      expect([name, runsOnce || checked !== undefined]).toEqual([name, true]);
      for (const { condition } of Object.values(service.depends_on ?? {}))
        expect(condition).toBe('service_healthy');
    }
  });

  test('names volumes, settings and files that are there, so that `down -v` leaves nothing', () => {
    const used = entries
      .flatMap(([, service]) => service.volumes ?? [])
      .map((volume) => volume.split(':')[0]!);
    const named = used.filter((source) => /^[a-z]/.test(source));
    expect(new Set(named)).toEqual(new Set(Object.keys(volumes)));
    expect(Object.values(volumes)).toEqual(Object.keys(volumes).map(() => null)); // none is external
    expect(Object.keys(configs)).toEqual(['metrics-token']);
    for (const source of used.filter((one) => one.startsWith('./')))
      expect([source, existsSync(join(ROOT, source))]).toEqual([source, true]);
    expect(project).toBe('cadastre');
  });

  test('the profiles hold what they say', () => {
    const inProfile = (wanted: string | undefined) =>
      entries.filter(([, { profiles }]) => profiles?.[0] === wanted).map(([name]) => name);
    expect(inProfile(undefined)).toEqual(['service', 'dynamodb', 'redis']);
    expect(inProfile('observability')).toEqual(['prometheus', 'grafana']);
    expect(inProfile('logs')).toEqual(['elasticsearch', 'kibana', 'kibana-data-view', 'filebeat']);
  });
});

test('the service starts in this set-up, makes its table, and serves reads from the cache', async () => {
  const built = image();
  const service = services.service!;
  expect(service.init).toBe(true);
  expect(service.read_only).toBe(true);
  const [program, ...directives] = services.redis!.command!;
  expect(program).toMatch(/-server$/);
  const redis = await startRedis({ config: directivesOf(directives) });
  // The names of the other containers lead to the servers of this test; all else is as in the file.
  const places: Readonly<Record<string, string>> = {
    'http://dynamodb:8000': dynamoEndpoint(),
    'redis://redis:6379': redis.url,
  };
  const settings = Object.entries(service.environment ?? {}).map(([name, value]) => [
    name,
    places[value] ?? value,
  ]);
  expect(Object.values(service.environment ?? {}).filter((value) => value in places)).toHaveLength(2);
  const own = { PORT: '0', DYNAMODB_TABLE: `compose-${newUuid(Date.now())}` };
  const stops = [redis.stop];
  const start = () =>
    startServiceProcess({
      command: [
        ...built.command.slice(0, built.stage.entrypoint.length),
        ...(service.command ?? built.command.slice(built.stage.entrypoint.length)),
      ],
      cwd: built.workdir,
      env: { ...built.env, ...Object.fromEntries(settings), ...own },
      user: userOf(built),
    });
  try {
    const running = await start();
    stops.unshift(async () => void (await running.stop().catch(() => {})));
    const status = await fetch(`${running.url}/status`);
    const dependencies = ((await status.json()) as { dependencies: { name: string; status: string }[] })
      .dependencies;
    expect(dependencies.map(({ name, status }) => `${name} ${status}`).sort()).toEqual([
      'cache ok',
      'store ok',
    ]);
    await post(`${running.url}/api/v1/entity-types`, {
      name: 'city',
      fields: [{ name: 'name', type: 'string' }],
    });
    const { uuid } = await post(`${running.url}/api/v1/entities/city`, { fields: { name: 'Paris' } });
    const read = () => fetch(`${running.url}/api/v1/entities/city/${uuid}`);
    const answers = [await read(), await read(), await read()];
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
    expect(answers.at(-1)?.headers.get('cache-status')).toBe('cadastre; hit');
    expect(await answers.at(-1)?.json()).toMatchObject({ uuid, fields: { name: 'Paris' } });
    const [, policy] = (await redis.command('CONFIG', 'GET', 'maxmemory-policy')) as string[];
    expect(policy).toBe('allkeys-lfu');
    expect(await running.stop()).toBe(0);
  } finally {
    for (const stop of stops) await stop();
  }
});

test('the data view of the logs is made and becomes the default', async () => {
  const calls: { path: string | undefined; body: unknown; xsrf: unknown }[] = [];
  const kibana = createServer(async (request, response) => {
    calls.push({ path: request.url, body: await bodyOf(request), xsrf: request.headers['kbn-xsrf'] });
    response.setHeader('Content-Type', 'application/json').end('{"acknowledged":true}');
  });
  await new Promise<void>((resolve) => kibana.listen(0, '127.0.0.1', resolve));
  const { port } = kibana.address() as AddressInfo;
  const script = join(ROOT, 'observability/kibana/create-data-view.sh');
  const env = { ...process.env, KIBANA_URL: `http://127.0.0.1:${port}` };
  const { code } = await run('bash', [script], { env });
  kibana.close();
  expect(code).toBe(0);
  expect(calls.map(({ path }) => path)).toEqual(['/api/data_views/data_view', '/api/data_views/default']);
  expect(calls.every(({ xsrf }) => xsrf)).toBe(true);
  expect(calls[0]?.body).toMatchObject({
    override: true,
    data_view: { id: 'cadastre-logs', title: 'filebeat-*' },
  });
  expect(calls[1]?.body).toMatchObject({ data_view_id: 'cadastre-logs' });
});

/** `--maxmemory 64mb --save ""` as the directives that the server of the tests takes. */
function directivesOf(words: readonly string[]): Record<string, string> {
  const pairs = words.flatMap((word, i) =>
    word.startsWith('--') ? [[word.slice(2), words[i + 1] ?? '']] : [],
  );
  return Object.fromEntries(pairs) as Record<string, string>;
}

async function post(url: string, body: unknown): Promise<{ uuid: string }> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (answer.status !== 201)
    throw new Error(`${url} was answered with ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as { uuid: string };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const part of request) text += part;
  return JSON.parse(text);
}
