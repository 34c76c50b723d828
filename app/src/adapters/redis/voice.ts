import type { Log } from '../../kernel/ports.ts';

/** Says of Redis what there is to say, once. */
export interface Voice {
  /** This connection does not work. */
  lost(link: object, error: Error): void;
  /** This connection works. */
  back(link: object): void;
  /** Nobody needs this connection any more. */
  closed(link: object): void;
}

/** One for each log, because all connections of an instance go to the same Redis: its outage is one piece of news. */
const voices = new WeakMap<Log, Voice>();

/** The voice of all connections that write into this log. */
export function voiceOf(log: Log): Voice {
  const known = voices.get(log);
  if (known) return known;
  const voice = createVoice(log);
  voices.set(log, voice);
  return voice;
}

/** Warns when the first connection is lost, and says so when none is lost any more. */
function createVoice(log: Log): Voice {
  const lost = new Set<object>();
  return {
    lost(link, error) {
      if (lost.size === 0) log.warn('redis is away', { problem: problemOf(error) });
      lost.add(link);
    },
    back(link) {
      if (lost.delete(link) && lost.size === 0) log.info('redis is back');
    },
    closed: (link) => void lost.delete(link),
  };
}

/** An error that stands for several, one for each address, has no message of its own. */
function problemOf(error: Error & { code?: unknown }): string {
  return error.message || String(error.code ?? error.name);
}
