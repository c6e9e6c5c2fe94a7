/**
 * Every process that is not over has a running runner, also after Temporal's store was lost; next due first. A runner
 * that sleeps although its process has something to do is woken.
 */
import type { BusinessClock } from '../activities/business-clock.js';
import type { ActivityLog } from '../activities/log.js';
import type { WorkStore } from '../db/store/types.js';
import type { Ringer } from '../messages/ringer.js';
import { inRounds, pauseUnless } from './rounds.js';
import type { Rounds } from './rounds.js';

export interface ReconcilerDependencies {
  readonly work: Pick<WorkStore, 'notOver'>;
  readonly ringer: Pick<Ringer, 'start' | 'wake' | 'nudge'>;
  readonly clock: BusinessClock;
  /** Which engine answers; another one than before has lost its store. Null: none answers. */
  readonly engineId: () => Promise<string | null>;
  /** Ids of the runners that run, as a list that may be a little late shows them; null when there is no list. */
  readonly running: () => Promise<ReadonlySet<string> | null>;
  readonly log: ActivityLog;
  readonly everyMs?: number;
  /** How often it is looked whether the engine was away or has lost its store. */
  readonly lookMs?: number;
}

const EVERY_MS = 60_000;
const LOOK_MS = 5_000;
const PAGE = 200;
/** At most this many a second, so that callers come first: starting is cheap only where the runner exists. */
const AT_ONCE = 10;
const PAUSE_MS = 400;
/** Runners whose processes are due, or soon will be, are started without a pause. */
const SOON_MS = 600_000;
/**
 * A mark that is late by more than this has a runner that does not know of it: the process was changed by somebody
 * else (the relay while Temporal was away), or the runner is as old as the store that Temporal came back with.
 */
const LATE_MS = 5_000;
/** A bound against an endless walk; more processes than this are seen in the next round. */
const MOST_PAGES = 5_000;
const DEADLINE_MS = 10_000;
/** A list of every runner costs the engine more than the walk does; an engine that was away is listed at once. */
const STRAYS_EVERY_MS = 600_000;
/** Runners that are asked to look again after one return of the engine. */
const MOST_STRAYS = 5_000;

export function startReconciler(deps: ReconcilerDependencies): Rounds {
  const everyMs = deps.everyMs ?? EVERY_MS;
  const lookMs = Math.min(everyMs, deps.lookMs ?? LOOK_MS);
  let last = { engine: null as string | null, at: -Infinity, straysAt: -Infinity };
  return inRounds({ name: 'reconciler', everyMs: lookMs, log: deps.log }, async (stopped) => {
    const engine = await deps.engineId();
    const changed = engine !== last.engine;
    if (changed && engine === null) deps.log.warn({}, 'Temporal does not answer');
    if (engine === null) last = { ...last, engine };
    if (engine === null || (!changed && performance.now() - last.at < everyMs)) return;
    const open = new Set<string>();
    await reconcile(deps, stopped, open);
    const now = performance.now();
    const strays = changed || now - last.straysAt >= STRAYS_EVERY_MS;
    if (strays) await nudgeStrays(deps, open, stopped);
    last = { engine, at: now, straysAt: strays ? now : last.straysAt };
  });
}

type NotOver = Awaited<ReturnType<WorkStore['notOver']>>[number];

/** A runner that exists is left alone by a start, so a process that should move has to be woken. */
function oversleeps({ blocked, settled, nextDueAt }: NotOver, now: number): boolean {
  // Waking changes nothing for a blocked process, and would only make the history of its runner longer.
  if (blocked) return false;
  return settled || (nextDueAt !== null && nextDueAt < now - LATE_MS);
}

/** Walks over all processes that are not over, and puts their ids into `ids`. Throws when Temporal cannot be reached: the next round begins anew. */
export async function reconcile(
  { work, ringer, clock, log }: Omit<ReconcilerDependencies, 'engineId' | 'running'>,
  stopped: AbortSignal,
  ids = new Set<string>(),
): Promise<{ readonly seen: number }> {
  const now = await clock.now();
  const soon = now + SOON_MS;
  let after: string | null = null;
  for (let page = 0; page < MOST_PAGES && !stopped.aborted; page += 1) {
    const processes = await work.notOver(after, PAGE);
    for (let first = 0; first < processes.length && !stopped.aborted; first += AT_ONCE) {
      const few = processes.slice(first, first + AT_ONCE);
      const rung = await Promise.all(
        few.map((process) => {
          const { tenantId, processId, slug, seq } = process;
          const input = { tenantId, processId, slug, lastSeq: seq };
          const options = { deadlineMs: DEADLINE_MS };
          return oversleeps(process, now) ? ringer.wake(input, options) : ringer.start(input, null, options);
        }),
      );
      const missed = rung.find((one) => !one.reached);
      if (missed && !missed.reached) throw new Error(`Temporal cannot be reached: ${missed.problem}`);
      if (!few.some(({ nextDueAt }) => nextDueAt !== null && nextDueAt <= soon)) {
        await pauseUnless(stopped, PAUSE_MS);
      }
    }
    for (const { processId } of processes) ids.add(processId);
    const last = processes.at(-1);
    if (!last || processes.length < PAGE) break;
    after = last.cursor;
  }
  log.info({ processes: ids.size }, 'every process that is not over has its runner');
  return { seen: ids.size };
}

/**
 * An engine that came back older runs runners of processes that are over. Nobody ends them for what a list shows: they
 * look into the store, and end there or do what is to be done.
 */
async function nudgeStrays(
  { ringer, running, log }: ReconcilerDependencies,
  open: ReadonlySet<string>,
  stopped: AbortSignal,
): Promise<void> {
  const strays = [...((await running()) ?? [])].filter((id) => !open.has(id)).slice(0, MOST_STRAYS);
  for (const processId of strays) {
    if (stopped.aborted) return;
    await ringer.nudge(processId, { deadlineMs: DEADLINE_MS });
  }
  if (strays.length > 0) log.info({ runners: strays.length }, 'runners without an open process look again');
}
