import Joi from 'joi';
import { type Actor, DEFAULT_ORGANISATION } from '../../../kernel/actor.ts';
import { fail } from '../../../kernel/errors.ts';
import type { Flags } from '../../../kernel/ports.ts';
import { authorOf } from '../../author.ts';
import type { Answer, Call, Domain, Route } from '../../domain.ts';
import { createdReply } from '../../shapes.ts';
import { name, newEmail, newPassword, userParts, userView } from '../shapes.ts';
import { etagOf, viewOf } from '../users/model.ts';
import type { Users } from '../users/service.ts';
import { type Me, meTag, type OwnAccount } from './me.ts';
import type { Sessions, TokenPair } from './service.ts';

export interface SignInOptions {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly ownAccount: OwnAccount;
  /** Whether people may make accounts for themselves, and with which role. */
  readonly signUp: { readonly isOpen: boolean; readonly role: string };
  readonly flags?: Flags;
}

/** Closes sign-up while the service runs, where the settings have it open. */
const SIGN_UP_CLOSED = 'sign-up-closed';
const NO_STORE = { 'Cache-Control': 'no-store' };
const changeTypes = ['application/json', 'application/merge-patch+json'];

/** Whatever was a good password once; the rules for new ones are none of a log-in's business. */
const anyPassword = Joi.string().max(1000);

const signUpInput = Joi.object({
  email: newEmail.required(),
  password: newPassword.required(),
  name: name.allow(''),
});
const logInInput = Joi.object({ email: Joi.string().max(1000).required(), password: anyPassword.required() });
const refreshInput = Joi.object({ refresh_token: Joi.string().max(2000).required() });
const meInput = Joi.object({
  name: name.allow(''),
  password: newPassword.description('A new password; it ends all other sessions.'),
  current_password: anyPassword.description('Needed with a new password.'),
});

const tokensView = Joi.object({
  access_token: Joi.string().required().description('Send it as `Authorization: Bearer ...`.'),
  token_type: Joi.valid('Bearer').required(),
  expires_in: Joi.number().integer().required().description('Seconds for which the access token is good.'),
  refresh_token: Joi.string().required().description('Good once, for the next pair.'),
}).meta({ component: 'TokenPair' });

const { organisation, role, ...otherUserParts } = userParts;
const meView = Joi.object({
  ...Object.fromEntries(Object.entries(otherUserParts).map(([part, schema]) => [part, schema.optional()])),
  actor: Joi.string().required().description('How logs and audit records call the caller.'),
  organisation,
  role,
  scopes: Joi.array().items(Joi.string()).required().description('What the role allows.'),
  within: Joi.array().items(Joi.string()).description('What an API key may be used for at most.'),
}).meta({ component: 'Me' });

const tokens = (pair: TokenPair): Answer => ({ status: 200, body: pair, headers: NO_STORE });
const meAnswer = (me: Me): Answer => ({ status: 200, body: me, etag: meTag(me) });

/** Signing up, logging in and looking after oneself; sign-up and log-in also where the catalogue had them. */
export function signInDomain(options: SignInOptions): Domain {
  const door = doorRoutes(options);
  return {
    name: 'sign-in',
    summary: 'Accounts, sessions and tokens of those who ask.',
    routes: [
      ...door,
      ...ownRoutes(options),
      ...door
        .filter(({ operation }) => operation !== 'refreshTokens')
        .map((route) => ({
          ...route,
          path: route.path.replace('/api/v1/auth', ''),
          operation: `${route.operation}Compat`,
          compat: true,
        })),
    ],
  };
}

/** For those who have no tokens yet, or no more. */
function doorRoutes({ users, sessions, signUp, flags }: SignInOptions): Route[] {
  async function signUpHandler({ body, requestId }: Call): Promise<Answer> {
    if (!signUp.isOpen || (await flags?.isEnabled(SIGN_UP_CLOSED)))
      throw fail('forbidden', 'sign_up_closed', 'Accounts are made by administrators only.');
    const input = { ...body, organisation: DEFAULT_ORGANISATION, role: signUp.role };
    const user = await users.make({ requestId }, input);
    return createdReply(viewOf(user), `/api/v1/users/${user.uuid}`, etagOf(user));
  }

  return [
    {
      method: 'POST',
      path: '/api/v1/auth/signup',
      operation: 'signUp',
      summary: 'Make an account in the default organisation.',
      permission: 'public',
      limit: 'sign_in',
      body: { kind: 'json', schema: signUpInput },
      responses: { 201: { description: 'The user.', schema: userView } },
      failures: [409, 422],
      handler: signUpHandler,
    },
    {
      method: 'POST',
      path: '/api/v1/auth/login',
      operation: 'logIn',
      summary: 'Begin a session.',
      description:
        'After five wrong passwords in a row the address is locked for 30 seconds, and for twice as long with each further one, up to an hour; whether or not anybody has it.',
      permission: 'public',
      limit: 'sign_in',
      body: { kind: 'json', schema: logInInput },
      responses: { 200: { description: 'The first tokens of the session.', schema: tokensView } },
      failures: [429],
      handler: async ({ body, requestId }) => tokens(await sessions.logIn({ ...body, requestId })),
    },
    {
      method: 'POST',
      path: '/api/v1/auth/refresh',
      operation: 'refreshTokens',
      summary: 'Trade a refresh token for the next pair.',
      description:
        'A refresh token is good once. The same request may be repeated for 30 seconds; after that, a token that was used ends the session.',
      permission: 'public',
      limit: 'sign_in',
      body: { kind: 'json', schema: refreshInput },
      responses: { 200: { description: 'The next tokens of the session.', schema: tokensView } },
      handler: async ({ body, requestId }) => tokens(await sessions.refresh(body.refresh_token, requestId)),
    },
  ];
}

function ownRoutes({ sessions, ownAccount }: SignInOptions): Route[] {
  async function logOut({ actor }: Call): Promise<Answer> {
    const { user, session, organisation } = requireSession(actor);
    await sessions.logOut(organisation, user, session);
    return { status: 204 };
  }

  return [
    {
      method: 'POST',
      path: '/api/v1/auth/logout',
      operation: 'logOut',
      summary: 'End the session, with all its tokens, at once.',
      permission: 'signed_in',
      responses: { 204: { description: 'The session is over.' } },
      handler: logOut,
    },
    {
      method: 'GET',
      path: '/api/v1/auth/me',
      operation: 'getMe',
      summary: 'Who the caller is, and what they may do.',
      permission: 'signed_in',
      responses: { 200: { description: 'The caller.', schema: meView } },
      failures: [404],
      handler: async ({ actor }) => meAnswer(await ownAccount.get(actor)),
    },
    {
      method: 'PATCH',
      path: '/api/v1/auth/me',
      operation: 'changeMe',
      summary: 'Change the own name or password.',
      permission: 'signed_in',
      body: { kind: 'json', schema: meInput, types: changeTypes },
      responses: { 200: { description: 'The caller, as changed.', schema: meView } },
      failures: [409, 412, 422],
      handler: async (call) => meAnswer(await ownAccount.change(authorOf(call), call.body, call.ifMatch)),
    },
  ];
}

function requireSession({ user, session, organisation }: Actor) {
  if (user !== undefined && session !== undefined) return { user, session, organisation };
  throw fail('forbidden', 'session_required', 'There is no session to end: this caller did not log in.');
}
