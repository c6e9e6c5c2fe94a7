// Walks over the open spans of a calendar, forward and back, each line told to an explanation.
import type { CalendarVersion } from './calendar.js';
import type { Explanation } from './explain.js';
import { localDayOf, openDayOf } from './open-days.js';
import type { OpenDay } from './open-days.js';
import { piecesOf } from './pauses.js';
import type { EndedPause } from './pauses.js';

/** Closed dates in a row after which a calendar counts as broken: five years. */
const MOST_CLOSED_DAYS = 1827;

/** No walk and no measure is longer: above half a century it is a typing error, or meant to keep a server busy. */
const MOST_DAYS = 20_000;

/**
 * Gives the dates from a day number on (`step` 1) or back (`step` -1), one per call. Throws RangeError once five years pass
 * without an opening: the calendar is bad data, and a promise on it would never fall due; and after 20,000 dates.
 */
export function dayWalk(day: number, step: 1 | -1, calendar: CalendarVersion): () => OpenDay {
  let closedDays = 0;
  let at = day - step;
  return () => {
    at += step;
    if (Math.abs(at - day) >= MOST_DAYS)
      throw new RangeError(
        `what is asked for lies more than ${String(MOST_DAYS)} days away in calendar ${calendar.id}`,
      );
    const resolved = openDayOf(at, calendar);
    closedDays = resolved.spans.length === 0 ? closedDays + 1 : 0;
    if (closedDays > MOST_CLOSED_DAYS) {
      const when = `${step === 1 ? 'after' : 'before'} ${openDayOf(day, calendar).date}`;
      const name = `calendar ${calendar.id} version ${String(calendar.version)}`;
      throw new RangeError(`${name} has no opening in five years ${when}`);
    }
    return resolved;
  };
}

/** The close of the n-th open date after the date of an instant; 0 is the first open date from that date on. */
export function closeAfter(
  fromMs: number,
  count: number,
  calendar: CalendarVersion,
  explanation: Explanation,
): number {
  const startDay = localDayOf(fromMs, calendar);
  // The start date itself is wanted for 0 bd only; on a closed date the next open one stands in.
  const firstDay = count === 0 ? startDay : startDay + 1;
  const wanted = Math.max(count, 1);
  let counted = 0;
  const next = dayWalk(firstDay, 1, calendar);
  for (;;) {
    const day = next();
    const close = day.spans.at(-1);
    if (close === undefined) {
      explanation.closed(day);
      continue;
    }
    counted += 1;
    explanation.businessDay(day, count === 0 ? 0 : counted);
    if (counted === wanted) return close.toMs;
  }
}

/** The opening of the n-th open date before the date of an instant. */
export function openingBefore(
  fromMs: number,
  count: number,
  calendar: CalendarVersion,
  explanation: Explanation,
): number {
  let counted = 0;
  const next = dayWalk(localDayOf(fromMs, calendar) - 1, -1, calendar);
  for (;;) {
    const day = next();
    const opening = day.spans[0];
    if (opening === undefined) {
      explanation.closed(day);
      continue;
    }
    counted += 1;
    explanation.businessDay(day, -counted);
    if (counted === count) return opening.fromMs;
  }
}

/** The earliest instant by which `openMs` of open, unpaused time have passed since `fromMs`. */
export function forwardOpenTime(
  fromMs: number,
  openMs: number,
  calendar: CalendarVersion,
  pauses: readonly EndedPause[],
  explanation: Explanation,
): number {
  if (openMs <= 0) return fromMs;
  let leftMs = openMs;
  const startDay = localDayOf(fromMs, calendar);
  // One date early: an interval over midnight belongs to the date on which it opens.
  const next = dayWalk(startDay - 1, 1, calendar);
  for (;;) {
    const day = next();
    if (day.spans.length === 0 && day.day >= startDay) explanation.closed(day);
    for (const span of day.spans) {
      if (span.toMs <= fromMs) continue;
      for (const piece of piecesOf(Math.max(span.fromMs, fromMs), span.toMs, pauses)) {
        if (piece.cause !== undefined) {
          explanation.pause(piece.fromMs, piece.toMs, piece.cause, piece.toMs - piece.fromMs, 'open time');
          continue;
        }
        const stopMs = Math.min(piece.toMs, piece.fromMs + leftMs);
        explanation.open(day, span, piece.fromMs, stopMs);
        leftMs -= stopMs - piece.fromMs;
        if (leftMs <= 0) return stopMs;
      }
    }
  }
}

/** The latest instant from which `openMs` of open time pass until `fromMs`. */
export function backwardOpenTime(
  fromMs: number,
  openMs: number,
  calendar: CalendarVersion,
  explanation: Explanation,
): number {
  if (openMs <= 0) return fromMs;
  let leftMs = openMs;
  const next = dayWalk(localDayOf(fromMs, calendar), -1, calendar);
  for (;;) {
    const day = next();
    if (day.spans.length === 0) explanation.closed(day);
    for (const span of day.spans.toReversed()) {
      if (span.fromMs >= fromMs) continue;
      const endMs = Math.min(span.toMs, fromMs);
      const stopMs = Math.max(span.fromMs, endMs - leftMs);
      explanation.open(day, span, stopMs, endMs);
      leftMs -= endMs - stopMs;
      if (leftMs <= 0) return stopMs;
    }
  }
}

/** The instant at which `elapsedMs` of unpaused time have passed since `fromMs`. */
export function forwardElapsedTime(
  fromMs: number,
  elapsedMs: number,
  pauses: readonly EndedPause[],
  explanation: Explanation,
): number {
  if (elapsedMs <= 0) return fromMs;
  let leftMs = elapsedMs;
  let atMs = fromMs;
  for (const piece of piecesOf(fromMs, Infinity, pauses)) {
    if (piece.cause !== undefined) {
      explanation.pause(piece.fromMs, piece.toMs, piece.cause, piece.toMs - piece.fromMs, 'elapsed time');
      continue;
    }
    atMs = Math.min(piece.toMs, piece.fromMs + leftMs);
    explanation.elapsed(piece.fromMs, atMs);
    leftMs -= atMs - piece.fromMs;
    if (leftMs <= 0) break;
  }
  return atMs;
}

/** Open, unpaused time between two instants in order. Throws RangeError above 20,000 days. */
export function openTimeBetween(
  fromMs: number,
  toMs: number,
  calendar: CalendarVersion,
  pauses: readonly EndedPause[],
): number {
  if (toMs - fromMs > MOST_DAYS * 86_400_000)
    throw new RangeError(`open time is measured over at most ${String(MOST_DAYS)} days`);
  let sumMs = 0;
  const lastDay = localDayOf(toMs, calendar);
  for (let day = localDayOf(fromMs, calendar) - 1; day <= lastDay; day += 1) {
    for (const span of openDayOf(day, calendar).spans) {
      const cutFromMs = Math.max(span.fromMs, fromMs);
      const cutToMs = Math.min(span.toMs, toMs);
      if (cutFromMs >= cutToMs) continue;
      for (const piece of piecesOf(cutFromMs, cutToMs, pauses)) {
        if (piece.cause === undefined) sumMs += piece.toMs - piece.fromMs;
      }
    }
  }
  return sumMs;
}
