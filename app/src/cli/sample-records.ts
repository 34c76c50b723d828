import type { Core } from '../compose-core.ts';
import { DEFAULT_ORGANISATION } from '../kernel/actor.ts';
import { Failure } from '../kernel/errors.ts';
import { callOperation } from './operation.ts';
import { randomBonds } from './random-bonds.ts';

interface Sample {
  /** The operation that makes it, under an id that never changes. */
  readonly operation: string;
  readonly params: Readonly<Record<string, string>>;
  readonly body: object;
}

const product = (n: number, body: object): Sample => ({
  operation: 'replaceProduct',
  params: { uuid: `00000000-0000-7000-8000-00000000a00${n}` },
  body: { status: 'active', currency: 'EUR', ...body },
});
const person = (
  n: number,
  person_name: string,
  person_surname: string,
  person_birthdate: string,
): Sample => ({
  operation: 'replacePerson',
  params: { uuid: `00000000-0000-7000-8000-00000000b00${n}` },
  body: { person_name, person_surname, person_birthdate, person_address: `${n} Sample Street` },
});

/** A few of everything that a new registry can show, all of it visibly made up. */
const SAMPLES: readonly Sample[] = [
  product(1, { sku: 'SAMPLE-1', name: 'Sample teapot', price: 1999, attributes: { colour: 'teal' } }),
  product(2, { sku: 'SAMPLE-2', name: 'Sample kettle', price: 4950, attributes: { litres: 1.5 } }),
  product(3, { sku: 'SAMPLE-3', name: 'Sample cup', price: 750, status: 'draft' }),
  person(1, 'Ada', 'Sample', '1815-12-10'),
  person(2, 'Alan', 'Sample', '1912-06-23'),
  ...[...randomBonds(3, () => 0.5)].map(({ bond_id, ...body }) => ({
    operation: 'replaceBond',
    params: { bond_id },
    body: { bond_id, ...body },
  })),
];

/** Makes the samples that are missing in the default organisation, and answers how many those were. */
export async function addSamples(core: Core): Promise<number> {
  let made = 0;
  for (const { operation, params, body } of SAMPLES) {
    const call = { params, body, mediaType: 'application/json', ifNoneMatch: '*' };
    try {
      await callOperation(core, operation, DEFAULT_ORGANISATION, call);
      made += 1;
    } catch (error) {
      if (!isThere(error)) throw error;
    }
  }
  return made;
}

/** It was made before, or somebody else has its name by now: both are left alone. */
const isThere = (error: unknown) =>
  error instanceof Failure && (error.kind === 'precondition' || error.kind === 'conflict');
