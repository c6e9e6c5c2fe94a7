/** Keeps the pulse of the store beating, and remembers it in the data folder: an older store is known by a lower one. */
import { join } from 'node:path';
import { z } from 'zod';
import type { ActivityLog } from '../activities/log.js';
import type { PulseMemory } from '../db/restore/pulse.js';
import type { WorkStore } from '../db/store/types.js';
import { inRounds } from './rounds.js';
import type { Rounds } from './rounds.js';
import { readJsonFile, writeJsonFile } from './servers/json-file.js';

const EVERY_MS = 5_000;

const noteSchema = z.record(z.string(), z.strictObject({ epoch: z.int(), pulse: z.int() }));

/** Pulses by the id of their store, in `<folder>/pulse.json`; a file that cannot be read is an empty memory. */
export function pulseMemory(folder: string): PulseMemory {
  const file = join(folder, 'pulse.json');
  const known = new Map(Object.entries(readJsonFile(file, noteSchema) ?? {}));
  return {
    read: (storeId) => known.get(storeId) ?? null,
    write: (storeId, remembered) => {
      const before = known.get(storeId);
      if (before?.pulse === remembered.pulse && before.epoch === remembered.epoch) return;
      known.set(storeId, remembered);
      writeJsonFile(file, Object.fromEntries(known));
    },
  };
}

export function startPulse(deps: {
  readonly work: Pick<WorkStore, 'beat'>;
  readonly log: ActivityLog;
}): Rounds {
  return inRounds({ name: 'pulse', everyMs: EVERY_MS, log: deps.log }, () => deps.work.beat());
}
