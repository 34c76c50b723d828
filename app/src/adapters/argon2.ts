import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import type { PasswordHasher } from '../kernel/credentials.ts';
import { fail } from '../kernel/errors.ts';

export interface PasswordCost {
  /** KiB of memory for each hash. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

export interface Argon2Options {
  readonly cost?: PasswordCost;
  /** Hashes under way at one time; each takes the memory of the cost and one thread. */
  readonly atOnce?: number;
  /** Callers who may wait for their turn; more are turned away. */
  readonly waiting?: number;
}

/** The least that OWASP recommends for argon2id: 19 MiB, two passes, one lane. */
export const PASSWORD_COST: PasswordCost = { memory: 19_456, passes: 2, parallelism: 1 };

const SALT_BYTES = 16;
const TAG_BYTES = 32;
/** The PHC string format: all that is needed to compute the same hash again. */
const STORED = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/;

const derive = promisify(argon2);
const encode = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');

/** Passwords by argon2id, as the runtime brings it. */
export function createArgon2(options: Argon2Options = {}): PasswordHasher {
  const { cost = PASSWORD_COST, atOnce = Math.min(4, availableParallelism()), waiting = 256 } = options;
  const inTurn = createGate(atOnce, waiting);
  const header = headerOf(cost);
  const decoy = () => `${header}${encode(randomBytes(SALT_BYTES))}$${encode(randomBytes(TAG_BYTES))}`;

  const compute = ({ memory, passes, parallelism }: PasswordCost, nonce: Buffer, password: string) =>
    inTurn(() =>
      derive('argon2id', { message: password, nonce, memory, passes, parallelism, tagLength: TAG_BYTES }),
    );

  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      return `${header}${encode(salt)}$${encode(await compute(cost, salt, password))}`;
    },
    async verify(password, stored) {
      const [, memory, passes, parallelism, salt = '', tag = ''] =
        STORED.exec(stored) ?? STORED.exec(decoy())!;
      const made = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
      const wanted = Buffer.from(tag, 'base64');
      const computed = await compute(made, Buffer.from(salt, 'base64'), password);
      return wanted.length === computed.length && timingSafeEqual(wanted, computed);
    },
    isOutdated: (stored) => !stored.startsWith(header),
    decoy,
  };
}

const headerOf = ({ memory, passes, parallelism }: PasswordCost) =>
  `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$`;

/** Lets so many run at one time and so many wait; others are told to come again. */
function createGate(atOnce: number, waiting: number) {
  const queue: (() => void)[] = [];
  let running = 0;
  return async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnce) {
      if (queue.length >= waiting) {
        throw fail('unavailable', 'busy', 'Too many passwords are being checked; try again.', {
          retryAfter: 1,
        });
      }
      await new Promise<void>((resolve) => queue.push(resolve)); // who leaves hands its place on
    } else {
      running++;
    }
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else running--;
    }
  };
}
