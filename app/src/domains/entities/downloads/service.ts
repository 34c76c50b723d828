import { type Actor, allows, type Permission } from '../../../kernel/actor.ts';
import { fail } from '../../../kernel/errors.ts';
import type { Files } from '../../../kernel/files.ts';
import { newUuid } from '../../../kernel/ids.ts';
import type { Page } from '../../../kernel/page.ts';
import type { Clock } from '../../../kernel/ports.ts';
import type { Cursors } from '../../../table/cursor.ts';
import { commit, retryStale, type Step } from '../../../table/steps.ts';
import type { Table } from '../../../table/table.ts';
import type { Searches } from '../search/run.ts';
import {
  type DownloadJob,
  downloadFromItem,
  downloadItem,
  downloadKey,
  downloadsOf,
  dueStep,
  endSteps,
  fileId,
  fileOf,
  isOver,
  moveSteps,
} from './job.ts';

export interface PreparedOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly cursors: Cursors;
  readonly search: Searches;
  /** Absent where there is no place for files. */
  readonly files: Files | undefined;
  /** What reading entities of a type demands besides. */
  readonly demands: (params: { readonly type: string }) => readonly Permission[];
  /** Told that there is something to do. */
  readonly begin: () => void;
}

export type DownloadRequest = Pick<DownloadJob, 'type' | 'format' | 'search'>;

/** A job as it is answered. */
export interface DownloadView {
  readonly job: DownloadJob;
  /** Where the file can be fetched, and until when (Unix milliseconds). */
  readonly link?: { readonly url: string; readonly until: number };
}

/** A job and its file are kept for so long, once it is over; one that is never taken up, for twice as long. */
export const KEPT_SECONDS = 24 * 3600;
const LINK_MS = 3_600_000;
/** Files take space, so a caller has no more of them at a time. */
const MOST_KEPT = 20;
const PAGE = 1000;

export type Prepared = ReturnType<typeof createPrepared>;

/** Downloads that are prepared as files in the background. */
export function createPrepared(options: PreparedOptions) {
  const { table, clock, cursors, search, files, demands, begin } = options;
  const timestamp = () => new Date(clock.now()).toISOString();
  const inSeconds = (seconds: number) => Math.ceil(clock.now() / 1000) + seconds;

  async function start(
    actor: Actor,
    request: DownloadRequest,
    also: (made: DownloadJob) => Step[] = () => [],
  ): Promise<DownloadJob> {
    if (!files) throw noPlace();
    await search(actor, request.type, { ...request.search, limit: 1 }); // throws what is wrong with it
    await refuseTooMany(actor);
    const { session: _session, ...rights } = actor;
    const now = timestamp();
    const job: DownloadJob = {
      ...request,
      id: newUuid(clock.now()),
      organisation: actor.organisation,
      owner: ownerOf(actor),
      actor: rights,
      state: 'waiting',
      attempt: 0,
      failures: 0,
      rows: 0,
      bytes: 0,
      created_at: now,
      updated_at: now,
      expires_at: inSeconds(2 * KEPT_SECONDS),
    };
    const put: Step = { action: { type: 'put', item: downloadItem(job), condition: { exists: false } } };
    await commit(table, [put, dueStep(job, clock.now()), ...also(job)]);
    begin();
    return job;
  }

  async function refuseTooMany(actor: Actor): Promise<void> {
    let count = 0;
    for (let after: string | undefined; ; ) {
      const page = await table.query({ pk: downloadsOf(actor.organisation), after, limit: PAGE });
      count += page.items.filter(({ owner }) => owner === ownerOf(actor)).length;
      if (count >= MOST_KEPT) throw tooMany();
      if (page.next === undefined) return;
      after = page.next;
    }
  }

  /** The job, with a link to its file if that is ready. Throws 404 also for those of others. */
  async function get(actor: Actor, id: string): Promise<DownloadView> {
    const job = await find(actor, id);
    if (job.state !== 'done' || !files) return { job };
    const until = Math.min(clock.now() + LINK_MS, job.expires_at * 1000);
    return { job, link: { url: await files.link(fileOf(job), until), until } };
  }

  async function find(actor: Actor, id: string): Promise<DownloadJob> {
    const item = await table.get(downloadKey({ organisation: actor.organisation, id }));
    const job = item && downloadFromItem(item);
    if (!job || !isVisible(actor, job)) throw fail('absent', 'not_found', `There is no download ${id}.`);
    return job;
  }

  /** To whoever asked and to administrators, as long as they may read what is in it. */
  function isVisible(actor: Actor, { owner, type }: DownloadJob): boolean {
    const mayRead = demands({ type }).every((permission) => allows(actor, permission));
    return mayRead && (owner === ownerOf(actor) || allows(actor, 'entities:admin'));
  }

  async function list(
    actor: Actor,
    { limit, cursor }: { limit: number; cursor?: string },
  ): Promise<Page<DownloadJob>> {
    const scope = [actor.organisation, 'downloads', ownerOf(actor)];
    const after = cursor === undefined ? undefined : (cursors.open(scope, cursor) as string);
    const pk = downloadsOf(actor.organisation);
    const page = await table.query({ pk, after, reverse: true, limit });
    const items = page.items.map(downloadFromItem).filter((job) => isVisible(actor, job));
    const next = page.next === undefined ? null : cursors.seal(scope, page.next);
    return { items, next, ...(next !== null && items.length < limit && { partial: true }) };
  }

  /** Ends a job that is not over; one that is goes for good, with its file. */
  async function remove(actor: Actor, id: string): Promise<void> {
    await retryStale(async () => {
      const job = await find(actor, id);
      if (!isOver(job)) {
        const expires_at = inSeconds(KEPT_SECONDS);
        const after: DownloadJob = { ...job, state: 'cancelled', updated_at: timestamp(), expires_at };
        return commit(table, moveSteps(job, after, expires_at * 1000));
      }
      await files?.remove(fileId(job));
      await commit(table, endSteps(job));
    });
  }

  return { start, get, list, remove };
}

const ownerOf = ({ id, user }: Actor) => (user === undefined ? id : `user:${user}`);

function noPlace() {
  const detail = 'There is no place for files: the service has no bucket. Use the download that streams.';
  return fail('conflict', 'no_file_store', detail);
}

function tooMany() {
  const detail = `There are ${MOST_KEPT} downloads of yours already; delete some first.`;
  return fail('conflict', 'too_many_downloads', detail);
}
