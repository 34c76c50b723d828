import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A server's certificate for this machine, and the authority that signed it. */
export interface Certificate {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** The authority as text, for clients that are to trust it. */
  readonly ca: string;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const NAMES = 'subjectAltName=IP:127.0.0.1,DNS:localhost\n';

const run = promisify(execFile);

/**
 * Makes a certificate for 127.0.0.1 and localhost in the directory, valid for a day. One that is there already is
 * used again: who trusts a server trusts it after its restart.
 */
export async function throwAwayCertificate(dir: string): Promise<Certificate> {
  const [caFile = '', certFile = '', keyFile = ''] = ['ca.crt', 'tls.crt', 'tls.key'].map((name) =>
    join(dir, name),
  );
  if (!existsSync(certFile)) await sign(dir);
  return { caFile, certFile, keyFile, ca: await readFile(caFile, 'utf8') };
}

async function sign(dir: string): Promise<void> {
  await writeFile(join(dir, 'names.txt'), NAMES);
  const ca = ['-subj', '/CN=throw-away authority', '-keyout', 'ca.key', '-out', 'ca.crt'];
  await openssl(dir, 'req', '-x509', '-days', '1', ...KEY, ...ca);
  await openssl(dir, 'req', '-subj', '/CN=localhost', ...KEY, '-keyout', 'tls.key', '-out', 'tls.csr');
  const signer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
  const leaf = ['-in', 'tls.csr', '-out', 'tls.crt', '-extfile', 'names.txt'];
  await openssl(dir, 'x509', '-req', '-days', '1', ...signer, ...leaf);
}

async function openssl(cwd: string, ...args: readonly string[]): Promise<void> {
  try {
    await run('openssl', args, { cwd });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error('These tests need the openssl command. Install the package openssl.', { cause: error });
  }
}
