/**
 * Rings again for what waits, for ever; does urgent work itself when nobody answers the bell. It sees ids, states and
 * times only; the steps and effects that it takes run with the role of a step.
 */
import { advanceProcess } from '../activities/advance.js';
import type { AdvanceDependencies } from '../activities/advance.js';
import { performEffect } from '../activities/perform.js';
import type { PerformDependencies } from '../activities/perform.js';
import type { Waiting, WorkStore } from '../db/store/types.js';
import type { Ringer } from '../messages/ringer.js';
import type { StepReport } from '../workflows/messages.js';
import { inRounds } from './rounds.js';
import type { Rounds } from './rounds.js';

export type RelayDependencies = AdvanceDependencies &
  PerformDependencies & {
    readonly work: Pick<
      WorkStore,
      | 'park'
      | 'claim'
      | 'settle'
      | 'waitingRows'
      | 'acceptRecalculations'
      | 'waitingEffects'
      | 'readInbox'
      | 'notOver'
    >;
    readonly ringer: Ringer;
    readonly limits?: Partial<RelayLimits>;
  };

export interface RelayLimits {
  readonly everyMs: number;
  /** Rows older than this are rung for again. */
  readonly ringAfterMs: number;
  /** Urgent rows that nobody touched for this long are decided here. */
  readonly urgentAfterMs: number;
  /** Effects due or expired for this long are done here. */
  readonly effectAfterMs: number;
  readonly bellDeadlineMs: number;
  /** Processes and effects per round. */
  readonly batch: number;
  /** Steps of one process per round. */
  readonly mostSteps: number;
}

const LIMITS: RelayLimits = {
  everyMs: 1_000,
  ringAfterMs: 3_000,
  urgentAfterMs: 10_000,
  effectAfterMs: 15_000,
  bellDeadlineMs: 3_000,
  batch: 50,
  mostSteps: 50,
};
const AT_ONCE = 4;

export function startRelay(deps: RelayDependencies): Rounds {
  const everyMs = deps.limits?.everyMs ?? LIMITS.everyMs;
  const bells = new Bells();
  return inRounds({ name: 'relay', everyMs, log: deps.log }, (stopped) => relayRound(deps, bells, stopped));
}

/** One look at everything that waits; urgent work first, and without Temporal. */
export async function relayRound(deps: RelayDependencies, bells: Bells, stopped: AbortSignal): Promise<void> {
  const limits = { ...LIMITS, ...deps.limits };
  const round = new Round(deps, limits, stopped);
  // People or contracts have changed: owners and tasks of their processes are resolved anew.
  await deps.work.acceptRecalculations(limits.batch);
  const urgent = await deps.work.waitingRows(limits.urgentAfterMs, true, limits.batch);
  await round.each(urgent, (process) => stepOurselves(deps, limits, process));
  const effects = await deps.work.waitingEffects(limits.effectAfterMs, limits.batch);
  await round.each(effects, (effect) => performOurselves(deps, effect));
  const taken = new Set(urgent.map((process) => process.processId));
  const waiting = await deps.work.waitingRows(limits.ringAfterMs, false, limits.batch);
  const others = waiting.filter((process) => !taken.has(process.processId));
  // A process that is over has no runner; its rows (late information, refusals) are decided here.
  await round.each(
    others.filter((process) => process.over),
    (process) => stepOurselves(deps, limits, process),
  );
  const due = bells.due(others.filter((process) => !process.over));
  const settled = effects.filter((effect) => !effect.over && round.toRing.has(effect.processId));
  await round.each([...due, ...settled], (process) => round.wake(process));
}

/** When each runner was woken, so that one that sleeps on is woken less and less often. */
export class Bells {
  private readonly rung = new Map<string, { readonly times: number; readonly nextAt: number }>();

  /** Those of the waiting processes whose bell is due; forgets the ones that wait no longer. */
  due(waiting: readonly Waiting[]): readonly Waiting[] {
    const ids = new Set(waiting.map((process) => process.processId));
    for (const id of this.rung.keys()) if (!ids.has(id)) this.rung.delete(id);
    const now = performance.now();
    return waiting.filter(({ processId }) => {
      const last = this.rung.get(processId) ?? { times: 0, nextAt: 0 };
      if (last.nextAt > now) return false;
      const pauseMs = Math.min(MOST_BELL_PAUSE_MS, BELL_PAUSE_MS * 2 ** last.times);
      this.rung.set(processId, { times: last.times + 1, nextAt: now + pauseMs });
      return true;
    });
  }
}
const BELL_PAUSE_MS = 3_000;
const MOST_BELL_PAUSE_MS = 60_000;

class Round {
  /** Processes with something to decide because of an effect that was done here. */
  readonly toRing = new Set<string>();
  private heard = true;

  constructor(
    private readonly deps: RelayDependencies,
    private readonly limits: RelayLimits,
    private readonly stopped: AbortSignal,
  ) {}

  /** A few at a time. One that fails keeps no other one waiting. */
  async each<T extends Waiting>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
    for (let first = 0; first < all.length && !this.stopped.aborted; first += AT_ONCE) {
      await Promise.all(all.slice(first, first + AT_ONCE).map((one) => this.guarded(one, work)));
    }
  }

  /** Once Temporal could not be reached, the others of this round would only wait for the same. */
  async wake({ tenantId, processId, slug }: Waiting): Promise<void> {
    if (!this.heard) return;
    const input = { tenantId, processId, slug, lastSeq: 0 };
    const rung = await this.deps.ringer.wake(input, { deadlineMs: this.limits.bellDeadlineMs });
    this.heard = rung.reached;
  }

  private async guarded<T extends Waiting>(one: T, work: (one: T) => Promise<unknown>): Promise<void> {
    const { tenantId, processId } = one;
    try {
      if ((await work(one)) === true) this.toRing.add(processId);
    } catch (error) {
      this.deps.log.warn({ err: error, tenantId, processId }, 'the relay could not help a process');
    }
  }
}

/** The same step and the same effects as the runner's: the lock, the ids of triggers and the fence make that safe. */
async function stepOurselves(
  deps: RelayDependencies,
  limits: RelayLimits,
  { tenantId, processId }: Waiting,
): Promise<void> {
  for (let step = 0; step < limits.mostSteps; step += 1) {
    const now = await deps.clock.now();
    const report = await advanceProcess(deps, { tenantId, processId, now, lastSeq: 0 });
    await performDue(deps, tenantId, report, now);
    if (!report.pending || report.blocked) return;
  }
}

async function performDue(
  deps: RelayDependencies,
  tenantId: string,
  report: StepReport,
  now: number,
): Promise<void> {
  for (const effect of report.effects) {
    if (effect.nextAttemptAt <= now) await performEffect(deps, { tenantId, effectId: effect.id });
  }
}

/** Its runner made no progress with the effect. True when the process has something to decide now. */
async function performOurselves(
  deps: RelayDependencies,
  effect: Waiting & { readonly effectId: string },
): Promise<boolean> {
  const report = await performEffect(deps, effect);
  return report.advance;
}
