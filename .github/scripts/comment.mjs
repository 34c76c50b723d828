#!/usr/bin/env node
/**
 * Writes a comment on a pull request, or replaces the one that it wrote before under the same title.
 *
 *   node comment.mjs NUMBER TITLE FILE
 *
 * FILE holds the text. Takes GITHUB_TOKEN, GITHUB_REPOSITORY and GITHUB_API_URL from the environment.
 */
import { readFileSync } from 'node:fs';

/** GitHub takes 65,536 characters; what is longer is cut. */
const MAX_LENGTH = 60_000;
const PAGE = 100;

const [number, title, file] = process.argv.slice(2);
const { GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_API_URL = 'https://api.github.com' } = process.env;
if (!file || !GITHUB_TOKEN || !GITHUB_REPOSITORY) {
  console.error('usage: comment.mjs NUMBER TITLE FILE, with GITHUB_TOKEN and GITHUB_REPOSITORY set');
  process.exit(64);
}

const comments = `/repos/${GITHUB_REPOSITORY}/issues/${Number(number)}/comments`;
const mark = `<!-- ${title} -->`;
const text = readFileSync(file, 'utf8');
const cut = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}\n\n(cut; the whole of it is in the log)` : text;
const body = `${mark}\n## ${title}\n\n${cut}`;

const earlier = await findEarlier();
if (earlier === undefined) await call('POST', comments, { body });
else await call('PATCH', `/repos/${GITHUB_REPOSITORY}/issues/comments/${earlier}`, { body });

/** The id of the comment that bears the mark. */
async function findEarlier() {
  for (let page = 1; ; page++) {
    const found = await call('GET', `${comments}?per_page=${PAGE}&page=${page}`);
    const ours = found.find((comment) => comment.body.startsWith(mark));
    if (ours) return ours.id;
    if (found.length < PAGE) return undefined;
  }
}

async function call(method, path, content) {
  const answer = await fetch(`${GITHUB_API_URL}${path}`, {
    method,
    headers: { Authorization: `Bearer ${GITHUB_TOKEN}`, Accept: 'application/vnd.github+json' },
    body: content && JSON.stringify(content),
  });
  if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}: ${await answer.text()}`);
  return answer.json();
}
