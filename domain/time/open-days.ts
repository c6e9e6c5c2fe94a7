// Local dates of a calendar resolved into spans of epoch milliseconds, remembered per calendar object.
import { Temporal } from 'temporal-polyfill';
import { minutesOf, WEEKDAYS } from './calendar.js';
import type { CalendarVersion, Interval } from './calendar.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const MINUTES_A_DAY = 1_440;

/** Dates remembered per calendar; about 80 years, so only a fuzzer ever empties the memory. */
const MOST_REMEMBERED_DAYS = 30_000;

/** One interval of a date in epoch milliseconds, `fromMs` inside and `toMs` outside. */
export interface OpenSpan {
  readonly fromMs: number;
  readonly toMs: number;
  /** The local hours as written, such as '09:00–17:00'. */
  readonly hours: string;
  /** Elapsed time minus the time on the wall: not zero only where a clock change falls into the interval. */
  readonly shiftMs: number;
}

/** A local date of a calendar: whole days since 1970-01-01 as `day`. */
export interface OpenDay {
  readonly day: number;
  readonly date: string;
  /** Such as 'Mon 2026-03-02'. */
  readonly label: string;
  /** The first instant of the local date. */
  readonly startMs: number;
  /** The first instant of the next local date. */
  readonly endMs: number;
  readonly spans: readonly OpenSpan[];
  readonly openMs: number;
  /** Name of the holiday, only where it closes a date that would have been open. */
  readonly holiday: string | undefined;
}

interface Memory {
  readonly holidays: ReadonlyMap<string, string>;
  readonly openDays: ReadonlyMap<string, readonly Interval[]>;
  readonly starts: Map<number, number>;
  readonly days: Map<number, OpenDay>;
}

// A pure memo: its content follows from the (frozen) calendar alone, and it dies with the calendar object.
const memories = new WeakMap<CalendarVersion, Memory>();

function memoryOf(calendar: CalendarVersion): Memory {
  const known = memories.get(calendar);
  if (known !== undefined) return known;
  const memory: Memory = {
    holidays: new Map(calendar.holidays.map((holiday) => [holiday.date, holiday.name])),
    openDays: new Map((calendar.openDays ?? []).map((day) => [day.date, day.intervals])),
    starts: new Map(),
    days: new Map(),
  };
  memories.set(calendar, memory);
  return memory;
}

/** The ISO date of a day number. */
export function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The index into WEEKDAYS (Monday is 0); 1970-01-01 was a Thursday. */
function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

/** A local minute of a date, or of the next one, as an instant. Skipped local times move forward, doubled ones mean the first (§3a). */
function instantOf(day: number, minute: number, calendar: CalendarVersion): number {
  if (minute >= MINUTES_A_DAY) return instantOf(day + 1, minute - MINUTES_A_DAY, calendar);
  const startMs = startOf(day, calendar);
  // No zone changes its clocks twice within a day (test/time): a date of 24 hours has its minutes one after another.
  if (startOf(day + 1, calendar) - startMs === DAY_MS) return startMs + minute * MINUTE_MS;
  const wall = new Date(day * DAY_MS + minute * MINUTE_MS).toISOString().slice(0, 16);
  return Temporal.PlainDateTime.from(wall).toZonedDateTime(calendar.zone, { disambiguation: 'compatible' })
    .epochMilliseconds;
}

function startOf(day: number, calendar: CalendarVersion): number {
  const { starts } = memoryOf(calendar);
  const known = starts.get(day);
  if (known !== undefined) return known;
  const startMs = Temporal.PlainDate.from(dateOf(day)).toZonedDateTime({
    timeZone: calendar.zone,
  }).epochMilliseconds;
  if (starts.size >= MOST_REMEMBERED_DAYS) starts.clear();
  starts.set(day, startMs);
  return startMs;
}

/** The local date of an instant, as a day number. */
export function localDayOf(atMs: number, calendar: CalendarVersion): number {
  let day = Math.floor(atMs / DAY_MS);
  // Zones lie within about a day of UTC, so each loop runs at most twice.
  while (atMs < startOf(day, calendar)) day -= 1;
  while (atMs >= startOf(day + 1, calendar)) day += 1;
  return day;
}

function hoursOf(day: number, date: string, calendar: CalendarVersion): readonly Interval[] {
  const memory = memoryOf(calendar);
  const exceptional = memory.openDays.get(date);
  if (exceptional !== undefined) return exceptional;
  if (memory.holidays.has(date)) return [];
  return weeklyHours(day, calendar);
}

function weeklyHours(day: number, calendar: CalendarVersion): readonly Interval[] {
  const weekday = WEEKDAYS[weekdayOf(day)];
  return weekday === undefined ? [] : calendar.weekly[weekday];
}

/** The intervals of a date as instants, sorted, still able to overlap. A date that a zone skipped has none. */
function rawSpans(day: number, calendar: CalendarVersion): OpenSpan[] {
  if (startOf(day, calendar) === startOf(day + 1, calendar)) return [];
  return hoursOf(day, dateOf(day), calendar)
    .map((interval) => {
      const { opensMinute, closesMinute } = minutesOf(interval);
      const fromMs = instantOf(day, opensMinute, calendar);
      const toMs = instantOf(day, closesMinute, calendar);
      const wallMs = (closesMinute - opensMinute) * MINUTE_MS;
      return { fromMs, toMs, hours: `${interval.opens}–${interval.closes}`, shiftMs: toMs - fromMs - wallMs };
    })
    .sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
}

/**
 * The open spans of a local date: disjoint, in order, none empty. Where a clock change pushes a close behind the next
 * opening, the later span gives way, so that no millisecond counts twice.
 */
function spansOf(day: number, calendar: CalendarVersion): OpenSpan[] {
  let takenToMs = Math.max(-Infinity, ...rawSpans(day - 1, calendar).map((span) => span.toMs));
  const spans: OpenSpan[] = [];
  for (const span of rawSpans(day, calendar)) {
    const fromMs = Math.max(span.fromMs, takenToMs);
    if (fromMs < span.toMs) spans.push({ ...span, fromMs });
    takenToMs = Math.max(takenToMs, span.toMs);
  }
  return spans;
}

/** A local date of a calendar, resolved; the same object each time. */
export function openDayOf(day: number, calendar: CalendarVersion): OpenDay {
  const memory = memoryOf(calendar);
  const known = memory.days.get(day);
  if (known !== undefined) return known;
  const date = dateOf(day);
  const spans = spansOf(day, calendar);
  const wouldOpen = weeklyHours(day, calendar).length > 0 && !memory.openDays.has(date);
  const resolved: OpenDay = {
    day,
    date,
    label: dayLabel(day),
    startMs: startOf(day, calendar),
    endMs: startOf(day + 1, calendar),
    spans,
    openMs: spans.reduce((sum, span) => sum + span.toMs - span.fromMs, 0),
    holiday: wouldOpen ? memory.holidays.get(date) : undefined,
  };
  if (memory.days.size >= MOST_REMEMBERED_DAYS) memory.days.clear();
  memory.days.set(day, resolved);
  return resolved;
}

/** Such as 'Mon 2026-03-02'. */
export function dayLabel(day: number): string {
  const name = WEEKDAYS[weekdayOf(day)] ?? '';
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1, 3)} ${dateOf(day)}`;
}
