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
const WINDOW_DAYS = 74;
const MARGIN_DAYS = 30;
const DRAWN_DAYS = 14;

const centres: readonly { readonly name: string; readonly date: string }[] = [
  { name: 'spring change in Berlin', date: '2026-03-29' },
  { name: 'autumn change on Lord Howe', date: '2026-04-05' },
  { name: 'spring change on Lord Howe', date: '2026-10-04' },
  { name: 'autumn changes in Berlin and New York', date: '2026-10-28' },
  { name: 'spring change in New York', date: '2026-03-08' },
  { name: 'leap day', date: '2028-02-29' },
  { name: 'year end', date: '2026-12-29' },
];

const seed = seedOf('business time oracle');

/** Zones of interest change their clocks near some centres only; each pair must be worth its oracle. */
function worthwhile(calendar: TestCalendar, name: string): boolean {
  if (name.includes('Lord Howe')) return calendar.zone === 'Australia/Lord_Howe';
  if (name.includes('New York') && !name.includes('Berlin')) return calendar.zone === 'America/New_York';
  if (name.includes('change')) return /Berlin|New_York/.test(calendar.zone);
  return true;
}

const pairs = allCalendars.flatMap((calendar) =>
  centres
    .filter((centre) => worthwhile(calendar, centre.name))
    .map((centre) => ({ calendar, id: calendar.id, name: centre.name, date: centre.date })),
);

function windowOf(calendar: TestCalendar, date: string) {
  const startMs = Date.parse(`${date}T00:00:00Z`) - (MARGIN_DAYS + DRAWN_DAYS / 2) * DAY_MS;
  const oracle = new MinuteOracle(calendar, startMs, WINDOW_DAYS * 1440);
  const start = fc
    .integer({ min: MARGIN_DAYS * 1440, max: (MARGIN_DAYS + DRAWN_DAYS) * 1440 })
    .map((minute) => startMs + minute * MINUTE_MS);
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

describe.each(pairs)('$id around the $name', ({ calendar, date }) => {
  const { oracle, start } = windowOf(calendar, date);
  const check = <T extends [unknown, ...unknown[]]>(property: fc.IProperty<T>) => {
    fc.assert(property, { seed, numRuns: 60 });
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
      fc.property(startAndPauses(start), fc.integer({ min: 1, max: 6 }), ([fromMs, pauses], n) => {
        const open = oracle.openMinutes(fromMs, oracle.afterOpenDates(fromMs, n));
        fc.pre(open % 4 === 0);
        for (const quarter of [0, 1, 2, 3, 4]) {
          const due = percentOf(fromMs, d(n, 'businessDays'), quarter * 25, calendar, pauses);
          expect(due.dueMs).toBe(oracle.afterMinutes(fromMs, (open / 4) * quarter, pauses));
        }
      }),
    );
  });

  it('keeps the local time over dates and months', () => {
    check(
      fc.property(start, fc.integer({ min: -14, max: 14 }), (fromMs, n) => {
        expect(addDuration(fromMs, d(n, 'days'), calendar).dueMs).toBe(oracle.sameLocalTime(fromMs, n, 'days'));
        const months = Math.sign(n);
        const shifted = oracle.sameLocalTime(fromMs, months * 0 + (n > 0 ? 0 : 0), 'months');
        expect(addDuration(fromMs, d(0, 'months'), calendar).dueMs).toBe(shifted);
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
