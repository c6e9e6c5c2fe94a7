/**
 * Rings again for what waits, for ever; does urgent work itself when nobody answers the bell. It sees ids, states and
 * times only; the steps and effects that it takes run with the role of a step.
 */
import { advanceProcess } from '../activities/advance.js';
import type { AdvanceDependencies } from '../activities/advance.js';
import type { PerformDependencies } from '../activities/perform.js';
import type { Waiting, WorkStore } from '../db/store/types.js';
import type { Ringer } from '../messages/ringer.js';
import { RelayEffects } from './relay-effects.js';
import type { WaitingEffect } from './relay-effects.js';
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
      | 'acceptBounces'
      | 'waitingEffects'
      | 'readInbox'
      | 'notOver'
      | 'alive'
      | 'epoch'
      | 'behind'
    >;
    readonly ringer: Ringer;
    readonly limits?: Partial<RelayLimits>;
    /** Called after each round that came to its end. */
    readonly relayed?: () => void;
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
  const relay = new Relay(deps);
  const rounds = inRounds({ name: 'relay', everyMs, log: deps.log }, async (stopped) => {
    await relay.round(stopped);
    deps.relayed?.();
  });
  return {
    stop: async () => {
      await rounds.stop();
      await relay.stop();
    },
  };
}

export class Relay {
  private readonly limits: RelayLimits;
  private readonly bells = new Bells();
  private readonly effects: RelayEffects;

  constructor(private readonly deps: RelayDependencies) {
    this.limits = { ...LIMITS, ...deps.limits };
    this.effects = new RelayEffects(deps, (process) => wake(deps, this.limits, process));
  }

  /** One look at everything that waits; urgent work first, and without Temporal. Effects go on after it. */
  async round(stopped: AbortSignal): Promise<void> {
    const { deps, limits } = this;
    // An older store than was seen before: whatever waits in it may have been done already.
    if (!(await deps.work.alive())) return;
    const round = new Round(deps, limits, stopped);
    // People or contracts have changed: owners and tasks of their processes are resolved anew.
    await deps.work.acceptRecalculations(limits.batch);
    await deps.work.acceptBounces(limits.batch);
    const urgent = await deps.work.waitingRows(limits.urgentAfterMs, true, limits.batch);
    await round.each(urgent, (process) => this.stepOurselves(process));
    this.effects.take(await deps.work.waitingEffects(limits.effectAfterMs, limits.batch));
    const taken = new Set(urgent.map((process) => process.processId));
    const waiting = await deps.work.waitingRows(limits.ringAfterMs, false, limits.batch);
    const others = waiting.filter((process) => !taken.has(process.processId));
    // A process that is over has no runner; its rows (late information, refusals) are decided here.
    await round.each(
      others.filter((process) => process.over),
      (process) => this.stepOurselves(process),
    );
    const due = this.bells.due(others.filter((process) => !process.over));
    await round.each(due, (process) => round.wake(process));
  }

  /** Resolves when the effects that it took are done. */
  async idle(): Promise<void> {
    await this.effects.idle();
  }

  /** Takes no further effect; resolves when none is under way. */
  async stop(): Promise<void> {
    await this.effects.stop();
  }

  /** The same step and the same effects as the runner's: the lock, the ids of triggers and the fence make that safe. */
  private async stepOurselves(process: Waiting): Promise<void> {
    const { deps, limits } = this;
    const { tenantId, processId } = process;
    for (let step = 0; step < limits.mostSteps; step += 1) {
      const now = await deps.clock.now();
      const report = await advanceProcess(deps, { tenantId, processId, now, lastSeq: 0 });
      const due = report.effects.filter((effect) => effect.nextAttemptAt <= now);
      this.effects.take(due.map(({ id }): WaitingEffect => ({ ...process, effectId: id })));
      if (!report.pending || report.blocked) return;
    }
  }
}

async function wake(
  { ringer }: Pick<RelayDependencies, 'ringer'>,
  limits: RelayLimits,
  { tenantId, processId, slug, over }: Waiting,
): Promise<boolean> {
  if (over) return true;
  const input = { tenantId, processId, slug, lastSeq: 0 };
  const rung = await ringer.wake(input, { deadlineMs: limits.bellDeadlineMs });
  return rung.reached;
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
  private heard = true;

  constructor(
    private readonly deps: RelayDependencies,
    private readonly limits: RelayLimits,
    private readonly stopped: AbortSignal,
  ) {}

  /** A few at a time. One that fails keeps no other one waiting. */
  async each(all: readonly Waiting[], work: (one: Waiting) => Promise<unknown>): Promise<void> {
    for (let first = 0; first < all.length && !this.stopped.aborted; first += AT_ONCE) {
      await Promise.all(all.slice(first, first + AT_ONCE).map((one) => this.guarded(one, work)));
    }
  }

  /** Once Temporal could not be reached, the others of this round would only wait for the same. */
  async wake(process: Waiting): Promise<void> {
    if (this.heard) this.heard = await wake(this.deps, this.limits, process);
  }

  private async guarded(one: Waiting, work: (one: Waiting) => Promise<unknown>): Promise<void> {
    const { tenantId, processId } = one;
    try {
      await work(one);
    } catch (error) {
      this.deps.log.warn({ err: error, tenantId, processId }, 'the relay could not help a process');
    }
  }
}
