import type { FieldError } from '../kernel/errors.ts';
import type { Value } from '../table/table.ts';

/** What a user defines at run time: an entity type with its fields and the links that it may have. */

export const SCALAR_TYPES = [
  'string',
  'text',
  'integer',
  'number',
  'decimal',
  'boolean',
  'date',
  'datetime',
  'email',
  'url',
  'uuid',
  'json',
  'enum',
] as const;

export type ScalarType = (typeof SCALAR_TYPES)[number];
export type FieldType = ScalarType | 'array';

/** Rules that a single value must meet; those of an array's elements stand in `items`. */
export interface Constraints {
  readonly enum?: readonly (string | number)[];
  /** Inclusive bounds. Numbers, or strings for `decimal`, `date` and `datetime`. */
  readonly min?: number | string;
  readonly max?: number | string;
  /** In characters (code points), or in elements for an array. */
  readonly min_length?: number;
  readonly max_length?: number;
}

export interface ItemsDefinition extends Constraints {
  readonly type: ScalarType;
}

export interface FieldDefinition extends Constraints {
  /** The field's first name, made unique within the type; data is stored under it, so it never changes. */
  readonly id: string;
  readonly name: string;
  readonly type: FieldType;
  readonly required: boolean;
  readonly unique: boolean;
  readonly indexed: boolean;
  readonly default?: unknown;
  readonly items?: ItemsDefinition;
  readonly description?: string;
  /** The version of the type that brought the field, if it was not there from the start. */
  readonly since?: number;
  /** Names that it had before and that clients may use until then. */
  readonly former_names?: readonly { readonly name: string; readonly until: string }[];
}

export const CARDINALITIES = ['one_to_one', 'one_to_many', 'many_to_one', 'many_to_many'] as const;
export type Cardinality = (typeof CARDINALITIES)[number];

export const DELETE_POLICIES = ['restrict', 'cascade', 'detach'] as const;
export type DeletePolicy = (typeof DELETE_POLICIES)[number];

export interface LinkDefinition {
  readonly relation: string;
  /** Name or names of the types that this relation may point to. */
  readonly to: string | readonly string[];
  /** How the other end calls the relation; the same as `relation` for a symmetric one. */
  readonly inverse?: string;
  /** Read from the declaring type: `many_to_one` allows each source one target. */
  readonly cardinality: Cardinality;
  /**
   * What happens when the entity that is pointed to is deleted: refuse, delete the pointing entity too,
   * or only remove the link. Deleting the pointing entity always just removes its links.
   */
  readonly on_delete: DeletePolicy;
  readonly description?: string;
}

export interface TypeDefinition {
  readonly uuid: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly fields: readonly FieldDefinition[];
  readonly links: readonly LinkDefinition[];
  readonly version: number;
  readonly organisation: string;
  readonly created_at: string;
  readonly updated_at: string;
  /** Fields on their way in or out, while entities are brought from one form to another; never shown. */
  readonly migration?: MigrationPart;
  /** Ids of fields that were replaced: never given again, so that no validator can mean two things. Never shown. */
  readonly retired?: readonly string[];
  /** Of built-in types only; never stored and never shown. */
  readonly rules?: TypeRules;
}

export interface MigrationPart {
  readonly id: string;
  readonly shadows: readonly ShadowField[];
}

/** A field that is kept up with every write though nobody sees it: it will take a field's place, or did give it up. */
export interface ShadowField {
  /** Id of the field whose values it follows. */
  readonly of: string;
  readonly field: FieldDefinition;
  readonly conversion: Conversion;
  /** Whether a new value that cannot be converted is refused, or only left out. */
  readonly strict: boolean;
  /** The version of the type from which on entities no longer have it. */
  readonly until?: number;
}

export const FALLBACKS = ['refuse', 'clear', 'default'] as const;

/** How the values of one field become those of another, where their types do not say it. */
export interface Conversion {
  /** What certain values, given by their text, become. */
  readonly values?: readonly { readonly from: string; readonly to: Value }[];
  /** What becomes of a value that cannot be converted. */
  readonly otherwise: (typeof FALLBACKS)[number];
}

type Fields = Readonly<Record<string, unknown>>;

/** What a built-in type demands beyond what a definition can say. Names of its fields are their ids. */
export interface TypeRules {
  /** Only callers who have signed in may write, whatever role the others hold. */
  readonly signedIn?: true;
  /** The field that names an entity: its uuid follows from it, so that it is found by one read. It never changes. */
  readonly keyField?: string;
  /** Fields that no two entities may have the same values in, taken together. */
  readonly uniqueTogether?: readonly string[];
  /** Each value of a member field belongs to one group, whichever of the pairs it stands in. */
  readonly grouping?: { readonly name: string; readonly pairs: readonly (readonly [string, string])[] };
  /** Fills in what follows from other fields, before anything is checked. */
  readonly complete?: (fields: Fields) => Fields;
  /** What else is wrong with the fields, of which some may be missing; `now` is in Unix milliseconds. */
  readonly check?: (fields: Fields, now: number) => readonly FieldError[];
}

/** The type names that a link may point to. */
export function targetsOf(link: LinkDefinition): readonly string[] {
  return typeof link.to === 'string' ? [link.to] : link.to;
}

/** The field of this name, or of this former name. */
export function fieldNamed(definition: TypeDefinition, name: string): FieldDefinition | undefined {
  const isCalled = (field: FieldDefinition) => field.name === name;
  const wasCalled = ({ former_names }: FieldDefinition) =>
    former_names?.some((former) => former.name === name);
  return definition.fields.find(isCalled) ?? definition.fields.find(wasCalled);
}

/** The scalar type that decides how a field's values are compared: that of its elements for an array. */
export function elementType(field: FieldDefinition): ScalarType {
  return field.type === 'array' ? (field.items?.type ?? 'string') : field.type;
}
