import { h } from './dom.js';
import { cardOf } from './operation.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const byId = (id) => document.getElementById(id);
const token = () => byId('token').value.trim();

/** Reads the description as the caller may see it and draws it. */
async function draw() {
  const answer = await fetch('/openapi.json', {
    headers: token() ? { Authorization: `Bearer ${token()}` } : {},
  });
  if (!answer.ok) throw new Error(`the description answered ${answer.status}`);
  const description = await answer.json();
  const { title, version, description: about } = description.info;
  byId('heading').textContent = `${title} API`;
  byId('about').textContent = `${about} Version ${version}.`;
  document.title = `${title} API`;
  const sections = description.tags.map((tag) => sectionOf(description, tag));
  byId('sections').replaceChildren(...sections.map(({ section }) => section));
  byId('nav').replaceChildren(...sections.flatMap(({ links }) => links));
  filter();
  openLinked();
}

function sectionOf(description, tag) {
  const operations = operationsOf(description).filter(({ operation }) => operation.tags.includes(tag.name));
  const current = operations.filter(({ operation }) => !operation.deprecated);
  const old = operations.filter(({ operation }) => operation.deprecated);
  const cards = (some) => some.map((one) => cardOf(description, one, token));
  const section = h(
    'section',
    {},
    h('h2', {}, tag.name),
    h('p', {}, tag.description),
    cards(current),
    old.length > 0 &&
      h(
        'details',
        { className: 'olds' },
        h('summary', {}, 'Old paths, for clients of the systems before'),
        cards(old),
      ),
  );
  const links = current.map(({ method, operation }) =>
    h(
      'a',
      { href: `#${operation.operationId}`, className: method },
      h('span', { className: 'method' }, method === 'delete' ? 'DEL' : method.toUpperCase()),
      h('span', { title: operation.summary }, operation.summary.replace(/\.$/, '')),
    ),
  );
  return { section, links: [h('h2', {}, tag.name), ...links] };
}

function operationsOf({ paths }) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => methods[method]).map((method) => ({
      path,
      method,
      operation: methods[method],
    })),
  );
}

/** Shows only what holds all words of the filter, in the list and on the page. */
function filter() {
  const words = byId('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = (element) => words.every((word) => element.textContent.toLowerCase().includes(word));
  for (const section of document.querySelectorAll('section')) {
    const cards = [...section.querySelectorAll('.operation')];
    for (const card of cards)
      card.hidden = !holds(card.querySelector('summary')) && !holds(section.querySelector('h2'));
    section.hidden = cards.every((card) => card.hidden);
    const old = section.querySelector('.olds');
    if (old) old.hidden = [...old.querySelectorAll('.operation')].every((card) => card.hidden);
    if (old && words.length > 0) old.open = true;
  }
  for (const link of document.querySelectorAll('nav a')) link.hidden = byId(link.hash.slice(1)).hidden;
  for (const head of document.querySelectorAll('nav h2')) {
    let next = head.nextElementSibling;
    while (next?.tagName === 'A' && next.hidden) next = next.nextElementSibling;
    head.hidden = next?.tagName !== 'A';
  }
}

function openLinked() {
  const card = location.hash && byId(decodeURIComponent(location.hash.slice(1)));
  if (!card) return;
  card.closest('.olds')?.setAttribute('open', '');
  card.open = true;
  card.scrollIntoView();
}

function fail(error) {
  byId('sections').replaceChildren(
    h('p', { className: 'failed' }, `The page cannot be drawn: ${error.message}.`),
  );
}

byId('filter').addEventListener('input', filter);
byId('token').addEventListener('change', () => draw().catch(fail));
byId('access').addEventListener('submit', (event) => event.preventDefault());
window.addEventListener('hashchange', openLinked);
draw().catch(fail);
