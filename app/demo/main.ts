import { COUNTRY_TYPE, countryRows, countryUuid } from './countries.ts';

/** Loads the countries of the world into a running service and asks it a few questions, each shown as curl. */
const base = process.env.CADASTRE_URL ?? 'http://127.0.0.1:3000';

interface Question {
  readonly about: string;
  readonly params: Readonly<Record<string, string>>;
}

const QUESTIONS: readonly Question[] = [
  {
    about: 'countries of Europe that border Germany',
    params: { fields: 'region="Europe"', links: `borders:${countryUuid('DEU')}` },
  },
  {
    about: 'countries of South America with 10 to 50 million people, the largest first',
    params: {
      fields: 'subregion="South America",population>=10000000,population<=50000000',
      sort: '-population',
    },
  },
  { about: 'countries whose name begins with "New"', params: { fields: 'name^="New"' } },
  {
    about: 'landlocked countries that border both France and Italy',
    params: { tags: 'landlocked', links: `borders:${countryUuid('FRA')},borders:${countryUuid('ITA')}` },
  },
  {
    about: 'African countries where French is spoken, the first five by area',
    params: { fields: 'region=Africa,languages=French', sort: '-area', limit: '5' },
  },
];

async function call(method: string, path: string, type?: string, body?: string) {
  const headers: Record<string, string> = type === undefined ? {} : { 'Content-Type': type };
  const response = await fetch(base + path, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

async function load(): Promise<void> {
  const defined = await call(
    'POST',
    '/api/v1/entity-types',
    'application/json',
    JSON.stringify(COUNTRY_TYPE),
  );
  if (defined.status !== 201 && defined.body.code !== 'name_taken')
    throw new Error(JSON.stringify(defined.body));
  const rows = countryRows();
  const lines = rows.map((row) => JSON.stringify(row)).join('\n');
  const { body } = await call('POST', '/api/v1/entities/country/upload', 'application/x-ndjson', lines);
  if (body.failed !== 0) throw new Error(`the upload failed: ${JSON.stringify(body)}`);
  const borders = rows.reduce((sum, row) => sum + row.links.length, 0);
  console.log(
    `Loaded ${rows.length} countries and ${borders} borders: ${body.created} new, ${body.updated} updated.\n`,
  );
}

async function ask({ about, params }: Question): Promise<void> {
  const path = `/api/v1/entities/country/search?${new URLSearchParams({ ...params, explain: 'true' })}`;
  const { status, body } = await call('GET', path);
  if (status !== 200) throw new Error(JSON.stringify(body));
  const options = Object.entries(params).map(([name, value]) => ` --data-urlencode '${name}=${value}'`);
  console.log(`# ${about}`);
  console.log(`curl -sG ${base}/api/v1/entities/country/search${options.join('')}`);
  for (const { fields } of body.items) {
    console.log(
      `  ${fields.flag} ${fields.name} (${fields.population?.toLocaleString('en') ?? 'unknown'} people)`,
    );
  }
  const { plan, indexes, items_read } = body.explain;
  console.log(
    `  ${body.items.length} found; ${plan} of ${indexes.join(' and ')}, ${items_read} items read\n`,
  );
}

try {
  await load();
  for (const question of QUESTIONS) await ask(question);
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : error}`);
  console.error(`Is the service running at ${base}? Start it with: make run`);
  process.exitCode = 1;
}
