import { randomBytes } from 'node:crypto';

/**
 * A token marks one stretch of time in which a scope did not change. It is never used again: the epoch, the random
 * name of the process and a counter make it. Fixed length, plain ASCII.
 */
export type Token = string;

const EPOCH_DIGITS = 8;
const COUNTER_DIGITS = 8;
const PROCESS_BYTES = 9; // 12 characters without padding
export const TOKEN_LENGTH = EPOCH_DIGITS + 12 + COUNTER_DIGITS;

export interface Tokens {
  next(epoch: number): Token;
}

export function createTokens(process: string = randomBytes(PROCESS_BYTES).toString('base64url')): Tokens {
  let counter = 0;
  let name = process;
  return {
    next(epoch) {
      if (counter === 0xffffffff) {
        counter = 0;
        name = randomBytes(PROCESS_BYTES).toString('base64url');
      }
      counter += 1;
      return hex(epoch, EPOCH_DIGITS) + name + hex(counter, COUNTER_DIGITS);
    },
  };
}

/** The epoch in which a token was made. */
export const epochOf = (token: Token) => Number.parseInt(token.slice(0, EPOCH_DIGITS), 16);

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
