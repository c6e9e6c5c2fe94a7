/** The recording fake of a place for checkpoints. */
import type { CheckpointPlace, KeptText } from './port.js';

export interface RecordingPlace extends CheckpointPlace {
  /** What it holds, in the order of arrival. */
  readonly held: readonly KeptText[];
  /** The next attempt fails, before or after the text is kept. */
  failNext(when: 'before' | 'after'): void;
}

export function recordingPlace(name = 'recording'): RecordingPlace {
  const held: KeptText[] = [];
  const failures: ('before' | 'after')[] = [];
  return {
    name,
    wants: 'all',
    held,
    failNext: (when) => void failures.push(when),
    async keep(checkpoint) {
      const failure = failures.shift();
      if (failure === 'before') return { kind: 'failed', reason: 'as told' };
      const there = held.find((one) => one.number === checkpoint.number);
      if (there && there.text !== checkpoint.text) return { kind: 'conflict', held: there.text };
      if (!there) held.push(checkpoint);
      return failure === 'after' ? { kind: 'failed', reason: 'as told' } : { kind: 'kept' };
    },
    newest: async () => Math.max(0, ...held.map(({ number }) => number)),
  };
}
