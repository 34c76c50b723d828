import { Counter, type Registry } from 'prom-client';
import type { Meter } from '../kernel/ports.ts';

/** The rate limits' part of the meter. */
export function limitsMeter(registry: Registry): Pick<Meter, 'limited' | 'limitsUnshared'> {
  const registers = [registry];
  const limited = new Counter({
    name: 'rate_limited_total',
    help: 'Requests that were told to wait, by the policy whose limit was used up.',
    labelNames: ['policy'],
    registers,
  });
  const unshared = new Counter({
    name: 'rate_limits_unshared_total',
    help: 'Times that Redis did not take what was counted here; meanwhile each instance goes by its own counts.',
    registers,
  });
  return {
    limited: (policy) => limited.inc({ policy }),
    limitsUnshared: () => unshared.inc(),
  };
}
