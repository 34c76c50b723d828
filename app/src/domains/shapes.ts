import Joi from 'joi';
import type { Actor } from '../kernel/actor.ts';
import type { Page } from '../kernel/page.ts';
import type { Once, Reply } from '../table/replies.ts';
import type { Answer, Call } from './domain.ts';

/** Parameters and shapes that routes of several domains share. */
export const typeName = Joi.string().max(200).description('Name of an entity type.').example('city');
export const uuid = Joi.string()
  .lowercase()
  .pattern(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'uuid')
  .description('UUID of a record.')
  .example('0190163d-8694-739b-aea5-966c26f8ad90');
export const limit = Joi.number().integer().min(1).max(1000).default(50).description('Items a page.');
export const cursor = Joi.string().max(4000).description('The `next_cursor` of the page before.');
export const commaSeparated = (what: string) =>
  Joi.string().max(8000).description(`${what}, comma-separated.`);
export const timestamp = Joi.string().isoDate().description('UTC, RFC 3339.');

/** A page of a listing as JSON. */
export const pageOf = (item: Joi.Schema) =>
  Joi.object({
    items: Joi.array().items(item).required(),
    next_cursor: Joi.string().allow(null).required().description('Pass as `cursor` for the next page.'),
    partial: Joi.boolean().description('True when the read budget ended the page before it was full.'),
  });

/** The parts of a comma-separated parameter, trimmed, without empty ones. */
export function splitCommas(text: string | undefined): string[] | undefined {
  const parts = text?.split(',').map((part) => part.trim());
  return parts?.filter((part) => part !== '');
}

export function pageAnswer<T>(page: Page<T>, present: (item: T) => unknown): Answer {
  const body = {
    items: page.items.map(present),
    next_cursor: page.next,
    ...(page.partial ? { partial: true } : {}),
  };
  return { status: 200, body, next: page.next };
}

/** The identity of a request that carries an `Idempotency-Key`, if it does. */
export function onceOf(call: Call, operation: string): Once | undefined {
  if (call.idempotencyKey === undefined) return undefined;
  const { organisation, id }: Actor = call.actor;
  const request = [call.params, call.body];
  return { organisation, caller: id, operation, key: call.idempotencyKey, request };
}

/** What a creation answers, and what an idempotency key remembers of it. */
export function createdReply(body: unknown, location: string, etag?: string): Reply {
  return { status: 201, body, location, ...(etag === undefined ? {} : { etag }) };
}

/** A reply that was given before. */
export function replayed(reply: Reply): Reply & Answer {
  return { ...reply, headers: { 'Idempotency-Replayed': 'true' } };
}
