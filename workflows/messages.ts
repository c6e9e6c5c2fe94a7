/** The contract between whoever rings a runner and the runner: names, inputs and answers; no rules, no personal data. */

/** What one runner is started with. */
export interface RunnerInput {
  readonly tenantId: string;
  /** Also the workflow id. */
  readonly processId: string;
  readonly slug: string;
  /** The last event that an earlier run of this runner has seen; 0 when none has. */
  readonly lastSeq: number;
  /** The line of history that an earlier run was on; unknown until the first step. */
  readonly epoch?: number;
  /** Events in the history after which a run continues as new. */
  readonly eventsPerRun?: number;
}

/**
 * What a ring is answered with. `seen`: the row was not decided by a step of this run (it was decided before, the
 * process is blocked, or the store cannot be reached). The inbox row tells the truth in every case.
 */
export type RingAnswer = 'accepted' | 'refused' | 'late' | 'skipped' | 'seen';

/** The name of the update that rings a runner; its argument is the id of the inbox row. */
export const RING = 'ring';
/** The name of the signal that wakes a runner without asking for an answer. */
export const WAKE = 'wake';
/** The name of the query for what a runner is waiting for. */
export const STATE = 'state';
/** Failure type of `advance`: the store holds less than the runner has seen (a restored backup). */
export const STORE_BEHIND = 'StoreBehind';

/** An effect that is still to be done. */
export interface WaitingEffect {
  readonly id: string;
  readonly kind: EffectKind;
  /** Epoch milliseconds before which it is not to be tried. */
  readonly nextAttemptAt: number;
}
export type EffectKind = 'mail' | 'page' | 'startProcess' | 'tellProcess';

/** What one step reports to the runner: references and instants. */
export interface StepReport {
  readonly seq: number;
  readonly status: string | null;
  /** In a closed status; clocks and effects may outlive it. */
  readonly closed: boolean;
  /** Closed, no clock runs, no effect is unsettled. */
  readonly over: boolean;
  /** When the next mark of a clock is due, epoch milliseconds. */
  readonly nextMarkAt: number | null;
  /** How many clocks have a mark that is due at that instant; older versions did not say. */
  readonly dueTogether?: number;
  /** Which mark that is, for the operator. */
  readonly nextMark: string | null;
  readonly effects: readonly WaitingEffect[];
  readonly answers: Readonly<Record<string, Exclude<RingAnswer, 'seen'>>>;
  /** More rows wait to be decided. */
  readonly pending: boolean;
  readonly blocked: boolean;
  /** The line of history that the store is on. */
  readonly epoch?: number;
}

export interface AdvanceInput {
  readonly tenantId: string;
  readonly processId: string;
  /** Workflow time; it only selects what is due. */
  readonly now: number;
  readonly lastSeq: number;
  /** The line of history that the runner is on, where it knows: one that was given up by a restore just ends. */
  readonly epoch?: number;
}

export interface PerformInput {
  readonly tenantId: string;
  readonly effectId: string;
  readonly now: number;
}

/** What became of an attempt, and whether the process has something to decide because of it. */
export interface PerformReport {
  readonly outcome: 'confirmed' | 'failed' | 'unknown' | 'deferred' | 'dropped' | 'superseded' | 'nothing';
  readonly advance: boolean;
}

export interface ParkInput {
  readonly tenantId: string;
  readonly processId: string;
  readonly problem: string;
}

/** The activities of the runner by their wire names. */
export interface RunnerActivities {
  advance(input: AdvanceInput): Promise<StepReport>;
  park(input: ParkInput): Promise<void>;
  mail(input: PerformInput): Promise<PerformReport>;
  page(input: PerformInput): Promise<PerformReport>;
  startProcess(input: PerformInput): Promise<PerformReport>;
  tellProcess(input: PerformInput): Promise<PerformReport>;
}

/** The answer to the query `state`. */
export interface RunnerState {
  readonly seq: number;
  readonly status: string | null;
  readonly nextMark: string | null;
  readonly nextMarkAt: number | null;
  readonly effectsUnderway: number;
  readonly blocked: boolean;
  readonly waitingFor: string;
}

/** The workflow type that drives processes of a kind: `onboarding` is driven by `onboardingWorkflow`. */
export function workflowTypeOf(slug: string): string {
  return `${slug}Workflow`;
}

/** What the calendar fan-out is started with: recalculate every running clock that used an older version. */
export interface CalendarFanOutInput {
  readonly tenantId: string;
  readonly calendarId: string;
  readonly version: number;
  /** Processes handled by earlier runs, for the operator. */
  readonly done?: number;
}

export interface CalendarBatchReport {
  /** Processes that were asked to recalculate in this batch. */
  readonly asked: number;
  /** Processes whose running clocks still have an older version after it, those just asked included. */
  readonly left: number;
}

export interface CalendarActivities {
  recalculateBatch(input: CalendarFanOutInput & { readonly limit: number }): Promise<CalendarBatchReport>;
}

export const CALENDAR_FAN_OUT = 'calendarFanOutWorkflow';

/** One fan-out per version of a calendar: a second approval of the same version finds the first one. */
export function calendarFanOutId(tenantId: string, calendarId: string, version: number): string {
  return `calendar-fan-out/${tenantId}/${calendarId}/${version}`;
}

/** What one run of a system job reports: numbers and words, never contents. */
export type SystemJobReport = Readonly<Record<string, number | string>>;

export interface SystemJobActivities {
  runSystemJob(name: string): Promise<SystemJobReport>;
}

export const SYSTEM_JOB = 'systemJobWorkflow';
