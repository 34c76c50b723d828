/** What the benchmarks store: machines of a small estate, two fields of which are indexed. */

export const ORGANISATION = 'default';
export const TYPE = 'machine';
export const HUB_TYPE = 'rack';
export const ENTITIES = `/api/v1/entities/${TYPE}`;

export const CITIES = ['Amsterdam', 'Brussels', 'Copenhagen', 'Dublin', 'Edinburgh'] as const;
export const STATES = ['planned', 'running', 'broken', 'retired'] as const;

const text = (name: string) => ({ name, type: 'string' });

export const HUB_DEFINITION = { name: HUB_TYPE, fields: [text('name')] };

/** k = 2 indexed fields. */
export const DEFINITION = {
  name: TYPE,
  fields: [
    { ...text('city'), indexed: true },
    { ...text('state'), indexed: true },
    text('name'),
    text('address'),
    { name: 'cores', type: 'integer' },
    text('note'),
  ],
  links: [{ relation: 'mounted_in', to: HUB_TYPE, inverse: 'holds' }],
};

/** The fields of the n-th machine: about 200 bytes of JSON. */
export function fieldsOf(n: number, city: string = CITIES[n % 5]!, state: string = STATES[n % 4]!) {
  return {
    city,
    state,
    name: `machine-${String(n).padStart(8, '0')}`,
    address: `${n % 1000} Harbour Street, 3rd floor, row ${n % 17}`,
    cores: 2 ** (n % 7),
    note: 'Bought second hand; keep the lid closed.',
  };
}
