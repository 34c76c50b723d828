import { h } from './dom.js';

const MAX_SHOWN = 200_000;

/** Sends a request and draws the answer, whatever it is. */
export async function call(request, token) {
  const { url, method, body } = request;
  const headers = { ...request.headers, ...(token && { Authorization: `Bearer ${token}` }) };
  const startedAt = performance.now();
  try {
    const response = await fetch(url, { method, headers, body, cache: 'no-store' });
    const blob = await response.blob();
    return answerView(request, response, blob, performance.now() - startedAt);
  } catch (error) {
    return h('p', { className: 'status bad' }, `No answer: ${error.message}`);
  }
}

async function answerView(request, response, blob, ms) {
  const names = [...response.headers].map(([name, value]) => `${name}: ${value}`);
  const good = response.ok || response.status === 304;
  const line = h(
    'div',
    { className: 'row', role: 'status' },
    h('span', { className: `status ${good ? 'good' : 'bad'}` }, `${response.status} ${response.statusText}`),
    h('span', { className: 'quiet' }, `${Math.round(ms)} ms, ${blob.size.toLocaleString('en')} bytes`),
    blob.size > 0 && saveLink(blob, request.url),
  );
  return h(
    'div',
    {},
    h('h3', {}, 'Answer'),
    line,
    blob.size > 0 && h('pre', { tabIndex: 0 }, await textOf(blob)),
    h('details', { className: 'shape' }, h('summary', {}, 'Headers'), h('pre', {}, names.join('\n'))),
  );
}

async function textOf(blob) {
  const text = await blob.slice(0, MAX_SHOWN).text();
  const rest = blob.size > MAX_SHOWN ? '\n… and more; save it to see all.' : '';
  if (rest !== '' || !/json$|json;/.test(blob.type)) return text + rest;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function saveLink(blob, url) {
  const name = url.split('?')[0].split('/').filter(Boolean).at(-1);
  return h('a', { href: URL.createObjectURL(blob), download: name, className: 'quiet' }, 'Save');
}

/** The same request for a terminal. */
export function curlOf({ url, method, headers, body }, token) {
  const quote = (text) => `'${String(text).replaceAll("'", `'\\''`)}'`;
  const all = { ...headers, ...(token && { Authorization: 'Bearer $TOKEN' }) };
  return [
    `curl -X ${method} ${quote(location.origin + url)}`,
    ...Object.entries(all).map(([name, value]) =>
      name === 'Authorization' ? `-H "${name}: ${value}"` : `-H ${quote(`${name}: ${value}`)}`,
    ),
    ...(typeof body === 'string' ? [`-d ${quote(body)}`] : body ? [`--data-binary @${body.name}`] : []),
  ].join(' \\\n  ');
}
