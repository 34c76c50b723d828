import { createBlindness } from '../../src/cache/blind.ts';
import { type BlindRecord, blindOf } from '../../src/cache/records.ts';

/** Instances that share records and a clock, and beat when they are told to. */
function setUp() {
  let now = 0;
  const records = new Map<string, BlindRecord>();
  function instance(id: string, skew = 0) {
    const blindness = createBlindness({ id, now: () => now + skew, ticks: () => now });
    let isFirstOfAll = false;
    return {
      ...blindness,
      first() {
        isFirstOfAll = true;
      },
      beat(isBlind = false) {
        const listed = [...records.values()];
        const words = blindness.noted({ began: now, records: listed, isFirstOfAll, isBlind });
        for (const word of words) {
          if (word.type === 'put') records.set(word.item.id as string, blindOf(word.item));
          else if (word.type === 'delete') records.delete(word.key.sk.split('#')[1]!);
        }
        return words.length;
      },
    };
  }
  const pass = (ms: number) => {
    now += ms;
  };
  return { instance, pass, records, now: () => now };
}

/** Beats as they come, for so long. */
function live(pass: (ms: number) => void, beats: readonly (() => unknown)[], ms: number): void {
  for (let past = 0; past < ms; past += 250) {
    pass(250);
    for (const beat of beats) beat();
  }
}

test('an instance that is blind for two beats says so, and remembers once everybody must know', () => {
  const { instance, pass, records, now } = setUp();
  const one = instance('one');
  expect(one.beat(true)).toBe(0);
  pass(250);
  expect(one.beat(true)).toBe(1);
  expect([...records.keys()]).toEqual(['one']);
  pass(250);
  one.beat(true);
  const listedAt = now();
  live(pass, [() => one.beat(true)], 1_500);
  expect(one.remembers(listedAt + 749)).toBe(false); // somebody may have changed it, knowing of nothing
  expect(one.remembers(listedAt + 750)).toBe(false); // a lease ago: it may be gone
  expect(one.remembers(now() - 749)).toBe(true);
  expect(one.remembers(now() - 750)).toBe(false);
});

test('what was read in the lease in which others learn of it is never remembered', () => {
  const { instance, pass, now } = setUp();
  const one = instance('one');
  one.beat(true);
  live(pass, [() => one.beat(true)], 500);
  const listedAt = now();
  live(pass, [() => one.beat(true)], 750);
  expect(one.remembers(listedAt + 749)).toBe(false);
  expect(one.remembers(listedAt + 750)).toBe(true);
});

test('a blind instance whose beats are late remembers nothing', () => {
  const { instance, pass, now } = setUp();
  const one = instance('one');
  one.beat(true);
  live(pass, [() => one.beat(true)], 2_000);
  const beatAt = now();
  pass(749);
  expect(one.remembers(beatAt + 1)).toBe(true);
  pass(1);
  expect(one.remembers(now())).toBe(false);
});

test('others know of it from their next beat on until a lease after it is gone', () => {
  const { instance, pass, records } = setUp();
  const [one, other] = [instance('one'), instance('other')];
  live(pass, [() => other.beat()], 1_000);
  expect(other.isSomebodyBlind()).toBe(false);
  live(pass, [() => one.beat(true), () => other.beat()], 500);
  expect(other.isSomebodyBlind()).toBe(true);
  records.clear();
  live(pass, [() => other.beat()], 750);
  expect(other.isSomebodyBlind()).toBe(true);
  live(pass, [() => other.beat()], 250);
  expect(other.isSomebodyBlind()).toBe(false);
});

test('who has just begun, or has missed beats, knows of nobody, and so of everybody', () => {
  const { instance, pass } = setUp();
  const [veryFirst, later] = [instance('first'), instance('later')];
  expect(later.isSomebodyBlind()).toBe(true);
  veryFirst.first();
  for (const one of [veryFirst, later]) one.beat();
  expect(veryFirst.isSomebodyBlind()).toBe(false);
  expect(later.isSomebodyBlind()).toBe(true);
  live(pass, [() => later.beat()], 750);
  expect(later.isSomebodyBlind()).toBe(false);
  pass(750);
  expect(later.isSomebodyBlind()).toBe(true);
  later.beat();
  expect(later.isSomebodyBlind()).toBe(true);
});

test('the record is renewed, and goes ten seconds after the cells are back', () => {
  const { instance, pass, records, now } = setUp();
  const one = instance('one');
  one.beat(true);
  live(pass, [() => one.beat(true)], 25_000);
  expect(records.get('one')!.at).toBeGreaterThan(15_000);
  live(pass, [() => one.beat()], 9_750);
  expect(records.size).toBe(1);
  live(pass, [() => one.beat()], 250);
  expect(records.size).toBe(0);
  expect(one.remembers(now())).toBe(false);
});

test('a record that nobody renews is removed after a minute', () => {
  const { instance, pass, records } = setUp();
  const [one, other] = [instance('one'), instance('other')];
  one.beat(true);
  live(pass, [() => one.beat(true)], 250);
  live(pass, [() => other.beat()], 59_750);
  expect(records.size).toBe(1);
  live(pass, [() => other.beat()], 250);
  expect(records.size).toBe(0);
});

test('an instance that is taken for abandoned says it again, and starts anew', () => {
  const { instance, pass, records, now } = setUp();
  const one = instance('one');
  one.beat(true);
  live(pass, [() => one.beat(true)], 2_000);
  records.clear();
  live(pass, [() => one.beat(true)], 250);
  expect(one.remembers(now())).toBe(false);
  expect(records.size).toBe(1);
  live(pass, [() => one.beat(true)], 1_250);
  expect(one.remembers(now())).toBe(true);
});
