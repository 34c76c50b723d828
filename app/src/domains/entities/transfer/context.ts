import type { Actor } from '../../../kernel/actor.ts';
import type { Clock } from '../../../kernel/ports.ts';
import type { Table } from '../../../table/table.ts';
import type { Reader } from '../reader.ts';
import type { DefinitionOf, UnknownOwners } from '../service.ts';
import type { Pace } from './pace.ts';
import type { LinkScope } from './row-links.ts';

export interface UploadOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly definitionOf: DefinitionOf;
  readonly freshDefinitionOf: DefinitionOf;
  readonly unknownOwners: UnknownOwners;
}

/** One upload: who sends entities of which type, and everything that takes part. */
export interface UploadContext extends UploadOptions {
  readonly actor: Actor;
  readonly type: string;
  readonly reader: Reader;
  readonly scope: LinkScope;
  readonly pace: Pace;
}
