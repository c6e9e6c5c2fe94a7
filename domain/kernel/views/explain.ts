/** Why a deadline is when it is: the clock line by line, from the stored start, policy line, calendar version and pauses. */
import { addDuration, formatLocal, percentOf, type ExplainStep } from '../../time/business.js';
import type { CalendarVersion } from '../../time/calendar.js';
import { formatDuration } from '../../time/duration.js';
import { markInstant } from '../clocks.js';
import type { ClockState, MarkState } from '../state.js';

export interface ExplainedMark {
  readonly step: string;
  readonly state: MarkState['state'];
  readonly dueAt: number | null;
  readonly dueLocal: string | null;
  /** The rule in words: "10 business days, then 1 business day". */
  readonly rule: string;
  readonly lines: readonly ExplainStep[];
  /** Whether the stored instant is what the stored inputs give today; false after a shift by an outage. */
  readonly agrees: boolean;
}

export interface Explanation {
  readonly clock: string;
  readonly key: string;
  readonly run: number;
  readonly outcome: ClockState['outcome'];
  readonly startedAt: number;
  readonly startedLocal: string;
  readonly calendar: {
    readonly id: string;
    readonly version: number;
    readonly zone: string;
    readonly title: string;
  };
  readonly policy: { readonly path: string };
  readonly pauses: readonly { readonly from: string; readonly to: string | null; readonly cause: string }[];
  readonly marks: readonly ExplainedMark[];
}

/** Explains a clock under the calendar version that it stores. Local times are those of the calendar's zone. */
export function explainClock(clock: ClockState, calendar: CalendarVersion): Explanation {
  const { zone } = calendar;
  return {
    clock: clock.name,
    key: clock.key,
    run: clock.run,
    outcome: clock.outcome,
    startedAt: clock.startedAt,
    startedLocal: formatLocal(clock.startedAt, zone),
    calendar: { id: calendar.id, version: calendar.version, zone, title: calendar.title },
    policy: { path: clock.policyPath },
    pauses: clock.pauses.map((pause) => ({
      from: formatLocal(pause.fromMs, zone),
      to: pause.toMs === null ? null : formatLocal(pause.toMs, zone),
      cause: pause.cause,
    })),
    marks: clock.marks.map((mark) => explainMark(clock, mark, calendar)),
  };
}

function explainMark(clock: ClockState, mark: MarkState, calendar: CalendarVersion): ExplainedMark {
  const { step, state, dueAt } = mark;
  const pausedNow = clock.outcome === 'paused';
  return {
    step,
    state,
    dueAt,
    dueLocal: dueAt === null ? null : formatLocal(dueAt, calendar.zone),
    rule: ruleText(mark, calendar.zone),
    lines: pausedNow ? [] : linesOf(clock, mark, calendar),
    agrees:
      dueAt === null ||
      mark.repeat > 0 ||
      dueAt === markInstant(clock.startedAt, mark.spec, calendar, clock.pauses) + mark.shiftMs,
  };
}

function linesOf(clock: ClockState, mark: MarkState, calendar: CalendarVersion): readonly ExplainStep[] {
  const { of, percent, plus, every, notBefore } = mark.spec;
  if (mark.lastDueAt !== null && every)
    return addDuration(mark.lastDueAt, every, calendar, clock.pauses).steps;
  const base =
    percent === undefined
      ? addDuration(clock.startedAt, of, calendar, clock.pauses)
      : percentOf(clock.startedAt, of, percent, calendar, clock.pauses);
  const whole = plus ? addDuration(base.dueMs, plus, calendar, clock.pauses) : null;
  const steps = whole ? [...base.steps, ...whole.steps] : base.steps;
  if (!notBefore) return steps;
  const least = addDuration(notBefore.from, notBefore.of, calendar, clock.pauses);
  return least.dueMs > (whole ?? base).dueMs ? [...steps, ...least.steps] : steps;
}

function ruleText({ spec, repeat, shiftMs }: MarkState, zone: string): string {
  const base =
    spec.percent === undefined
      ? formatDuration(spec.of)
      : `${String(spec.percent)} % of ${formatDuration(spec.of)}`;
  const plus = spec.plus ? `, then ${formatDuration(spec.plus)}` : '';
  const every = spec.every ? `, again every ${formatDuration(spec.every)} (${String(repeat)} so far)` : '';
  const shift =
    shiftMs > 0 ? `, moved by ${String(Math.round(shiftMs / 60_000))} minutes after an outage` : '';
  const least = spec.notBefore
    ? `, not before ${formatDuration(spec.notBefore.of)} after ${formatLocal(spec.notBefore.from, zone)}`
    : '';
  return base + plus + least + every + shift;
}
