import { IncomingMessage, ServerResponse } from 'node:http';
import type { Express } from 'express';

/**
 * Classes of requests and responses that are born with the app's own prototypes. Express gives these to every request
 * and response it is handed, and changing the prototype of a living object slows down all that is done with it: a third
 * of what the edge costs. On objects that have them already nothing is changed.
 */
export function messagesOf(app: Express) {
  class AppRequest extends IncomingMessage {}
  class AppResponse extends ServerResponse {}
  app.request = Object.setPrototypeOf(AppRequest.prototype, app.request);
  app.response = Object.setPrototypeOf(AppResponse.prototype, app.response);
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}
