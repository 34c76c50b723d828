import type { Step } from '../../../table/steps.ts';
import { MOST_STEPS, refuseRepeats } from '../drafts.ts';
import { linkSteps, missingEntity, touchStep } from '../relations.ts';
import type { RowLink } from './row.ts';
import type { DueLink } from './row-links.ts';

export interface FittedLinks {
  readonly made: number;
  readonly steps: readonly Step[];
  readonly touches: readonly Step[];
  readonly later: readonly RowLink[];
}

const NONE: FittedLinks = { made: 0, steps: [], touches: [], later: [] };

/** As many links, from the first, as one transaction holds beside `used` other steps. */
export function fitLinks(organisation: string, used: number, due: readonly DueLink[]): FittedLinks {
  if (due.length === 0) return NONE;
  const steps: Step[] = [];
  const touches = new Map<string, Step>();
  let made = 0;
  for (const { link, ends, at } of due) {
    const more = linkSteps(organisation, ends, link.properties, at);
    const others = touches.size + (touches.has(link.uuid) ? 0 : 1);
    if (used + steps.length + more.length + others > MOST_STEPS) break;
    steps.push(...more);
    touches.set(link.uuid, touchStep(organisation, link, missingEntity(link, at)));
    made += 1;
  }
  refuseRepeats(steps);
  return { made, steps, touches: [...touches.values()], later: due.slice(made).map(({ link }) => link) };
}
