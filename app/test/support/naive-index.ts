import type { Change } from '../../src/table/changes/change.ts';
import type { Registry } from './registry.ts';

interface Entity {
  readonly uuid: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly uuid: string }[];
}

/** An index such as somebody keeps elsewhere: what each entity holds, found by looking at all of them. */
export interface NaiveIndex {
  /** Reads again what a change says, and keeps it in place of what was known. */
  take(changes: readonly Change[]): Promise<void>;
  copy(): NaiveIndex;
  all(type: string): string[];
  byField(type: string, value: number): string[];
  linkedWith(type: string, uuid: string): string[];
}

type Known = Map<string, Entity & { readonly type: string }>;

export function naiveIndex(registry: Registry, known: Known = new Map()): NaiveIndex {
  const find = (type: string, holds: (entity: Entity) => boolean) =>
    [...known.values()]
      .filter((one) => one.type === type && holds(one))
      .map(({ uuid }) => uuid)
      .sort();

  async function readAgain({ type, uuid }: Change): Promise<void> {
    try {
      const { body } = await registry.call('getEntity', { params: { type, uuid } });
      known.set(uuid, { ...(body as Entity), type });
    } catch (error) {
      if ((error as { kind?: string }).kind !== 'absent') throw error;
      known.delete(uuid);
    }
  }

  return {
    async take(changes) {
      for (const change of changes) if (change.kind === 'entity') await readAgain(change);
    },
    copy: () => naiveIndex(registry, new Map(known)),
    all: (type) => find(type, () => true),
    byField: (type, value) => find(type, ({ fields }) => fields.n === value),
    linkedWith: (type, uuid) => find(type, ({ links }) => links.some((link) => link.uuid === uuid)),
  };
}
