import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ROOT } from './repository.ts';

/** Where `scripts/install-delivery-tools.sh` puts what it does not install into the system. */
const OWN = join(ROOT, 'app/node_modules/.delivery/usr/bin');

/** The path of a program that the checks need. Fails, and says what to do, when it is missing. */
export function tool(name: string): string {
  const folders = [OWN, ...(process.env.PATH ?? '').split(delimiter)];
  const path = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (path) return path;
  throw new Error(
    `These checks need ${name}. Run app/scripts/install-delivery-tools.sh, or \`make check-delivery\`.`,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Outcome {
  readonly code: number;
  /** What it said, on both outputs. */
  readonly text: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
}

/** Runs a program to its end. */
export function run(path: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { cwd, env = process.env, input } = options;
  return new Promise((resolve) => {
    const limits = { maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(path, [...args], { cwd, env, ...limits }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error ? 1 : 0;
      resolve({ code, text: `${stdout}${stderr}` });
    });
    child.stdin?.on('error', () => {}); // it may be over before it has read anything
    child.stdin?.end(input ?? '');
  });
}
