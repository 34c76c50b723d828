import type { Socket } from 'node:net';

/** What a network does to a connection. `ms` delays every byte; a jitter never changes their order. */
export type TcpFault =
  | { readonly ms: number; readonly jitterMs?: number }
  | { readonly bytesPerSecond: number }
  | 'trickle' // byte by byte
  | 'blackhole' // nothing arrives, either way
  | 'blackhole-requests'
  | 'blackhole-replies'
  | 'refuse' // no connection, open or new, survives
  | 'reset-mid-reply'; // half of the next reply, then a reset

type Way = 'requests' | 'replies';

/** One direction of a connection. */
export interface Lane {
  /** Looks again at what may go on its way. */
  go(): void;
  /** Forgets what is held back. */
  close(): void;
}

export interface LaneOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly way: Way;
  fault(): TcpFault | undefined;
  random(): number;
  /** Resets both ends. */
  reset(): void;
}

interface Held {
  readonly bytes: Buffer;
  readonly arrived: number;
  /** From 0 to 1: its share of the jitter. */
  readonly luck: number;
}

/** So many bytes may go now. Then, or if none may: when to look again, unless the fault changes before. */
interface Step {
  readonly bytes: number;
  readonly againMs?: number;
}

/** More is left to the sender, who notices as with a real network. */
const HELD_MAX = 1024 * 1024;
const SLICE_MS = 20;
const NOTHING: Step = { bytes: 0 };

/**
 * Forwards what comes from one socket to the other as the fault of the moment allows. What is held back goes later,
 * the end of the connection last, as over a network that stood still; only a reset loses it.
 */
export function openLane({ from, to, way, fault, random, reset }: LaneOptions): Lane {
  let queue: Held[] = [];
  let held = 0;
  let ending: 'end' | 'reset' | undefined;
  let freeAt = 0;
  let cancel = () => {};

  function go(): void {
    cancel();
    while (queue.length > 0) {
      const now = performance.now();
      const head = queue[0]!;
      const current = fault();
      const { bytes, againMs } = nextStep(current, way, head, freeAt, now);
      if (bytes > 0) send(head, bytes, current, now);
      if (current === 'reset-mid-reply' && way === 'replies') {
        close();
        to.write('', reset); // when the half has left
      } else if (againMs !== undefined && queue.length > 0) {
        cancel = later(go, againMs);
        return;
      } else if (bytes === 0) return;
    }
    if (ending && !holds(fault(), way)) finish();
  }

  function send(head: Held, count: number, current: TcpFault | undefined, now: number): void {
    const rest = head.bytes.subarray(count);
    if (rest.length > 0) queue[0] = { ...head, bytes: rest };
    else queue.shift();
    to.write(head.bytes.subarray(0, count));
    held -= count;
    if (held < HELD_MAX) from.resume();
    if (typeof current !== 'object' || !('bytesPerSecond' in current)) return;
    freeAt = Math.max(freeAt, now - SLICE_MS) + (count / current.bytesPerSecond) * 1000;
  }

  function finish(): void {
    if (ending === 'reset') reset();
    else to.end();
    ending = undefined;
  }

  function close(): void {
    cancel();
    queue = [];
    ending = undefined;
  }

  from.on('data', (bytes: Buffer) => {
    queue.push({ bytes, arrived: performance.now(), luck: random() });
    held += bytes.length;
    if (held >= HELD_MAX) from.pause();
    go();
  });
  from.once('end', () => {
    ending = 'end';
    go();
  });
  from.once('error', () => {
    queue = [];
    ending = 'reset';
    go();
  });
  return { go, close };
}

function nextStep(fault: TcpFault | undefined, way: Way, head: Held, freeAt: number, now: number): Step {
  const all = { bytes: head.bytes.length };
  if (holds(fault, way)) return NOTHING;
  if (fault === 'trickle') return { bytes: 1, againMs: 0 };
  if (fault === 'reset-mid-reply' && way === 'replies') return { bytes: Math.floor(all.bytes / 2) };
  if (typeof fault !== 'object') return all;
  if ('ms' in fault) {
    const due = head.arrived + fault.ms + (fault.jitterMs ?? 0) * head.luck;
    return due <= now ? all : { bytes: 0, againMs: due - now };
  }
  if (freeAt > now) return { bytes: 0, againMs: freeAt - now };
  const slice = Math.max(1, Math.floor((fault.bytesPerSecond * SLICE_MS) / 1000));
  return { bytes: Math.min(all.bytes, slice) };
}

function holds(fault: TcpFault | undefined, way: Way): boolean {
  return fault === 'blackhole' || fault === `blackhole-${way}`;
}

function later(task: () => void, ms: number): () => void {
  if (ms > 0) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  }
  const turn = setImmediate(task);
  return () => clearImmediate(turn);
}
