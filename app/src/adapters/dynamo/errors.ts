import type { CancellationReason } from '@aws-sdk/client-dynamodb';
import type { Failure } from '../../kernel/errors.ts';
import { ConditionFailed, contended, itemTooLarge, misused, unavailable } from '../../table/failures.ts';

/** What an error of the SDK means to the caller, and whether our own retry may help. */
export interface Verdict {
  readonly failure: Failure;
  readonly again: boolean;
}

type Meaning = 'contended' | 'in_progress' | 'unavailable' | 'too_large' | 'misused' | 'by_message';

/** Every error that DynamoDB declares, those that AWS services share, and the client's own. */
export const MEANINGS: Readonly<Record<string, Meaning>> = {
  TransactionConflictException: 'contended',
  ReplicatedWriteConflictException: 'contended',
  TransactionInProgressException: 'in_progress',

  ProvisionedThroughputExceededException: 'unavailable',
  RequestLimitExceeded: 'unavailable',
  ThrottlingException: 'unavailable',
  LimitExceededException: 'unavailable',
  InternalServerError: 'unavailable',
  InternalFailure: 'unavailable',
  ServiceUnavailable: 'unavailable',
  ServiceUnavailableException: 'unavailable',
  TimeoutError: 'unavailable',
  AbortError: 'unavailable',
  RequestTimeout: 'unavailable',
  RequestTimeoutException: 'unavailable',
  CredentialsProviderError: 'unavailable', // the credential endpoint is a dependency that can be ill
  ExpiredTokenException: 'unavailable', // until the client fetches new ones

  ItemCollectionSizeLimitExceededException: 'too_large',
  ValidationException: 'by_message',

  IdempotentParameterMismatchException: 'misused',
  ResourceNotFoundException: 'misused',
  ResourceInUseException: 'misused',
  DuplicateItemException: 'misused',
  InvalidEndpointException: 'misused',
  AccessDeniedException: 'misused',
  SerializationException: 'misused',
  UnrecognizedClientException: 'misused',
  InvalidSignatureException: 'misused',
  IncompleteSignatureException: 'misused',
  MissingAuthenticationTokenException: 'misused',
  OptInRequired: 'misused',
  UnknownOperationException: 'misused',

  // Of operations that this adapter does not send.
  BackupInUseException: 'misused',
  BackupNotFoundException: 'misused',
  ContinuousBackupsUnavailableException: 'misused',
  ExportConflictException: 'misused',
  ExportNotFoundException: 'misused',
  GlobalTableAlreadyExistsException: 'misused',
  GlobalTableNotFoundException: 'misused',
  ImportConflictException: 'misused',
  ImportNotFoundException: 'misused',
  IndexNotFoundException: 'misused',
  InvalidExportTimeException: 'misused',
  InvalidRestoreTimeException: 'misused',
  PointInTimeRecoveryUnavailableException: 'misused',
  PolicyNotFoundException: 'misused',
  ReplicaAlreadyExistsException: 'misused',
  ReplicaNotFoundException: 'misused',
  TableAlreadyExistsException: 'misused',
  TableInUseException: 'misused',
  TableNotFoundException: 'misused',
};

/** Why one action of a cancelled transaction failed. */
export const REASONS: Readonly<Record<string, Meaning>> = {
  TransactionConflict: 'contended',
  ProvisionedThroughputExceeded: 'unavailable',
  ThrottlingError: 'unavailable',
  ItemCollectionSizeLimitExceeded: 'too_large',
  ValidationError: 'by_message',
};

/** System errors such as ECONNRESET, and what Node says of broken streams, TLS and HTTP. */
const NETWORK_CODE = /^(E(?!RR_)[A-Z_]+|(ERR_STREAM|ERR_SSL|ERR_TLS|HPE)_.+)$/;
const WRAPPED = /^AWS SDK error wrapper for (\w+)/;
const TOO_LARGE = /item size|collection size|aggregate size|maximum allowed size/i;

interface SdkError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly CancellationReasons?: readonly CancellationReason[];
}

/** Maps anything that a call of the SDK throws. */
export function judge(thrown: unknown): Verdict {
  const error = thrown as SdkError;
  if (error.name === 'ConditionalCheckFailedException') return final(new ConditionFailed([0]));
  if (error.name === 'TransactionCanceledException') return judgeCancelled(error);
  return verdict(MEANINGS[nameOf(error)] ?? unknownMeaning(error), error);
}

/** After its last attempt the client wraps errors that are not of its own realm's `Error` class. */
function nameOf({ name, message }: SdkError): string {
  return WRAPPED.exec(message)?.[1] ?? name;
}

/** Errors that no table knows: those of the network and of the far side are worth another try. */
function unknownMeaning({ $metadata, code }: SdkError): Meaning {
  const status = $metadata?.httpStatusCode ?? 0;
  const fromNetwork = code !== undefined && NETWORK_CODE.test(code);
  return status >= 500 || status === 429 || fromNetwork ? 'unavailable' : 'misused';
}

/**
 * Actions can fail for different reasons at once. What no retry can mend goes first; a failed condition goes
 * before throttling and conflicts, because it is an answer.
 */
function judgeCancelled(error: SdkError): Verdict {
  const reasons = error.CancellationReasons ?? [];
  const meanings = reasons.map(meaningOfReason);
  for (const meaning of ['misused', 'too_large'] as const) {
    if (meanings.includes(meaning)) return verdict(meaning, error);
  }
  const failed = [...reasons.keys()].filter((i) => reasons[i]?.Code === 'ConditionalCheckFailed');
  if (failed.length > 0) return final(new ConditionFailed(failed));
  for (const meaning of ['unavailable', 'contended'] as const) {
    if (meanings.includes(meaning)) return { ...verdict(meaning, error), again: true };
  }
  return verdict('misused', error);
}

function meaningOfReason({ Code = 'None', Message = '' }: CancellationReason): Meaning | undefined {
  const meaning = REASONS[Code];
  return meaning === 'by_message' ? meaningOfMessage(Message) : meaning;
}

function meaningOfMessage(message: string): 'too_large' | 'misused' {
  return TOO_LARGE.test(message) ? 'too_large' : 'misused';
}

function verdict(meaning: Meaning, error: SdkError): Verdict {
  switch (meaning) {
    case 'contended':
      return { failure: contended(error), again: true };
    case 'in_progress': // our own transaction, sent before: whether it will be done is not known
      return { failure: unavailable(error), again: true };
    case 'unavailable':
      return final(unavailable(error));
    case 'too_large':
      return final(itemTooLarge());
    case 'misused':
      return final(misused(`The store refused the call: ${error.name}.`, error));
    case 'by_message':
      return verdict(meaningOfMessage(error.message), error);
  }
}

function final(failure: Failure): Verdict {
  return { failure, again: false };
}
