import type { Route } from '../domains/domain.ts';

/** How well a form is spoken of: its quality, and how exactly it is named. */
type Rank = readonly [quality: number, exactness: number];

/**
 * The forms in which a route answers, where there are several: JSON, and those that have to be asked for. The caller gets the
 * one that `Accept` likes best; JSON where it likes none of them, which is more use than a refusal.
 */
export function formChooser(route: Route): (accept: string | undefined) => string | undefined {
  const { also } = route.responses[200] ?? {};
  if (!also) return () => undefined;
  const forms = ['application/json', ...Object.keys(also)];
  return (accept) => (accept === undefined ? forms[0] : preferred(accept, forms));
}

function preferred(accept: string, forms: readonly string[]): string {
  const ranges = accept.split(',').map(rangeOf);
  const ranked = forms.map((form) => ({ form, rank: rankOf(form, ranges) }));
  return ranked.reduce((best, one) => (isAbove(one.rank, best.rank) ? one : best)).form;
}

/** What the most exact of the ranges says. */
function rankOf(form: string, ranges: readonly ReturnType<typeof rangeOf>[]): Rank {
  const names = ['*/*', form.replace(/\/.*/, '/*'), form];
  const said = ranges.map(({ name, quality }): Rank => [quality, names.indexOf(name) + 1]);
  return said.reduce<Rank>((best, one) => (one[1] > best[1] ? one : best), [0, 0]);
}

const isAbove = (one: Rank, other: Rank) => (one[0] === other[0] ? one[1] > other[1] : one[0] > other[0]);

function rangeOf(text: string): { name: string; quality: number } {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  return { name, quality: weight === undefined ? 1 : Number(weight.slice(2)) || 0 };
}
