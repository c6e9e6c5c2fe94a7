// An independent oracle for business time: it walks the clock on the wall minute by minute and imports no code of ours.
import type { Hours, TestCalendar } from './calendars.js';

const MINUTE_MS = 60_000;
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/** Minutes after which a date's hours must have begun and ended: a shift may run into the next date. */
const DAY_MINUTES = 1440;

/** Adds dates to an ISO date by plain calendar arithmetic. */
function plusDates(date: string, count: number): string {
  return new Date(Date.parse(`${date}T12:00:00Z`) + count * 86_400_000).toISOString().slice(0, 10);
}

function plusMonths(date: string, count: number): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 + count, 1));
  const length = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return `${first.toISOString().slice(0, 8)}${String(Math.min(day, length)).padStart(2, '0')}`;
}

function hoursOn(date: string, calendar: TestCalendar): readonly Hours[] {
  const exceptional = calendar.openDays?.find((day) => day.date === date);
  if (exceptional !== undefined) return exceptional.intervals;
  if (calendar.holidays.some((holiday) => holiday.date === date)) return [];
  const weekday = WEEKDAYS[new Date(`${date}T12:00:00Z`).getUTCDay()];
  return weekday === undefined ? [] : calendar.weekly[weekday];
}

interface WallClock {
  readonly shown: readonly string[];
  readonly firstMinuteOf: ReadonlyMap<string, number>;
}

// Calendars of one zone look at the same clock, and reading it is most of the work.
const wallClocks = new Map<string, WallClock>();

function wallClock(zone: string, startMs: number, minutes: number): WallClock {
  const key = `${zone} ${String(startMs)} ${String(minutes)}`;
  const known = wallClocks.get(key);
  if (known !== undefined) return known;
  const shown: string[] = [];
  const firstMinuteOf = new Map<string, number>();
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  // No zone changes its clocks inside a quarter of an hour, so the clock is read at each quarter and counted on.
  for (let quarter = 0; quarter < minutes; quarter += 15) {
    const read = clock.format(startMs + quarter * MINUTE_MS);
    for (let on = 0; on < 15; on += 1) {
      const now = read.slice(0, 14) + String(Number(read.slice(14)) + on).padStart(2, '0');
      if (!firstMinuteOf.has(now)) firstMinuteOf.set(now, quarter + on);
      shown.push(now);
    }
  }
  const read = { shown, firstMinuteOf };
  wallClocks.set(key, read);
  return read;
}

/** Paused spans for the oracle, in epoch milliseconds. */
export interface OraclePause {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The minutes of a window as a person with a clock and a calendar on the wall would note them down. */
export class MinuteOracle {
  readonly #calendar: TestCalendar;
  readonly #startMs: number;
  /** What the clock shows in each minute: 'YYYY-MM-DD HH:MM'. */
  readonly #wall: readonly string[];
  readonly #firstMinuteOf: ReadonlyMap<string, number>;
  readonly #open: boolean[];
  readonly #openings = new Map<string, number>();
  readonly #closes = new Map<string, number>();

  constructor(calendar: TestCalendar, startMs: number, minutes: number) {
    this.#calendar = calendar;
    this.#startMs = startMs;
    const wall = wallClock(calendar.zone, startMs, minutes);
    this.#wall = wall.shown;
    this.#firstMinuteOf = wall.firstMinuteOf;
    this.#open = new Array<boolean>(minutes).fill(false);
    this.#markOpenMinutes();
  }

  #markOpenMinutes(): void {
    const dates = [...new Set(this.#wall.map((shown) => shown.slice(0, 10)))];
    for (const date of dates.slice(1, -2)) {
      for (const { opens, closes } of hoursOn(date, this.#calendar)) {
        const closesNextDate = closes <= opens || closes === '24:00';
        const from = this.#minuteAt(date, opens);
        const closeClock = closes === '24:00' ? '00:00' : closes;
        const to = this.#minuteAt(closesNextDate ? plusDates(date, 1) : date, closeClock);
        if (to <= from) continue;
        this.#open.fill(true, from, to);
        if (!this.#openings.has(date)) this.#openings.set(date, from);
        this.#closes.set(date, Math.max(to, this.#closes.get(date) ?? 0));
      }
    }
  }

  /** The minute in which the clock first shows a local time; a skipped time is as far behind the gap as into it. */
  #minuteAt(date: string, clock: string): number {
    const exact = this.#firstMinuteOf.get(`${date} ${clock}`);
    if (exact !== undefined) return exact;
    for (let back = 1; back <= DAY_MINUTES; back += 1) {
      const earlier = new Date(Date.parse(`${date}T${clock}:00Z`) - back * MINUTE_MS).toISOString();
      const key = `${earlier.slice(0, 10)} ${earlier.slice(11, 16)}`;
      const found = this.#wall.lastIndexOf(key);
      if (found >= 0) return found + back;
    }
    throw new Error(`${date} ${clock} lies outside the window of the oracle`);
  }

  #minuteOf(atMs: number): number {
    return Math.round((atMs - this.#startMs) / MINUTE_MS);
  }

  #dateOf(atMs: number): string {
    return this.#wall[this.#minuteOf(atMs)]?.slice(0, 10) ?? '';
  }

  #atMs(minute: number): number {
    if (minute < 0 || minute >= this.#wall.length) throw new Error('the walk left the window of the oracle');
    return this.#startMs + minute * MINUTE_MS;
  }

  isOpen(atMs: number): boolean {
    return this.#open[this.#minuteOf(atMs)] ?? false;
  }

  nextOpening(atMs: number): number {
    return this.#atMs(this.#open.indexOf(true, this.#minuteOf(atMs)));
  }

  /** Counts the open minutes from one instant to another. */
  openMinutes(fromMs: number, toMs: number, pauses: readonly OraclePause[] = []): number {
    let count = 0;
    const end = this.#minuteOf(toMs);
    for (let minute = this.#minuteOf(fromMs); minute < end; minute += 1) {
      if (this.#open[minute] === true && !this.#paused(minute, pauses)) count += 1;
    }
    return count;
  }

  #paused(minute: number, pauses: readonly OraclePause[]): boolean {
    if (pauses.length === 0) return false;
    const atMs = this.#startMs + minute * MINUTE_MS;
    return pauses.some((pause) => pause.fromMs <= atMs && atMs < pause.toMs);
  }

  /** The end of the last of `count` open (or, with `elapsed`, of any) unpaused minutes. */
  afterMinutes(fromMs: number, count: number, pauses: readonly OraclePause[] = [], elapsed = false): number {
    let minute = this.#minuteOf(fromMs);
    for (let left = count; left > 0; minute += 1) {
      if (minute >= this.#wall.length) throw new Error('the walk left the window of the oracle');
      if ((elapsed || this.#open[minute] === true) && !this.#paused(minute, pauses)) left -= 1;
    }
    return this.#atMs(minute);
  }

  /** The start of the first of `count` open minutes counted back. */
  beforeMinutes(fromMs: number, count: number): number {
    let minute = this.#minuteOf(fromMs);
    for (let left = count; left > 0; minute -= 1) {
      if (minute <= 0) throw new Error('the walk left the window of the oracle');
      if (this.#open[minute - 1] === true) left -= 1;
    }
    return this.#atMs(minute);
  }

  /** The close of the n-th open date after the date of an instant; 0 is the first open date from that date on. */
  afterOpenDates(fromMs: number, count: number): number {
    let date = this.#dateOf(fromMs);
    if (count === 0) date = plusDates(date, -1);
    for (let left = Math.max(count, 1); left > 0;) {
      date = plusDates(date, 1);
      this.#mustKnow(date);
      if (this.#closes.has(date)) left -= 1;
    }
    return this.#atMs(this.#closes.get(date) ?? -1);
  }

  /** The opening of the n-th open date before the date of an instant. */
  beforeOpenDates(fromMs: number, count: number): number {
    let date = this.#dateOf(fromMs);
    for (let left = count; left > 0;) {
      date = plusDates(date, -1);
      this.#mustKnow(date);
      if (this.#openings.has(date)) left -= 1;
    }
    return this.#atMs(this.#openings.get(date) ?? -1);
  }

  #mustKnow(date: string): void {
    const first = this.#wall[0] ?? '';
    const last = this.#wall.at(-1) ?? '';
    if (date <= first.slice(0, 10) || date >= plusDates(last.slice(0, 10), -1)) {
      throw new Error('the walk left the window of the oracle');
    }
  }

  /** The same local time a number of dates or months away. */
  sameLocalTime(fromMs: number, count: number, unit: 'days' | 'months'): number {
    const shown = this.#wall[this.#minuteOf(fromMs)] ?? '';
    const date = shown.slice(0, 10);
    const target = unit === 'days' ? plusDates(date, count) : plusMonths(date, count);
    return count === 0 ? fromMs : this.#atMs(this.#minuteAt(target, shown.slice(11)));
  }
}
