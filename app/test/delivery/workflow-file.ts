import { filesOf, textOf, yamlOf } from './repository.ts';

export interface WorkflowStep {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}

export interface Job {
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly concurrency?: { readonly group: string; readonly 'cancel-in-progress': boolean };
  readonly 'timeout-minutes'?: number;
  readonly 'runs-on'?: string;
  readonly steps?: readonly WorkflowStep[];
}

export interface Workflow {
  readonly name: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string };
  readonly jobs: Readonly<Record<string, Job>>;
}

export interface WorkflowFile {
  readonly path: string;
  readonly text: string;
  readonly workflow: Workflow;
}

export function readWorkflows(): WorkflowFile[] {
  const paths = filesOf('.github/workflows', '.yml');
  return paths.map((path) => ({ path, text: textOf(path), workflow: yamlOf<Workflow>(path) }));
}

/** The jobs of all workflows, with where they stand. */
export function jobsOf(files: readonly WorkflowFile[]): [string, Job][] {
  return files.flatMap(({ path, workflow }) =>
    Object.entries(workflow.jobs).map(([name, job]): [string, Job] => [`${path} ${name}`, job]),
  );
}

/** The shell scripts of all steps, with where they stand. */
export function scriptsOf(files: readonly WorkflowFile[]): [string, string][] {
  return jobsOf(files).flatMap(([place, { steps = [] }]) =>
    steps.flatMap(({ run, name }, i): [string, string][] =>
      run ? [[`${place} ${name ?? `step ${i + 1}`}`, run]] : [],
    ),
  );
}
