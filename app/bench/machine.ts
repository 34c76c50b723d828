import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** What the figures depend on, as a markdown list. */
export function machineFacts(command: string): string {
  const [cpu] = cpus();
  return [
    `- command: \`${command}\` at commit ${commit()}, ${new Date().toISOString().slice(0, 16)}Z`,
    `- machine: ${cpus().length} cores (${cpu?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GB, ` +
      `${process.platform} ${release()}, load before the run ${loadavg()[0]?.toFixed(1)}`,
    `- node ${process.version}, SQLite ${process.versions.sqlite}, express ${installed('express')}, ` +
      `@aws-sdk/client-dynamodb ${installed('@aws-sdk/client-dynamodb')}`,
    `- DynamoDB is dynoxide ${installed('@dynoxide/linux-x64')} in memory on this machine; ` +
      `load by autocannon ${installed('autocannon')} from a process of its own`,
  ].join('\n');
}

function installed(name: string): string {
  try {
    const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
    return JSON.parse(readFileSync(file, 'utf8')).version;
  } catch {
    return 'not installed';
  }
}

function commit(): string {
  try {
    const options = { cwd: import.meta.dirname, encoding: 'utf8' } as const;
    const name = execFileSync('git', ['rev-parse', '--short', 'HEAD'], options).trim();
    const changed = execFileSync('git', ['status', '--porcelain', '--', '../src'], options).trim() !== '';
    return changed ? `${name} with changes` : name;
  } catch {
    return 'unknown';
  }
}
