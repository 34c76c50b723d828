/**
 * Order-preserving text for values: comparing the encoded texts by their bytes compares the values.
 * Index entries carry these texts in their sort keys.
 */

const EXPONENT_OFFSET = 500;
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/**
 * A decimal number of any length. Zero is `o`; a positive number is `p`, its exponent (shifted, three digits)
 * and its significant digits, as in `p503.12345` for 123.45; a negative one is `n` with every digit
 * complemented and a closing `~`, so that larger magnitudes sort first.
 */
export function orderNumber(text: string): string {
  const match = NUMBER.exec(text);
  if (!match) throw new RangeError(`not a number: ${text}`);
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  const leading = digits.length - digits.replace(/^0+/, '').length;
  const significant = digits.slice(leading).replace(/0+$/, '');
  if (significant === '') return 'o';
  const power = String(whole.length - leading + Number(exponent) + EXPONENT_OFFSET).padStart(3, '0');
  if (sign !== '-') return `p${power}.${significant}`;
  return `n${complement(power)}.${complement(significant)}~`;
}

function complement(digits: string): string {
  return digits.replace(/\d/g, (d) => String(9 - Number(d)));
}

/** A UTC date-time as `parseDatetime` writes it, with its fraction padded so that texts compare as instants. */
export function orderDatetime(text: string): string {
  const [seconds, fraction = ''] = text.slice(0, -1).split('.') as [string, string?];
  return `${seconds}.${fraction.padEnd(9, '0')}Z`;
}

/** Strings compare by code points once both are in composed form (NFC). */
export function orderString(text: string): string {
  return text.normalize('NFC');
}

/** The form in which two spellings of one name meet: compatibility composed, then case folded. */
export function foldName(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}
