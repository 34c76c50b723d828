import type { Request, RequestHandler, Response } from 'express';
import type { Domain, Route } from '../domains/domain.ts';
import { fail } from '../kernel/errors.ts';
import { exchangeOf } from './exchange.ts';
import { type Operation, type OperationParts, operationOf } from './operation.ts';
import { createPathTree } from './path-tree.ts';
import { Refusal } from './problem.ts';
import { send } from './send.ts';

/** One path with everything that can be done there. */
interface Resource {
  readonly pattern: string;
  readonly names: readonly string[];
  readonly operations: Map<string, Operation>;
  readonly options: string[];
}

/** Serves the routes of all domains: finds the path, then the method, then runs the operation. */
export function mountDomains(domains: readonly Domain[], parts: OperationParts): RequestHandler {
  const tree = createPathTree<Resource>();
  const seen = new Set<string>();
  for (const route of domains.flatMap((domain) => domain.routes)) {
    if (seen.has(route.operation)) throw new Error(`Two routes are called ${route.operation}.`);
    seen.add(route.operation);
    addRoute(
      tree.at(route.path, (names) => newResource(route.path, names)),
      route,
      parts,
    );
  }
  return (req, res) => {
    const exchange = exchangeOf(res);
    const found = tree.find(exchange.path);
    if (!found) throw fail('absent', 'not_found', 'There is nothing at this path.');
    exchange.route = found.leaf.pattern;
    const run = found.leaf.operations.get(req.method);
    if (run) return run(req, res, found.values);
    return answerOtherMethod(req, res, found.leaf);
  };
}

function newResource(pattern: string, names: readonly string[]): Resource {
  return { pattern, names, operations: new Map(), options: [] };
}

function addRoute(resource: Resource, route: Route, parts: OperationParts): void {
  if (resource.pattern !== route.path) throw new Error(`${route.path} is also spelt ${resource.pattern}.`);
  if (resource.operations.has(route.method)) throw new Error(`Two routes for ${route.method} ${route.path}.`);
  const operation = operationOf(route, resource.names, parts);
  resource.operations.set(route.method, operation);
  if (route.method === 'GET') resource.operations.set('HEAD', operation);
  resource.options.push(...acceptHeaders(route));
}

function acceptHeaders({ method, body }: Route): string[] {
  if (!body || (method !== 'PATCH' && method !== 'POST')) return [];
  const types = body.types ?? ['application/json'];
  return [method === 'PATCH' ? 'Accept-Patch' : 'Accept-Post', types.join(', ')];
}

function answerOtherMethod(req: Request, res: Response, resource: Resource): void {
  const allow = [...resource.operations.keys(), 'OPTIONS'].join(', ');
  if (req.method !== 'OPTIONS') {
    throw new Refusal(405, 'method_not_allowed', `This path takes ${allow}.`, { Allow: allow });
  }
  send(req, res, 204, [...exchangeOf(res).headers, 'Allow', allow, ...resource.options]);
}
