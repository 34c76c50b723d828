import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fail } from '../../kernel/errors.ts';
import type { AddCommand } from '../command.ts';
import { randomBonds } from '../random-bonds.ts';

const EXAMPLES = `
Examples:
  cadastre generate-bonds 1000 > bonds.ndjson
  cadastre generate-bonds 1000 --seed 7 --file bonds.ndjson && cadastre import bonds bonds.ndjson`;

export const generateBonds: AddCommand = (program) => {
  program
    .command('generate-bonds')
    .description(
      'write made-up bonds with up to seven subscribers each, one a line, as an import or upload takes them',
    )
    .argument('<count>', 'how many')
    .option('--file <path>', 'where to write them, in place of standard output')
    .option('--seed <number>', 'the same number makes the same bonds', '1')
    .addHelpText('after', EXAMPLES)
    .action(async (count: string, { file, seed }: { file?: string; seed: string }) => {
      const bonds = randomBonds(wholeNumber('count', count), seeded(wholeNumber('seed', seed)));
      const lines = Readable.from(linesOf(bonds));
      // Standard output stays open for whoever comes next.
      if (file === undefined) await pipeline(lines, process.stdout, { end: false });
      else await pipeline(lines, createWriteStream(file));
    });
};

function* linesOf(bonds: Iterable<object>): Generator<string> {
  for (const fields of bonds) yield `${JSON.stringify({ fields })}\n`;
}

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw fail('invalid', 'not_a_number', `The ${name} must be a whole number, not ${text}.`);
}

/** Numbers from 0 to 1 that look random and are the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
