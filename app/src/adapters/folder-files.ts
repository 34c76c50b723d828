import { createHmac, timingSafeEqual } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fail } from '../kernel/errors.ts';
import type { FileLink, FileRef, Files, OpenFile } from '../kernel/files.ts';
import type { Clock } from '../kernel/ports.ts';
import { filesUnavailable } from './files-failure.ts';

export interface FolderFilesOptions {
  readonly folder: string;
  /** Signs links; all that serve the folder share it. */
  readonly secret: Buffer;
  readonly clock: Clock;
  /** Whether the folder goes when it is closed. */
  readonly isTemporary?: boolean;
}

/** Of names of files, so that none leads out of the folder. */
const SAFE_ID = /^[\w-]+(\.[\w-]+)*$/;

/** Keeps files in a folder of this machine, and hands them out at `/files/<id>` to who brings a signed link. */
export function createFolderFiles({ folder, secret, clock, isTemporary }: FolderFilesOptions): Files {
  const pathOf = (id: string) => join(folder, id);

  function signatureOf({ id, name, contentType }: FileRef, expires: number): string {
    const text = JSON.stringify([id, name, contentType, expires]);
    return createHmac('sha256', secret).update(text).digest('base64url');
  }

  async function write({ id }: FileRef, content: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // Flushed before it is called finished, as a write to the table is.
      await pipeline(Readable.from(content), createWriteStream(pathOf(id), { mode: 0o600, flush: true }));
    } catch (error) {
      throw filesUnavailable(error);
    }
  }

  async function open(link: FileLink): Promise<OpenFile> {
    const expected = Buffer.from(signatureOf(link, link.expires));
    const given = Buffer.from(link.signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) {
      throw fail('forbidden', 'invalid_link', 'This link was not made here, or was changed.');
    }
    if (clock.now() >= link.expires * 1000) {
      throw fail(
        'forbidden',
        'link_expired',
        'This link is over; ask for the download again to get a new one.',
      );
    }
    const found = SAFE_ID.test(link.id) ? await stat(pathOf(link.id)).catch(absent) : undefined;
    if (!found) throw fail('absent', 'not_found', 'The file is not there any more.');
    return {
      bytes: found.size,
      read: (start, end) => createReadStream(pathOf(link.id), { start, end }),
    };
  }

  return {
    write,
    async link(file, until) {
      const expires = Math.floor(until / 1000);
      const { id, name, contentType } = file;
      const query = new URLSearchParams({ name, type: contentType, expires: String(expires) });
      return `/files/${id}?${query}&signature=${signatureOf(file, expires)}`;
    },
    remove: (id) => rm(pathOf(id), { force: true }),
    served: { open },
    async close() {
      if (isTemporary) await rm(folder, { recursive: true, force: true });
    },
  };
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw filesUnavailable(error);
}
