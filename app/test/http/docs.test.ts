import { readdirSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { startToys, type ToyService } from '../support/toy-service.ts';

const PAGE = new URL('../../src/http/docs-page/', import.meta.url);

describe('the documentation page', () => {
  let toys: ToyService;
  beforeAll(async () => {
    toys = await startToys();
  });
  afterAll(() => toys.stop());

  test('is served with all that it refers to, and nothing from elsewhere', async () => {
    const seen = new Set<string>();
    const waiting = ['/docs'];
    for (let path = waiting.pop(); path; path = waiting.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const { headers, text } = await toys.api.get(path).buffer(true).expect(200);
      const type = path.endsWith('.js')
        ? 'javascript'
        : path.endsWith('.css')
          ? 'css'
          : path.endsWith('.svg')
            ? 'svg'
            : 'html';
      expect(headers['content-type']).toContain(type);
      for (const [, found] of (text ?? '').matchAll(
        /(?:src|href|from)[= ]["'](\/docs[^"']*|\.\/[^"']*)["']/g,
      )) {
        waiting.push(new URL(found!, `http://x${path}`).pathname);
      }
      expect(text ?? '').not.toMatch(/(?:src=|import[^;]+from |url\()["']?https?:/);
    }
    expect(seen.size).toBe(readdirSync(PAGE).length);
  });

  test('needs no more than its policy allows: nothing inline', async () => {
    const { headers, text } = await toys.api.get('/docs/').expect(200);
    const policy = headers['content-security-policy'];
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("style-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(text).not.toMatch(/<style|<script(?![^>]*src=)|\son\w+=|\sstyle=/);
  });

  test('is asked for again only when it changed', async () => {
    const { headers } = await toys.api.get('/docs/page.js').expect(200);
    expect(headers['cache-control']).toBe('no-cache');
    await toys.api.get('/docs/page.js').set('If-None-Match', headers.etag!).expect(304);
  });

  test('can be switched off, and is no part of the API description', async () => {
    const without = await startToys({ env: { DOCS: 'off' } });
    await without.api.get('/docs').expect(404);
    const { body } = await without.api.get('/openapi.json').expect(200);
    expect(body.tags).toHaveLength(2);
    await without.stop();
  });

  test('offers bodies that the routes accept', async () => {
    const { exampleOf, resolve } = await import(new URL('schema.js', PAGE).href);
    const { body: document } = await toys.api.get('/openapi.json').expect(200);
    const { schema } = document.paths['/api/v1/toys'].post.requestBody.content['application/json'];
    const example = exampleOf(document, schema);
    expect(
      new Ajv2020({ strict: false, validateFormats: false }).validate(resolve(document, schema), example),
    ).toBe(true);
    await toys.api.post('/api/v1/toys').send(example).expect(201);
  });
});
