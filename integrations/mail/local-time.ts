/** Instants and dates as a recipient reads them: in his language, in his zone, with the offset spelled out. */
import { Temporal } from 'temporal-polyfill';

/** How a language writes dates; `{weekday}`, `{day}`, `{month}`, `{year}`, `{time}`, `{offset}`, `{zone}` are replaced. */
export interface DatePatterns {
  readonly dateTime: string;
  readonly date: string;
}

/** Where and in what language a recipient reads. */
export class Locale {
  constructor(
    readonly zone: string,
    readonly language: string,
    readonly patterns: DatePatterns,
  ) {}
}

/** "Monday 2 March 2026, 09:00 (UTC+01:00, Europe/Berlin)". Throws RangeError for no instant or no zone. */
export function localTime(value: unknown, { zone, language, patterns }: Locale): string {
  const local = Temporal.Instant.from(isoOf(value)).toZonedDateTimeISO(zone);
  const time = `${two(local.hour)}:${two(local.minute)}`;
  return fill(patterns.dateTime, {
    ...dateWords(local.toPlainDate(), language),
    time,
    offset: `UTC${local.offset}`,
    zone: local.timeZoneId,
  });
}

/** "Monday 2 March 2026", of a plain date, or of an instant in the zone. Throws RangeError for neither. */
export function localDate(value: unknown, { zone, language, patterns }: Locale): string {
  const iso = isoOf(value);
  const date = /^\d{4}-\d{2}-\d{2}$/.test(iso)
    ? Temporal.PlainDate.from(iso)
    : Temporal.Instant.from(iso).toZonedDateTimeISO(zone).toPlainDate();
  return fill(patterns.date, dateWords(date, language));
}

function isoOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string') return value;
  throw new RangeError('an instant is an ISO string or a Date');
}

function dateWords(date: Temporal.PlainDate, language: string): Record<string, string> {
  // Only the names come from Intl; the order and the punctuation are ours, since they differ between builds.
  const noon = new Date(Date.UTC(date.year, date.month - 1, date.day, 12));
  const name = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' }).format(noon);
  return {
    weekday: name({ weekday: 'long' }),
    day: String(date.day),
    month: name({ month: 'long' }),
    year: String(date.year),
  };
}

function fill(pattern: string, words: Readonly<Record<string, string>>): string {
  return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => words[name] ?? whole);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
