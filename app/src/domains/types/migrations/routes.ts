import Joi from 'joi';
import { once, type Replies } from '../../../table/replies.ts';
import type { Answer, Call, Route } from '../../domain.ts';
import {
  createdReply,
  cursor,
  limit,
  onceOf,
  pageAnswer,
  pageOf,
  replayed,
  typeName,
  uuid,
} from '../../shapes.ts';
import type { Migration } from './job.ts';
import type { Migrations } from './service.ts';
import { migrationInput, migrationView } from './shapes.ts';
import { ACTIONS, type ActionName } from './transitions.ts';

const BASE = '/api/v1/entity-types/:name/migrations';
const params = { name: typeName, id: uuid };

const SUMMARIES: Readonly<Record<ActionName, string>> = {
  pause: 'Let a migration rest.',
  resume: 'Go on with a migration that was paused, or whose entities were corrected.',
  cancel: 'Give up a migration that is under way, or a way back.',
  rollback: 'Bring the old fields back.',
  finish: 'Take the old fields away before their time is over.',
};

/** What a caller sees. Lists what leaves, so that nothing else can. */
function present(migration: Migration) {
  const { id, type, fields, dry_run, phase, status, outcome, progress } = migration;
  const { rollback_until, created_by, created_at, updated_at } = migration;
  const { total, looked_at, changed, failed, failures } = progress;
  return {
    id,
    type,
    fields,
    dry_run,
    state: phase === 'over' ? outcome : status === 'active' ? phase : status,
    progress: { total, looked_at, changed, failed, failures },
    ...(phase === 'switched' && { rollback_until }),
    created_by,
    created_at,
    updated_at,
  };
}

/** Migrations of the data of a type: begun, watched and steered. */
export function migrationRoutes(migrations: Migrations, replies: Replies): Route[] {
  const start = (call: Call) =>
    once(
      replies,
      onceOf(call, 'startMigration'),
      async (remember) => {
        const type = call.params.name!;
        const reply = (made: Migration) => ({
          ...createdReply(present(made), `/api/v1/entity-types/${type}/migrations/${made.id}`),
          status: 202,
        });
        return reply(await migrations.start(call.actor, type, call.body, (made) => remember(reply(made))));
      },
      replayed,
    );
  const seen = { description: 'The migration.', schema: migrationView };
  const answer = (migration: Migration): Answer => ({ status: 200, body: present(migration) });
  const action = (name: ActionName): Route => ({
    method: 'POST',
    path: `${BASE}/:id/${name}`,
    operation: `${name}Migration`,
    summary: SUMMARIES[name],
    permission: 'types:write',
    params,
    responses: { 200: seen },
    failures: [404, 409],
    handler: async ({ actor, params: { name: type, id } }) =>
      answer(await migrations.act(actor, type!, id!, name)),
  });
  return [
    {
      method: 'POST',
      path: BASE,
      operation: 'startMigration',
      summary: 'Change fields that stored data depends on, or try what that would do.',
      description:
        'Works in the background. Readers see the old fields until every entity has its new values, and then the new ones; there is a way back for a week.',
      permission: 'types:write',
      params: { name: typeName },
      body: { kind: 'json', schema: migrationInput },
      responses: { 202: { description: 'The migration, which has begun.', schema: migrationView } },
      failures: [404, 409, 422],
      handler: start,
    },
    {
      method: 'GET',
      path: BASE,
      operation: 'listMigrations',
      summary: 'List the migrations of a type, the newest first.',
      permission: 'types:read',
      params: { name: typeName },
      query: Joi.object({ limit, cursor }),
      responses: { 200: { description: 'A page of migrations.', schema: pageOf(migrationView) } },
      failures: [404],
      handler: async ({ actor, params: { name }, query }) =>
        pageAnswer(await migrations.list(actor, name!, query), present),
    },
    {
      method: 'GET',
      path: `${BASE}/:id`,
      operation: 'getMigration',
      summary: 'See how far a migration is.',
      permission: 'types:read',
      params,
      responses: { 200: seen },
      failures: [404],
      handler: async ({ actor, params: { name, id } }) => answer(await migrations.get(actor, name!, id!)),
    },
    ...(Object.keys(ACTIONS) as ActionName[]).map(action),
  ];
}
