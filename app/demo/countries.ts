import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

interface WorldCountry {
  readonly cca2: string;
  readonly cca3: string;
  readonly name: { readonly common: string; readonly official: string };
  readonly region: string;
  readonly subregion: string;
  readonly capital: readonly string[];
  readonly languages: Readonly<Record<string, string>>;
  readonly area: number;
  readonly landlocked: boolean;
  readonly flag: string;
  readonly borders: readonly string[];
}

/** One row of an upload. */
export interface Row {
  readonly uuid: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  readonly links: readonly { readonly relation: string; readonly type: string; readonly uuid: string }[];
}

export const COUNTRY_TYPE = {
  name: 'country',
  description: 'The countries and territories of ISO 3166-1, with Kosovo.',
  tags: ['demo'],
  fields: [
    { name: 'name', type: 'string', required: true, unique: true },
    { name: 'official_name', type: 'string' },
    { name: 'code', type: 'string', required: true, unique: true, min_length: 3, max_length: 3 },
    { name: 'region', type: 'string', indexed: true },
    { name: 'subregion', type: 'string', indexed: true },
    { name: 'capitals', type: 'array', items: 'string' },
    { name: 'languages', type: 'array', items: 'string', indexed: true },
    { name: 'population', type: 'integer', min: 0, indexed: true },
    { name: 'area', type: 'number', indexed: true, description: 'In square kilometres.' },
    { name: 'landlocked', type: 'boolean' },
    { name: 'flag', type: 'string' },
  ],
  links: [{ relation: 'borders', to: 'country', inverse: 'borders' }],
};

/** The same country has the same uuid in every run, so that loading again doubles nothing. */
export function countryUuid(code: string): string {
  const hex = createHash('sha256').update(`country ${code}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** All countries of `world-countries`, with the populations that `country-json` knows; each border once. */
export function countryRows(): Row[] {
  const countries = require('world-countries') as readonly WorldCountry[];
  const population = populations();
  const borders = bordersOnce(countries);
  return countries.map((country) => ({
    uuid: countryUuid(country.cca3),
    fields: {
      name: country.name.common,
      official_name: country.name.official,
      code: country.cca3,
      region: country.region || undefined,
      subregion: country.subregion || undefined,
      capitals: country.capital.filter((capital) => capital !== ''),
      languages: Object.values(country.languages),
      population: population.get(country.cca2),
      area: country.area >= 0 ? country.area : undefined, // -1 stands for unknown
      landlocked: country.landlocked,
      flag: country.flag,
    },
    tags: country.landlocked ? ['landlocked'] : [],
    links: (borders.get(country.cca3) ?? []).map((code) => ({
      relation: 'borders',
      type: 'country',
      uuid: countryUuid(code),
    })),
  }));
}

/** By country, the neighbours that come after it in the alphabet; some borders are told by one side only. */
function bordersOnce(countries: readonly WorldCountry[]): Map<string, string[]> {
  const once = new Map<string, Set<string>>();
  for (const { cca3, borders } of countries) {
    for (const other of borders) {
      const [first, second] = [cca3, other].sort() as [string, string];
      once.set(first, (once.get(first) ?? new Set()).add(second));
    }
  }
  return new Map([...once].map(([code, others]) => [code, [...others]]));
}

function populations(): Map<string, number> {
  const codes = require('country-json/src/country-by-abbreviation.json') as {
    country: string;
    abbreviation: string;
  }[];
  const counts = require('country-json/src/country-by-population.json') as {
    country: string;
    population: number | null;
  }[];
  const count = new Map(counts.map((row) => [row.country, row.population]));
  return new Map(
    codes.flatMap(({ country, abbreviation }) => {
      const people = count.get(country);
      return people == null ? [] : [[abbreviation, people] as const];
    }),
  );
}
