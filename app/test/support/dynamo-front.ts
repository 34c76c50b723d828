import { setTimeout as wait } from 'node:timers/promises';
import { createAnswerMemory, isConsistent, isRead } from './answer-memory.ts';
import {
  broken,
  type Call,
  cancelled,
  type Fault,
  lostReply,
  type Reply,
  refused,
  shortPage,
  startGateway,
  throttled,
  unprocessed,
} from './fault-proxy.ts';

/** How likely each fault is for a call that can meet it, from 0 to 1. */
export interface DynamoFaults {
  /** A transaction is cancelled for a conflict with another. */
  readonly conflict?: number;
  readonly throttling?: number;
  /** An error of the server, status 500. */
  readonly serverError?: number;
  /** A write is done and the connection cut in place of an answer. */
  readonly appliedReplyLost?: number;
  /** The connection of a write is cut, and the write done after so long. */
  readonly lateApplication?: { readonly chance: number; readonly minMs: number; readonly maxMs: number };
  /** A call waits so long before anything else. */
  readonly slow?: { readonly chance: number; readonly ms: number };
  /** A query's page ends long before its limit; one that goes on from a key may be empty. */
  readonly earlyPage?: number;
  /** A batch read leaves out keys. */
  readonly unprocessedKeys?: number;
  /** A read without `ConsistentRead` is answered as it was up to two seconds ago. */
  readonly staleRead?: number;
}

/** Stands in front of a DynamoDB-compatible server for a long time and does what a busy one does. */
export interface DynamoFront {
  readonly endpoint: string;
  readonly port: number;
  /** From now on; none at the start. */
  setFaults(faults: DynamoFaults): void;
  /** The faults so far by name, and as `nonConsistentReads` the reads that do not insist on the newest. */
  counts(): Record<string, number>;
  /** Resolves when every late write is done. */
  drained(): Promise<void>;
  /** After the late writes. */
  close(): Promise<void>;
}

export interface DynamoFrontOptions {
  readonly seed: number;
  /** In milliseconds; tells how old an answer is. */
  readonly now?: () => number;
}

const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems'];
const EMPTY_PAGE_CHANCE = 0.3;
const SHORT_PAGE_MAX = 3;

const overProvisioned = refused('ProvisionedThroughputExceededException');

/** The same seed draws the same faults for the same calls. */
export async function startDynamoFront(
  upstreamEndpoint: string,
  { seed, now = Date.now }: DynamoFrontOptions,
): Promise<DynamoFront> {
  const random = randomFrom(seed);
  const memory = createAnswerMemory(now, random);
  const late = new Set<Promise<unknown>>();
  const counts: Record<string, number> = {};
  let faults: DynamoFaults = {};

  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  function happens(name: keyof DynamoFaults): boolean {
    const given = faults[name] ?? 0;
    const chance = typeof given === 'number' ? given : given.chance;
    if (chance === 0 || random() >= chance) return false;
    count(name);
    return true;
  }

  /** The fault that a call meets, if any. */
  function drawn(call: Call): Fault | undefined {
    if (happens('throttling')) return random() < 0.5 ? throttled : overProvisioned;
    if (happens('serverError')) return broken;
    if (call.operation === 'TransactWriteItems' && happens('conflict')) return conflict(call, random);
    if (WRITES.includes(call.operation) && happens('appliedReplyLost')) return lostReply;
    if (WRITES.includes(call.operation) && happens('lateApplication')) return postponed;
    if (canEndEarly(call) && happens('earlyPage')) return earlyPage(call, random);
    if (call.operation === 'BatchGetItem' && happens('unprocessedKeys')) return leavingOut(call, random);
    return undefined;
  }

  const postponed: Fault = async (call) => {
    const { minMs, maxMs } = faults.lateApplication!;
    const done = wait(minMs + random() * (maxMs - minMs))
      .then(() => call.forward())
      .catch(() => {}) // the server is gone
      .finally(() => late.delete(done));
    late.add(done);
    return 'cut';
  };

  function remembered(call: Call): Reply | undefined {
    if (!isRead(call) || isConsistent(call)) return undefined;
    count('nonConsistentReads');
    const reply = faults.staleRead ? memory.recall(call) : undefined;
    return reply && happens('staleRead') ? reply : undefined;
  }

  async function forwarded(call: Call): Promise<Reply> {
    const asked = now();
    const reply = await call.forward();
    if (faults.staleRead && isRead(call) && reply.status === 200) memory.keep(call, reply, asked);
    return reply;
  }

  const gateway = await startGateway(upstreamEndpoint, async (call) => {
    if (!isRead(call) && !WRITES.includes(call.operation)) return call.forward();
    if (happens('slow')) await wait(faults.slow!.ms);
    const fault = drawn(call);
    return fault ? fault(call) : (remembered(call) ?? forwarded(call));
  });
  const drained = async () => {
    while (late.size > 0) await Promise.all(late);
  };
  return {
    endpoint: gateway.endpoint,
    port: gateway.port,
    setFaults(next) {
      faults = next;
    },
    counts: () => ({ ...counts }),
    drained,
    async close() {
      await gateway.close();
      await drained();
    },
  };
}

/** One action of the transaction is in another's way. */
function conflict({ body }: Call, random: () => number): Fault {
  const codes = body.TransactItems.map(() => 'None');
  codes[Math.floor(random() * codes.length)] = 'TransactionConflict';
  return cancelled(...codes);
}

function canEndEarly({ operation, body }: Call): boolean {
  return operation === 'Query' && body.Select !== 'COUNT' && (body.Limit !== 1 || body.ExclusiveStartKey);
}

/** Empty, with nothing but where to go on; or a few items. */
function earlyPage({ body }: Call, random: () => number): Fault {
  const LastEvaluatedKey = body.ExclusiveStartKey;
  const most = Math.min(SHORT_PAGE_MAX, (body.Limit ?? Number.POSITIVE_INFINITY) - 1);
  if (most > 0 && !(LastEvaluatedKey && random() < EMPTY_PAGE_CHANCE)) {
    return shortPage(1 + Math.floor(random() * most));
  }
  return async () => ({ status: 200, body: { Items: [], Count: 0, ScannedCount: 0, LastEvaluatedKey } });
}

function leavingOut({ body }: Call, random: () => number): Fault {
  const [request] = Object.values<{ Keys: unknown[] }>(body.RequestItems);
  return unprocessed(Math.floor(random() * (request?.Keys.length ?? 0)));
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
