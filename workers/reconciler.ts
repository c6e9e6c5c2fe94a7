/** Every process that is not over has a running runner, also after Temporal's store was lost; next due first. */
import type { ActivityLog } from '../activities/log.js';
import type { WorkStore } from '../db/store/types.js';
import type { Ringer } from '../messages/ringer.js';
import { inRounds, pauseUnless } from './rounds.js';
import type { Rounds } from './rounds.js';

export interface ReconcilerDependencies {
  readonly work: Pick<WorkStore, 'notOver'>;
  readonly ringer: Pick<Ringer, 'start'>;
  readonly log: ActivityLog;
  readonly everyMs?: number;
}

const EVERY_MS = 60_000;
const PAGE = 200;
/** At most this many a second, so that callers come first: starting is cheap only where the runner exists. */
const AT_ONCE = 10;
const PAUSE_MS = 400;
/** A bound against an endless walk; more processes than this are seen in the next round. */
const MOST_PAGES = 5_000;
const DEADLINE_MS = 10_000;

export function startReconciler(deps: ReconcilerDependencies): Rounds {
  const everyMs = deps.everyMs ?? EVERY_MS;
  return inRounds({ name: 'reconciler', everyMs, log: deps.log }, async (stopped) => {
    await reconcile(deps, stopped);
  });
}

/** Walks over all processes that are not over. Throws when Temporal cannot be reached: the next round begins anew. */
export async function reconcile(
  { work, ringer, log }: ReconcilerDependencies,
  stopped: AbortSignal,
): Promise<{ readonly seen: number }> {
  let after: string | null = null;
  let seen = 0;
  for (let page = 0; page < MOST_PAGES && !stopped.aborted; page += 1) {
    const processes = await work.notOver(after, PAGE);
    for (let first = 0; first < processes.length && !stopped.aborted; first += AT_ONCE) {
      const few = processes.slice(first, first + AT_ONCE);
      const rung = await Promise.all(
        few.map(({ tenantId, processId, slug, seq }) =>
          ringer.start({ tenantId, processId, slug, lastSeq: seq }, null, { deadlineMs: DEADLINE_MS }),
        ),
      );
      const missed = rung.find((one) => !one.reached);
      if (missed && !missed.reached) throw new Error(`Temporal cannot be reached: ${missed.problem}`);
      await pauseUnless(stopped, PAUSE_MS);
    }
    seen += processes.length;
    const last = processes.at(-1);
    if (!last || processes.length < PAGE) break;
    after = last.cursor;
  }
  log.info({ processes: seen }, 'every process that is not over has its runner');
  return { seen };
}
