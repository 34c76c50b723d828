import { changesDomain } from '../../src/domains/changes/index.ts';
import { formChooser } from '../../src/http/answer-form.ts';
import { tickingDomain } from '../support/ticking-domain.ts';

const JSON_TYPE = 'application/json';
const EVENTS = 'text/event-stream';
const LINES = 'application/x-ndjson';
const choose = formChooser(changesDomain({}).routes[0]!);

test.each([
  [undefined, JSON_TYPE],
  ['', JSON_TYPE],
  ['*/*', JSON_TYPE],
  ['text/html', JSON_TYPE],
  ['garbage;;q', JSON_TYPE],
  [EVENTS, EVENTS],
  ['Text/Event-Stream', EVENTS],
  [`${EVENTS}, */*`, EVENTS],
  [`*/*, ${EVENTS}`, EVENTS],
  ['text/*', EVENTS],
  [LINES, LINES],
  [`${EVENTS}; q=0.5, ${LINES}`, LINES],
  [`${EVENTS};q=0, */*;q=0.1`, JSON_TYPE],
  [`${JSON_TYPE}, ${EVENTS}`, JSON_TYPE],
  [`${EVENTS};q=0.9, ${JSON_TYPE};q=0.8`, EVENTS],
])('Accept: %s is answered with %s', (accept, form) => {
  expect(choose(accept)).toBe(form);
});

test('where there is one form there is nothing to choose', () => {
  const route = { ...tickingDomain().domain.routes[0]!, responses: { 204: { description: 'Nothing.' } } };
  expect(formChooser(route)(EVENTS)).toBeUndefined();
});
