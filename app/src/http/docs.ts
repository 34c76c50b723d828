import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { Domain, Route } from '../domains/domain.ts';
import { PAGE_SECURITY_POLICY } from './security-headers.ts';

const FOLDER = new URL('./docs-page/', import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The documentation page: a few files of its own, read once; it draws itself from `/openapi.json`. */
export function docsDomain(): Domain {
  const files = readdirSync(FOLDER).filter((name) => extname(name) in TYPES);
  return {
    name: 'docs',
    summary: 'The documentation page.',
    routes: files.map((name) => fileRoute(name === 'index.html' ? '/docs' : `/docs/${name}`, name)),
  };
}

function fileRoute(path: string, name: string): Route {
  const body = readFileSync(new URL(name, FOLDER));
  const contentType = TYPES[extname(name)]!;
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const headers = { 'Content-Security-Policy': PAGE_SECURITY_POLICY, 'Cache-Control': 'no-cache' };
  return {
    method: 'GET',
    path,
    operation: `docs:${name}`,
    summary: name,
    permission: 'public',
    responses: { 200: { description: 'The file.', types: [contentType] } },
    handler: async () => ({ status: 200, body, contentType, etag, headers }),
  };
}
