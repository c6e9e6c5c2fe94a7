// Builds a calendar version from a calendar file: checks zone and country, and turns holiday rules into dates.
import Holidays from 'date-holidays';
import { Temporal } from 'temporal-polyfill';
import { hoursProblems } from './calendar.js';
import type { CalendarFile, CalendarProblem, CalendarVersion, Interval, Weekday } from './calendar.js';
import { nearest } from './nearest.js';
import type { Choice } from './nearest.js';

const DAY_MS = 86_400_000;

/** Years of holidays in one version; a longer list is better served by a new version later. */
const MOST_YEARS = 30;

type HolidayPart = NonNullable<CalendarFile['holidays']>;
type NamedDate = CalendarVersion['holidays'][number];

/** The version, and remarks for the author: what was left out and why. */
export type BuiltCalendar =
  { ok: true; value: CalendarVersion; notes: string[] } | { ok: false; problems: CalendarProblem[] };

/**
 * Builds the immutable version `version` of a calendar from its file. Holidays become plain dates, so that the holiday
 * library runs here and nowhere else; only whole public holidays count, half ones are named in `notes`. Every problem
 * (unknown zone, country or region with near matches, no open hour, overlapping hours, dates outside the years) is
 * named with its place in the file. Zone data itself is not stored: its version belongs to the runtime
 * (`process.versions.tz`), and who records a due instant records it beside.
 */
export function buildCalendarVersion(file: CalendarFile, version: number): BuiltCalendar {
  const zone = canonicalZone(file.zone);
  const problems = [...hoursProblems(file), ...(zone.ok ? [] : [zone.problem])];
  if (!Number.isSafeInteger(version) || version < 1) {
    problems.push({ path: '(version)', problem: `${String(version)} is not a version number from 1 up` });
  }
  const holidays = holidayDates(file.holidays);
  if (!holidays.ok) problems.push(...holidays.problems);
  if (!zone.ok || !holidays.ok || problems.length > 0) return { ok: false, problems };
  const { dates, notes, range } = holidays;
  const value: CalendarVersion = {
    id: file.id,
    version,
    title: file.title,
    zone: zone.zone,
    weekly: wholeWeek(file),
    holidays: dates,
    ...(file.openDays === undefined ? {} : { openDays: file.openDays }),
    ...range,
  };
  return { ok: true, value, notes };
}

function wholeWeek(file: CalendarFile): Record<Weekday, readonly Interval[]> {
  const hours = (day: Weekday) => file.weekly[day] ?? [];
  return {
    monday: hours('monday'),
    tuesday: hours('tuesday'),
    wednesday: hours('wednesday'),
    thursday: hours('thursday'),
    friday: hours('friday'),
    saturday: hours('saturday'),
    sunday: hours('sunday'),
  };
}

function canonicalZone(zone: string): { ok: true; zone: string } | { ok: false; problem: CalendarProblem } {
  // A bare offset is a valid zone to Temporal, but it would hide every clock change of the place.
  if (!/^[+-]?\d/.test(zone)) {
    try {
      return {
        ok: true,
        zone: Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone).timeZoneId,
      };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  const choices = Intl.supportedValuesOf('timeZone').map((name) => ({
    shown: name,
    names: [name, name.slice(name.lastIndexOf('/') + 1).replaceAll('_', ' ')],
  }));
  const problem = `"${zone}" is not a time zone${didYouMean(nearest(zone, choices), 'write a name such as Europe/Berlin')}`;
  return { ok: false, problem: { path: 'zone', problem } };
}

function didYouMean(near: readonly string[], otherwise: string): string {
  return near.length === 0 ? `; ${otherwise}` : `; did you mean ${near.join(' or ')}?`;
}

type HolidayDates =
  | { ok: true; dates: NamedDate[]; notes: string[]; range: { validFrom?: string; validTo?: string } }
  | { ok: false; problems: CalendarProblem[] };

function holidayDates(part: HolidayPart | undefined): HolidayDates {
  if (part === undefined) return { ok: true, dates: [], notes: [], range: {} };
  const [first, last] = part.years;
  const problems: CalendarProblem[] = [];
  if (last < first) problems.push({ path: 'holidays.years', problem: 'the last year lies before the first' });
  if (last - first >= MOST_YEARS) {
    problems.push({
      path: 'holidays.years',
      problem: `at most ${String(MOST_YEARS)} years fit into one version`,
    });
  }
  const source = holidaySource(part);
  if (!source.ok) problems.push(source.problem);
  if (!source.ok || problems.length > 0) return { ok: false, problems };
  const notes: string[] = [];
  const byDate = new Map<string, string>();
  for (let year = first; source.rules !== undefined && year <= last; year += 1) {
    collectYear(source.rules, year, byDate, notes);
  }
  problems.push(...applyOwnDates(part, byDate));
  if (problems.length > 0) return { ok: false, problems };
  const range = { validFrom: `${String(first)}-01-01`, validTo: `${String(last)}-12-31` };
  const dates = [...byDate]
    .filter(([date]) => date >= range.validFrom && date <= range.validTo)
    .map(([date, name]) => ({ date, name }))
    .sort((a, b) => (a.date < b.date ? -1 : 1));
  return { ok: true, dates, notes, range };
}

/** Adds the whole public holidays of a year; a holiday may last several dates. */
function collectYear(rules: Holidays, year: number, byDate: Map<string, string>, notes: string[]): void {
  for (const holiday of rules.getHolidays(year, 'en')) {
    if (holiday.type !== 'public') continue;
    const date = holiday.date.slice(0, 10);
    const lengthDays = (holiday.end.getTime() - holiday.start.getTime()) / DAY_MS;
    // A tenth of a day of tolerance: dates of 23 hours are whole ones.
    if (lengthDays < 0.9) {
      notes.push(
        `${date} ${holiday.name} is only part of a day: not imported, use openDays for shorter hours`,
      );
      continue;
    }
    for (let index = 0; index < Math.floor(lengthDays + 0.1); index += 1) {
      const each = new Date(Date.parse(`${date}T00:00:00Z`) + index * DAY_MS).toISOString().slice(0, 10);
      const known = byDate.get(each);
      const isNew = known === undefined || known.split(' / ').includes(holiday.name);
      byDate.set(each, isNew ? (known ?? holiday.name) : `${known} / ${holiday.name}`);
    }
  }
}

/** Applies `drop` and `add`; what would have no effect is a problem, since it is most likely a mistyped date. */
function applyOwnDates(part: HolidayPart, byDate: Map<string, string>): CalendarProblem[] {
  const problems: CalendarProblem[] = [];
  const [first, last] = part.years;
  part.drop?.forEach((date, index) => {
    if (byDate.delete(date)) return;
    problems.push({
      path: `holidays.drop[${String(index)}]`,
      problem: `${date} is no holiday here, or dropped twice`,
    });
  });
  const added = new Set<string>();
  part.add?.forEach(({ date, name }, index) => {
    const path = `holidays.add[${String(index)}].date`;
    const year = Number(date.slice(0, 4));
    if (year < first || year > last) {
      problems.push({ path, problem: `${date} lies outside the years ${String(first)} to ${String(last)}` });
    } else if (added.has(date)) {
      problems.push({ path, problem: `${date} is added twice` });
    }
    added.add(date);
    byDate.set(date, name);
  });
  return problems;
}

type Source = { ok: true; rules: Holidays | undefined } | { ok: false; problem: CalendarProblem };

function holidaySource(part: HolidayPart): Source {
  const { country, region } = part;
  if (country === undefined) {
    if (region === undefined) return { ok: true, rules: undefined };
    return { ok: false, problem: { path: 'holidays.region', problem: 'a region needs a country' } };
  }
  const countries = new Holidays().getCountries('en');
  const code = country.toUpperCase();
  if (!Object.hasOwn(countries, code)) {
    const near = didYouMean(nearest(country, choicesOf(countries)), 'write an ISO code such as DE');
    return {
      ok: false,
      problem: { path: 'holidays.country', problem: `no holidays known for country "${country}"${near}` },
    };
  }
  if (region === undefined) return { ok: true, rules: new Holidays(code) };
  return regionSource(code, region);
}

/** A region is a state ("BY"), or a part of one ("BY-A"). */
function regionSource(country: string, region: string): Source {
  const all = new Holidays();
  const states: Record<string, string> = all.getStates(country, 'en') ?? {};
  const refuse = (problem: string): Source => ({ ok: false, problem: { path: 'holidays.region', problem } });
  const code = region.toUpperCase();
  if (Object.hasOwn(states, code)) return { ok: true, rules: new Holidays(country, code) };
  const dash = code.indexOf('-');
  const state = dash < 0 ? code : code.slice(0, dash);
  if (dash > 0 && Object.hasOwn(states, state)) {
    const regions: Record<string, string> = all.getRegions(country, state, 'en') ?? {};
    const part = code.slice(dash + 1);
    if (Object.hasOwn(regions, part)) return { ok: true, rules: new Holidays(country, state, part) };
    const near = didYouMean(nearest(part, choicesOf(regions)), `known: ${listed(regions)}`);
    return refuse(`${country}-${state} has no part "${part}"${near}`);
  }
  if (Object.keys(states).length === 0)
    return refuse(`no regions are known for country ${country}; leave it out`);
  return refuse(
    `country ${country} has no region "${region}"${didYouMean(nearest(region, choicesOf(states)), `known: ${listed(states)}`)}`,
  );
}

function listed(names: Readonly<Record<string, string>>): string {
  const codes = Object.keys(names);
  return codes.length === 0 ? 'none' : `${codes.slice(0, 60).join(', ')}${codes.length > 60 ? ', …' : ''}`;
}

/** People write the name or the initials of a country ("UK") where its code is wanted ("GB"). */
function choicesOf(names: Readonly<Record<string, string>>): Choice[] {
  return Object.entries(names).map(([code, name]) => {
    const initials = name
      .split(' ')
      .map((word) => word.slice(0, 1))
      .join('');
    // Two-letter codes are all near one another, so only names and initials are compared.
    return { shown: `${code} (${name})`, names: initials.length > 1 ? [name, initials] : [name] };
  });
}
