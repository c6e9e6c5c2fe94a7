/** One step, as the runner and the relay ask for it: the outside's failures are thrown, everything else is parked. */
import { ApplicationFailure } from '@temporalio/common';
import { isInfrastructure } from '../db/infrastructure.js';
import { RestoredModeError } from '../db/restore/mode-error.js';
import type { WorkStore } from '../db/store/types.js';
import { advance, chooseTrigger, PoisonError, StoreBehindError } from '../domain/kernel/advance.js';
import type { AdvanceResult, Registry } from '../domain/kernel/advance.js';
import { nextDue } from '../domain/kernel/clocks.js';
import type { ProcessState } from '../domain/kernel/state.js';
import type { LoadedProcess, StepStore, StepTransaction } from '../domain/kernel/store.js';
import { STORE_BEHIND } from '../workflows/messages.js';
import type { AdvanceInput, StepReport } from '../workflows/messages.js';
import { nameOf } from './failure.js';
import type { ActivityLog } from './log.js';

export interface AdvanceDependencies {
  readonly steps: StepStore;
  readonly work: Pick<WorkStore, 'park' | 'epoch' | 'behind'>;
  readonly registry: Registry;
  readonly log: ActivityLog;
}

/**
 * Takes at most one step of a process. A store that holds less than the caller has seen is not written to, and
 * restored mode begins (architecture §10).
 * @throws errors of the connection (to be tried again); ApplicationFailure `StoreBehind`, which no retry cures.
 */
export async function advanceProcess(deps: AdvanceDependencies, input: AdvanceInput): Promise<StepReport> {
  const seen = new Seen(input.epoch);
  try {
    const result = await advance(seen.watching(deps.steps), deps.registry, input);
    // A process that was seen before and is not in the store now: the store is older than its runner.
    if (!seen.loaded && input.lastSeq > 0) {
      if (isGivenUp(input.epoch, await deps.work.epoch())) throw new GivenUp();
      throw new StoreBehindError(input.processId, 0, input.lastSeq);
    }
    return reportOf(result, seen);
  } catch (error) {
    if (error instanceof GivenUp) return ended(input);
    if (error instanceof StoreBehindError) {
      const { processId, storedSeq, lastSeq } = error;
      await deps.work.behind({ tenantId: input.tenantId, processId, storedSeq, seenSeq: lastSeq });
      throw ApplicationFailure.nonRetryable(error.message, STORE_BEHIND, storedSeq, lastSeq);
    }
    if (error instanceof RestoredModeError)
      throw ApplicationFailure.nonRetryable(error.message, STORE_BEHIND);
    if (!(error instanceof PoisonError) && isInfrastructure(error)) throw error;
    return parked(deps, input, seen, error);
  }
}

/** The runner belongs to a line of history that a declared restore has given up: another one drives the process now. */
class GivenUp extends Error {}

function isGivenUp(runners: number | undefined, stores: number | undefined): boolean {
  return runners !== undefined && stores !== undefined && runners < stores;
}

/** Lets the runner end without a word. */
function ended({ lastSeq }: AdvanceInput): StepReport {
  const idle = { status: null, nextMarkAt: null, nextMark: null, effects: [], answers: {} };
  return { ...idle, seq: lastSeq, closed: true, over: true, pending: false, blocked: false };
}

/** Rolled back; in a transaction of its own the trigger is set aside with its error, and nothing else notices. */
async function parked(
  deps: AdvanceDependencies,
  input: AdvanceInput,
  seen: Seen,
  error: unknown,
): Promise<StepReport> {
  const { tenantId, processId } = input;
  const trigger = error instanceof PoisonError ? error.trigger : seen.trigger(input.now);
  const problem = error instanceof Error ? error.message : String(error);
  deps.log.error({ err: error, tenantId, processId, trigger }, 'a trigger cannot be decided and was parked');
  await deps.work.park({ tenantId, processId }, trigger, problem.slice(0, 2000) || nameOf(error));
  const { loaded } = seen;
  return {
    seq: loaded?.state?.seq ?? input.lastSeq,
    status: loaded?.state?.status ?? null,
    closed: false,
    over: false,
    nextMarkAt: null,
    nextMark: null,
    effects: loaded?.planned ?? [],
    answers: {},
    pending: false,
    blocked: true,
    ...lineOf(seen),
  };
}

function reportOf(result: AdvanceResult, seen: Seen): StepReport {
  const state = seen.written ?? seen.loaded?.state ?? null;
  const marks = result.blocked ? [] : (state?.clocks ?? []).map((clock) => nextDue(clock)?.dueAt ?? Infinity);
  const nextMarkAt = Math.min(Infinity, ...marks);
  return {
    seq: result.seq,
    status: state?.status ?? null,
    closed: result.closed,
    over: result.over,
    nextMarkAt: Number.isFinite(nextMarkAt) ? nextMarkAt : null,
    dueTogether: marks.filter((dueAt) => Number.isFinite(dueAt) && dueAt === nextMarkAt).length,
    nextMark: result.nextDue,
    effects: result.effects,
    answers: result.answers,
    pending: result.pending,
    blocked: result.blocked,
    ...lineOf(seen),
  };
}

function lineOf({ loaded }: Seen): { readonly epoch?: number } {
  return loaded?.storeEpoch === undefined ? {} : { epoch: loaded.storeEpoch };
}

/** What one step read and wrote, so far as its report and a parked trigger need it. */
class Seen {
  loaded: LoadedProcess | null = null;
  written: ProcessState | null = null;

  constructor(private readonly epoch: number | undefined) {}

  watching(store: StepStore): StepStore {
    return { step: (at, work) => store.step(at, (tx) => work(this.watch(tx))) };
  }

  /** The trigger that was being decided when something outside of the decision itself broke. */
  trigger(now: number): Parameters<WorkStore['park']>[1] {
    const chosen = this.loaded ? chooseTrigger(this.loaded, now) : null;
    if (chosen?.row) return { inboxId: chosen.row.id };
    const fired = chosen?.fired;
    return fired?.kind === 'mark' ? { clock: fired.clock, key: fired.key, step: fired.step } : null;
  }

  private watch(tx: StepTransaction): StepTransaction {
    return {
      load: async () => {
        this.loaded = await tx.load();
        if (isGivenUp(this.epoch, this.loaded?.storeEpoch)) throw new GivenUp();
        return this.loaded;
      },
      now: () => tx.now(),
      inputs: (loaded, definition, fired) => tx.inputs(loaded, definition, fired),
      write: async (step) => {
        const written = await tx.write(step);
        this.written = step.after;
        return written;
      },
      refuse: (loaded, row, answer) => tx.refuse(loaded, row, answer),
      setOver: (loaded, over) => tx.setOver(loaded, over),
    };
  }
}
