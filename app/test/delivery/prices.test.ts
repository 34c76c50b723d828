import { textOf } from './repository.ts';

/** What the documents say that an idle environment costs, computed from the presets and the prices in the same document. */
const HOURS = 730;
const ZONES = 3;
const SECRETS = 3;
const FIREWALL_RULES = 4;
/** Table, images, logs and alarms of an idle environment: estimates that no table holds. */
const STORAGE: Readonly<Record<string, number>> = { preview: 1, small: 2, standard: 4, large: 5 };
const PARTS = ['tasks', 'egress', 'balancer', 'cache', 'firewall', 'rest'] as const;

type Preset = Readonly<Record<string, string>>;
type Costs = Readonly<Record<(typeof PARTS)[number], number>>;

const page = textOf('iac/README.md');
const prices = new Map(
  [...page.matchAll(/^\| `([\w.]+)`[^|]*\| ([\d.]+) \|$/gm)].map(([, name, usd]) => [name!, Number(usd)]),
);
const presets = readPresets();

function price(name: string): number {
  const found = prices.get(name);
  if (found === undefined) throw new Error(`iac/README.md has no price of ${name}`);
  return found;
}

/** The rows of the table in the module, as text. */
function readPresets(): Map<string, Preset> {
  const blocks = textOf('iac/modules/preset/main.tf').matchAll(/^ {4}(\w+) = \{\n([\s\S]*?)\n {4}\}/gm);
  return new Map(
    [...blocks].map(([, name = '', body = '']) => {
      const rows = [...body.matchAll(/^ {6}(\w+) += (.*)$/gm)];
      return [name, Object.fromEntries(rows.map(([, key, value]) => [key, value!.replaceAll('"', '')]))];
    }),
  );
}

function costsOf(name: string, preset: Preset): Costs {
  const endpoints = preset.interface_endpoints!.match(/[\w.]+/g)?.length ?? 0;
  const gateways = { none: 0, single: 1, per_zone: ZONES }[preset.nat!]!;
  const isPublic = gateways === 0 && endpoints === 0;
  const tasks = Number(preset.min_tasks);
  const taskHour =
    (Number(preset.cpu) / 1024) * price('vcpu_hour') + (Number(preset.memory) / 1024) * price('gb_hour');
  const egressHour =
    (isPublic ? tasks * price('address_hour') : 0) +
    gateways * (price('nat_hour') + price('address_hour')) +
    endpoints * ZONES * price('endpoint_hour');
  const doorHour = name === 'preview' ? 0 : price('balancer_hour') + ZONES * price('address_hour');
  const insights = preset.insights === 'enabled' ? price('insights_month') : 0;
  return {
    tasks: tasks * taskHour * HOURS * (preset.spot === 'true' ? price('spot') : 1),
    egress: egressHour * HOURS,
    balancer: doorHour * HOURS,
    cache: (Number(preset.cache_replicas) + 1) * price(preset.cache_node_type!) * HOURS,
    firewall:
      preset.waf === 'true' ? price('firewall_month') + FIREWALL_RULES * price('firewall_rule_month') : 0,
    rest: SECRETS * price('secret_month') + insights + STORAGE[name]!,
  };
}

const sumOf = (costs: Costs) => PARTS.reduce((sum, part) => sum + costs[part], 0);

test('there are the presets that the layers accept', () => {
  const [list = ''] =
    /contains\((\[.*?\]), var\.name\)/.exec(textOf('iac/modules/preset/variables.tf')) ?? [];
  const accepted = [...list.matchAll(/"(\w+)"/g)].map(([, name]) => name);
  expect([...presets.keys()]).toEqual(accepted);
});

test.each([...presets])('iac/README.md states what the preset %s costs', (name, preset) => {
  const costs = costsOf(name, preset);
  const row = new RegExp(`^\\| \`${name}\` \\|(.*)\\| \\*\\*(\\d+)\\*\\* \\|$`, 'm').exec(page);
  const stated = row?.[1]?.split('|').map(Number);
  expect(stated).toEqual(PARTS.map((part) => Math.round(costs[part] * 10) / 10));
  expect(Number(row?.[2])).toBe(Math.round(sumOf(costs)));
});

test.each(['small', 'standard', 'large'])('the other documents state the same sum of %s', (name) => {
  const sum = Math.round(sumOf(costsOf(name, presets.get(name)!)));
  const cost = new RegExp(`^\\| ${name} \\|.*\\*\\*(\\d+)\\*\\* \\|$`, 'm').exec(
    textOf('docs/operations.md'),
  );
  expect(Number(cost?.[1])).toBe(sum);
  const stated = [...textOf('README.md').matchAll(/`(\w+)` \((\d+) USD a month\)/g)].map((found) => [
    found[1],
    Number(found[2]),
  ]);
  expect(stated).toContainEqual([name, sum]);
});
