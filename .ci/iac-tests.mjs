/**
 * The tests of Terraform as far as they can be looked at without Terraform: they parse, set variables that there are, and assert
 * something about resources and attributes that there are. For the last, what they assert becomes outputs of a copy of the
 * layers, which iac-check then reads like any other code.
 *
 *   node iac-tests.mjs IAC_CHECK IAC COPY
 */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [checker, source, copy] = process.argv.slice(2).map((path) => resolve(path));
const { parse } = createRequire(join(checker, 'package.json'))('@cdktf/hcl2json');
const faults = [];
let count = 0;

cpSync(source, copy, { recursive: true });
const folders = ['', 'modules'].flatMap((below) => readdirSync(join(source, below)).map((name) => join(below, name)));
for (const folder of folders.filter((one) => existsSync(join(source, one, 'tests')))) {
  const code = textOf(folder);
  const lines = [];
  for (const file of readdirSync(join(source, folder, 'tests'))) {
    const tree = await parse(file, readFileSync(join(source, folder, 'tests', file), 'utf8')).catch((error) => {
      faults.push(`${folder}/tests/${file}: ${error.message}`);
      return {};
    });
    lines.push(...assertions(tree, code, `${folder}/tests/${file}`));
  }
  writeFileSync(join(copy, folder, 'asserted.tf'), `${lines.join('\n')}\n`);
}
for (const fault of faults) console.error(fault);
console.log(`iac-tests: ${faults.length} problems, ${count} assertions`);
process.exit(faults.length > 0 ? 1 : 0);

function textOf(folder) {
  const files = readdirSync(join(source, folder)).filter((name) => name.endsWith('.tf'));
  return files.map((name) => readFileSync(join(source, folder, name), 'utf8')).join('\n');
}

/** Everything that a file of tests speaks about, as outputs. */
function assertions(tree, code, place) {
  const variables = new Set([...code.matchAll(/^variable "(\w+)"/gm)].map(([, name]) => name));
  const outputs = new Map([...code.matchAll(/^output "(\w+)" \{[\s\S]*?\n {2}value +=/gm)].map(([text, name]) => [name, text]));
  const spoken = [];
  const known = (names, run) => {
    for (const name of names) if (!variables.has(name)) faults.push(`${place}: ${run} sets ${name}, which is no variable`);
  };
  known(Object.keys(tree.variables?.[0] ?? {}), 'the file');
  for (const { override_data: overrides = [] } of tree.mock_provider?.aws ?? []) spoken.push(...overrides.map(({ target }) => bare(target)));
  for (const [name, [run]] of Object.entries(tree.run ?? {})) {
    known(Object.keys(run.variables?.[0] ?? {}), name);
    const expected = (run.expect_failures ?? []).map(bare);
    known(expected.flatMap((text) => /^var\.(\w+)$/.exec(text)?.[1] ?? []), name);
    const asserted = (run.assert ?? []).map(({ condition }) => bare(condition));
    if (asserted.length + expected.length === 0) faults.push(`${place}: ${name} asserts nothing`);
    for (const [, output] of asserted.join('\n').matchAll(/\boutput\.(\w+)/g))
      if (!outputs.has(output)) faults.push(`${place}: ${name} speaks of output ${output}, which is not there`);
    spoken.push(...asserted.filter((text) => !/\boutput\./.test(text)));
  }
  return spoken.map((text) => `output "asserted_${(count += 1)}" {\n  description = "Asserted by a test."\n  value       = ${text}\n}\n`);
}

function bare(text) {
  return text.replace(/^\$\{([\s\S]*)\}$/, '$1');
}
