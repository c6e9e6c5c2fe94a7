// Local time of a zone: how an instant reads on the wall, and the same local time some dates or months away.
import { Temporal } from 'temporal-polyfill';

const WEEKDAY_LABELS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/**
 * How an instant (epoch milliseconds) reads in a zone, to the minute: 'Mon 2026-03-02 09:00 +01:00'.
 * Throws RangeError for an unknown zone.
 */
export function formatLocal(atMs: number, zone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone);
  // Each field of a time with a zone is worked out from the instant anew; those of a time on the wall are not.
  const wall = local.toPlainDateTime();
  const weekday = WEEKDAY_LABELS[wall.dayOfWeek - 1] ?? '';
  const clock = `${String(wall.hour).padStart(2, '0')}:${String(wall.minute).padStart(2, '0')}`;
  return `${weekday} ${wall.toPlainDate().toString()} ${clock} ${local.offset}`;
}

/** The clock part of `formatLocal`: '09:00'. */
export function formatClock(atMs: number, zone: string): string {
  return formatLocal(atMs, zone).slice(15, 20);
}

/** A length of time for people: '2 h 30 min', '45 s', '0 min'. */
export function formatElapsed(lengthMs: number): string {
  const seconds = Math.round(lengthMs / 1000);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const written = parts
    .filter(([amount]) => amount !== 0)
    .map(([amount, unit]) => `${String(amount)} ${unit}`);
  return written.length === 0 ? '0 min' : written.join(' ');
}

/** The result of a shift by dates or months, with what had to be adjusted. */
interface LocalShift {
  readonly atMs: number;
  /** The day of the month does not exist, so the last one was taken. */
  readonly clamped: boolean;
  /** The clock change skips the wanted local time (it moved forward) or shows it twice (the first counts). */
  readonly clockChange: 'skipped' | 'twice' | undefined;
  /** The wanted local time, such as '02:30'. */
  readonly wantedClock: string;
}

/**
 * The same local time a number of dates or months later (negative: earlier). Last day of the month where the day does
 * not exist; a skipped local time moves forward, a doubled one means the first (service spec §3a).
 */
export function shiftLocal(
  fromMs: number,
  amount: number,
  unit: 'days' | 'months',
  zone: string,
): LocalShift {
  const from = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(zone);
  const wantedClock = formatClock(fromMs, zone);
  if (amount === 0) return { atMs: fromMs, clamped: false, clockChange: undefined, wantedClock };
  const wanted = from.toPlainDateTime().add({ [unit]: amount });
  const first = wanted.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const last = wanted.toZonedDateTime(zone, { disambiguation: 'later' });
  const chosen = wanted.toZonedDateTime(zone, { disambiguation: 'compatible' });
  const skipped = !chosen.toPlainDateTime().equals(wanted);
  return {
    atMs: chosen.epochMilliseconds,
    clamped: unit === 'months' && wanted.day !== from.day,
    clockChange: skipped ? 'skipped' : first.equals(last) ? undefined : 'twice',
    wantedClock,
  };
}
