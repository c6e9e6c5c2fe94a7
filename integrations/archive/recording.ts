/** The recording fake of the archive of histories. */
import type { HistoryArchive } from './port.js';

export interface RecordingArchive extends HistoryArchive {
  readonly held: ReadonlyMap<string, string>;
  /** The next attempt to keep something throws, before or after it is kept. */
  failNext(when: 'before' | 'after'): void;
}

export function recordingArchive(): RecordingArchive {
  const held = new Map<string, string>();
  const failures: ('before' | 'after')[] = [];
  return {
    held,
    failNext: (when) => void failures.push(when),
    async keep(hash, text) {
      const failure = failures.shift();
      if (failure === 'before') throw new Error('as told, before');
      held.set(hash, text);
      if (failure === 'after') throw new Error('as told, after');
    },
    read: async (hash) => held.get(hash) ?? null,
  };
}
