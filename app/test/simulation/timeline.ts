/** A process of the simulation. Its own steps wait while it is paused, and never come once it is dead. */
export interface Process {
  readonly name: string;
  alive: boolean;
  pausedUntil: number;
}

/** Virtual time: a queue of steps, each of which takes no time at all. */
export interface Timeline {
  now(): number;
  /** A step of nobody: it happens in the network or in a server, and wakes no promise. */
  after(ms: number, run: () => void): void;
  /** A step of a process. Whatever it wakes has run to its next wait before the next step comes. */
  wake(ms: number, process: Process, run: () => void): void;
  /** Takes steps until that time or until `isOver`; answers how many there were. */
  run(until: number, isOver: () => boolean): Promise<number>;
}

interface Step {
  at: number;
  readonly order: number;
  readonly run: () => void;
  readonly process: Process | undefined;
}

/** `jitter` gives the milliseconds after which what was held up by a pause comes about, one thing after another. */
export function createTimeline(jitter: () => number): Timeline {
  const steps: Step[] = [];
  let time = 0;
  let made = 0;

  const add = (at: number, run: () => void, process?: Process) =>
    push(steps, { at, order: made++, run, process });

  /** Whether a step may be taken now; one of a paused process is put off. */
  function isDue(step: Step): boolean {
    const { process } = step;
    if (!process) return true;
    if (!process.alive) return false;
    if (process.pausedUntil <= time) return true;
    add(process.pausedUntil + jitter(), step.run, process);
    return false;
  }

  async function run(until: number, isOver: () => boolean): Promise<number> {
    let taken = 0;
    while (steps.length > 0 && !isOver()) {
      const step = pop(steps);
      if (step.at > until) break;
      time = step.at;
      if (!isDue(step)) continue;
      taken += 1;
      step.run();
      if (step.process) await settled();
    }
    return taken;
  }

  return {
    now: () => time,
    after: (ms, run) => add(time + ms, run),
    wake: (ms, process, run) => add(time + ms, run, process),
    run,
  };
}

/**
 * Resolves when no promise has anything left to do. A tick asked for from within a promise's reaction comes after
 * all reactions that are due, and after those that they bring about; a fifth of the cost of `setImmediate`.
 */
const settled = () => new Promise<void>((resolve) => process.nextTick(resolve));

const isBefore = (a: Step, b: Step) => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A binary heap: the first step is at the root, none is before its parent. */
function push(heap: Step[], step: Step): void {
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(step, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = step;
}

function pop(heap: Step[]): Step {
  const first = heap[0]!;
  const last = heap.pop()!;
  if (heap.length > 0) sink(heap, last);
  return first;
}

function sink(heap: Step[], step: Step): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
    if (!isBefore(heap[child]!, step)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = step;
}
