import type { Request, Response } from 'express';
import type { Body, Call, Route } from '../domains/domain.ts';
import { fail, invalid } from '../kernel/errors.ts';
import { parseJson } from '../kernel/json.ts';
import { readText, streamBody } from './body.ts';
import { hasBody } from './exchange.ts';
import { acceptedType } from './media-type.ts';
import { type Checker, checker } from './validate.ts';

export interface BodyLimits {
  readonly BODY_MAX_BYTES: number;
  readonly UPLOAD_MAX_BYTES: number;
  readonly REQUEST_TIMEOUT_MS: number;
}

export type Received = Pick<Call, 'body' | 'mediaType' | 'stream'>;
export type Receiver = (req: Request, res: Response) => Received | Promise<Received>;

const NOTHING: Received = { body: undefined, mediaType: undefined, stream: undefined };
const JSON_ONLY = ['application/json'];

/** Makes the reader of a route's body. A route without one never touches what the caller sent along. */
export function bodyReader(route: Route, limits: BodyLimits): Receiver {
  const { body } = route;
  if (!body) return () => NOTHING;
  return body.kind === 'stream' ? streamReader(body, limits) : jsonReader(body, limits);
}

function streamReader(body: Body & { kind: 'stream' }, limits: BodyLimits): Receiver {
  return (req, res) => {
    const mediaType = acceptedType(req.headers, body.types);
    const stream = streamBody(req, limits.UPLOAD_MAX_BYTES);
    askForBody(req, res);
    return { body: undefined, mediaType, stream };
  };
}

function jsonReader(body: Body & { kind: 'json' }, limits: BodyLimits): Receiver {
  const check = checker(body.schema, { convert: false });
  const types = body.types ?? JSON_ONLY;
  return async (req, res) => {
    if (req.headers['content-type'] === undefined && !hasBody(req)) {
      throw fail('malformed', 'malformed_json', 'The request needs a body.');
    }
    const mediaType = acceptedType(req.headers, types);
    const reading = readText(req, limits.BODY_MAX_BYTES, limits.REQUEST_TIMEOUT_MS);
    askForBody(req, res);
    return { body: verified(check, parseJson(await reading)), mediaType, stream: undefined };
  };
}

/** A caller that asked first sends its body only now, after everything else about the request was found good. */
function askForBody(req: Request, res: Response): void {
  if (req.headers.expect !== undefined) res.writeContinue();
}

function verified(check: Checker, body: unknown): unknown {
  const { value, errors } = check(body);
  if (errors.length === 0) return value;
  const unknown = errors.find((error) => error.code === 'unknown_field');
  throw unknown ? fail('malformed', unknown.code, unknown.detail, { errors }) : invalid(errors);
}
