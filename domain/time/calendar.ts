// The shapes of business calendars: the stored version with its dates, and the file that people write and import.
import { z } from 'zod';

export const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;

export type Weekday = (typeof WEEKDAYS)[number];

/**
 * Opening hours in local time, 'HH:MM'. `closes` at or before `opens` means over midnight; '24:00' is midnight at the
 * end of the date. An interval belongs to the date on which it opens (service spec §3a).
 */
export interface Interval {
  readonly opens: string;
  readonly closes: string;
}

/**
 * One immutable version of a calendar, as stored. It holds its holidays as dates, so an old due instant can be
 * computed again without any holiday library. `openDays` are exceptional hours; they override weekly hours and holidays.
 * `validFrom` and `validTo` are the first and the last date for which holidays are known (absent: for all dates).
 * Treat it as frozen: results per calendar object are remembered.
 */
export interface CalendarVersion {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly zone: string;
  readonly weekly: Readonly<Record<Weekday, readonly Interval[]>>;
  readonly holidays: readonly { readonly date: string; readonly name: string }[];
  readonly openDays?: readonly { date: string; intervals: readonly Interval[]; name: string }[];
  readonly validFrom?: string;
  readonly validTo?: string;
}

/** One thing wrong in a calendar file, with its place such as `weekly.monday[0].opens`. */
export interface CalendarProblem {
  readonly path: string;
  readonly problem: string;
}

const DAY_MINUTES = 24 * 60;
const text = (what: string, longest: number) =>
  z
    .string({ error: `${what} must be text` })
    .trim()
    .min(1, { error: `${what} must not be empty` })
    .max(longest, { error: `${what} must not be longer than ${String(longest)} characters` });

function isDate(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const ms = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value);
}

const date = z
  .string({ error: "a date must be text such as '2026-12-24'" })
  .refine(isDate, { error: (issue) => `"${String(issue.input)}" is not a date such as 2026-12-24` });

const opens = z
  .string({ error: "a time must be text such as '09:00' (in quotes)" })
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, {
    error: (issue) => `"${String(issue.input)}" is not a time from 00:00 to 23:59`,
  });

const closes = z
  .string({ error: "a time must be text such as '17:00' (in quotes)" })
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, {
    error: (issue) => `"${String(issue.input)}" is not a time from 00:00 to 24:00`,
  });

const intervals = z.array(z.strictObject({ opens, closes }), { error: 'must be a list of hours' }).max(24);

const weekly = z.strictObject(
  {
    monday: intervals.exactOptional(),
    tuesday: intervals.exactOptional(),
    wednesday: intervals.exactOptional(),
    thursday: intervals.exactOptional(),
    friday: intervals.exactOptional(),
    saturday: intervals.exactOptional(),
    sunday: intervals.exactOptional(),
  },
  {
    error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : 'must list hours by day of the week'),
  },
);

const holiday = z.strictObject({ date, name: text('the name', 120) });
const openDay = z.strictObject({
  date,
  intervals: intervals.min(1, { error: 'an open day needs hours; to close a date use holidays.add' }),
  name: text('the name', 120),
});
// The tables of the Islamic calendar in the holiday data end in 2076; later years would silently miss holidays.
const year = z
  .int({ error: 'a year must be a whole number such as 2026' })
  .min(1970, { error: 'the first year possible is 1970' })
  .max(2075, { error: 'the last year possible is 2075' });

/**
 * A calendar as people write it (YAML or JSON). Days of the week that are missing are closed. `holidays.country` is an
 * ISO 3166 code and `region` a code below it ("BE", "NY"); `drop` takes dates out, `add` puts own closed dates in.
 */
export const calendarFileSchema = z.strictObject({
  id: z.string({ error: 'the id must be text' }).regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, {
    error: 'the id must be small letters, digits and dashes, such as berlin-office',
  }),
  title: text('the title', 120),
  zone: text('the zone', 60),
  weekly,
  holidays: z
    .strictObject({
      country: text('the country', 60).exactOptional(),
      region: text('the region', 60).exactOptional(),
      years: z.tuple([year, year], {
        error: 'years must be the first and the last year, such as [2026, 2028]',
      }),
      drop: z.array(date).max(400).exactOptional(),
      add: z.array(holiday).max(400).exactOptional(),
    })
    .exactOptional(),
  openDays: z.array(openDay).max(400).exactOptional(),
});

export type CalendarFile = z.infer<typeof calendarFileSchema>;

/** Reads a calendar file that is already parsed from YAML or JSON; names every problem with its place. */
export function readCalendarFile(
  input: unknown,
): { ok: true; value: CalendarFile } | { ok: false; problems: CalendarProblem[] } {
  const parsed = calendarFileSchema.safeParse(input);
  if (!parsed.success) {
    return {
      ok: false,
      problems: parsed.error.issues.map((issue) => ({ path: pathText(issue.path), problem: issue.message })),
    };
  }
  const problems = hoursProblems(parsed.data);
  return problems.length === 0 ? { ok: true, value: parsed.data } : { ok: false, problems };
}

function pathText(path: readonly PropertyKey[]): string {
  const written = path
    .map((part) => (typeof part === 'number' ? `[${String(part)}]` : `.${String(part)}`))
    .join('');
  return written === '' ? '(file)' : written.replace(/^\./, '');
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** Minutes after the local midnight of the date on which an interval opens; `closes` may lie on the next date. */
export function minutesOf(interval: Interval): { opensMinute: number; closesMinute: number } {
  const opensMinute = minuteOf(interval.opens);
  const closesMinute = minuteOf(interval.closes);
  return {
    opensMinute,
    closesMinute: closesMinute <= opensMinute ? closesMinute + DAY_MINUTES : closesMinute,
  };
}

interface Placed {
  readonly path: string;
  readonly fromMinute: number;
  readonly toMinute: number;
}

function placed(hours: readonly Interval[], path: string, shiftMinutes: number): Placed[] {
  return hours.map((interval, index) => {
    const { opensMinute, closesMinute } = minutesOf(interval);
    return {
      path: `${path}[${String(index)}]`,
      fromMinute: opensMinute + shiftMinutes,
      toMinute: closesMinute + shiftMinutes,
    };
  });
}

/** Overlaps among intervals, told at the later one; at most one per interval. */
function overlaps(all: readonly Placed[]): CalendarProblem[] {
  const sorted = [...all].sort((a, b) => a.fromMinute - b.fromMinute || a.toMinute - b.toMinute);
  const problems: CalendarProblem[] = [];
  let last = sorted[0];
  for (const next of sorted.slice(1)) {
    if (last !== undefined && next.fromMinute < last.toMinute) {
      problems.push({ path: next.path, problem: `these hours overlap with ${last.path}` });
    }
    if (last === undefined || next.toMinute > last.toMinute) last = next;
  }
  return problems;
}

function weeklyProblems(file: CalendarFile): CalendarProblem[] {
  const all = WEEKDAYS.flatMap((day, index) =>
    placed(file.weekly[day] ?? [], `weekly.${day}`, index * DAY_MINUTES),
  );
  if (all.length === 0) return [{ path: 'weekly', problem: 'the calendar has no open hour in a week' }];
  // Sunday night runs into Monday, so the week is closed into a ring by repeating Monday.
  const again = placed(file.weekly.monday ?? [], 'weekly.monday', 7 * DAY_MINUTES);
  const found = overlaps([...all, ...again]);
  return [...new Map(found.map((problem) => [problem.path, problem])).values()];
}

function openDayProblems(file: CalendarFile): CalendarProblem[] {
  const days = file.openDays ?? [];
  const byDate = new Map<string, string>();
  const problems: CalendarProblem[] = [];
  const all = days.flatMap((day, index) => {
    const path = `openDays[${String(index)}]`;
    const first = byDate.get(day.date);
    if (first !== undefined) {
      problems.push({ path: `${path}.date`, problem: `${day.date} is listed twice (see ${first})` });
      return [];
    }
    byDate.set(day.date, path);
    return placed(day.intervals, `${path}.intervals`, (Date.parse(day.date) / 86_400_000) * DAY_MINUTES);
  });
  return [...problems, ...overlaps(all)];
}

/** What the shape alone cannot see: no open hour at all, and hours that overlap, over midnight and weekends too. */
export function hoursProblems(file: CalendarFile): CalendarProblem[] {
  return [...weeklyProblems(file), ...openDayProblems(file)];
}
