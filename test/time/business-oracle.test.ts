// Business time against the minute by minute oracle, on random instants around clock changes, leap day and year end.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addDuration,
  elapsedBusinessMs,
  isOpen,
  nextOpening,
  percentOf,
} from '../../domain/time/business.js';
import type { Unit } from '../../domain/time/duration.js';
import { allCalendars } from './calendars.js';
import type { TestCalendar } from './calendars.js';
import { MinuteOracle } from './minute-oracle.js';
import { seedOf } from './seed.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

// Starts are drawn from the two middle weeks; the rest is room to count forward and back.
const WINDOW_DAYS = 84;
const DRAWN_DAYS = 14;

// Each with the instant at which the clocks change, or midnight where none do.
const centres: readonly { readonly name: string; readonly at: string }[] = [
  { name: 'spring change in Berlin', at: '2026-03-29T01:00Z' },
  { name: 'autumn change on Lord Howe', at: '2026-04-04T15:00Z' },
  { name: 'spring change on Lord Howe', at: '2026-10-03T15:30Z' },
  { name: 'autumn change in Berlin', at: '2026-10-25T01:00Z' },
  { name: 'autumn change in New York', at: '2026-11-01T06:00Z' },
  { name: 'spring change in New York', at: '2026-03-08T07:00Z' },
  { name: 'leap day', at: '2028-02-29T00:00Z' },
  { name: 'year end', at: '2026-12-29T00:00Z' },
];

const seed = seedOf('business time oracle');

/** A clock change is of interest to the calendars of its own zone; the other centres to all. */
function worthwhile({ zone }: TestCalendar, name: string): boolean {
  const place = ['Berlin', 'Lord Howe', 'New York'].find((candidate) => name.includes(candidate));
  return place === undefined || zone.endsWith(place.replace(' ', '_'));
}

const pairs = allCalendars.flatMap((calendar) =>
  centres
    .filter((centre) => worthwhile(calendar, centre.name))
    .map(({ name, at }) => ({ calendar, id: calendar.id, name, atMs: Date.parse(at) })),
);

function windowOf(calendar: TestCalendar, atMs: number) {
  const startMs = Math.floor(atMs / DAY_MS - WINDOW_DAYS / 2) * DAY_MS;
  const oracle = new MinuteOracle(calendar, startMs, WINDOW_DAYS * 1440);
  const days = fc.integer({ min: -DRAWN_DAYS / 2, max: DRAWN_DAYS / 2 });
  // Half of the instants lie anywhere; the other half at the hour of the clock change, so that shifts by whole dates
  // land in the skipped and the doubled hour.
  const near = (minutes: number) => fc.integer({ min: -minutes, max: minutes });
  const start = fc
    .tuple(days, fc.oneof(near(720), near(75)))
    .map(([day, minute]) => atMs + day * DAY_MS + minute * MINUTE_MS);
  return { oracle, start };
}

const pause = (startMs: number) =>
  fc
    .tuple(fc.integer({ min: -600, max: 6000 }), fc.integer({ min: 0, max: 2000 }))
    .map(([offset, length]) => {
      const fromMs = startMs + offset * MINUTE_MS;
      return { fromMs, toMs: fromMs + length * MINUTE_MS, cause: 'waiting' };
    });

const startAndPauses = (start: fc.Arbitrary<number>) =>
  start.chain((fromMs) => fc.tuple(fc.constant(fromMs), fc.array(pause(fromMs), { maxLength: 3 })));

const d = (amount: number, unit: Unit) => ({ amount, unit });

describe.each(pairs)('$id around the $name', ({ calendar, atMs }) => {
  const { oracle, start } = windowOf(calendar, atMs);
  const check = <T extends [unknown, ...unknown[]]>(property: fc.IProperty<T>) => {
    fc.assert(property, { seed, numRuns: 40 });
  };

  it('counts business days like a person with a wall calendar', () => {
    check(
      fc.property(start, fc.integer({ min: -10, max: 10 }), (fromMs, n) => {
        const expected = n < 0 ? oracle.beforeOpenDates(fromMs, -n) : oracle.afterOpenDates(fromMs, n);
        expect(addDuration(fromMs, d(n, 'businessDays'), calendar).dueMs).toBe(expected);
      }),
    );
  });

  it('counts business hours minute by minute, forward and back', () => {
    check(
      fc.property(start, fc.integer({ min: -2400, max: 2400 }), (fromMs, minutes) => {
        const expected =
          minutes < 0 ? oracle.beforeMinutes(fromMs, -minutes) : oracle.afterMinutes(fromMs, minutes);
        expect(addDuration(fromMs, d(minutes / 60, 'businessHours'), calendar).dueMs).toBe(expected);
      }),
    );
  });

  it('does not count paused minutes', () => {
    check(
      fc.property(startAndPauses(start), fc.integer({ min: 0, max: 1200 }), ([fromMs, pauses], minutes) => {
        const hours = addDuration(fromMs, d(minutes / 60, 'businessHours'), calendar, pauses);
        expect(hours.dueMs).toBe(oracle.afterMinutes(fromMs, minutes, pauses));
        const elapsed = addDuration(fromMs, d(minutes, 'minutes'), calendar, pauses);
        expect(elapsed.dueMs).toBe(oracle.afterMinutes(fromMs, minutes, pauses, true));
      }),
    );
  });

  it('gives paused business days the open minutes that they had without the pause', () => {
    check(
      fc.property(startAndPauses(start), fc.integer({ min: 1, max: 4 }), ([fromMs, pauses], n) => {
        const open = oracle.openMinutes(fromMs, oracle.afterOpenDates(fromMs, n));
        const due = addDuration(fromMs, d(n, 'businessDays'), calendar, pauses);
        expect(due.dueMs).toBe(oracle.afterMinutes(fromMs, open, pauses));
      }),
    );
  });

  it('shares out the open minutes of a target', () => {
    check(
      fc.property(
        startAndPauses(start),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 5 }),
        ([fromMs, pauses], n, quarters) => {
          const open = oracle.openMinutes(fromMs, oracle.afterOpenDates(fromMs, n));
          // Only whole minutes can be walked.
          fc.pre(open % 4 === 0);
          const due = percentOf(fromMs, d(n, 'businessDays'), quarters * 25, calendar, pauses);
          expect(due.dueMs).toBe(oracle.afterMinutes(fromMs, (open / 4) * quarters, pauses));
        },
      ),
    );
  });

  it('keeps the local time over dates and months', () => {
    check(
      fc.property(start, fc.integer({ min: -14, max: 14 }), (fromMs, n) => {
        expect(addDuration(fromMs, d(n, 'days'), calendar).dueMs).toBe(
          oracle.sameLocalTime(fromMs, n, 'days'),
        );
        const months = Math.sign(n);
        const due = addDuration(fromMs, d(months, 'months'), calendar);
        expect(due.dueMs).toBe(oracle.sameLocalTime(fromMs, months, 'months'));
      }),
    );
  });

  it('agrees on what is open, what opens next and how much was open between', () => {
    check(
      fc.property(start, start, (oneMs, otherMs) => {
        const [fromMs, toMs] = oneMs < otherMs ? [oneMs, otherMs] : [otherMs, oneMs];
        expect(isOpen(fromMs, calendar)).toBe(oracle.isOpen(fromMs));
        expect(nextOpening(fromMs, calendar)).toBe(oracle.nextOpening(fromMs));
        expect(elapsedBusinessMs(fromMs, toMs, calendar)).toBe(oracle.openMinutes(fromMs, toMs) * MINUTE_MS);
      }),
    );
  });
});
