import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';

/** For answers that are data: nothing in them may run, load or be framed. */
const DATA_POLICY = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] };

/** For the documentation page, which is served from here alone and calls nothing but this service. */
const PAGE_POLICY = {
  ...DATA_POLICY,
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  connectSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  baseUri: ["'none'"],
  formAction: ["'none'"],
};

/**
 * The security headers of every answer, as a flat list of names and values. Helmet runs once, here: its
 * answer is the same for every request, and setting ten headers one by one costs more than the routing.
 */
export const SECURITY_HEADERS: readonly string[] = Object.freeze(captured(DATA_POLICY));

/** The policy that the documentation page sends in place of the strict one. */
export const PAGE_SECURITY_POLICY = valueIn(captured(PAGE_POLICY), 'Content-Security-Policy');

function captured(directives: Record<string, string[]>): string[] {
  const headers: string[] = [];
  const res = { setHeader: (name: string, value: string) => headers.push(name, value), removeHeader() {} };
  const protect = helmet({
    contentSecurityPolicy: { useDefaults: false, directives },
    xFrameOptions: { action: 'deny' },
    // These guard documents of a browser, not data.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
  protect({} as IncomingMessage, res as unknown as ServerResponse, () => {});
  return headers;
}

function valueIn(headers: readonly string[], name: string): string {
  return headers[headers.indexOf(name) + 1] ?? '';
}
