import type { Core } from '../compose-core.ts';
import type { Organisation } from '../domains/accounts/organisations/model.ts';
import type { Author } from '../kernel/actor.ts';
import { fail } from '../kernel/errors.ts';

/** Who did it, in audit records, and by no request. Whoever runs the command line may do everything. */
export const CLI: Author = { id: 'cli', requestId: undefined };

/** How an organisation was named: by exactly one of these. */
export interface OrganisationChoice {
  /** An id or a name. */
  readonly either?: string | undefined;
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

/** The organisation that was chosen. Throws what to type instead. */
export async function chosenOrganisation(core: Core, choice: OrganisationChoice): Promise<Organisation> {
  const { organisations } = core.accounts;
  const given = [choice.either, choice.id, choice.name].filter((one) => one !== undefined);
  if (given.length !== 1) {
    const detail = 'Name exactly one organisation: as the third argument, by --org-id or by --org-name.';
    throw fail('invalid', 'one_organisation', detail);
  }
  const found =
    choice.id === undefined ? await organisations.named(given[0]!) : await organisations.find(choice.id);
  if (found) return found;
  const detail = `There is no organisation ${given[0]}; make it with "cadastre create-organisation".`;
  throw fail('invalid', 'unknown_organisation', detail);
}
