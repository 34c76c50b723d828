import { randomBytes, randomInt } from 'node:crypto';
import { type Actor, type Author, allows } from '../../../kernel/actor.ts';
import { fail, invalid } from '../../../kernel/errors.ts';
import type { Page } from '../../../kernel/page.ts';
import type { Clock } from '../../../kernel/ports.ts';
import type { Cursors } from '../../../table/cursor.ts';
import { under } from '../../../table/keys.ts';
import { commit, retryStale, type Step } from '../../../table/steps.ts';
import type { Item, Table } from '../../../table/table.ts';
import { LIMITS, readAccount } from '../account.ts';
import type { Audit } from '../audit/audit.ts';
import { type Resources, requireHeld, requireKnown } from '../grants.ts';
import { apiKeyKey, apiKeyOwnerKey, apiKeysOf, userKey, userOf } from '../keys.ts';
import { digestOf } from '../sessions/refresh-token.ts';
import { type ApiKey, fromItem, toItem } from './model.ts';
import { removalSteps } from './removal.ts';
import type { KeyUse } from './use.ts';

export interface ApiKeyInput {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expires_at?: string | null;
}

export interface ApiKeyView extends Omit<ApiKey, 'hash' | 'organisation'> {
  readonly last_used_at: string | null;
}

export interface ApiKeysOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly cursors: Cursors;
  readonly audit: Audit;
  readonly resources: Resources;
  readonly keyUse: KeyUse;
}

export type ApiKeys = ReturnType<typeof createApiKeys>;

const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 12;
const newId = () => Array.from({ length: ID_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');

/** Who manages users sees to all keys of the organisation, everybody else to their own. */
const seesAll = (actor: Actor) => allows(actor, 'users:admin');

export const apiKeyTag = ({ id, last_used_at }: ApiKeyView) =>
  `"${id}-${last_used_at === null ? 0 : Date.parse(last_used_at)}"`;

export function createApiKeys(options: ApiKeysOptions) {
  const { table, clock, cursors, audit, resources, keyUse } = options;

  /**
   * Makes a key for the caller. Only somebody who has logged in does: a key that could make keys would outlive
   * whatever limits it has.
   */
  async function create(
    actor: Actor & Author,
    input: ApiKeyInput,
    also: (made: ApiKeyView) => Step[],
  ): Promise<{ made: ApiKeyView; key: string }> {
    if (actor.user === undefined || actor.session === undefined) {
      throw sessionRequired();
    }
    requireHeld(actor, input.scopes);
    return make(actor, actor.organisation, actor.user, input, also);
  }

  /** Makes a key for a user, whoever asks for it; of what it allows, only what the user may do counts. */
  async function make(
    by: Author,
    organisation: string,
    user: string,
    { name, scopes, expires_at = null }: ApiKeyInput,
    also: (made: ApiKeyView) => Step[] = () => [],
  ): Promise<{ made: ApiKeyView; key: string }> {
    requireKnown(scopes, resources);
    requireFuture(expires_at);
    const key = `cad_${newId()}_${randomBytes(32).toString('base64url')}`;
    const [, id = '', ...secret] = key.split('_');
    const made: ApiKey = {
      id,
      name,
      scopes,
      user,
      organisation,
      expires_at: expires_at === null ? null : new Date(expires_at).toISOString(),
      created_by: by.id,
      created_at: new Date(clock.now()).toISOString(),
      hash: digestOf(secret.join('_')),
    };
    const view = viewOf(made, undefined);
    return retryStale(async () => {
      const account = await readAccount(table, organisation, user);
      if (!account) throw fail('absent', 'not_found', `There is no user ${user}.`);
      if (account.keys.length >= LIMITS.keys) {
        throw fail('conflict', 'too_many_keys', `A user has at most ${LIMITS.keys} API keys.`);
      }
      const condition = { equals: { version: account.user.version } };
      await commit(table, [
        { action: { type: 'check', key: userKey(organisation, user), condition } },
        ...creationSteps(made),
        record(by, 'api_key.create', made),
        ...also(view),
      ]);
      return { made: view, key };
    });
  }

  function requireFuture(expiresAt: string | null): void {
    if (expiresAt === null || Date.parse(expiresAt) > clock.now()) return;
    const detail = 'The key would have expired already.';
    throw invalid([{ pointer: '/expires_at', code: 'in_the_past', detail }]);
  }

  async function list(
    actor: Actor,
    { limit, cursor }: { limit: number; cursor?: string },
  ): Promise<Page<ApiKeyView>> {
    const { organisation, user = '' } = actor;
    const all = seesAll(actor);
    const scope = [organisation, 'api-keys', all ? '' : user];
    const after = cursor === undefined ? undefined : (cursors.open(scope, cursor) as string);
    const place = all ? { pk: apiKeysOf(organisation) } : { pk: userOf(organisation, user), ...under('key') };
    const page = await table.query({ ...place, after, limit });
    const found = all
      ? await table.getMany(page.items.map((item) => apiKeyKey(organisation, String(item.user), item.sk)))
      : page.items;
    const items = await views(found);
    return { items, next: page.next === undefined ? null : cursors.seal(scope, page.next) };
  }

  async function views(items: readonly (Item | undefined)[]): Promise<ApiKeyView[]> {
    const keys = items.filter((item) => item !== undefined).map(fromItem);
    const uses = await keyUse.lastUses(keys.map(({ id }) => id));
    return keys.map((key, i) => viewOf(key, uses[i]));
  }

  async function get(actor: Actor, id: string): Promise<ApiKeyView> {
    const key = await find(actor, id);
    const [lastUsed] = await keyUse.lastUses([id]);
    return viewOf(key, lastUsed);
  }

  /** A key that the caller may see. Throws 404 for others, whosever they are. */
  async function find(actor: Actor, id: string): Promise<ApiKey> {
    const owner = await keyUse.ownerOf(id);
    const isVisible =
      owner?.organisation === actor.organisation && (owner.user === actor.user || seesAll(actor));
    const item = isVisible ? await table.get(apiKeyKey(owner.organisation, owner.user, id)) : undefined;
    if (!item) throw fail('absent', 'not_found', `There is no API key ${id}.`);
    return fromItem(item);
  }

  /** A key ends itself, but not what else its user has. */
  async function remove(actor: Actor & Author, id: string): Promise<void> {
    const key = await find(actor, id);
    if (actor.within && actor.id !== `key:${id}` && !seesAll(actor)) throw sessionRequired();
    await commit(table, [...removalSteps(key), record(actor, 'api_key.delete', key)]);
  }

  function record(by: Author, action: string, { id, organisation, name, scopes, user }: ApiKey): Step {
    const told = action === 'api_key.create' ? 'to' : 'from';
    const changes = { name: { [told]: name }, scopes: { [told]: scopes }, user: { [told]: user } };
    return audit.step(by, { organisation, action, target: `api-key:${id}`, changes });
  }

  return { create, make, list, get, remove };
}

const sessionRequired = () =>
  fail('forbidden', 'session_required', 'Only users who have logged in may make and remove API keys.');

function creationSteps(key: ApiKey): Step[] {
  const { organisation, user, id } = key;
  const places = [
    toItem(key),
    { pk: apiKeysOf(organisation), sk: id, kind: 'api-key-listing', schema: 1, user },
    { ...apiKeyOwnerKey(id), kind: 'api-key-owner', schema: 1, organisation, user },
  ];
  return places.map((item) => ({ action: { type: 'put', item, condition: { exists: false } } }));
}

/** What leaves. Lists its members, so that nothing else can. */
function viewOf(key: ApiKey, lastUsed: string | undefined): ApiKeyView {
  const { id, name, scopes, user, expires_at, created_by, created_at } = key;
  return { id, name, scopes, user, expires_at, created_by, created_at, last_used_at: lastUsed ?? null };
}
