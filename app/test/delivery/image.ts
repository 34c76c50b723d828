import { join } from 'node:path';
import { readDockerfile, type Stage } from './dockerfile.ts';

/** The image as a tree of files on this machine, and how its Dockerfile says that it is started. */
export interface Image {
  /** What is `/` in a container. */
  readonly folder: string;
  readonly workdir: string;
  readonly stage: Stage;
  /** Its environment, with paths of this machine. */
  readonly env: Readonly<Record<string, string>>;
  /** Entry point and command, with paths of this machine. */
  readonly command: readonly string[];
  readonly user: { readonly uid: number; readonly gid: number };
}

/** The tree that was built before the tests began. */
export function image(): Image {
  const { IMAGE_TREE: folder, IMAGE_PROBLEM } = process.env;
  if (!folder)
    throw new Error(IMAGE_PROBLEM ?? 'The tree of the image is not built: run `make check-delivery`.');
  const stage = readDockerfile().at(-1)!;
  const here = (text: string) => (text.startsWith('/') ? join(folder, text) : text);
  const env: Record<string, string> = {};
  let workdir = folder;
  for (const step of stage.steps) {
    if (step.kind === 'workdir') workdir = here(step.path);
    if (step.kind === 'env') for (const [name, value] of Object.entries(step.values)) env[name] = here(value);
  }
  const [uid = 0, gid = 0] = (stage.user ?? '').split(':').map(Number);
  return {
    folder,
    workdir,
    stage,
    env,
    command: [...stage.entrypoint, ...stage.command].map(here),
    user: { uid, gid },
  };
}

/** The user to start it as: only root can become somebody else; others are not root anyway. */
export function userOf({ user }: Image): Image['user'] | undefined {
  return process.getuid?.() === 0 ? user : undefined;
}
