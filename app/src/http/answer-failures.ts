import type { ErrorRequestHandler } from 'express';
import type { Log } from '../kernel/ports.ts';
import { exchangeOf } from './exchange.ts';
import { Disconnected, problemOf } from './problem.ts';
import { send } from './send.ts';

/** Turns whatever was thrown into a problem document. Our own faults are logged with their cause, never sent. */
export function answerFailures(log: Log): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error, req, res, _next) => {
    const exchange = exchangeOf(res);
    if (error instanceof Disconnected) {
      res.destroy();
      return;
    }
    const { problem, headers } = problemOf(error, exchange);
    exchange.code = problem.code;
    if (problem.status >= 500) {
      const { requestId: request_id, traceId: trace_id, route } = exchange;
      log.error('request failed', { request_id, trace_id, route, status: problem.status, error });
    }
    // An answer already begun cannot become a problem; breaking it off is how the caller learns of it.
    if (res.headersSent) res.destroy();
    else send(req, res, problem.status, [...exchange.headers, ...headers], JSON.stringify(problem));
  };
}
