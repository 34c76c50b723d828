import { h, inline } from './dom.js';
import { allMembers, exampleOf, resolve, rulesOf } from './schema.js';

const MAX_ROWS = 24;

/** The inputs of one operation. `request()` reads them into what `fetch` takes. */
export function formOf(document, { path, method, operation }) {
  const fields = (operation.parameters ?? []).map((one) => fieldOf(document, resolve(document, one)));
  const body = operation.requestBody && bodyOf(document, operation.requestBody);
  for (const field of fields) suggestTypes(document, field, body);
  return {
    nodes: [
      fields.length > 0 && h('h3', {}, 'Parameters'),
      ...fields.map(({ node }) => node),
      ...(body?.nodes ?? []),
    ],
    request: () => requestOf(path, method, fields, body),
  };
}

function fieldOf(document, { name, in: place, required, schema = {}, description }) {
  const id = `f${Math.random().toString(36).slice(2)}`;
  const known = resolve(document, schema);
  const options = known.enum ?? (known.type === 'boolean' ? [true, false] : undefined);
  const input = options
    ? h(
        'select',
        { id },
        ['', ...options].map((value) => h('option', {}, String(value))),
      )
    : h('input', { id, placeholder: place === 'header' ? place : '', autocomplete: 'off' });
  if (place === 'path') input.value = known.examples?.[0] ?? '';
  const about = [h('span', { className: 'rule' }, rulesOf(document, schema)), ' ', ...inline(description)];
  const label = h('label', { htmlFor: id, className: required ? 'required' : '' }, name);
  return { name, place, input, node: h('div', { className: 'field' }, label, input, h('small', {}, about)) };
}

/** Offers the caller's own entity types, and fills the body with an example of the one that was chosen. */
function suggestTypes(document, field, body) {
  const schemas = document.components.schemas ?? {};
  const known = Object.keys(schemas).filter((name) => name.startsWith('entity.'));
  if (field.place !== 'path' || !['type', 'name'].includes(field.name) || known.length === 0) return;
  const names = known.map((name) => name.slice('entity.'.length));
  const id = `${field.input.id}-types`;
  field.node.append(
    h(
      'datalist',
      { id },
      names.map((value) => h('option', { value })),
    ),
  );
  field.input.setAttribute('list', id);
  const fill = () => {
    const schema = schemas[`entity.${field.input.value}`];
    if (schema && field.name === 'type') body?.fillFields(allMembers(document, schema));
  };
  field.input.addEventListener('change', fill);
  if (!names.includes(field.input.value)) field.input.value = names[0];
  fill();
}

function bodyOf(document, { content }) {
  const types = Object.keys(content);
  const schemaOf = (type) => resolve(document, content[type].schema);
  const isJson = types.some((type) => type.endsWith('json') && schemaOf(type).type !== 'string');
  const type = h(
    'select',
    { ariaLabel: 'Media type' },
    types.map((value) => h('option', {}, value)),
  );
  const file = isJson ? undefined : h('input', { type: 'file', ariaLabel: 'File to send' });
  const placeholder = isJson ? '' : 'Write rows here, or choose a file.';
  const text = h('textarea', { ariaLabel: 'Body', placeholder });
  const show = (value) => {
    text.value = JSON.stringify(value, null, 2);
    text.rows = Math.min(MAX_ROWS, text.value.split('\n').length);
  };
  const showExample = () => isJson && show(exampleOf(document, schemaOf(type.value)));
  type.addEventListener('change', showExample);
  showExample();
  return {
    nodes: [h('h3', {}, 'Body'), h('div', { className: 'row' }, type, file), text],
    read: () => ({ type: type.value, content: file?.files[0] ?? text.value }),
    fillFields(fields) {
      const value = isJson ? JSON.parse(text.value || 'null') : undefined;
      if (value && 'fields' in value) show({ ...value, fields });
    },
  };
}

function requestOf(path, method, fields, body) {
  const headers = {};
  const query = new URLSearchParams();
  let target = path;
  for (const { name, place, input } of fields) {
    const { value } = input;
    if (place === 'path') target = target.replace(`{${name}}`, encodeURIComponent(value));
    if (place === 'query' && value !== '') query.append(name, value);
    if (place === 'header' && value !== '') headers[name] = value;
  }
  const sent = body?.read();
  if (sent) headers['Content-Type'] = sent.type;
  const url = query.size > 0 ? `${target}?${query}` : target;
  return { url, method: method.toUpperCase(), headers, body: sent?.content };
}
