import type { Call, Reply } from './fault-proxy.ts';

/** Answers of the last two seconds, for reads that do not insist on the newest. */
export interface AnswerMemory {
  /** An earlier answer to the same read, any of them. */
  recall(call: Pick<Call, 'operation' | 'text'>): Reply | undefined;
  /** `asked` is when the read was sent, by the same clock. */
  keep(call: Pick<Call, 'operation' | 'text'>, reply: Reply, asked: number): void;
}

interface Answer {
  readonly reply: Reply;
  readonly asked: number;
}

/** How far a replica may be behind. */
const LAG_MS = 2_000;
const ANSWERS_PER_READ = 4;
const READS = 20_000;
const OPERATIONS = ['GetItem', 'Query', 'BatchGetItem'];

export function createAnswerMemory(now: () => number, random: () => number): AnswerMemory {
  const answers = new Map<string, Answer[]>(); // the oldest reads first
  const recent = (key: string) => (answers.get(key) ?? []).filter(({ asked }) => now() - asked <= LAG_MS);
  return {
    recall(call) {
      const known = recent(keyOf(call));
      return known[Math.floor(random() * known.length)]?.reply;
    },
    keep(call, reply, asked) {
      const key = keyOf(call);
      const kept = [...recent(key), { reply, asked }].slice(-ANSWERS_PER_READ);
      answers.delete(key);
      answers.set(key, kept);
      if (answers.size > READS) answers.delete(answers.keys().next().value!);
    },
  };
}

export function isRead({ operation }: Pick<Call, 'operation'>): boolean {
  return OPERATIONS.includes(operation);
}

/** Whether a read insists on the newest. */
export function isConsistent({ text }: Pick<Call, 'text'>): boolean {
  return text.includes('"ConsistentRead":true');
}

/** Reads are the same when they ask for the same, consistently or not. */
function keyOf({ operation, text }: Pick<Call, 'operation' | 'text'>): string {
  return `${operation} ${text.replace(/,?"ConsistentRead":(?:true|false)/, '').replace('{,', '{')}`;
}
