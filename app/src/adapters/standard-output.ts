import { write } from 'node:fs';
import { Writable } from 'node:stream';

const RETRY_MS = 5;

/**
 * Standard output as a stream that never blocks the process: its writes go through the thread pool.
 * `process.stdout` is synchronous for files and pipes, and a pipe is what the log of a container is.
 */
export function standardOutput(descriptor = 1): Writable {
  return new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => writeAll(descriptor, Buffer.from(chunk), done),
  });
}

function writeAll(descriptor: number, bytes: Buffer, done: (error?: Error | null) => void): void {
  write(descriptor, bytes, (error, written) => {
    if (error?.code === 'EAGAIN') setTimeout(writeAll, RETRY_MS, descriptor, bytes, done);
    else if (error) done(error);
    else if (written < bytes.length) writeAll(descriptor, bytes.subarray(written), done);
    else done();
  });
}
