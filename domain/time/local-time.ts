// Local time of a zone: how an instant reads on the wall, and the same local time some dates or months away.
import { Temporal } from 'temporal-polyfill';

const WEEKDAY_LABELS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/**
 * How an instant (epoch milliseconds) reads in a zone, to the minute: 'Mon 2026-03-02 09:00 +01:00'.
 * Throws RangeError for an unknown zone.
 */
export function formatLocal(atMs: number, zone: string): string {
  const { offsetMs, offset } = spanAt(atMs, zone);
  const wall = new Date(atMs + offsetMs);
  const [date = '', clock = ''] = wall.toISOString().split('T');
  return `${WEEKDAY_LABELS[(wall.getUTCDay() + 6) % 7] ?? ''} ${date} ${clock.slice(0, 5)} ${offset}`;
}

/** From when until when (epoch milliseconds, half open) a zone keeps an offset, and how that is written. */
interface OffsetSpan {
  readonly zone: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly offsetMs: number;
  readonly offset: string;
}

/** The spans asked for last: what is shown together lies in few of them, and each costs Intl a search. */
const spans: OffsetSpan[] = [];
const SPANS_KEPT = 64;

function spanAt(atMs: number, zone: string): OffsetSpan {
  const known = spans.find((span) => span.fromMs <= atMs && atMs < span.toMs && span.zone === zone);
  if (known) return known;
  const local = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone);
  const span = {
    zone,
    // A change at this very instant counts as one before.
    fromMs: local.add({ nanoseconds: 1 }).getTimeZoneTransition('previous')?.epochMilliseconds ?? -Infinity,
    toMs: local.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity,
    offsetMs: local.offsetNanoseconds / 1_000_000,
    offset: local.offset,
  };
  spans.unshift(span);
  if (spans.length > SPANS_KEPT) spans.pop();
  return span;
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

const zones = new Set<string>();

/** Whether a text is the name of an IANA time zone, such as Europe/Berlin. */
export function isZone(text: string): boolean {
  if (zones.has(text)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
  zones.add(text);
  return true;
}
