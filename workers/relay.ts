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
import { Turns } from './turns.js';

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
/** One that sleeps on is woken less and less often. */
const BELLS = { restMs: 3_000, mostMs: 60_000 };
/** Work that is done here is tried again in each round, but not before what was not tried yet. */
const STEPS = { restMs: 0, mostMs: 0 };

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
  private readonly bells = new Turns(BELLS);
  private readonly urgent = new Turns(STEPS);
  private readonly ended = new Turns(STEPS);
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
    const urgent = await this.urgent.next(limits.batch, (most) =>
      deps.work.waitingRows('urgent', limits.urgentAfterMs, most),
    );
    await round.each(urgent, (process) => this.stepOurselves(process, this.urgent));
    this.effects.take(await deps.work.waitingEffects(limits.effectAfterMs, limits.batch));
    // A process that is over has no runner; its rows (late information, refusals) are decided here.
    const ended = await this.ended.next(limits.batch, (most) =>
      deps.work.waitingRows('over', limits.ringAfterMs, most),
    );
    await round.each(ended, (process) => this.stepOurselves(process, this.ended));
    const asleep = await this.bells.next(limits.batch, (most) =>
      deps.work.waitingRows('notOver', limits.ringAfterMs, most),
    );
    await round.each(asleep, (process) => round.wake(process, this.bells));
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
  private async stepOurselves(process: Waiting, turns: Turns): Promise<void> {
    turns.took(process);
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
  async wake(process: Waiting, turns: Turns): Promise<void> {
    if (!this.heard) return;
    turns.took(process);
    this.heard = await wake(this.deps, this.limits, process);
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
