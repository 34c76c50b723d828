import * as sdk from '@aws-sdk/client-dynamodb';
import { judge, MEANINGS, REASONS } from '../../src/adapters/dynamo/errors.ts';
import { ConditionFailed } from '../../src/table/failures.ts';

const UNAVAILABLE = { kind: 'unavailable', code: 'store_unavailable' };
const CONTENDED = { kind: 'conflict', code: 'write_conflict' };
const TOO_LARGE = { kind: 'invalid', code: 'item_too_large' };
const MISUSED = { kind: 'internal', code: 'store_misused' };

function error(name: string, parts: object = {}): Error {
  return Object.assign(new Error('some message'), { name, ...parts });
}

function cancelled(...reasons: (string | sdk.CancellationReason)[]): Error {
  const CancellationReasons = reasons.map((each) => (typeof each === 'string' ? { Code: each } : each));
  return error('TransactionCanceledException', { CancellationReasons });
}

describe('errors of DynamoDB', () => {
  test('every class that the client declares has a meaning', () => {
    const declared = Object.entries(sdk)
      .filter(
        ([, value]) => (value as { prototype?: unknown }).prototype instanceof sdk.DynamoDBServiceException,
      )
      .map(([name]) => name);
    const judged = ['TransactionCanceledException', 'ConditionalCheckFailedException'];
    expect(declared.length).toBeGreaterThan(30);
    expect(declared.filter((name) => !(name in MEANINGS) && !judged.includes(name))).toEqual([]);
  });

  test('every reason that cancels a transaction has a meaning', () => {
    const conflict = { ...CONTENDED, name: 'Failure' };
    expect(judge(cancelled('None', 'TransactionConflict')).failure).toMatchObject(conflict);
    for (const reason of Object.keys(REASONS)) expect(judge(cancelled(reason)).failure).toBeDefined();
  });

  test.each<[string, Error, object, boolean]>([
    ['conflict', error('TransactionConflictException'), CONTENDED, true],
    ['own transaction in progress', error('TransactionInProgressException'), UNAVAILABLE, true],
    ['throttling', error('ThrottlingException'), UNAVAILABLE, false],
    ['throughput', error('ProvisionedThroughputExceededException'), UNAVAILABLE, false],
    ['account limit', error('RequestLimitExceeded'), UNAVAILABLE, false],
    ['server error', error('InternalServerError'), UNAVAILABLE, false],
    ['unknown 5xx', error('Unheard', { $metadata: { httpStatusCode: 503 } }), UNAVAILABLE, false],
    ['unknown 429', error('Unheard', { $metadata: { httpStatusCode: 429 } }), UNAVAILABLE, false],
    ['timeout', error('TimeoutError'), UNAVAILABLE, false],
    ['refused connection', error('Error', { code: 'ECONNREFUSED' }), UNAVAILABLE, false],
    ['unknown host', error('Error', { code: 'ENOTFOUND' }), UNAVAILABLE, false],
    ['broken stream', error('Error', { code: 'ERR_STREAM_PREMATURE_CLOSE' }), UNAVAILABLE, false],
    ['garbage in place of HTTP', error('Error', { code: 'HPE_INVALID_CONSTANT' }), UNAVAILABLE, false],
    [
      'wrapped timeout',
      error('Error', { message: 'AWS SDK error wrapper for TimeoutError: x' }),
      UNAVAILABLE,
      false,
    ],
    ['unknown table', error('ResourceNotFoundException'), MISUSED, false],
    ['no permission', error('AccessDeniedException'), MISUSED, false],
    ['token used twice', error('IdempotentParameterMismatchException'), MISUSED, false],
    ['bad parameter', error('ValidationException'), MISUSED, false],
    ['own mistake', new TypeError('x is not a function'), MISUSED, false],
    ['own mistake with a code', error('TypeError', { code: 'ERR_INVALID_ARG_TYPE' }), MISUSED, false],
    ['unknown 4xx', error('Unheard', { $metadata: { httpStatusCode: 400 } }), MISUSED, false],
    [
      'item size',
      error('ValidationException', { message: 'Item size has exceeded the maximum allowed size' }),
      TOO_LARGE,
      false,
    ],
    [
      'size of an update',
      error('ValidationException', { message: 'Item size to update has exceeded the maximum allowed size' }),
      TOO_LARGE,
      false,
    ],
    [
      'size of a transaction',
      error('ValidationException', { message: 'Collection size of items exceeded' }),
      TOO_LARGE,
      false,
    ],
    ['item collection', error('ItemCollectionSizeLimitExceededException'), TOO_LARGE, false],
    ['cancelled by a conflict', cancelled('None', 'TransactionConflict'), CONTENDED, true],
    ['cancelled by throttling', cancelled('ThrottlingError', 'TransactionConflict'), UNAVAILABLE, true],
    [
      'cancelled by size',
      cancelled({ Code: 'ValidationError', Message: 'Item size to update has exceeded' }),
      TOO_LARGE,
      false,
    ],
    [
      'cancelled by a bad value',
      cancelled({ Code: 'ValidationError', Message: 'incorrect data type' }, 'ConditionalCheckFailed'),
      MISUSED,
      false,
    ],
    ['cancelled for no known reason', cancelled('Unheard'), MISUSED, false],
    ['cancelled without reasons', error('TransactionCanceledException'), MISUSED, false],
  ])('%s', (_, thrown, failure, again) => {
    const verdict = judge(thrown);
    expect(verdict.failure).toMatchObject(failure);
    expect(verdict.again).toBe(again);
  });

  test('failed conditions are told by position, whatever else went wrong', () => {
    const { failure, again } = judge(
      cancelled(
        'ConditionalCheckFailed',
        'None',
        'TransactionConflict',
        'ConditionalCheckFailed',
        'ThrottlingError',
      ),
    );
    expect(failure).toBeInstanceOf(ConditionFailed);
    expect((failure as ConditionFailed).failed).toEqual([0, 3]);
    expect(again).toBe(false);
    expect(judge(error('ConditionalCheckFailedException')).failure).toMatchObject({ failed: [0] });
  });

  test('what the server said stays inside', () => {
    const thrown = error('ValidationException', { message: 'secret table name' });
    const { failure } = judge(thrown);
    expect(failure.message).toBe('The store refused the call: ValidationException.');
    expect(failure.cause).toBe(thrown);
  });
});
