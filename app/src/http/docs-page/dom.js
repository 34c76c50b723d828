/** Makes an element: properties are set as properties, children are nodes or text, empty ones are left out. */
export function h(name, properties, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === false) continue;
    if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(
    ...children.flat().filter((child) => child !== undefined && child !== false && child !== ''),
  );
  return element;
}

/** Text of the description: lines belong together, an empty line parts paragraphs, backticks mean code. */
export function prose(text = '') {
  return text.split(/\n{2,}/).map((paragraph) => h('p', {}, inline(paragraph)));
}

/** One paragraph of such text. */
export function inline(text = '') {
  return text
    .split(/(`[^`]+`)/)
    .map((part) => (part.startsWith('`') ? h('code', {}, part.slice(1, -1)) : part));
}
