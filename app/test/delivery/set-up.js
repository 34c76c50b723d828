import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import startEngines, { stopEngines } from '../support/engines.js';
import { buildImageTree, makeReadOnly } from './image-tree.ts';

/** The engines of all tests, and the file tree of the image, built once for the whole run. */
let scratch;

export default async function setUp() {
  scratch = mkdtempSync(join(tmpdir(), 'cadastre-image-'));
  chmodSync(scratch, 0o755); // the tests run it as another user
  await Promise.all([startEngines(), build()]);
}

export async function tearDown() {
  await stopEngines();
  rmSync(scratch, { recursive: true, force: true });
}

async function build() {
  if (process.env.IMAGE_TREE) return; // the tree of an earlier run, whoever wants to wait less
  try {
    const { folder, workdir } = await buildImageTree(scratch);
    makeReadOnly(join(folder, workdir));
    process.env.IMAGE_TREE = folder;
  } catch (error) {
    process.env.IMAGE_PROBLEM = error.message;
  }
}
