import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const CLI = join(import.meta.dirname, '../src/cli/main.ts');
const run = promisify(execFile);

/** Makes a user with an API key, as an operator does, and answers the header that the key is sent in. */
export async function makeCredentials(settings: Readonly<Record<string, string>>): Promise<string> {
  const cadastre = (...words: string[]) => run(process.execPath, [CLI, ...words], { env: settings });
  await cadastre('create-user', 'chaos@example.org', 'a sample pass phrase', 'default', 'editor');
  const { stdout } = await cadastre('create-api-key', 'chaos@example.org', 'chaos', '--scope', 'products:*');
  return `Bearer ${stdout.trim()}`;
}
