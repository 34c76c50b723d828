import type { Actor } from '../../kernel/actor.ts';
import { type Failure, type FieldError, fail, invalid } from '../../kernel/errors.ts';
import type { Step } from '../../table/steps.ts';
import type { FlatRecord } from '../record-kind.ts';
import type { Records, Shown } from '../record-service.ts';
import { checkSubscriber, type Subscriber, type Subscribers } from './subscribers.ts';

export interface Conditions {
  readonly ifMatch?: string | undefined;
}

export interface AddOptions extends Conditions {
  /** Whether to take the place of a subscriber of the same sid. */
  readonly overwrite: boolean;
  /** The sid that the subscriber has by its address. */
  readonly sid?: string;
  readonly also?: () => Step[];
}

export type Bonds = ReturnType<typeof createBonds>;

export const subscribersOf = (bond: FlatRecord) => (bond.subscribers ?? {}) as unknown as Subscribers;

/** Subscribers of a bond, one at a time: a change takes the bond as it is and none is lost, however many come at once. */
export function createBonds(records: Records) {
  const changing = (
    actor: Actor,
    id: string,
    conditions: Conditions,
    next: (subscribers: Subscribers) => Readonly<Record<string, unknown>>,
    also?: () => Step[],
  ): Promise<Shown> => {
    const nextBond = (bond: Readonly<Record<string, unknown>>) => ({
      ...bond,
      subscribers: next((bond.subscribers ?? {}) as Subscribers),
    });
    return records.change(actor, id, conditions, nextBond, also);
  };

  return {
    /** Adds a subscriber. Throws 404, 409, 422. */
    async add(
      actor: Actor,
      id: string,
      subscriber: Subscriber,
      { overwrite, sid, also, ...conditions }: AddOptions,
    ): Promise<Shown> {
      const errors = checkSubscriber(subscriber, '', sid);
      if (errors.length > 0) throw refused(errors);
      const next = (subscribers: Subscribers) => {
        if (!overwrite && Object.hasOwn(subscribers, subscriber.sid)) throw alreadyThere(id, subscriber.sid);
        return { ...subscribers, [subscriber.sid]: subscriber };
      };
      return changing(actor, id, conditions, next, also);
    },
    /** Takes a subscriber away. Throws 404 if there is none, unless that is fine. */
    remove(
      actor: Actor,
      id: string,
      sid: string,
      { mayMiss = false, ...conditions }: Conditions & { readonly mayMiss?: boolean } = {},
    ): Promise<Shown> {
      return changing(actor, id, conditions, (subscribers) => {
        if (!mayMiss && !Object.hasOwn(subscribers, sid)) throw noSubscriber(id, sid);
        const { [sid]: _gone, ...rest } = subscribers;
        return rest;
      });
    },
  };
}

function refused(errors: readonly FieldError[]): Failure {
  const unknown = errors.find(({ code }) => code === 'unknown_field');
  return unknown ? fail('malformed', unknown.code, unknown.detail, { errors }) : invalid(errors);
}

function alreadyThere(id: string, sid: string) {
  const detail = `The bond ${id} has a subscriber ${sid} already.`;
  return fail('conflict', 'already_exists', detail, {
    errors: [{ pointer: '/sid', code: 'already_exists', detail }],
  });
}

function noSubscriber(id: string, sid: string) {
  return fail('absent', 'no_subscriber', `The bond ${id} has no subscriber ${sid}.`);
}
