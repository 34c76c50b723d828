import { extname } from 'node:path';
import type { Core } from '../compose-core.ts';
import type { Answer, Call } from '../domains/domain.ts';
import { fail } from '../kernel/errors.ts';
import { CLI } from './acting.ts';

/** Calls an operation of the API on behalf of an organisation, by whoever runs the command line. */
export async function callOperation(
  { domains }: Core,
  operation: string,
  organisation: string,
  call: Partial<Call>,
): Promise<Answer> {
  const route = domains.flatMap(({ routes }) => routes).find((one) => one.operation === operation);
  if (!route) throw new Error(`There is no operation ${operation}.`);
  return route.handler({
    actor: { id: CLI.id, organisation, role: 'admin' },
    params: {},
    query: {},
    body: undefined,
    mediaType: undefined,
    stream: undefined,
    ifMatch: undefined,
    ifNoneMatch: undefined,
    idempotencyKey: undefined,
    ...call,
  });
}

const TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson', json: 'application/json' } as const;
export type Format = keyof typeof TYPES;
export const FORMATS = Object.keys(TYPES) as Format[];
export const mediaTypeOf = (format: Format) => TYPES[format];

/** The format that was named, or that the file's name tells; NDJSON if neither does. */
export function formatOf(named: string | undefined, file: string): Format {
  const format = named ?? (FORMATS.find((one) => `.${one}` === extname(file)) || 'ndjson');
  if (FORMATS.includes(format as Format)) return format as Format;
  throw fail('invalid', 'unknown_format', `The format must be one of ${FORMATS.join(', ')}, not ${format}.`);
}
