// Business time: due instants, shares of a target and elapsed open time on a calendar. Pure; instants are epoch ms.
import type { CalendarVersion } from './calendar.js';
import { durationProblem, formatDuration } from './duration.js';
import type { Duration } from './duration.js';
import { Explanation } from './explain.js';
import type { ExplainStep } from './explain.js';
import { formatElapsed, formatLocal, shiftLocal } from './local-time.js';
import { dateOf, localDayOf, openDayOf } from './open-days.js';
import { endedPauses } from './pauses.js';
import type { EndedPause, Pause } from './pauses.js';
import {
  backwardOpenTime,
  closeAfter,
  dayWalk,
  forwardElapsedTime,
  forwardOpenTime,
  openingBefore,
  openTimeBetween,
} from './walk.js';

export { formatLocal } from './local-time.js';
export type { ExplainStep } from './explain.js';
export type { Pause } from './pauses.js';

const UNIT_MS = { minutes: 60_000, hours: 3_600_000, businessHours: 3_600_000 } as const;

/** Instants that this library computes with: the years 1000 to 9000. */
const EARLIEST_MS = Date.UTC(1000, 0);
const LATEST_MS = Date.UTC(9000, 0);

/** A due instant and how it came about, line by line. */
export interface Due {
  readonly dueMs: number;
  readonly steps: readonly ExplainStep[];
}

/**
 * The due instant of a duration that starts at `fromMs` (service spec §3 R2, §3a "Business time").
 *
 * - `businessDays`: the close of the last open interval on the n-th open local date after the start date, which is
 *   day 0 and the plain local date of `fromMs`, also when a night shift of the date before is still open. Negative:
 *   the opening of the n-th open date before. 0: the close of the start date, which may lie before `fromMs`; on a
 *   closed date, of the next open one.
 * - `businessHours`: the earliest instant at which that much open time has passed: a close, never the opening after it.
 * - `days`, `months`: the same local time; last day of the month where the day does not exist; a local time that a
 *   clock change skips moves forward by the length of the change, a doubled one means the first.
 * - `hours`, `minutes`: elapsed time.
 *
 * Pauses (§3 R3) may overlap and lie outside. Time in a pause does not count: for `hours`, `minutes` and
 * `businessHours` it is skipped; for `businessDays` the open time (for `days` and `months` the elapsed time) of the
 * pauses before the unpaused due instant runs on from that instant, skipping later pauses; so a pause while
 * everything is closed moves no business day. A duration that counts back is anchored at its end: pauses do not move
 * it. **Every pause must have ended**: while a clock is paused it has no due instant, the caller holds it.
 *
 * Throws RangeError (bugs or bad data) for an open pause, a broken amount, instants outside the years 1000 to 9000,
 * an unknown zone, and a calendar without an opening for five years.
 */
export function addDuration(
  fromMs: number,
  duration: Duration,
  calendar: CalendarVersion,
  pauses: readonly Pause[] = [],
): Due {
  check(fromMs, duration);
  const ended = endedPauses(pauses);
  const explanation = begin(fromMs, duration, '', calendar);
  const dueMs = computeDue(fromMs, duration, calendar, ended, explanation);
  return finish(fromMs, dueMs, duration, calendar, explanation);
}

function computeDue(
  fromMs: number,
  duration: Duration,
  calendar: CalendarVersion,
  pauses: readonly EndedPause[],
  explanation: Explanation,
): number {
  const { amount, unit } = duration;
  switch (unit) {
    case 'minutes':
    case 'hours': {
      const lengthMs = Math.round(amount * UNIT_MS[unit]);
      return lengthMs < 0 ? fromMs + lengthMs : forwardElapsedTime(fromMs, lengthMs, pauses, explanation);
    }
    case 'businessHours': {
      const lengthMs = Math.round(amount * UNIT_MS[unit]);
      return lengthMs < 0
        ? backwardOpenTime(fromMs, -lengthMs, calendar, explanation)
        : forwardOpenTime(fromMs, lengthMs, calendar, pauses, explanation);
    }
    case 'days':
    case 'months': {
      const dueMs = addLocal(fromMs, amount, unit, calendar, explanation);
      const heldMs = runOn(fromMs, dueMs, calendar, pauses, 'elapsed time', explanation);
      return forwardElapsedTime(dueMs, heldMs, pauses, explanation);
    }
    case 'businessDays': {
      if (amount < 0) return openingBefore(fromMs, -amount, calendar, explanation);
      const dueMs = closeAfter(fromMs, amount, calendar, explanation);
      const heldMs = runOn(fromMs, dueMs, calendar, pauses, 'open time', explanation);
      return forwardOpenTime(dueMs, heldMs, calendar, pauses, explanation);
    }
  }
}

/** How much time the pauses before an unpaused due instant held back; each pause that held back any is told. */
function runOn(
  fromMs: number,
  dueMs: number,
  calendar: CalendarVersion,
  pauses: readonly EndedPause[],
  what: 'open time' | 'elapsed time',
  explanation: Explanation,
): number {
  let heldMs = 0;
  for (const pause of pauses) {
    const startMs = Math.max(pause.fromMs, fromMs);
    const endMs = Math.min(pause.toMs, dueMs);
    if (startMs >= endMs) continue;
    const oneMs = what === 'open time' ? openTimeBetween(startMs, endMs, calendar, []) : endMs - startMs;
    if (oneMs > 0) explanation.pause(startMs, endMs, pause.cause, oneMs, what);
    heldMs += oneMs;
  }
  if (heldMs > 0) {
    const text = `Without pauses due ${formatLocal(dueMs, calendar.zone)}; ${formatElapsed(heldMs)} of ${what} run on`;
    explanation.date(dueMs, dueMs, text);
  }
  return heldMs;
}

function addLocal(
  fromMs: number,
  amount: number,
  unit: 'days' | 'months',
  calendar: CalendarVersion,
  explanation: Explanation,
): number {
  const shift = shiftLocal(fromMs, amount, unit, calendar.zone);
  if (shift.clamped)
    explanation.date(shift.atMs, shift.atMs, 'The month has no such day: its last day counts');
  if (shift.clockChange !== undefined) {
    const what =
      shift.clockChange === 'skipped' ? 'does not exist and moves forward' : 'occurs twice: the first counts';
    explanation.dst(shift.atMs, shift.atMs, `Because of the clock change, ${shift.wantedClock} ${what}`);
  }
  return shift.atMs;
}

/**
 * The instant at which a share of a target has passed, such as 50 for half: "a percentage of a target applies to its
 * open time" (service spec §3a). Business units: that share of the open time between start and (unpaused) due
 * instant; calendar units: of the elapsed time. 100 equals `addDuration`; 0 is the start. Time in pauses does not
 * count. Of a duration that counts back, the share is counted back from `fromMs`. Throws RangeError as `addDuration`
 * does, and for a share outside 0 to 1000.
 */
export function percentOf(
  fromMs: number,
  duration: Duration,
  percent: number,
  calendar: CalendarVersion,
  pauses: readonly Pause[] = [],
): Due {
  check(fromMs, duration);
  if (!(percent >= 0 && percent <= 1000))
    throw new RangeError(`${String(percent)} % is not a share from 0 to 1000 %`);
  const ended = endedPauses(pauses);
  const explanation = begin(fromMs, duration, `${String(percent)} % of `, calendar);
  const wholeMs = computeDue(fromMs, duration, calendar, [], new Explanation(calendar.zone));
  const back = duration.amount < 0;
  const share = (lengthMs: number) => Math.round((lengthMs * percent) / 100);
  const business = duration.unit === 'businessDays' || duration.unit === 'businessHours';
  let dueMs: number;
  if (!back && wholeMs < fromMs) {
    // 0 bd asked for after the close: nothing is left to share out.
    dueMs = wholeMs;
  } else if (business) {
    const openMs = openTimeBetween(Math.min(fromMs, wholeMs), Math.max(fromMs, wholeMs), calendar, []);
    dueMs = back
      ? backwardOpenTime(fromMs, share(openMs), calendar, explanation)
      : forwardOpenTime(fromMs, share(openMs), calendar, ended, explanation);
  } else {
    dueMs = back
      ? fromMs - share(fromMs - wholeMs)
      : forwardElapsedTime(fromMs, share(wholeMs - fromMs), ended, explanation);
  }
  return finish(fromMs, dueMs, duration, calendar, explanation);
}

/**
 * Open, unpaused time from one instant to another, in milliseconds; negative when `toMs` lies before `fromMs`. A pause
 * that still lasts ends at the later of the two.
 */
export function elapsedBusinessMs(
  fromMs: number,
  toMs: number,
  calendar: CalendarVersion,
  pauses: readonly Pause[] = [],
): number {
  checkInstant(fromMs);
  checkInstant(toMs);
  if (toMs === fromMs) return 0;
  const ended = endedPauses(pauses, Math.max(fromMs, toMs));
  return toMs > fromMs
    ? openTimeBetween(fromMs, toMs, calendar, ended)
    : 0 - openTimeBetween(toMs, fromMs, calendar, ended);
}

/** The instant itself when the calendar is open, else the next opening. RangeError if there is none in five years. */
export function nextOpening(atMs: number, calendar: CalendarVersion): number {
  checkInstant(atMs);
  const next = dayWalk(localDayOf(atMs, calendar) - 1, 1, calendar);
  for (;;) {
    const span = next().spans.find((candidate) => candidate.toMs > atMs);
    if (span !== undefined) return Math.max(span.fromMs, atMs);
  }
}

/** Whether the calendar is open: from an opening (inside) to its close (outside). */
export function isOpen(atMs: number, calendar: CalendarVersion): boolean {
  checkInstant(atMs);
  const day = localDayOf(atMs, calendar);
  return [day - 1, day].some((candidate) =>
    openDayOf(candidate, calendar).spans.some((span) => span.fromMs <= atMs && atMs < span.toMs),
  );
}

/**
 * Whether the calendar knows the holidays of the local date of an instant. Outside that range, due instants count every
 * weekday as open; the calendar needs a new version ("holiday calendar missing", service spec §4.14).
 */
export function knowsHolidaysAt(atMs: number, calendar: CalendarVersion): boolean {
  const date = dateOf(localDayOf(atMs, calendar));
  return date >= (calendar.validFrom ?? date) && date <= (calendar.validTo ?? date);
}

function checkInstant(atMs: number): void {
  if (!Number.isSafeInteger(atMs) || atMs < EARLIEST_MS || atMs > LATEST_MS) {
    throw new RangeError(
      `${String(atMs)} is not an instant in whole epoch milliseconds between the years 1000 and 9000`,
    );
  }
}

function check(fromMs: number, duration: Duration): void {
  checkInstant(fromMs);
  const problem = durationProblem(duration);
  if (problem !== undefined) throw new RangeError(`${formatDuration(duration)}: ${problem}`);
}

function begin(fromMs: number, duration: Duration, share: string, calendar: CalendarVersion): Explanation {
  const explanation = new Explanation(calendar.zone);
  const target = `${share}${formatDuration(duration)}`;
  explanation.date(fromMs, fromMs, `Starts ${formatLocal(fromMs, calendar.zone)}: ${target}`);
  return explanation;
}

function finish(
  fromMs: number,
  dueMs: number,
  duration: Duration,
  calendar: CalendarVersion,
  explanation: Explanation,
): Due {
  const business = duration.unit === 'businessDays' || duration.unit === 'businessHours';
  if (business && ![fromMs, dueMs].every((atMs) => knowsHolidaysAt(atMs, calendar))) {
    const known = `${calendar.validFrom ?? 'the beginning'} to ${calendar.validTo ?? 'the end'}`;
    explanation.date(dueMs, dueMs, `The holidays of ${calendar.title} are known only from ${known}`);
  }
  explanation.date(dueMs, dueMs, `Due ${formatLocal(dueMs, calendar.zone)}`);
  return { dueMs, steps: explanation.steps() };
}
