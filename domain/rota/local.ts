/** Local times of a rota as instants: one that a clock change skips moves forward, one that occurs twice is the first. */
import { Temporal } from 'temporal-polyfill';

/** `at` is 'HH:MM', 24:00 for the end of the date. Epoch milliseconds. */
export function instantOf(date: Temporal.PlainDate, at: string, zone: string): number {
  const day = at === '24:00' ? date.add({ days: 1 }) : date;
  const plainTime = at === '24:00' ? '00:00' : at;
  return day.toZonedDateTime({ timeZone: zone, plainTime }).epochMilliseconds;
}

const DAY_MS = 86_400_000;

/**
 * The same for many times of many dates. On a date of 24 hours every time lies as far from its midnight as the clock
 * says, and only the others, of a clock change, are looked up one by one: a rota of a year is thousands of them.
 */
export function localTimes(): typeof instantOf {
  const known = new Map<string, number>();
  const midnight = (date: Temporal.PlainDate, zone: string): number => {
    const key = `${zone} ${date.toString()}`;
    const found = known.get(key) ?? instantOf(date, '00:00', zone);
    known.set(key, found);
    return found;
  };
  return (date, at, zone) => {
    const start = midnight(date, zone);
    if (midnight(date.add({ days: 1 }), zone) - start !== DAY_MS) return instantOf(date, at, zone);
    return start + (Number(at.slice(0, 2)) * 60 + Number(at.slice(3))) * 60_000;
  };
}

export function dateOf(at: number, zone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate();
}
