import { check, type Verdict } from '../../chaos/checker.ts';
import type { FaultSpan, History, Op, Seen, State } from '../../chaos/history.ts';

const KEY = 'lamp:1';
const LINK = 'link:1:2';

const state = (version: number, mark: string, born = 'a then'): State => ({ born, version, mark });

/** An operation from one time to another; a read of a key that finds nothing unless it says otherwise. */
function op(from: number, to: number, more: Partial<Op> = {}): Op {
  const base = { client: 0, instance: 0, action: 'read', key: KEY, outcome: 'ok', status: 200 } as const;
  return { ...base, invoked: from, returned: to, ...more };
}

const read = (from: number, to: number, seen: Seen, more: Partial<Op> = {}) =>
  op(from, to, { seen, ...more });
const create = (from: number, to: number, mark: string, more: Partial<Op> = {}) =>
  op(from, to, { action: 'create', mark, seen: state(1, mark, `${mark} then`), ...more });
const update = (from: number, to: number, version: number, mark: string, more: Partial<Op> = {}) =>
  op(from, to, { action: 'update', mark, seen: state(version, mark), ...more });
const remove = (from: number, to: number, more: Partial<Op> = {}) =>
  op(from, to, { action: 'delete', ...more });
/** Nobody knows how it ended. */
const open = { outcome: 'info', status: 503, seen: undefined } as const;

function judged(ops: readonly Op[], more: Partial<History> = {}): Verdict {
  return check({ ops: [...ops], faults: [], recorded: [], finals: new Map(), twice: [], ...more });
}

const rulesOf = ({ violations }: Verdict) => violations.map(({ rule }) => rule);
const endingWith = (seen: Seen, key = KEY): Partial<History> => ({ finals: new Map([[key, seen]]) });

const born = create(0, 1, 'a');

function fault(started: number, ended: number, more: Partial<FaultSpan>): FaultSpan {
  return { kind: 'some', detail: '', started, ended, forgets: false, postpones: false, ...more };
}

test('a life, its end and another one are fine', () => {
  const second = state(1, 'd', 'd then');
  const verdict = judged(
    [
      born,
      read(2, 3, state(1, 'a')),
      update(4, 6, 2, 'b'),
      read(4, 6, state(1, 'a')), // at the same time
      update(5, 8, 3, 'c', open),
      read(9, 10, state(3, 'c')),
      op(9, 10, { action: 'list', elements: new Map([[KEY, state(3, 'c')]]), covers: [KEY] }),
      remove(11, 12),
      read(13, 14, 'absent'),
      create(15, 16, 'd'),
      read(17, 18, second),
    ],
    endingWith(second),
  );
  expect(verdict).toEqual({
    violations: [],
    lost: 0,
    bounded: 0,
    maxStalenessMs: 0,
    allowed: 0,
    unverified: 0,
  });
});

describe('stale', () => {
  test('a read misses an acknowledged write', () => {
    expect(rulesOf(judged([born, update(2, 3, 2, 'b'), read(4, 5, state(1, 'a'))]))).toEqual(['stale']);
  });

  test('a read goes back behind another read, while the write is under way', () => {
    const ops = [born, update(2, 9, 2, 'b'), read(3, 4, state(2, 'b')), read(5, 6, state(1, 'a'))];
    expect(rulesOf(judged(ops))).toEqual(['stale']);
  });

  test('a deletion is missed, or the sight of it', () => {
    expect(rulesOf(judged([born, remove(2, 3), read(4, 5, state(1, 'a'))]))).toEqual(['stale']);
    const seen = [born, read(1.5, 1.8, state(1, 'a')), remove(2, 9, open), read(3, 4, 'absent')];
    expect(rulesOf(judged([...seen, read(5, 6, state(1, 'a'))]))).toEqual(['stale']);
  });

  test('a later life is missed', () => {
    const ops = [born, remove(2, 20, open), create(3, 4, 'b'), read(5, 6, state(1, 'a'))];
    expect(rulesOf(judged(ops))).toEqual(['stale']);
  });

  test('an element of a listing is old', () => {
    const list = op(4, 5, { action: 'list', elements: new Map([[KEY, state(1, 'a')]]) });
    expect(rulesOf(judged([born, update(2, 3, 2, 'b'), list]))).toEqual(['stale']);
  });

  test('lives that may have begun in either order are not compared', () => {
    const ops = [create(0, 9, 'a'), remove(1, 9), create(2, 9, 'b'), read(10, 11, state(1, 'a'))];
    expect(rulesOf(judged(ops))).toEqual([]);
  });
});

describe('missing', () => {
  test('nothing is found where something has to be', () => {
    expect(rulesOf(judged([born, read(2, 3, 'absent')]))).toEqual(['missing']);
    const list = op(2, 3, { action: 'list', elements: new Map(), covers: [KEY] });
    expect(rulesOf(judged([born, list]))).toEqual(['missing']);
  });

  test('a deletion explains it, unless it came later, was refused or was bound to another life', () => {
    const absent = read(4, 5, 'absent');
    expect(rulesOf(judged([born, remove(2, 3), absent]))).toEqual([]);
    expect(rulesOf(judged([born, remove(2, 3, open), absent]))).toEqual([]);
    expect(rulesOf(judged([born, remove(6, 7), absent]))).toEqual(['missing']);
    expect(rulesOf(judged([born, remove(2, 3, { outcome: 'fail' }), absent]))).toEqual(['missing']);
    expect(rulesOf(judged([born, remove(2, 3, { ...open, bound: 'other then' }), absent]))).toEqual([
      'missing',
    ]);
  });

  test('absence from the cache may be older than a creation that was not fenced', () => {
    const hit = { cache: 'hit' };
    const ops = [
      remove(-9, -8),
      born,
      read(2, 3, 'absent', hit),
      read(4, 5, state(1, 'a'), hit),
      remove(90, 91),
    ];
    const recorded = [{ instance: 0, keys: [KEY], at: 0.5 }];
    expect(judged(ops, { recorded })).toMatchObject({ violations: [], bounded: 1 });
  });
});

test('a read sees what was written only after it', () => {
  expect(rulesOf(judged([born, read(2, 3, state(2, 'b')), update(4, 5, 2, 'b')]))).toContain('future');
});

test('the later write has the lower version', () => {
  expect(rulesOf(judged([born, update(2, 3, 3, 'c'), update(4, 5, 2, 'b')]))).toContain('order');
});

describe('mixed', () => {
  test('two writes made one version', () => {
    const ops = [born, update(2, 3, 2, 'b'), update(2, 3, 2, 'c')];
    expect(rulesOf(judged(ops))).toEqual(['mixed']);
  });

  test('a write lands in another life than it was bound to', () => {
    const ops = [
      born,
      remove(2, 3),
      create(3, 4, 'b'),
      update(2, 5, 2, 'c'),
      read(6, 7, state(2, 'c', 'b then')),
    ];
    expect(rulesOf(judged(ops))).toContain('mixed');
  });
});

describe('phantom', () => {
  test('nobody wrote it', () => {
    expect(rulesOf(judged([born, read(2, 3, state(2, 'x'))]))).toContain('phantom');
  });

  test('it was refused, unless the store may have done it late', () => {
    const ops = [born, update(2, 3, 2, 'b', { outcome: 'fail', seen: undefined }), read(4, 5, state(2, 'b'))];
    expect(rulesOf(judged(ops))).toEqual(['phantom']);
    expect(rulesOf(judged(ops, { faults: [fault(1, 2.5, { postpones: true })] }))).toEqual([]);
  });
});

test('versions that no write explains', () => {
  const ops = [born, update(4, 5, 3, 'c')];
  expect(rulesOf(judged(ops))).toEqual(['gap']);
  expect(rulesOf(judged([...ops, update(2, 3, 2, 'b', open)]))).toEqual([]);
});

describe('lost', () => {
  test('the final state is older than an acknowledged write', () => {
    const verdict = judged([born, update(2, 3, 2, 'b'), update(4, 5, 3, 'c')], endingWith(state(1, 'a')));
    expect(verdict.lost).toBe(2);
    expect(rulesOf(verdict)).toEqual(['lost']);
  });

  test('it is gone although nobody deleted it', () => {
    expect(judged([born], endingWith('absent')).lost).toBe(1);
    expect(judged([born, remove(2, 3, open)], endingWith('absent')).lost).toBe(0);
  });

  test('it was deleted and is there', () => {
    expect(judged([born, remove(2, 3)], endingWith(state(1, 'a'))).lost).toBe(1);
  });
});

test('a repeated request was done twice', () => {
  expect(rulesOf(judged([], { twice: ['crate:1'] }))).toEqual(['twice']);
});

describe('a write that was recorded instead of fenced', () => {
  const ops = (behind: number) => [born, update(2, 4, 2, 'b'), read(4 + behind, 5 + behind, state(1, 'a'))];
  const recorded = [{ instance: 0, keys: [KEY], at: 3 }];

  test('may be missed for the time of a lease', () => {
    expect(judged(ops(750), { recorded })).toMatchObject({ violations: [], bounded: 1, maxStalenessMs: 750 });
    expect(rulesOf(judged(ops(751), { recorded }))).toEqual(['stale']);
  });

  test('by its own instance, at its own time', () => {
    expect(rulesOf(judged(ops(10), { recorded: [{ instance: 1, keys: [KEY], at: 3 }] }))).toEqual(['stale']);
    expect(rulesOf(judged(ops(10), { recorded: [{ instance: 0, keys: [KEY], at: 5 }] }))).toEqual(['stale']);
  });

  test('does not excuse that a fenced one is missed as well', () => {
    const fenced = update(5, 6, 3, 'c', { instance: 1 });
    expect(rulesOf(judged([...ops(10), fenced], { recorded }))).toEqual(['stale']);
  });
});

describe('where Redis lost marks', () => {
  const faults = [fault(3, 3.5, { forgets: true })];
  const seenEarly = (write: Op) => [born, write, read(4, 5, state(2, 'b')), read(6, 7, state(1, 'a'))];

  test('a write under way may be seen and not seen', () => {
    expect(judged(seenEarly(update(2, 9, 2, 'b')), { faults })).toMatchObject({ violations: [], allowed: 1 });
    expect(judged(seenEarly(update(2, 5, 2, 'b', open)), { faults })).toMatchObject({
      violations: [],
      allowed: 1,
    });
  });

  test('but none that was acknowledged', () => {
    expect(rulesOf(judged(seenEarly(update(2, 5, 2, 'b')), { faults }))).toEqual(['stale']);
  });
});

test('an answer that says that it cannot be verified proves nothing', () => {
  const ops = [born, update(2, 3, 2, 'b'), read(4, 5, state(1, 'a'), { cache: 'unverified' })];
  expect(judged(ops)).toMatchObject({ violations: [], unverified: 1 });
});

describe('what one client alone writes', () => {
  const link = (from: number, to: number, mark: string, more: Partial<Op> = {}) =>
    op(from, to, { action: 'create', key: LINK, mark, ...more });
  const unlink = (from: number, to: number, more: Partial<Op> = {}) =>
    op(from, to, { action: 'delete', key: LINK, ...more });
  const shows = (from: number, to: number, mark?: string) =>
    op(from, to, {
      action: 'list',
      elements: new Map(mark === undefined ? [] : [[LINK, { born: '', version: 0, mark }]]),
      covers: [LINK],
    });

  test('is fine', () => {
    const ops = [shows(0, 1), link(2, 5, 'a'), shows(3, 4), shows(3, 4, 'a'), shows(6, 7, 'a'), unlink(8, 9)];
    expect(rulesOf(judged([...ops, shows(10, 11)], endingWith('absent', LINK)))).toEqual([]);
  });

  test('is stale, lost, from the future or from nobody', () => {
    expect(rulesOf(judged([link(2, 3, 'a'), shows(4, 5)]))).toEqual(['stale']);
    expect(rulesOf(judged([link(2, 3, 'a'), unlink(4, 5), shows(6, 7, 'a')]))).toEqual(['stale']);
    expect(rulesOf(judged([link(2, 9, 'a'), shows(3, 4, 'a'), shows(5, 6)]))).toEqual(['stale']);
    expect(judged([link(2, 3, 'a')], endingWith('absent', LINK)).lost).toBe(1);
    expect(rulesOf(judged([link(2, 3, 'a'), shows(0, 1, 'a')]))).toEqual(['future']);
    expect(rulesOf(judged([shows(0, 1, 'x')]))).toEqual(['phantom']);
  });

  test('may be open for ever', () => {
    const ops = [link(2, 3, 'a'), unlink(4, 5, open), shows(6, 7), shows(8, 9, 'a')];
    expect(rulesOf(judged(ops))).toEqual([]);
  });
});
