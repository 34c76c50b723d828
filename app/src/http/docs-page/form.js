import { h } from './dom.js';
import { exampleOf, resolve, rulesOf } from './schema.js';

/** The inputs of one operation. `request()` reads them into what `fetch` takes. */
export function formOf(document, { path, method, operation }) {
  const fields = (operation.parameters ?? []).map((one) => fieldOf(document, resolve(document, one)));
  const body = operation.requestBody && bodyOf(document, operation.requestBody);
  const entityTypes = Object.keys(document.components.schemas ?? {}).filter((name) =>
    name.startsWith('entity.'),
  );
  for (const field of fields) suggestTypes(document, field, entityTypes, body);
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
        h('option', { value: '' }, ''),
        options.map((value) => h('option', {}, String(value))),
      )
    : h('input', {
        id,
        placeholder: place === 'header' ? place : '',
        autocomplete: 'off',
        spellcheck: false,
      });
  if (place === 'path') input.value = known.examples?.[0] ?? '';
  const about = [
    h('span', { className: 'rule' }, rulesOf(document, schema)),
    description ? ` ${description}` : '',
  ];
  const label = h('label', { htmlFor: id, className: required ? 'required' : '' }, name);
  return {
    name,
    place,
    input,
    schema: known,
    node: h('div', { className: 'field' }, label, input, h('small', {}, about)),
  };
}

/** Offers the caller's own entity types, and fills the body with an example of the one that was chosen. */
function suggestTypes(document, field, entityTypes, body) {
  if (field.place !== 'path' || !['type', 'name'].includes(field.name) || entityTypes.length === 0) return;
  const names = entityTypes.map((name) => name.slice('entity.'.length));
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
    const schema = document.components.schemas[`entity.${field.input.value}`];
    if (schema && field.name === 'type') body?.fillFields(exampleOf(document, schema));
  };
  field.input.addEventListener('change', fill);
  if (!names.includes(field.input.value)) field.input.value = names[0];
  fill();
}

function bodyOf(document, { content }) {
  const types = Object.keys(content);
  const isJson = types.some(
    (type) => type.endsWith('json') && resolve(document, content[type].schema).type !== 'string',
  );
  const type = h(
    'select',
    { ariaLabel: 'Media type' },
    types.map((value) => h('option', {}, value)),
  );
  const file = !isJson && h('input', { type: 'file', ariaLabel: 'File to send' });
  const text = h('textarea', { ariaLabel: 'Body', spellcheck: false });
  const example = () => {
    if (isJson) text.value = JSON.stringify(exampleOf(document, content[type.value].schema), null, 2);
  };
  type.addEventListener('change', example);
  example();
  return {
    nodes: [h('h3', {}, 'Body'), h('div', { className: 'row' }, type, file), text],
    read: () => ({ type: type.value, content: (file && file.files[0]) || text.value }),
    fillFields(fields) {
      const value = isJson ? JSON.parse(text.value || 'null') : undefined;
      if (value && 'fields' in value) text.value = JSON.stringify({ ...value, fields }, null, 2);
    },
  };
}

function requestOf(path, method, fields, body) {
  const headers = {};
  const query = new URLSearchParams();
  let target = path;
  for (const { name, place, input, schema } of fields) {
    const value = input.value;
    if (place === 'path') target = target.replace(`{${name}}`, encodeURIComponent(value));
    if (value === '') continue;
    if (place === 'header') headers[name] = value;
    if (place !== 'query') continue;
    for (const one of schema.type === 'array' ? value.split(',') : [value]) query.append(name, one.trim());
  }
  const sent = body?.read();
  if (sent) headers['Content-Type'] = sent.type;
  const url = query.size > 0 ? `${target}?${query}` : target;
  return { url, method: method.toUpperCase(), headers, body: sent?.content };
}
