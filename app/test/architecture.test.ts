import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const APP = join(import.meta.dirname, '..');
const SOURCE = join(APP, 'src');

/** What each part may import from the others. A part may always import itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  kernel: [],
  table: ['kernel'],
  schema: ['kernel', 'table'],
  cache: ['kernel', 'table'],
  domains: ['kernel', 'table', 'schema'],
  adapters: ['kernel', 'table', 'cache'],
  http: ['kernel', 'config.ts', 'domains/domain.ts'],
  jobs: ['kernel', 'table'],
  'config.ts': [
    'kernel',
    'config-tokens.ts',
    'config-setting.ts',
    'config-changes.ts',
    'config-downloads.ts',
  ],
  'config-changes.ts': ['config-setting.ts'],
  'config-downloads.ts': ['config-setting.ts'],
  'config-setting.ts': [],
  'config-tokens.ts': ['kernel'],
};

/** Packages that only one part may know. */
const OWNERS: Record<string, readonly string[]> = {
  express: ['http', 'compose.ts'],
  helmet: ['http'],
  joi: [
    'domains',
    'http',
    'config.ts',
    'config-tokens.ts',
    'config-setting.ts',
    'config-changes.ts',
    'config-downloads.ts',
  ],
  '@aws-sdk': ['adapters'],
  '@smithy': ['adapters'],
  'node:sqlite': ['adapters'],
  winston: ['adapters'],
  'prom-client': ['adapters'],
  jose: ['adapters'],
  commander: ['cli'],
};

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);

function importsOf(file: string): string[] {
  const text = readFileSync(join(SOURCE, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^']+)'/gms)].map((match) => match[1]!);
}

/** Imports of our own files, as paths below the source folder. */
function ownImports(file: string): string[] {
  return importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => normalize(join(dirname(file), name)));
}

const partOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : file);
const domainOf = (file: string) => /^domains\/([^/]+)\//.exec(file)?.[1];

test('imports run one way', () => {
  const wrong = files.flatMap((file) => {
    const allowed = MAY_IMPORT[partOf(file)];
    if (!allowed) return []; // compose.ts, main.ts and the command line see everything
    return ownImports(file)
      .filter((target) => partOf(target) !== partOf(file) && !target.startsWith('..'))
      .filter((target) => !allowed.some((part) => target === part || target.startsWith(`${part}/`)))
      .map((target) => `${file} imports ${target}`);
  });
  expect(files.flatMap(ownImports).length).toBeGreaterThan(files.length); // the imports are seen at all
  expect(wrong).toEqual([]);
});

test('a domain knows no other domain; they meet in domains/index.ts', () => {
  const wrong = files
    .filter((file) => domainOf(file))
    .flatMap((file) =>
      ownImports(file).filter((target) => domainOf(target) && domainOf(target) !== domainOf(file)),
    );
  expect(wrong).toEqual([]);
});

test('each foreign package is known to one part only', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((name) => Object.keys(OWNERS).some((owned) => name === owned || name.startsWith(`${owned}/`)))
      .filter((name) => {
        const owners =
          OWNERS[Object.keys(OWNERS).find((owned) => name === owned || name.startsWith(`${owned}/`))!]!;
        return !owners.includes(partOf(file));
      })
      .map((name) => `${file} imports ${name}`),
  );
  expect(wrong).toEqual([]);
});

test('there are no cycles', () => {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) return void cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (done.has(file)) return;
    for (const target of ownImports(file)) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});

test('only the entries and the command line touch the process', () => {
  const wrong = files.filter((file) => {
    const text = readFileSync(join(SOURCE, file), 'utf8').replace(/\/\*.*?\*\/|\/\/.*$/gms, '');
    const isEntry = file === 'main.ts' || file === 'lambda.ts';
    return /\bprocess\.(env|exit|argv|on)\b/.test(text) && !isEntry && partOf(file) !== 'cli';
  });
  expect(wrong).toEqual([]);
});

test.each(['src', 'test', 'chaos', 'bench'])('no file of %s is longer than 350 lines', (folder) => {
  const ours = readdirSync(join(APP, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.[jt]s$/.test(file))
    .map((file) => join(folder, file));
  const long = ours.filter((file) => readFileSync(join(APP, file), 'utf8').split('\n').length > 351);
  expect(ours).not.toEqual([]);
  expect(long).toEqual([]);
});
