/** Clocks as values: start them, fire their marks, pause, resume, end, and move them to another calendar version. */
import type { CalendarVersion } from '../time/calendar.js';
import { addDuration, percentOf, type Pause } from '../time/business.js';
import type { ClockOperation, ClockState, MarkState } from './state.js';
import type { ClockWord, ErasedScene, MarkAt } from './words.js';

/** Later than this after its due instant, a mark of a `fromNow` clock pushes the following ones back. */
const OUTAGE_MS = 5 * 60_000;

export interface Change {
  readonly clock: ClockState;
  readonly operations: readonly ClockOperation[];
}

export interface Start {
  readonly name: string;
  readonly key: string;
  readonly run: number;
  readonly word: ClockWord<ErasedScene>;
  readonly calendar: CalendarVersion;
  readonly scene: ErasedScene;
}

/**
 * Starts a clock. Marks that already lie before the step's instant are passed over, but for the last of them, which
 * is due at once: a ladder that starts late begins at the step that its age has earned.
 */
export function startClock({ name, key, run, word, calendar, scene }: Start): Change {
  const keyed = { ...scene, key };
  const startedAt = word.since ? word.since(keyed) : scene.at;
  const specs = word.marks(keyed);
  const marks = word.steps.flatMap((step): MarkState[] => {
    const spec = specs[step];
    return spec ? [{ step, spec, dueAt: null, state: 'armed', repeat: 0, lastDueAt: null, shiftMs: 0 }] : [];
  });
  if (marks.length === 0)
    throw new Error(`Clock ${name} has no mark under this policy (${word.policyPath}).`);
  const fresh: ClockState = {
    name,
    key,
    run,
    promise: word.promise,
    calendarId: calendar.id,
    calendarVersion: calendar.version,
    startedAt,
    marks,
    pauses: word.pauses?.(keyed) ?? [],
    outcome: 'running',
    missedAt: null,
    endedAt: null,
    policyPath: word.policyPath,
  };
  // It stands while a pause lasts; the marks get their instants when it runs on.
  const held = fresh.pauses.some((pause) => pause.toMs === null);
  const clock: ClockState = held
    ? { ...fresh, outcome: 'paused' }
    : skipPassed(withDueInstants(fresh, calendar), scene.at);
  return { clock, operations: [operation('started', clock, { dueAt: nextDue(clock)?.dueAt ?? null })] };
}

/** The armed mark that falls due first. */
export function nextDue(clock: ClockState): (MarkState & { dueAt: number }) | null {
  if (clock.outcome !== 'running') return null;
  let first: (MarkState & { dueAt: number }) | null = null;
  for (const mark of clock.marks) {
    if (mark.state !== 'armed' || mark.dueAt === null) continue;
    if (first === null || mark.dueAt < first.dueAt) first = { ...mark, dueAt: mark.dueAt };
  }
  return first;
}

/** The instant of the promise (its mark `due`), or of the next mark for any other clock. */
export function promiseDueAt(clock: ClockState): number | null {
  const due = clock.marks.find((mark) => mark.step === 'due');
  return (due && due.repeat === 0 ? due.dueAt : null) ?? nextDue(clock)?.dueAt ?? null;
}

/** Fires one mark; the clock elapses when it was the last. A promise whose `due` has come is broken from then on. */
export function fireMark(
  clock: ClockState,
  step: string,
  times: { readonly dueAt: number; readonly firedAt: number; readonly catchUp: 'fromDue' | 'fromNow' },
  calendar: CalendarVersion,
): Change {
  const lateMs = times.firedAt - times.dueAt;
  const shiftMs = times.catchUp === 'fromNow' && lateMs > OUTAGE_MS ? lateMs : 0;
  const marks = clock.marks.map((mark): MarkState => {
    if (mark.state !== 'armed') return mark;
    if (mark.step !== step) {
      return shiftMs > 0 && mark.dueAt !== null
        ? { ...mark, dueAt: mark.dueAt + shiftMs, shiftMs: mark.shiftMs + shiftMs }
        : mark;
    }
    if (!mark.spec.every) return { ...mark, state: 'fired', repeat: 1 };
    const lastDueAt = times.dueAt + shiftMs;
    const again = addDuration(lastDueAt, mark.spec.every, calendar, clock.pauses).dueMs;
    return { ...mark, repeat: mark.repeat + 1, lastDueAt, dueAt: again };
  });
  const broken = clock.promise && clock.missedAt === null && isBroken(clock, step);
  const fired: ClockState = { ...clock, marks, missedAt: broken ? times.dueAt : clock.missedAt };
  const operations = [operation('fired', fired, { step, dueAt: times.dueAt })];
  if (broken) operations.push(operation('missed', fired, { dueAt: times.dueAt }));
  if (nextDue(fired)) return { clock: fired, operations };
  const outcome = fired.promise ? 'missed' : 'elapsed';
  return {
    clock: { ...fired, outcome, endedAt: times.dueAt },
    operations: [...operations, operation('elapsed', fired)],
  };
}

/** Ends a clock because what it waited for happened, or because it no longer matters. A broken promise stays missed. */
export function endClock(clock: ClockState, verb: 'met' | 'cancelled', at: number): Change {
  const outcome = clock.missedAt === null ? verb : 'missed';
  const ended: ClockState = { ...clock, outcome, endedAt: at, pauses: closePauses(clock.pauses, at) };
  return { clock: ended, operations: [operation(verb, ended)] };
}

/** Stops the time; the cause is the event that asked for it. */
export function pauseClock(clock: ClockState, at: number, cause: string): Change {
  const paused: ClockState = {
    ...clock,
    outcome: 'paused',
    pauses: [...clock.pauses, { fromMs: at, toMs: null, cause }],
    marks: clock.marks.map((mark) => (mark.state === 'armed' ? { ...mark, dueAt: null } : mark)),
  };
  return { clock: paused, operations: [operation('paused', paused)] };
}

/** Lets the time run on; the marks still to come move by what the pause took. */
export function resumeClock(clock: ClockState, at: number, calendar: CalendarVersion): Change {
  const open = { ...clock, outcome: 'running' as const, pauses: closePauses(clock.pauses, at) };
  const resumed = withDueInstants(open, calendar);
  return {
    clock: resumed,
    operations: [operation('resumed', resumed, { dueAt: nextDue(resumed)?.dueAt ?? null })],
  };
}

/** Computes the marks still to come anew under another version of the calendar; says what moved. */
export function recalculateClock(clock: ClockState, calendar: CalendarVersion): Change {
  const versioned = { ...clock, calendarVersion: calendar.version };
  if (clock.outcome === 'paused') return { clock: versioned, operations: [] };
  const moved = withDueInstants(versioned, calendar);
  const operations = moved.marks.flatMap((mark, index) => {
    const before = clock.marks[index]?.dueAt ?? null;
    return mark.dueAt === before
      ? []
      : [operation('moved', moved, { step: mark.step, dueAt: mark.dueAt, before })];
  });
  return { clock: moved, operations };
}

/** The instant of a mark before repeats and shifts: from the start, through the percentage, the pauses and `plus`. */
export function markInstant(
  startedAt: number,
  spec: MarkAt,
  calendar: CalendarVersion,
  pauses: readonly Pause[],
): number {
  const base =
    spec.percent === undefined
      ? addDuration(startedAt, spec.of, calendar, pauses).dueMs
      : percentOf(startedAt, spec.of, spec.percent, calendar, pauses).dueMs;
  const dueAt = spec.plus ? addDuration(base, spec.plus, calendar, pauses).dueMs : base;
  const { notBefore } = spec;
  return notBefore
    ? Math.max(dueAt, addDuration(notBefore.from, notBefore.of, calendar, pauses).dueMs)
    : dueAt;
}

function withDueInstants(clock: ClockState, calendar: CalendarVersion): ClockState {
  const marks = clock.marks.map((mark): MarkState => {
    if (mark.state !== 'armed') return mark;
    if (mark.lastDueAt !== null && mark.spec.every) {
      return { ...mark, dueAt: addDuration(mark.lastDueAt, mark.spec.every, calendar, clock.pauses).dueMs };
    }
    return { ...mark, dueAt: markInstant(clock.startedAt, mark.spec, calendar, clock.pauses) + mark.shiftMs };
  });
  return { ...clock, marks };
}

function skipPassed(clock: ClockState, at: number): ClockState {
  const passed = clock.marks.filter((mark) => mark.dueAt !== null && mark.dueAt < at);
  const last = passed.reduce<MarkState | null>(
    (a, b) => (a === null || (b.dueAt ?? 0) >= (a.dueAt ?? 0) ? b : a),
    null,
  );
  const marks = clock.marks.map((mark): MarkState =>
    passed.includes(mark) && mark !== last ? { ...mark, state: 'passed' } : mark,
  );
  return { ...clock, marks };
}

/** `due` itself, or any step after it when `due` lay before the clock's start. */
function isBroken(clock: ClockState, step: string): boolean {
  const dueIndex = clock.marks.findIndex((mark) => mark.step === 'due');
  const firedIndex = clock.marks.findIndex((mark) => mark.step === step);
  return dueIndex >= 0 && firedIndex >= dueIndex;
}

function closePauses(pauses: readonly Pause[], at: number): readonly Pause[] {
  return pauses.map((pause) => (pause.toMs === null ? { ...pause, toMs: at } : pause));
}

function operation(
  op: ClockOperation['op'],
  clock: ClockState,
  more: Pick<ClockOperation, 'step' | 'dueAt' | 'before'> = {},
): ClockOperation {
  return { op, clock: clock.name, key: clock.key, run: clock.run, ...more };
}
