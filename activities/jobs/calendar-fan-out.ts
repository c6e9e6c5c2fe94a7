/** One batch of the calendar fan-out: asks processes with running clocks of an older version to recalculate. */
import type { WorkStore } from '../../db/store/types.js';
import { sha256 } from '../../domain/kernel/hash.js';
import type { Ringer } from '../../messages/ringer.js';
import type { CalendarActivities } from '../../workflows/messages.js';

/** Processes whose running clocks used an older version of a calendar. */
export interface OutdatedClocks {
  find(
    calendar: { readonly tenantId: string; readonly calendarId: string; readonly version: number },
    limit: number,
  ): Promise<readonly { readonly tenantId: string; readonly processId: string; readonly slug: string }[]>;
  count(calendar: {
    readonly tenantId: string;
    readonly calendarId: string;
    readonly version: number;
  }): Promise<number>;
}

export interface FanOutDependencies {
  readonly outdated: OutdatedClocks;
  readonly work: Pick<WorkStore, 'accept'>;
  readonly ringer: Pick<Ringer, 'ring'>;
}

/** Bells are rung a few at a time, so that people who wait for an answer come first. */
const BELLS_AT_ONCE = 4;
/**
 * A batch ends before the 60 s that its activity may take: an attempt that is given up goes on beside the next one, and
 * what it asked is counted by nobody.
 */
const MOST_BATCH_MS = 35_000;

export function calendarFanOut(deps: FanOutDependencies): CalendarActivities {
  return {
    async recalculateBatch(input) {
      const { tenantId, calendarId, version, limit } = input;
      const calendar = { tenantId, calendarId, version };
      const found = await deps.outdated.find(calendar, limit);
      const since = performance.now();
      let asked = 0;
      for (let first = 0; first < found.length; first += BELLS_AT_ONCE) {
        if (performance.now() - since > MOST_BATCH_MS) break;
        const few = found.slice(first, first + BELLS_AT_ONCE);
        const results = await Promise.all(few.map((process) => ask(deps, process, input)));
        asked += results.filter(Boolean).length;
      }
      return { asked, left: await deps.outdated.count(calendar) };
    },
  };
}

/** True when the process was asked now; false when it was asked before, or cannot be asked at the moment. */
async function ask(
  { work, ringer }: FanOutDependencies,
  process: { readonly tenantId: string; readonly processId: string },
  { tenantId, calendarId, version }: { tenantId: string; calendarId: string; version: number },
): Promise<boolean> {
  const value = `recalculate/${process.processId}/${tenantId}/${calendarId}/${version}`;
  const accepted = await work.accept({
    ...process,
    kind: 'system',
    name: 'recalculate',
    payload: {},
    actor: null,
    onBehalfOf: null,
    expectedSeq: null,
    urgent: false,
    key: { principal: 'jobs', value, bodyHash: sha256({}) },
    start: null,
  });
  if (accepted.kind !== 'accepted') return false;
  await ringer.ring(process.processId, accepted.inboxId);
  return true;
}
