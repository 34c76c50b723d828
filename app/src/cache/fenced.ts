import { Failure } from '../kernel/errors.ts';
import type { Clock, Log, Meter } from '../kernel/ports.ts';
import { unavailable } from '../table/failures.ts';
import { REPLY } from '../table/replies.ts';
import { isRemembered, scopesOf } from '../table/scopes.ts';
import { type Action, LIMITS, type Table } from '../table/table.ts';
import { type Cells, CellsUnavailable } from './cells.ts';
import type { Token, Tokens } from './tokens.ts';
import { LEASE_MS, MARKER_MS, type Trust } from './trust.ts';

export interface FencedOptions {
  readonly cells: Cells;
  readonly trust: Trust;
  readonly tokens: Tokens;
  /** The action that tells every instance of scopes that changed without a fence; absent where there is one instance. */
  readonly dirty?: ((scopes: readonly string[]) => Action) | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Whether a write that could not be fenced waits until no reader can miss it. */
  readonly strict: boolean;
}

export interface FencedTable extends Table {
  /** Makes sure that no reader can miss what an earlier write to these scopes changed, whoever did it. */
  settle(scopes: readonly string[]): Promise<void>;
}

/**
 * The write side of the protocol in docs/cache.md, around the table, so that no domain can forget it: every write is
 * listed in the cells of its scopes before it goes to the store and taken off after it, and it is acknowledged
 * only if that is certain or a record in the store makes every instance repair it.
 */
export function fencedTable(table: Table, options: FencedOptions): FencedTable {
  const { cells, trust, tokens, dirty, clock, log, meter, strict } = options;

  async function write(given: readonly Action[]): Promise<void> {
    const scopes = scopesOf(given);
    if (scopes.length === 0) return table.write(given);
    await made(
      given.map((action) => rememberingScopes(action, scopes)),
      scopes,
    );
    await forgotten(scopes);
  }

  async function made(actions: readonly Action[], scopes: readonly string[]): Promise<void> {
    if (trust.suspended()) return writeSuspended(actions, scopes);
    const token = tokens.next(trust.epoch());
    return (await intended(scopes, token))
      ? writeFenced(actions, scopes, token)
      : writeRecorded(actions, scopes, token);
  }

  /** Waits until no instance that is out of reach of the cells can go by what it remembers of before. */
  async function forgotten(scopes: readonly string[]): Promise<void> {
    if (scopes.some(isRemembered) && trust.isSomebodyBlind()) await clock.sleep(LEASE_MS);
  }

  /** Nobody reads the cache, so nobody has to be told; unless that ended while the write was on its way. */
  async function writeSuspended(actions: readonly Action[], scopes: readonly string[]): Promise<void> {
    await table.write(actions);
    if (trust.suspended()) return meter.cacheFence('suspended');
    await record(scopes);
    meter.cacheFence('recorded');
  }

  async function intended(scopes: readonly string[], token: Token): Promise<boolean> {
    if (!trust.mayFence()) return false;
    return certain(cells.intend(scopes, token, MARKER_MS));
  }

  async function writeFenced(
    actions: readonly Action[],
    scopes: readonly string[],
    token: Token,
  ): Promise<void> {
    try {
      await table.write(actions);
    } catch (error) {
      await afterFailure(error, scopes, token);
      throw error;
    }
    const isOff = await certain(cells.commit(scopes, token, tokens.next(trust.epoch())));
    if (isOff && trust.mayFence()) return meter.cacheFence('fenced');
    await record(scopes);
    meter.cacheFence('recorded');
  }

  /**
   * A write that was refused changed nothing. One of which nobody knows how it ended may still be done: its mark
   * stays, which sends readers to the store until it runs out.
   */
  async function afterFailure(error: unknown, scopes: readonly string[], token: Token): Promise<void> {
    const isRefused = error instanceof Failure && error.kind !== 'unavailable';
    if (isRefused) await certain(cells.commit(scopes, token, tokens.next(trust.epoch())));
    else if (dirty) await certain(table.write([dirty(scopes)]));
  }

  /** The record goes with the write, or right behind it where the transaction is full. */
  async function writeRecorded(
    actions: readonly Action[],
    scopes: readonly string[],
    token: Token,
  ): Promise<void> {
    const fits = actions.length < LIMITS.actions;
    await table.write(fits && dirty ? [...actions, dirty(scopes)] : actions);
    if (!fits) await record(scopes);
    // Best effort: most likely it shortens the time until the record is seen, and ends marks of a half fence.
    void certain(cells.commit(scopes, token, tokens.next(trust.epoch())));
    meter.cacheFence('recorded');
    if (strict) await clock.sleep(LEASE_MS);
  }

  /** The write is done, but may not be acknowledged before every instance will learn of it. */
  async function record(scopes: readonly string[]): Promise<void> {
    try {
      if (dirty) await table.write([dirty(scopes)]);
    } catch (error) {
      meter.cacheFence('failed');
      throw unavailable(error);
    }
    if (strict) await clock.sleep(LEASE_MS);
  }

  async function settle(scopes: readonly string[]): Promise<void> {
    if (scopes.length === 0) return;
    if (!trust.suspended()) {
      const isSettled = await certain(cells.drop(scopes));
      if (!isSettled || !trust.mayFence()) await record(scopes);
    }
    await forgotten(scopes);
  }

  async function certain(call: Promise<unknown>): Promise<boolean> {
    try {
      await call;
      return true;
    } catch (error) {
      if (!(error instanceof CellsUnavailable)) log.warn('a fence failed', { error });
      return false;
    }
  }

  return { ...table, write, settle };
}

/** A remembered reply keeps the scopes of the work, to settle them before it is given again. */
function rememberingScopes(action: Action, scopes: readonly string[]): Action {
  if (action.type !== 'put' || action.item.kind !== REPLY) return action;
  return { ...action, item: { ...action.item, scopes: [...scopes] } };
}
