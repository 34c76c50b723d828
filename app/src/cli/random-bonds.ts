const COLOURS = ['teal', 'yellow', 'olive', 'blue', 'red', 'silver', 'navy', 'lime', 'plum', 'gold'];
const NAMES = ['Ada', 'Alan', 'Barbara', 'Edsger', 'Frances', 'Grace', 'John', 'Katherine', 'Ken', 'Radia'];
const SURNAMES = ['Allen', 'Dijkstra', 'Hopper', 'Johnson', 'Liskov', 'Lovelace', 'Perlman', 'Turing'];
const MOST_SUBSCRIBERS = 7;
/** Few bonds share an account, and some do. */
const ACCOUNTS_PER_BOND = 3;

export interface RandomBond {
  readonly bond_id: string;
  readonly host_account_id: string;
  readonly sub_account_id: string;
  readonly host_cost_center: string;
  readonly sub_cost_center: string;
  readonly subscribers: Readonly<Record<string, { sid: string; name: string; email: string }>>;
}

/**
 * Bonds of made-up people, one at a time, however many: no two have the same accounts, and an account has one cost
 * center. `random` gives numbers from 0 to 1.
 */
export function* randomBonds(count: number, random: () => number): Generator<RandomBond> {
  const accounts = Math.max(2, count * ACCOUNTS_PER_BOND);
  const below = (limit: number) => Math.floor(random() * limit);
  const accountOf = (n: number) => `SAMP${String(n).padStart(12, '0')}`;
  const centerOf = (n: number) => COLOURS[n % COLOURS.length]!;
  for (let n = 0; n < count; n++) {
    // Hosts come one after the other, so that no pair comes twice.
    const host = n;
    const sub = (n + 1 + below(accounts - 1)) % accounts;
    yield {
      bond_id: `SAMPLE-${n + 1}`,
      host_account_id: accountOf(host),
      sub_account_id: accountOf(sub),
      host_cost_center: centerOf(host),
      sub_cost_center: centerOf(sub),
      subscribers: subscribers(below(MOST_SUBSCRIBERS + 1), below),
    };
  }
}

function subscribers(count: number, below: (limit: number) => number): RandomBond['subscribers'] {
  const all = Array.from({ length: count }, (_, i) => {
    const [name, surname] = [NAMES[below(NAMES.length)]!, SURNAMES[below(SURNAMES.length)]!];
    const sid = `${name}${surname}${i}`.toLowerCase();
    return [sid, { sid, name: `${name} ${surname}`, email: `${sid}@example.com` }] as const;
  });
  return Object.fromEntries(all);
}
