import { PassThrough } from 'node:stream';
import { parse } from 'yaml';
import { createWinstonLog } from '../../src/adapters/winston.ts';
import { readCompose } from './compose-file.ts';
import { textOf } from './repository.ts';

interface Input {
  readonly type: string;
  readonly paths: readonly string[];
  readonly parsers: readonly Readonly<Record<string, Readonly<Record<string, unknown>> | null>>[];
}

interface Template {
  readonly condition: { readonly equals: Readonly<Record<string, string>> };
  readonly config: readonly Input[];
}

interface Settings {
  readonly 'filebeat.autodiscover': {
    readonly providers: readonly { readonly type: string; readonly templates: readonly Template[] }[];
  };
  readonly 'output.elasticsearch': { readonly hosts: readonly string[] };
}

const FILE = 'observability/filebeat/filebeat.yml';
const settings = parse(textOf(FILE)) as Settings;
const { services, name: project } = readCompose();
const filebeat = services.filebeat!;
const templates = settings['filebeat.autodiscover'].providers.flatMap((provider) => provider.templates);
const inputs = templates.flatMap(({ config }) => config);
const ndjson = inputs[0]?.parsers.find((parser) => 'ndjson' in parser)?.ndjson;

/** Variables that filebeat itself fills in, from its environment. */
const variables = [...textOf(FILE).matchAll(/\$\{([A-Z_]+)(?::[^}]*)?\}/g)].map(([, name]) => name!);

describe('filebeat', () => {
  test('is given this file, and every variable in it', () => {
    const mounted = filebeat.volumes?.find((volume) => volume.startsWith(`./${FILE}:`));
    expect(mounted).toMatch(/:\/usr\/share\/filebeat\/filebeat\.yml:ro$/);
    expect(variables).toEqual(['ELASTICSEARCH_URL']);
    expect(Object.keys(filebeat.environment ?? {})).toEqual(variables);
  });

  test('has one output: the Elasticsearch of the same stack, waited for until it is well', () => {
    expect(Object.keys(settings).filter((name) => name.startsWith('output.'))).toEqual([
      'output.elasticsearch',
    ]);
    expect(settings['output.elasticsearch'].hosts).toEqual(variables.map((name) => `\${${name}}`));
    const { hostname, protocol, port } = new URL(filebeat.environment!.ELASTICSEARCH_URL!);
    expect([protocol, port]).toEqual(['http:', '9200']);
    expect(Object.keys(services)).toContain(hostname);
    expect(filebeat.depends_on).toEqual({ [hostname]: { condition: 'service_healthy' } });
    expect(filebeat.healthcheck?.test).toContain('output');
  });

  test('reads the containers of this project, from where they are mounted', () => {
    expect(templates.map(({ condition }) => condition.equals)).toEqual([
      { 'docker.container.labels.com_docker_compose_project': project },
    ]);
    const folders = filebeat.volumes!.map((volume) => volume.split(':')[1]!);
    for (const { type, paths } of inputs) {
      expect(type).toBe('filestream');
      for (const path of paths) expect(folders.some((folder) => path.startsWith(`${folder}/`))).toBe(true);
    }
  });

  test('takes each line of the service apart as JSON, without losing a line that is none', async () => {
    expect(inputs).toHaveLength(1);
    // The container's own JSON comes off first.
    expect(inputs[0]!.parsers.map((parser) => Object.keys(parser)[0])).toEqual(['container', 'ndjson']);
    expect(ndjson).toEqual({ target: 'cadastre', overwrite_keys: false, ignore_decoding_error: true });
    const out = new PassThrough();
    const log = createWinstonLog({ level: 'info', now: () => 0, out });
    log.info('one\nline');
    await log.close();
    const lines = (await out.toArray()).join('').split('\n');
    expect(lines).toHaveLength(2);
    expect(Object.keys(JSON.parse(lines[0]!))).toEqual(['time', 'logger', 'level', 'message']);
  });
});
