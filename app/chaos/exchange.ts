import type { Op, Outcome } from './history.ts';
import { type Http, NoReply, type Reply, type Request } from './http.ts';
import type { Instance } from './instance.ts';
import { now, type Random } from './random.ts';

/** What is known of an operation before it begins. */
export type Draft = Pick<Op, 'action' | 'key' | 'mark' | 'bound'>;
export type Asked = Omit<Request, 'port'>;
/** What an answer tells. */
export type Told = Pick<Op, 'seen' | 'elements' | 'covers'>;

export interface Exchanged {
  readonly op: Op;
  readonly reply: Reply | undefined;
}

export interface Exchanges {
  readonly client: number;
  readonly http: Http;
  readonly instances: readonly Instance[];
  readonly random: Random;
  /** Header of somebody who has signed in. */
  readonly authorization: string;
  record(op: Op): void;
}

const ATTEMPTS = 4;
/** Codes of conflicts that do not tell whether the write was done. */
const OPEN_CONFLICTS = /"code":"(write_conflict|in_progress)"/;

/** Sends a request to any instance that a load balancer would send it to. */
export async function send(
  parts: Exchanges,
  asked: Asked,
): Promise<{ instance: number; reply?: Reply; sent: boolean }> {
  const { instances, random, http } = parts;
  for (let attempt = 1; ; attempt++) {
    const up = instances.filter((instance) => instance.isUp());
    const { index, port } = random.pick(up.length > 0 ? up : instances);
    try {
      return { instance: index, reply: await http.call({ ...asked, port }), sent: true };
    } catch (error) {
      if (!(error instanceof NoReply)) throw error;
      if (error.sent || attempt === ATTEMPTS) return { instance: index, sent: error.sent };
    }
  }
}

/** One operation from its beginning to its end, recorded. */
export async function exchange(
  parts: Exchanges,
  draft: Draft,
  asked: Asked,
  tell: (reply: Reply) => Told = () => ({}),
): Promise<Exchanged> {
  const invoked = now();
  const { instance, reply, sent } = await send(parts, asked);
  const returned = now();
  const op: Op = {
    client: parts.client,
    instance,
    ...draft,
    invoked,
    returned,
    outcome: outcomeOf(draft.action, reply, sent),
    status: reply?.status ?? 0,
    ...toldBy(draft, reply, tell),
    ...(reply && cacheOf(reply)),
  };
  parts.record(op);
  return { op, reply };
}

export function outcomeOf(action: Op['action'], reply: Reply | undefined, sent: boolean): Outcome {
  const isRead = action === 'read' || action === 'list';
  if (!reply) return sent && !isRead ? 'info' : 'fail';
  if (reply.status < 300 || (isRead && reply.status === 404)) return 'ok';
  if (isRead) return 'fail';
  return reply.status >= 500 || (reply.status === 409 && OPEN_CONFLICTS.test(reply.body)) ? 'info' : 'fail';
}

/** 404 tells that the thing is absent, to whoever wanted to write to it as well. */
function toldBy({ action }: Draft, reply: Reply | undefined, tell: (reply: Reply) => Told): Told {
  if (!reply) return {};
  if (reply.status === 404 && action !== 'list') return { seen: 'absent' };
  return reply.status < 300 && reply.status !== 204 ? tell(reply) : {};
}

/** `cadastre; hit`, `cadastre; fwd=miss`, `cadastre; fwd=bypass; detail=writing`. */
function cacheOf({ headers }: Reply): Pick<Op, 'cache'> {
  const status = headers['cache-status'];
  if (typeof status !== 'string') return {};
  const detail = /detail=([\w-]+)/.exec(status)?.[1];
  if (/; hit/.test(status)) return { cache: detail === 'unverified' ? 'unverified' : 'hit' };
  return { cache: detail ?? 'miss' };
}
