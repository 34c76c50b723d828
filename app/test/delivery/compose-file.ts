import { parse } from 'yaml';
import { textOf } from './repository.ts';

export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string };
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly init?: boolean;
  readonly read_only?: boolean;
  readonly restart?: string;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
}

export interface ComposeFile {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly configs: Readonly<Record<string, unknown>>;
}

const VARIABLE = /\$\{([A-Z][A-Z0-9_]*):-([^}]*)\}/g;

/** `docker-compose.yml` as plain data, with variables replaced as `docker compose` does it. */
export function readCompose(env: Readonly<Record<string, string>> = {}): ComposeFile {
  const text = textOf('docker-compose.yml').replaceAll(
    VARIABLE,
    (_, name: string, fallback: string) => env[name] || fallback,
  );
  return parse(text, { merge: true }) as ComposeFile;
}

/** The variables of the file with their defaults. */
export function composeVariables(): Map<string, string> {
  const found = textOf('docker-compose.yml').matchAll(VARIABLE);
  return new Map([...found].map(([, name = '', fallback = '']) => [name, fallback]));
}

/** The variables of `.env.example` with their values. */
export function exampleVariables(): Map<string, string> {
  const lines = textOf('.env.example').matchAll(/^([A-Z][A-Z0-9_]*)=(.*)$/gm);
  return new Map([...lines].map(([, name = '', value = '']) => [name, value]));
}
