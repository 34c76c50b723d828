import type Joi from 'joi';

/** A default is one value, or differs between production and a developer's machine. */
export type Fallback<T> = T | { readonly production: T; readonly otherwise: T };

export interface Setting<T> {
  readonly schema: Joi.Schema;
  readonly fallback: Fallback<T> | undefined;
  readonly about: string;
  readonly secret: boolean;
}

export function setting<T>(schema: Joi.Schema, fallback: Fallback<T>, about: string): Setting<T> {
  return { schema, fallback, about, secret: false };
}

export function optional<T>(schema: Joi.Schema, about: string, secret = false): Setting<T | undefined> {
  return { schema, fallback: undefined, about, secret };
}
