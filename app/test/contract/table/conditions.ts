import { ConditionFailed } from '../../../src/table/failures.ts';
import type { Action, Condition, Table } from '../../../src/table/table.ts';
import type { TableFactory } from '../../support/tables.ts';
import { eachTable, item, keyAt, put } from './fixture.ts';

const STORED = { n: 1, s: '1', yes: true, list: [1], nothing: null, empty: '' };

/** The condition, whether it holds of the stored item, and whether it holds of an absent one. */
const CASES: [string, Condition, present: boolean, absent: boolean][] = [
  ['nothing demanded', {}, true, true],
  ['exists', { exists: true }, true, false],
  ['must not exist', { exists: false }, false, true],
  ['equal number', { equals: { n: 1 } }, true, false],
  ['unequal number', { equals: { n: 2 } }, false, false],
  ['equal text', { equals: { s: '1' } }, true, false],
  ['empty text', { equals: { empty: '' } }, true, false],
  ['a number is no text', { equals: { n: '1' } }, false, false],
  ['a text is no number', { equals: { s: 1 } }, false, false],
  ['equal boolean', { equals: { yes: true } }, true, false],
  ['unequal boolean', { equals: { yes: false } }, false, false],
  ['an unset attribute equals nothing', { equals: { unset: '' } }, false, false],
  ['a list equals no scalar', { equals: { list: 1 } }, false, false],
  ['several equalities', { equals: { n: 1, s: '1', yes: true } }, true, false],
  ['one of several equalities is wrong', { equals: { n: 1, s: '2' } }, false, false],
  ['no equality still demands an item', { equals: {} }, true, false],
  ['key attributes', { equals: { pk: 'p', kind: 'thing' } }, true, false],
  ['missing', { missing: ['unset'] }, true, true],
  ['not missing', { missing: ['n'] }, false, true],
  ['null is set', { missing: ['nothing'] }, false, true],
  ['one of several is set', { missing: ['unset', 'n'] }, false, true],
  ['several missing', { missing: ['unset', 'unset_too'] }, true, true],
  ['no name is missing', { missing: [] }, true, true],
  ['all parts', { exists: true, equals: { n: 1 }, missing: ['unset'] }, true, false],
  ['all parts but existence', { equals: { n: 1 }, missing: ['unset'] }, true, false],
  ['right equality, wrong absence', { equals: { n: 1 }, missing: ['s'] }, false, false],
  ['exists and missing', { exists: true, missing: ['unset'] }, true, false],
  ['absent and missing', { exists: false, missing: ['unset'] }, false, true],
  ['one of two alternatives', { anyOf: [{ equals: { n: 2 } }, { equals: { n: 1 } }] }, true, false],
  ['none of two alternatives', { anyOf: [{ equals: { n: 2 } }, { missing: ['s'] }] }, false, true],
  ['absent or equal', { anyOf: [{ exists: false }, { equals: { n: 1 } }] }, true, true],
  ['an alternative besides a part', { equals: { s: '1' }, anyOf: [{ equals: { n: 2 } }] }, false, false],
  ['no alternative demanded', { anyOf: [] }, true, true],
  ['absent and equal is impossible', { exists: false, equals: { n: 1 } }, false, false],
];

const VERBS: Record<Action['type'], (sk: string, condition: Condition) => Action> = {
  put: (sk, condition) => ({ type: 'put', item: item(sk, { new: 1 }), condition }),
  delete: (sk, condition) => ({ type: 'delete', key: keyAt(sk), condition }),
  check: (sk, condition) => ({ type: 'check', key: keyAt(sk), condition }),
  update: (sk, condition) => ({ type: 'update', key: keyAt(sk), set: { new: 1 }, condition }),
};

const demandsNothing = ({ missing, anyOf, ...rest }: Condition) =>
  !missing?.length && !anyOf?.length && Object.keys(rest).length === 0;

/** What the verb can be asked: a check demands something, and an update never creates. */
function sensible(verb: Action['type'], condition: Condition): boolean {
  if (verb === 'check') return !demandsNothing(condition);
  return verb !== 'update' || condition.exists !== false;
}

async function outcomes(table: Table, verb: Action['type'], condition: Condition): Promise<boolean[]> {
  const attempts = ['stored', 'absent'].map(async (sk) => {
    try {
      await table.write([VERBS[verb](sk, condition)]);
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(ConditionFailed);
      expect((error as ConditionFailed).failed).toEqual([0]);
      return false;
    }
  });
  return Promise.all(attempts);
}

export function conditionContract(factory: TableFactory): void {
  describe.each(Object.keys(VERBS) as Action['type'][])('the condition of a %s', (verb) => {
    const table = eachTable(factory);

    test.each(CASES.filter(([, condition]) => sensible(verb, condition)))(
      '%s',
      async (_, condition, present, absent) => {
        await table().write(put(item('stored', STORED)));
        const expected = [present, absent && verb !== 'update'];
        expect(await outcomes(table(), verb, condition)).toEqual(expected);
        const after = await table().get(keyAt('stored'));
        expect(after?.new).toBe(present && (verb === 'put' || verb === 'update') ? 1 : undefined);
        expect(after === undefined).toBe(present && verb === 'delete');
      },
    );
  });
}
