import type { Writable } from 'node:stream';
import winston from 'winston';
import type { Log } from '../kernel/ports.ts';

type Level = 'error' | 'warn' | 'info';

export interface WinstonOptions {
  readonly level: Level;
  readonly now: () => number;
  /** Where the lines go; ended by `close`. */
  readonly out: Writable;
}

/** A log that can be asked to bring out everything before the process ends. */
export interface WinstonLog extends Log {
  close(): Promise<void>;
}

const FLUSH_MS = 20;
const FLUSH_ENTRIES = 256;
/** When nobody reads the output, further lines are dropped: a full log must not take the service with it. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/** What was said, as it was said: nobody changes the fields of an entry after handing it over. */
interface Entry {
  readonly time: string;
  readonly level: Level;
  readonly message: string;
  readonly fields: Record<string, unknown> | undefined;
}

/**
 * A log of one JSON object a line; `logger` tells it from what else is written into the same place. Lines are handed to winston some fifty times a second, many at once: its
 * pipeline of streams and the write behind it cost more than the request that a line tells of. They are written as
 * text only then, because a hundred in a row take two thirds of the time that they take between requests.
 */
export function createWinstonLog({ level, now, out }: WinstonOptions): WinstonLog {
  const logger = winston.createLogger({
    level,
    format: winston.format.printf(({ message }) => String(message)),
    transports: [new winston.transports.Stream({ stream: out, eol: '' })],
  });
  out.on('error', () => {}); // there is nowhere left to say it, and no reason to stop serving
  const time = timeText(now);
  let waiting: Entry[] = [];
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length > 0 && out.writableLength < MAX_WAITING_BYTES)
      logger.log({ level: 'error', message: waiting.map(lineOf).join('') });
    waiting = [];
  };
  const writer = (level: Level): Log['info'] => {
    if (!logger.isLevelEnabled(level)) return () => {};
    return (message, fields) => {
      waiting.push({ time: time(), level, message, fields });
      if (waiting.length >= FLUSH_ENTRIES) flush();
      else timer ??= setTimeout(flush, FLUSH_MS);
    };
  };
  return {
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    async close() {
      flush();
      await new Promise<void>((resolve) => out.end(resolve));
    },
  };
}

/** The time as text, made once a millisecond: under load many lines share it. */
function timeText(now: () => number): () => string {
  let at = Number.NaN;
  let text = '';
  return () => {
    if (now() !== at) {
      at = now();
      text = new Date(at).toISOString();
    }
    return text;
  };
}

function lineOf({ time, level, message, fields }: Entry): string {
  return `{"time":"${time}","logger":"cadastre","level":"${level}","message":${JSON.stringify(message)}${restOf(fields)}\n`;
}

/** The fields as the rest of an object already begun. */
function restOf(fields: Record<string, unknown> | undefined): string {
  const json = fields === undefined ? '{}' : toJson(fields);
  return json === '{}' ? '}' : `,${json.slice(1)}`;
}

function toJson(fields: Record<string, unknown>): string {
  try {
    return JSON.stringify(fields, 'error' in fields ? withErrors : undefined);
  } catch {
    const plain = Object.entries(fields).filter(([, value]) => PLAIN.has(typeof value));
    return JSON.stringify({ ...Object.fromEntries(plain), unprintable: true });
  }
}

const PLAIN: ReadonlySet<string> = new Set(['string', 'number', 'boolean']);

/** Errors have no members of their own that JSON would show. */
function withErrors(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, stack, cause };
}
