import { type Failure, fail, pointer } from '../../kernel/errors.ts';
import { type LinkDefinition, type TypeDefinition, targetsOf } from '../../schema/definition.ts';
import type { Step } from '../../table/steps.ts';
import { collectionOf, entityKey, linkItem, linkKey, onlyLinkKey } from './keys.ts';
import type { EntityRef, LinkEnds, LinkInput, LinkView } from './model.ts';

type DefinitionOf = (type: string) => Promise<TypeDefinition>;

/**
 * The two ends of a link that `from` asks for. The relation may be called by its own name, declared by the
 * type of `from`, or by its inverse name, declared by the other type. Throws 422 if neither declares it.
 */
export async function resolveEnds(
  definitionOf: DefinitionOf,
  from: EntityRef,
  input: LinkInput,
  at: string,
): Promise<LinkEnds> {
  const to = { type: input.type, uuid: input.uuid };
  if (to.uuid === from.uuid) throw broken('self_link', 'An entity cannot be linked to itself.', at, 'uuid');
  const own = (await definitionOf(from.type)).links.find((link) => link.relation === input.relation);
  if (own && targetsOf(own).includes(to.type)) return endsBy(own, from, to);
  const other = await definitionOf(to.type).catch((error: Failure) => {
    if (error.kind === 'absent') return undefined;
    throw error;
  });
  const inverse = other?.links.find(
    (link) => link.inverse === input.relation && targetsOf(link).includes(from.type),
  );
  if (inverse) return endsBy(inverse, to, from);
  if (own) {
    const detail = `The relation ${own.relation} points to ${targetsOf(own).join(' or ')}, not to ${to.type}.`;
    throw broken('wrong_target_type', detail, at, 'type');
  }
  const detail = `Neither ${from.type} nor ${to.type} declares the relation ${input.relation} between them.`;
  throw broken('unknown_relation', detail, at, 'relation');
}

function broken(code: string, detail: string, at: string, part: string): Failure {
  return fail('invalid', code, detail, { errors: [{ pointer: at + pointer(part), code, detail }] });
}

function endsBy(link: LinkDefinition, source: EntityRef, target: EntityRef): LinkEnds {
  return {
    relation: link.relation,
    ...(link.inverse === undefined ? {} : { inverse: link.inverse }),
    source,
    target,
    onePerSource: link.cardinality === 'many_to_one' || link.cardinality === 'one_to_one',
    onePerTarget: link.cardinality === 'one_to_many' || link.cardinality === 'one_to_one',
  };
}

/** The steps that store both ends of a link and claim the only place where the relation allows one. */
export function linkSteps(
  organisation: string,
  ends: LinkEnds,
  properties: LinkView['properties'],
  at: string,
): Step[] {
  const steps: Step[] = [];
  for (const end of ['source', 'target'] as const) {
    const item = linkItem(organisation, ends, end, properties);
    const otherwise = fail('conflict', 'already_linked', `The two are linked by ${ends.relation} already.`);
    const collection = collectionOf(organisation, ends[end].type);
    steps.push({ action: { type: 'put', item, collection, condition: { exists: false } }, otherwise });
    if (end === 'source' ? ends.onePerSource : ends.onePerTarget) {
      steps.push(onlyLinkStep(organisation, ends, end, at));
    }
  }
  return steps;
}

function onlyLinkStep(organisation: string, ends: LinkEnds, end: 'source' | 'target', at: string): Step {
  const key = onlyLinkKey(organisation, ends, end);
  const item = {
    ...key,
    kind: 'only_link',
    schema: 1,
    uuid: ends[end === 'source' ? 'target' : 'source'].uuid,
  };
  const detail = `The ${ends[end].type} has its only link by ${ends.relation} already.`;
  return {
    action: { type: 'put', item, condition: { exists: false } },
    otherwise: fail('conflict', 'cardinality', detail, {
      errors: [{ pointer: at + pointer('relation'), code: 'cardinality', detail }],
    }),
  };
}

/**
 * The steps that remove both ends of a link. The link must still be there: otherwise the place of an only link,
 * which is given up with it, might by now be held by another one.
 */
export function unlinkSteps(organisation: string, ends: LinkEnds, otherwise?: Failure): Step[] {
  return (['source', 'target'] as const).flatMap((end) => {
    const key = linkKey(organisation, ends, end);
    const gone: Step = {
      action: {
        type: 'delete',
        key,
        collection: collectionOf(organisation, ends[end].type),
        condition: { exists: true },
      },
      ...(otherwise === undefined ? {} : { otherwise }),
    };
    const only = end === 'source' ? ends.onePerSource : ends.onePerTarget;
    return only ? [gone, { action: { type: 'delete', key: onlyLinkKey(organisation, ends, end) } }] : [gone];
  });
}

/** Counts a coming or going link in an entity that must exist and not be claimed by a deletion. */
export function touchStep(organisation: string, ref: EntityRef, otherwise?: Failure): Step {
  return {
    action: {
      type: 'update',
      key: entityKey(organisation, ref.uuid),
      collection: collectionOf(organisation, ref.type),
      set: { linked: true },
      add: { links_version: 1 },
      condition: { equals: { type: ref.type }, missing: ['doomed'] },
    },
    ...(otherwise === undefined ? {} : { otherwise }),
  };
}

/** The failure of linking to an entity that is not there. */
export function missingEntity(ref: EntityRef, at: string): Failure {
  return broken('unknown_entity', `There is no ${ref.type} ${ref.uuid}.`, at, 'uuid');
}
