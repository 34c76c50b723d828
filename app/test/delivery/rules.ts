import { filesOf, yamlOf } from './repository.ts';

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

export const RULE_FILES = filesOf('observability/prometheus/rules', '.yml');

/** Every recording rule and alert of the project. */
export function readRules(): Rule[] {
  return RULE_FILES.flatMap((path) => yamlOf<RuleFile>(path).groups).flatMap(({ rules }) => rules);
}
