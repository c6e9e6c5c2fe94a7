/** Work that is repeated with a pause, until it is told to stop; a failed round is logged and followed by the next. */
import { setTimeout as pause } from 'node:timers/promises';
import { nameOf } from '../activities/failure.js';
import type { ActivityLog } from '../activities/log.js';

export interface Rounds {
  /** Resolves when the round under way has ended. */
  stop(): Promise<void>;
}

export function inRounds(
  options: { readonly name: string; readonly everyMs: number; readonly log: ActivityLog },
  round: (stopped: AbortSignal) => Promise<void>,
): Rounds {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async (): Promise<void> => {
    let failures = 0;
    while (!signal.aborted) {
      try {
        await round(signal);
        failures = 0;
      } catch (error) {
        failures += 1;
        // The first failure of a row says it; the rest would only repeat it while the outside is away.
        if (failures === 1)
          options.log.warn({ err: error, problem: nameOf(error) }, `${options.name} failed`);
      }
      await pauseUnless(signal, Math.min(options.everyMs * 2 ** Math.min(failures, 5), MOST_PAUSE_MS));
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

const MOST_PAUSE_MS = 60_000;

/** Waits, or returns at once when it is stopped. */
export async function pauseUnless(signal: AbortSignal, ms: number): Promise<void> {
  try {
    await pause(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
