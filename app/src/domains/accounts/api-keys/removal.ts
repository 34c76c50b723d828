import type { Step } from '../../../table/steps.ts';
import { apiKeyKey, apiKeyOwnerKey, apiKeysOf } from '../keys.ts';
import type { ApiKey } from './model.ts';

/** The steps that remove an API key from everywhere. */
export function removalSteps({ organisation, user, id }: ApiKey): Step[] {
  const places = [
    apiKeyKey(organisation, user, id),
    { pk: apiKeysOf(organisation), sk: id },
    apiKeyOwnerKey(id),
  ];
  return places.map((key) => ({ action: { type: 'delete', key } }));
}
