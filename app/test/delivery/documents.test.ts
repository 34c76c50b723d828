import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf, ROOT, textOf } from './repository.ts';

const makefile = textOf('Makefile');
const pages = ['README.md', 'iac/README.md', ...filesOf('docs', '.md')];

interface Command {
  readonly place: string;
  readonly target: string;
  readonly values: Readonly<Record<string, string>>;
}

/** What stands as code on a page: in fences, indented, or between backticks. */
function codeOf(page: string): string[] {
  const text = textOf(page);
  const fenced = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, code]) => code!);
  const rest = text.replace(/^```\w*\n[\s\S]*?^```/gm, '');
  const indented = [...rest.matchAll(/^ {4}(.+)$/gm)].map(([, code]) => code!);
  const inline = [...rest.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
  return [...fenced, ...indented, ...inline].flatMap((code) => code.split('\n'));
}

function commandsOf(page: string): Command[] {
  return codeOf(page).flatMap((code) => {
    const found = /^(?:[A-Z_]+=\S+ )*make ((?:--\S+ )*)([a-z][\w-]*)((?: [a-zA-Z_]+=[^\s|]+)*)/.exec(
      code.trim(),
    );
    if (!found) return [];
    const values = [...found[3]!.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]);
    return [{ place: `${page}: ${code.trim()}`, target: found[2]!, values: Object.fromEntries(values) }];
  });
}

interface Target {
  readonly taken: readonly string[];
  /** Without these it refuses. */
  readonly needed: readonly string[];
}

/** The targets, with the variables that they speak of. */
const targets = new Map(
  [...makefile.matchAll(/^([a-z][\w -]*):(?!=)(.*\n(?:\t.*\n)*)/gm)].flatMap(([, names = '', body = '']) => {
    const namesIn = (pattern: RegExp) => [...body.matchAll(pattern)].map(([, name]) => name!);
    const needed = namesIn(/\$\(call needs,(\w+),/g);
    const target: Target = {
      taken: [...needed, ...namesIn(/\b(\w+)=(?=[ )])/g), ...namesIn(/\$\((?:if \$\()?(\w+)\)/g)],
      needed,
    };
    return names.split(' ').map((name) => [name, target] as const);
  }),
);
const commands = pages.flatMap(commandsOf);

test('the pages name commands of make at all', () => {
  expect(commands.length).toBeGreaterThan(30);
  expect(targets.get('deploy')?.needed).toEqual(['environment', 'image_version']);
});

test.each(commands.map((command) => [command.place, command] as const))(
  '%s can be typed',
  (_place, { target, values }) => {
    const known = targets.get(target);
    if (!known) throw new Error(`there is no target ${target}`);
    const given = Object.keys(values);
    for (const name of given) expect(known.taken).toContain(name);
    if (given.length > 0) for (const name of known.needed) expect(given).toContain(name); // else it is only spoken of
    if (values.layer) expect(existsSync(join(ROOT, 'iac', values.layer, 'terraform.tf'))).toBe(true);
  },
);

test('the way to AWS goes in this order, in both documents', () => {
  const way = ['bootstrap', 'github', 'apply basic', 'apply app', 'push', 'deploy', 'smoke'];
  for (const page of ['README.md', 'docs/deployment.md']) {
    const [, chapter = ''] = page === 'README.md' ? textOf(page).split('### On AWS') : ['', textOf(page)];
    expect(chapter).not.toBe('');
    const steps = commandsOf(page)
      .filter(({ values }) => values.environment === 'sandbox')
      .map(({ target, values }) => (target === 'apply' ? `apply ${values.layer}` : target))
      .filter((step) => way.includes(step));
    expect([page, [...new Set(steps)]]).toEqual([page, way]);
  }
});

test('paths of this repository on the pages are there', () => {
  const known = /^(?:app|iac|docs|observability|\.github|\.ci)\/[\w./-]+$/;
  const named = pages.flatMap((page) =>
    codeOf(page).flatMap((code) =>
      code
        .split(/[\s=]+/)
        .filter((word) => known.test(word) && !/^app\/(data|dist|node_modules)\b/.test(word))
        .map((word) => [page, word.replace(/\.$/, '')] as const),
    ),
  );
  expect(named.length).toBeGreaterThan(15);
  for (const [page, path] of named)
    expect([page, path, existsSync(join(ROOT, path))]).toEqual([page, path, true]);
});

test('links from page to page lead somewhere', () => {
  const links = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[\w-]+)?\)/g)].map(
      ([, path]) => [page, path!] as const,
    ),
  );
  expect(links.length).toBeGreaterThan(20);
  for (const [page, path] of links)
    expect([page, path, existsSync(join(ROOT, page, '..', path))]).toEqual([page, path, true]);
});
