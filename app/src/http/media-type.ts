import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from './problem.ts';

/**
 * The media type of a body that this route accepts, without parameters and in lower case. Refuses other types,
 * other charsets than UTF-8 and any compression: nothing here inflates what a stranger sent.
 */
export function acceptedType(headers: IncomingHttpHeaders, accepted: readonly string[]): string {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new Refusal(415, 'unsupported_encoding', 'A compressed body is not accepted.', {
      'Accept-Encoding': 'identity',
    });
  }
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const name = type.trim();
  if (accepted.includes(name) && parameters.every(isHarmless)) return name;
  throw new Refusal(415, 'unsupported_media_type', `The body must be ${accepted.join(' or ')}, in UTF-8.`, {
    Accept: accepted.join(', '),
  });
}

function isHarmless(parameter: string): boolean {
  const [name = '', value = ''] = parameter.split('=');
  return name.trim() !== 'charset' || /^"?utf-?8"?$/.test(value.trim());
}
