/** The one loop that drives every process: advance, start effects, wait for the next due instant or a bell. */
import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { Alarm } from './alarm.js';
import { RING, STATE, STORE_BEHIND, WAKE } from './messages.js';
import type {
  EffectKind,
  RingAnswer,
  RunnerActivities,
  RunnerInput,
  RunnerState,
  StepReport,
} from './messages.js';
import { StepGuard } from './step-guard.js';

const { advance } = proxyLocalActivities<Pick<RunnerActivities, 'advance'>>({
  startToCloseTimeout: '10s',
  // Above the threshold a retry is a timer of the server and frees the worker: with the default of a minute,
  // 60 stuck processes starved 4 healthy ones.
  localRetryThreshold: '1s',
  // No limit is needed for the process, but each retry above the threshold is written into the history; after
  // 40 attempts (half an hour) the runner gets a chance to continue as new.
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '60s', maximumAttempts: 40 },
});
const effects = proxyActivities<Pick<RunnerActivities, EffectKind>>({
  startToCloseTimeout: '40s',
  scheduleToCloseTimeout: '5m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
});
const { park } = proxyActivities<Pick<RunnerActivities, 'park'>>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '1s', maximumInterval: '60s' },
});

const EVENTS_PER_RUN = 1000;
const MOST_RECENT = 100;
/** How long an effect rests whose activity could not even say what became of it. */
const EFFECT_REST_MS = 60_000;
/** How long an effect rests that could not be claimed. */
const CLAIM_REST_MS = 1_000;
/** How often a runner looks whether a store that was behind, or could not be reached, has caught up. */
const STORE_REST_MS = 300_000;

const labels = {
  mail: 'send mail',
  page: 'page somebody',
  startProcess: 'start a process',
  tellProcess: 'tell another process',
};

export const ring = defineUpdate<RingAnswer, [string]>(RING);
export const wake = defineSignal(WAKE);
export const state = defineQuery<RunnerState>(STATE);

/** Somebody who waits until a row is decided. */
interface Call {
  readonly inboxId: string;
  answer: RingAnswer | null;
}

/**
 * Drives one process until it is over. One coroutine owns the steps, message handlers only wait: handlers that
 * stepped themselves raised nondeterminism under load.
 */
export async function runProcess(input: RunnerInput): Promise<void> {
  await new Runner(input).run();
}

class Runner {
  private readonly calls = new Set<Call>();
  private readonly recent = new Map<string, RingAnswer>();
  private readonly underway = new Set<string>();
  /** Effects that are left alone until an instant. */
  private readonly resting = new Map<string, number>();
  private readonly alarm = new Alarm();
  private readonly guard = new StepGuard();
  private bell = false;
  private report: StepReport | null = null;
  private lastSeq: number;
  private epoch: number | undefined;

  constructor(private readonly input: RunnerInput) {
    this.lastSeq = input.lastSeq;
    this.epoch = input.epoch;
    setHandler(ring, (inboxId) => this.answered(inboxId), { description: 'A row was put into the inbox.' });
    setHandler(wake, () => this.outside(), { description: 'Something waits in the store.' });
    setHandler(state, () => this.describe(), { description: 'What the runner waits for.' });
  }

  async run(): Promise<void> {
    for (;;) {
      const calls = [...this.calls];
      this.bell = false;
      const report = await this.step();
      if (!report) {
        this.answer(calls, {});
        if (this.tired() && (await this.drained())) return this.again();
        await this.untilWoken(Date.now() + STORE_REST_MS, 'the store');
        continue;
      }
      const seqBefore = this.report?.seq ?? this.input.lastSeq;
      this.report = report;
      this.answer(report.pending ? [] : calls, report.answers);
      if (this.guard.spins(report, seqBefore)) await this.parkEndless();
      const ending = report.over || this.tired();
      if (!ending) this.startEffects(report);
      if (report.pending) continue;
      if (ending) {
        if (!(await this.drained())) continue;
        return report.over ? undefined : this.again();
      }
      // After a step the next mark may be due as well; a mark that was due and not taken is asked for later.
      if (report.seq > seqBefore && isDue(report)) continue;
      await this.untilWoken(...this.nextDue(report));
    }
  }

  /** One step; null when the store cannot give one. */
  private async step(): Promise<StepReport | null> {
    const { tenantId, processId } = this.input;
    try {
      const at = { tenantId, processId, now: Date.now(), lastSeq: this.lastSeq, ...this.line() };
      const report = await advance(at);
      this.lastSeq = report.seq;
      this.epoch ??= report.epoch;
      setCurrentDetails(detailsOf(report, this.underway.size));
      return report;
    } catch (error) {
      // A local activity's failure comes as it is, not wrapped in an ActivityFailure.
      const failure = error instanceof ActivityFailure ? error.cause : error;
      if (!(failure instanceof TemporalFailure) || isCancellation(error)) throw error;
      const behind = failure instanceof ApplicationFailure && failure.type === STORE_BEHIND;
      setCurrentDetails(
        behind ? 'The store is older than this runner: restored mode.' : 'The store is away.',
      );
      return null;
    }
  }

  private async answered(inboxId: string): Promise<RingAnswer> {
    const known = this.recent.get(inboxId);
    if (known) return known;
    const call: Call = { inboxId, answer: null };
    this.calls.add(call);
    this.outside();
    await condition(() => call.answer !== null);
    return call.answer ?? 'seen';
  }

  private outside(): void {
    this.bell = true;
    this.guard.outside();
  }

  /** Answers rows decided in this step, and those who rang before it when nothing is left to decide. */
  private answer(settled: readonly Call[], answers: StepReport['answers']): void {
    for (const [inboxId, outcome] of Object.entries(answers)) this.remember(inboxId, outcome);
    for (const call of this.calls) call.answer = answers[call.inboxId] ?? null;
    for (const call of settled) call.answer ??= 'seen';
    for (const call of [...this.calls]) if (call.answer !== null) this.calls.delete(call);
  }

  /** A row may be decided before its bell arrives; a bounded number is remembered. */
  private remember(inboxId: string, outcome: RingAnswer): void {
    this.recent.set(inboxId, outcome);
    const [oldest] = this.recent.keys();
    if (this.recent.size > MOST_RECENT && oldest !== undefined) this.recent.delete(oldest);
  }

  private startEffects(report: StepReport): void {
    const now = Date.now();
    for (const effect of report.effects) {
      const notBefore = Math.max(effect.nextAttemptAt, this.resting.get(effect.id) ?? 0);
      if (this.underway.has(effect.id) || notBefore > now) continue;
      this.resting.delete(effect.id);
      this.underway.add(effect.id);
      void this.perform(effect.id, effect.kind);
    }
  }

  private async perform(effectId: string, kind: keyof typeof labels): Promise<void> {
    const input = { tenantId: this.input.tenantId, effectId, now: Date.now() };
    try {
      const result = await effects[kind].executeWithOptions({ summary: labels[kind] }, [input]);
      // Not due by the store's clock, or claimed by somebody else: the next step tells which.
      if (result.outcome === 'nothing') this.resting.set(effectId, Date.now() + CLAIM_REST_MS);
      if (result.advance || result.outcome === 'nothing') this.bell = true;
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      this.resting.set(effectId, Date.now() + EFFECT_REST_MS);
      this.bell = true;
    } finally {
      this.underway.delete(effectId);
    }
  }

  /** The next instant to wake at without a bell, and what for. */
  private nextDue(report: StepReport): [number | null, string] {
    const now = Date.now();
    const tries = report.effects
      .filter((effect) => !this.underway.has(effect.id))
      .map((effect) => Math.max(effect.nextAttemptAt, this.resting.get(effect.id) ?? 0));
    const nextTry = Math.min(Infinity, ...tries);
    const mark = report.blocked ? null : report.nextMarkAt;
    if (mark !== null && mark <= nextTry) {
      // A mark that is due here but was not taken: the store's clock is behind ours. Asked again, ever less often.
      const at = this.guard.notTaken(mark, now);
      return [at, `${report.nextMark ?? 'mark'} due`];
    }
    return Number.isFinite(nextTry) ? [nextTry, 'effect to be tried'] : [null, ''];
  }

  private async untilWoken(at: number | null, what: string): Promise<void> {
    if (this.bell) return;
    this.alarm.set(at, what);
    const firedBefore = this.alarm.fired;
    await condition(() => this.bell || this.alarm.fired > firedBefore);
    if (this.alarm.fired > firedBefore) this.guard.outside();
  }

  /** Waits until no activity runs and no handler is left; false when there is something to decide meanwhile. */
  private async drained(): Promise<boolean> {
    const idle = () => this.underway.size === 0 && allHandlersFinished();
    const markAt = this.report?.nextMarkAt ?? null;
    // An effect may take minutes; a mark that falls due in that time does not wait for it.
    if (!idle() && markAt !== null && markAt > Date.now()) this.alarm.set(markAt, 'mark due');
    const firedBefore = this.alarm.fired;
    await condition(() => this.bell || this.alarm.fired > firedBefore || idle());
    return idle() && !this.bell && this.calls.size === 0;
  }

  private tired(): boolean {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    return continueAsNewSuggested || historyLength >= (this.input.eventsPerRun ?? EVENTS_PER_RUN);
  }

  private async again(): Promise<void> {
    await continueAsNew<(input: RunnerInput) => Promise<void>>({
      ...this.input,
      ...this.line(),
      lastSeq: this.lastSeq,
    });
  }

  /** The line of history that this runner is on. */
  private line(): { readonly epoch?: number } {
    return this.epoch === undefined ? {} : { epoch: this.epoch };
  }

  private async parkEndless(): Promise<void> {
    const { tenantId, processId } = this.input;
    const problem = 'The process takes step after step without time passing or anybody asking.';
    await park({ tenantId, processId, problem });
    this.guard.outside();
  }

  private describe(): RunnerState {
    const { report } = this;
    return {
      seq: report?.seq ?? this.input.lastSeq,
      status: report?.status ?? null,
      nextMark: report?.nextMark ?? null,
      nextMarkAt: report?.nextMarkAt ?? null,
      effectsUnderway: this.underway.size,
      blocked: report?.blocked ?? false,
      waitingFor: this.alarm.what,
    };
  }
}

function isDue(report: StepReport): boolean {
  return report.nextMarkAt !== null && !report.blocked && report.nextMarkAt <= Date.now();
}

/** What the page of the workflow tells an operator. */
function detailsOf(report: StepReport, underway: number): string {
  const due = report.nextMarkAt === null ? 'nothing' : new Date(report.nextMarkAt).toISOString();
  const parts = [
    `Status **${report.status ?? 'not started'}** at event ${report.seq}`,
    report.blocked ? 'blocked: an operator must retry or skip' : `next: ${report.nextMark ?? ''} ${due}`,
    `effects to do: ${report.effects.length}, on their way: ${underway}`,
  ];
  return parts.join('  \n');
}
