import { readFileSync } from 'node:fs';

/** Linux counts processor time in these, whatever the kernel's own clock. */
const TICKS_A_SECOND = 100;
const PAGE_BYTES = 4096;

/** Processor time that a process has used so far, in seconds; NaN where the system does not tell. */
export function cpuSeconds(pid: number): number {
  try {
    // The name in brackets may hold spaces; user and system time are the 12th and 13th word after it.
    const words = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return (Number(words[11]) + Number(words[12])) / TICKS_A_SECOND;
  } catch {
    return Number.NaN;
  }
}

/** Memory of a process that is resident now, in bytes; NaN where the system does not tell. */
export function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return Number.NaN;
  }
}

const SAMPLE_MS = 100;

/** The resident set of a process, in bytes, ten times a second while something goes on. */
export async function residentDuring(pid: number, work: () => Promise<unknown>): Promise<number[]> {
  const samples = [residentBytes(pid)];
  const timer = setInterval(() => samples.push(residentBytes(pid)), SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return samples;
}
