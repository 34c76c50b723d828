import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { standardOutput } from '../../src/adapters/standard-output.ts';

const folder = mkdtempSync(join(tmpdir(), 'output-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('everything arrives, in its order, before the end is reported', async () => {
  const path = join(folder, 'lines');
  const descriptor = openSync(path, 'w');
  const out = standardOutput(descriptor);
  const lines = Array.from({ length: 2_000 }, (_, i) => `${i} é ${'x'.repeat(i % 500)}\n`);
  for (const line of lines) out.write(line);
  await new Promise<void>((resolve) => out.end(resolve));
  closeSync(descriptor);
  expect(readFileSync(path, 'utf8')).toBe(lines.join(''));
});

test('an output that cannot be written to is an error of the stream', async () => {
  const descriptor = openSync(join(folder, 'lines'), 'r');
  const out = standardOutput(descriptor);
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => {
    out.on('error', resolve);
    out.write('x');
  });
  closeSync(descriptor);
  expect(error.code).toBe('EBADF');
});
