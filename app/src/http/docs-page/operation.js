import { call, curlOf } from './call.js';
import { h, inline, prose } from './dom.js';
import { formOf } from './form.js';
import { resolve, shapeOf } from './schema.js';

/** The card of one operation. What is inside is drawn when it is first opened. */
export function cardOf(document, one, token) {
  const { path, method, operation } = one;
  const card = h(
    'details',
    { className: `operation ${method}`, id: operation.operationId },
    h(
      'summary',
      {},
      h('span', { className: 'method' }, method.toUpperCase()),
      h('code', { className: 'path' }, pathParts(path)),
      h('span', { className: 'brief' }, operation.summary),
    ),
  );
  card.addEventListener('toggle', () => {
    if (card.open && card.childElementCount === 1) card.append(insideOf(document, one, token));
  });
  return card;
}

function pathParts(path) {
  return path.split(/({\w+})/).map((part) => (part.startsWith('{') ? h('b', {}, part) : part));
}

function insideOf(document, one, token) {
  const { operation } = one;
  const form = formOf(document, one);
  const answer = h('div', {});
  const send = h('button', { className: 'send', type: 'submit' }, 'Send');
  const copy = h('button', { type: 'button' }, 'Copy as curl');
  const inputs = h('form', { autocomplete: 'off' }, form.nodes, h('div', { className: 'row' }, send, copy));
  inputs.addEventListener('submit', async (event) => {
    event.preventDefault();
    send.disabled = true;
    answer.replaceChildren(await call(form.request(), token()));
    send.disabled = false;
  });
  copy.addEventListener('click', () => copyText(copy, curlOf(form.request(), token())));
  return h(
    'div',
    { className: 'inside' },
    h('div', { className: 'tags' }, tagsOf(operation)),
    h('div', { className: 'description' }, prose(operation.description)),
    inputs,
    answer,
    bodyShape(document, operation),
    responsesOf(document, operation),
  );
}

function tagsOf(operation) {
  const permission = operation['x-permission'];
  const words = [permission === 'public' ? 'open to all' : `needs ${permission}`, operation.operationId];
  if (operation.deprecated) words.unshift('old path, kept for its clients');
  return words.map((word) => h('span', { className: 'tag' }, word));
}

function bodyShape(document, { requestBody }) {
  const shapes = Object.values(requestBody?.content ?? {}).map(({ schema }) => shapeOf(document, schema));
  const shape = shapes.find((one) => one.length > 0);
  return shape && h('details', { className: 'shape' }, h('summary', {}, 'What the body may hold'), shape);
}

function responsesOf(document, operation) {
  const rows = Object.entries(operation.responses).map(([status, response]) => {
    const { description, content = {} } = resolve(document, response);
    const [type] = Object.keys(content);
    const shape = type === 'application/json' ? shapeOf(document, content[type].schema) : [];
    const more = shape.length > 0 && h('details', { className: 'shape' }, h('summary', {}, 'Members'), shape);
    return h('tr', {}, h('td', {}, status), h('td', {}, inline(description), more));
  });
  return [h('h3', {}, 'Answers'), h('table', {}, h('tbody', {}, rows))];
}

async function copyText(button, text) {
  const { textContent } = button;
  await navigator.clipboard.writeText(text);
  button.textContent = 'Copied';
  setTimeout(() => {
    button.textContent = textContent;
  }, 1200);
}
