// Laws that business time keeps on every calendar, and what it refuses.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import {
  addDuration,
  elapsedBusinessMs,
  formatLocal,
  isOpen,
  knowsHolidaysAt,
  nextOpening,
  percentOf,
} from '../../domain/time/business.js';
import type { Pause } from '../../domain/time/business.js';
import type { Duration, Unit } from '../../domain/time/duration.js';
import { allCalendars, always, berlin, lordHowe, newYork } from './calendars.js';
import { seedOf } from './seed.js';

const HOUR_MS = 3_600_000;
const seed = seedOf('business time laws');
const firstMs = Date.parse('2026-01-01T00:00Z');
const lastMs = Date.parse('2028-12-31T00:00Z');

const calendar = fc.constantFrom(...allCalendars);
// Milliseconds, not minutes: the oracle test covers whole minutes only.
const instant = fc.integer({ min: firstMs, max: lastMs });
const units: readonly Unit[] = ['minutes', 'hours', 'days', 'months', 'businessHours', 'businessDays'];
const duration = fc
  .tuple(fc.integer({ min: -40, max: 40 }), fc.constantFrom(...units))
  .map(([amount, unit]): Duration => ({ amount, unit }));
const pauseNear = (fromMs: number) =>
  fc
    .tuple(fc.integer({ min: -50, max: 400 }), fc.integer({ min: 0, max: 60 * HOUR_MS }))
    .map(([hours, lengthMs]): Pause & { toMs: number } => ({
      fromMs: fromMs + hours * HOUR_MS,
      toMs: fromMs + hours * HOUR_MS + lengthMs,
      cause: 'waiting',
    }));
const pausedStart = instant.chain((fromMs) =>
  fc.tuple(fc.constant(fromMs), fc.array(pauseNear(fromMs), { maxLength: 4 })),
);
const d = (amount: number, unit: Unit): Duration => ({ amount, unit });

function law<T extends [unknown, ...unknown[]]>(property: fc.IProperty<T>): void {
  fc.assert(property, { seed, numRuns: 200 });
}

describe('laws of business time', () => {
  it('lets exactly n business hours pass until n business hours are due, pauses or not', () => {
    law(
      fc.property(
        calendar,
        pausedStart,
        fc.integer({ min: 0, max: 80 * 60 }),
        (on, [fromMs, pauses], minutes) => {
          const { dueMs, steps } = addDuration(fromMs, d(minutes / 60, 'businessHours'), on, pauses);
          expect(elapsedBusinessMs(fromMs, dueMs, on, pauses)).toBe(minutes * 60_000);
          const told = steps.reduce(
            (sum, step) => sum + (step.kind === 'interval' ? (step.usedMs ?? 0) : 0),
            0,
          );
          expect(told).toBe(minutes * 60_000);
        },
      ),
    );
  });

  it('never falls due earlier for a later start', () => {
    law(
      fc.property(
        calendar,
        instant,
        fc.integer({ min: 0, max: 9 * 24 * HOUR_MS }),
        duration,
        (on, fromMs, gap, of) => {
          // Local times are not in order where a clock change doubles an hour; every other unit is.
          fc.pre(of.unit !== 'days' && of.unit !== 'months');
          expect(addDuration(fromMs + gap, of, on).dueMs).toBeGreaterThanOrEqual(
            addDuration(fromMs, of, on).dueMs,
          );
        },
      ),
    );
  });

  it('falls due later for a longer duration', () => {
    law(
      fc.property(calendar, instant, duration, (on, fromMs, of) => {
        const longer = { ...of, amount: of.amount + 1 };
        expect(addDuration(fromMs, longer, on).dueMs).toBeGreaterThanOrEqual(
          addDuration(fromMs, of, on).dueMs,
        );
      }),
    );
  });

  it('never falls due earlier because of a pause', () => {
    law(
      fc.property(calendar, pausedStart, duration, (on, [fromMs, pauses], of) => {
        const plain = addDuration(fromMs, of, on).dueMs;
        const paused = addDuration(fromMs, of, on, pauses).dueMs;
        expect(paused).toBeGreaterThanOrEqual(plain);
        if (of.amount <= 0 && of.unit !== 'businessDays') expect(paused).toBe(plain);
      }),
    );
  });

  it('takes overlapping, touching and unordered pauses as one stretch', () => {
    law(
      fc.property(calendar, instant, duration, fc.nat({ max: 50 }), (on, fromMs, of, hours) => {
        const startMs = fromMs + hours * HOUR_MS;
        const one = { fromMs: startMs, toMs: startMs + 9 * HOUR_MS, cause: 'a' };
        const parts = [
          { fromMs: startMs + 5 * HOUR_MS, toMs: startMs + 9 * HOUR_MS, cause: 'b' },
          { fromMs: startMs, toMs: startMs + 5 * HOUR_MS, cause: 'c' },
          { fromMs: startMs + HOUR_MS, toMs: startMs + 2 * HOUR_MS, cause: 'd' },
        ];
        expect(addDuration(fromMs, of, on, parts).dueMs).toBe(addDuration(fromMs, of, on, [one]).dueMs);
      }),
    );
  });

  it('makes the whole of a target the target itself, and shares of it ordered', () => {
    law(
      fc.property(calendar, pausedStart, duration, (on, [fromMs, pauses], of) => {
        expect(percentOf(fromMs, of, 100, on, pauses).dueMs).toBe(addDuration(fromMs, of, on, pauses).dueMs);
        const sign = of.amount < 0 ? -1 : 1;
        const marks = [0, 50, 75, 100, 150].map(
          (share) => sign * percentOf(fromMs, of, share, on, pauses).dueMs,
        );
        expect(marks).toEqual([...marks].sort((a, b) => a - b));
      }),
    );
  });

  it('counts open time backwards as the mirror image of forwards', () => {
    law(
      fc.property(calendar, instant, fc.integer({ min: 0, max: 60 * 60 }), (on, fromMs, minutes) => {
        const { dueMs } = addDuration(fromMs, d(-minutes / 60, 'businessHours'), on);
        expect(elapsedBusinessMs(dueMs, fromMs, on)).toBe(minutes * 60_000);
        expect(elapsedBusinessMs(fromMs, dueMs, on) + elapsedBusinessMs(dueMs, fromMs, on)).toBe(0);
      }),
    );
  });

  it('adds up open time over any cut', () => {
    law(
      fc.property(calendar, fc.tuple(instant, instant, instant), (on, instants) => {
        const [a = 0, b = 0, c = 0] = instants;
        const parts = elapsedBusinessMs(a, b, on) + elapsedBusinessMs(b, c, on);
        expect(parts).toBe(elapsedBusinessMs(a, c, on));
      }),
    );
  });

  it('is open at the next opening, and closed all the time before it', () => {
    law(
      fc.property(calendar, instant, (on, atMs) => {
        const opensMs = nextOpening(atMs, on);
        expect(isOpen(opensMs, on)).toBe(true);
        expect(elapsedBusinessMs(atMs, opensMs, on)).toBe(0);
        expect(opensMs === atMs).toBe(isOpen(atMs, on));
      }),
    );
  });

  it('computes the same again, whatever was remembered from other calls', () => {
    law(
      fc.property(calendar, pausedStart, duration, (on, [fromMs, pauses], of) => {
        expect(addDuration(fromMs, of, { ...on }, pauses)).toEqual(addDuration(fromMs, of, on, pauses));
      }),
    );
  });
});

describe('borders of business time', () => {
  const monday9 = Date.parse('2026-03-02T09:00+01:00');

  it('is open from the opening to just before the close', () => {
    const close = Date.parse('2026-03-02T17:00+01:00');
    expect([monday9 - 1, monday9, close - 1, close].map((atMs) => isOpen(atMs, berlin))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(nextOpening(close, berlin)).toBe(Date.parse('2026-03-03T09:00+01:00'));
  });

  it('counts 0 bd to the close of the start date even when that has passed', () => {
    const evening = Date.parse('2026-03-02T20:00+01:00');
    const close = Date.parse('2026-03-02T17:00+01:00');
    expect(addDuration(evening, d(0, 'businessDays'), berlin).dueMs).toBe(close);
    expect(percentOf(evening, d(0, 'businessDays'), 50, berlin).dueMs).toBe(close);
  });

  it('takes the plain local date as day 0, also while the shift of the date before is still open', () => {
    const tuesday2 = Date.parse('2026-03-03T02:00+11:00');
    const due = addDuration(tuesday2, d(1, 'businessDays'), lordHowe).dueMs;
    expect(formatLocal(due, lordHowe.zone)).toBe('Thu 2026-03-05 06:00 +11:00');
  });

  it('counts no time twice where a clock change pushes a close over the next opening', () => {
    const week = {
      ...always.weekly,
      sunday: [
        { opens: '01:00', closes: '02:45' },
        { opens: '03:00', closes: '05:00' },
      ],
    };
    const tight = { ...always, weekly: week };
    const from = Date.parse('2026-03-29T00:00+01:00');
    const to = Date.parse('2026-03-30T00:00+02:00');
    // 01:00 to 05:00 on the wall, an hour of which does not exist.
    expect(elapsedBusinessMs(from, to, tight)).toBe(3 * HOUR_MS);
  });

  it('treats hours that a clock change swallows whole as closed', () => {
    const gone = { ...berlin, weekly: { ...berlin.weekly, sunday: [{ opens: '02:30', closes: '03:15' }] } };
    const saturday = Date.parse('2026-03-28T12:00+01:00');
    expect(nextOpening(saturday, gone)).toBe(Date.parse('2026-03-30T09:00+02:00'));
    expect(addDuration(saturday, d(1, 'businessDays'), gone).dueMs).toBe(
      Date.parse('2026-03-30T17:00+02:00'),
    );
  });

  it('has no business day on a date that a zone skipped', () => {
    // Samoa moved over the date line: Friday, 30 December 2011 did not happen.
    const apia = { ...berlin, zone: 'Pacific/Apia' };
    const from = Date.parse('2011-12-29T12:00-10:00');
    const due = addDuration(from, d(1, 'businessDays'), apia).dueMs;
    expect(formatLocal(due, apia.zone)).toBe('Mon 2012-01-02 17:00 +14:00');
  });

  it('takes hours that close when they open as a whole day', () => {
    const relay = { ...berlin, weekly: { ...berlin.weekly, monday: [{ opens: '09:00', closes: '09:00' }] } };
    const due = addDuration(monday9 - HOUR_MS, d(0, 'businessDays'), relay).dueMs;
    expect(due).toBe(monday9 + 24 * HOUR_MS);
  });

  it('ends a pause that still lasts at the later instant when it measures', () => {
    const pauses = [{ fromMs: monday9 + HOUR_MS, toMs: null, cause: 'waiting' }];
    expect(elapsedBusinessMs(monday9, monday9 + 5 * HOUR_MS, berlin, pauses)).toBe(HOUR_MS);
  });

  it('writes local time with weekday and offset', () => {
    expect(formatLocal(monday9, 'Europe/Berlin')).toBe('Mon 2026-03-02 09:00 +01:00');
    expect(formatLocal(monday9, 'Asia/Kolkata')).toBe('Mon 2026-03-02 13:30 +05:30');
    expect(formatLocal(monday9, 'UTC')).toBe('Mon 2026-03-02 08:00 +00:00');
  });

  it('knows for which dates its holidays are known', () => {
    const known = { ...berlin, validFrom: '2026-01-01', validTo: '2026-12-31' };
    const lastDay = Date.parse('2026-12-31T23:59+01:00');
    expect(knowsHolidaysAt(lastDay, known)).toBe(true);
    expect(knowsHolidaysAt(lastDay + 60_000, known)).toBe(false);
    expect(knowsHolidaysAt(lastDay + 60_000, berlin)).toBe(true);
  });
});

describe('what business time refuses', () => {
  const monday9 = Date.parse('2026-03-02T09:00+01:00');
  const never = {
    ...berlin,
    weekly: { ...berlin.weekly, monday: [], tuesday: [], wednesday: [], thursday: [], friday: [] },
  };
  const tenDays = d(10, 'businessDays');
  const aMinute = [{ opens: '09:00', closes: '09:01' }];
  const minuteADay = {
    ...berlin,
    weekly: {
      ...{ monday: aMinute, tuesday: aMinute, wednesday: aMinute, thursday: aMinute },
      ...{ friday: aMinute, saturday: aMinute, sunday: aMinute },
    },
  };

  it.each([
    [
      'a calendar without an opening',
      () => addDuration(monday9, tenDays, never),
      /berlin version 1 has no opening in five years after/,
    ],
    [
      'a calendar without an opening, counted back',
      () => addDuration(monday9, d(-1, 'businessHours'), never),
      /no opening in five years before/,
    ],
    [
      'a search for an opening that never comes',
      () => nextOpening(monday9, never),
      /no opening in five years/,
    ],
    [
      'a pause that has not ended',
      () => addDuration(monday9, tenDays, berlin, [{ fromMs: monday9, toMs: null, cause: 'log file' }]),
      /"log file" has not ended/,
    ],
    [
      'a pause that ends before it begins',
      () => addDuration(monday9, tenDays, berlin, [{ fromMs: monday9, toMs: 0, cause: 'x' }]),
      /must run from an instant to a later one/,
    ],
    ['half a business day', () => addDuration(monday9, d(0.5, 'businessDays'), berlin), /whole number/],
    ['an amount that is not a number', () => addDuration(monday9, d(Number.NaN, 'hours'), berlin), /finite/],
    [
      'an amount beyond the limit',
      () => addDuration(monday9, d(1_000_000, 'businessHours'), berlin),
      /limit/,
    ],
    ['an instant that is not one', () => addDuration(Number.NaN, tenDays, berlin), /not an instant/],
    ['a fraction of a millisecond', () => isOpen(0.5, berlin), /not an instant/],
    ['a negative share', () => percentOf(monday9, tenDays, -1, berlin), /not a share/],
    ['an unknown zone', () => addDuration(monday9, tenDays, { ...berlin, zone: 'Mars/Base' }), /Mars/i],
    [
      'a measure over centuries',
      () => elapsedBusinessMs(Date.UTC(1100, 0), monday9, newYork),
      /at most 20000 days/,
    ],
    [
      'an amount that a calendar with short days reaches after lifetimes',
      () => addDuration(monday9, d(41_000, 'businessHours'), minuteADay),
      /more than 20000 days away in calendar berlin/,
    ],
    [
      'the same, counted back',
      () => addDuration(monday9, d(-41_000, 'businessHours'), minuteADay),
      /more than 20000 days away/,
    ],
  ])('refuses %s', (_name, act, message) => {
    expect(act).toThrow(RangeError);
    expect(act).toThrow(message);
  });
});

describe('the longest walk', () => {
  const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
  const manyOpenings = hours.map((hour) => ({ opens: `${hour}:00`, closes: `${hour}:30` }));
  const busy = {
    ...berlin,
    holidays: [],
    weekly: {
      ...{ monday: manyOpenings, tuesday: manyOpenings, wednesday: manyOpenings, thursday: manyOpenings },
      ...{ friday: manyOpenings, saturday: manyOpenings, sunday: manyOpenings },
    },
  };

  it('over 20,000 days with 24 openings each takes a moment, so that nobody stops a server with it', () => {
    const since = performance.now();
    const fromMs = Date.parse('2026-01-05T00:00:00+01:00');
    const elapsed = elapsedBusinessMs(fromMs, fromMs + 20_000 * 86_400_000, busy);
    // On one date of each year an opening falls into the hour that is skipped.
    expect(Math.abs(480_000 - elapsed / 1_800_000 - 54)).toBeLessThan(3);
    expect(performance.now() - since).toBeLessThan(5_000);
  });

  it('may take a date of 24 hours minute by minute: no zone changes its clocks twice within a day', () => {
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      let at: Temporal.ZonedDateTime | null = Temporal.ZonedDateTime.from(`2015-01-01[${zone}]`);
      let before = -Infinity;
      while ((at = at.getTimeZoneTransition('next')) !== null && at.year <= 2040) {
        expect([zone, at.epochMilliseconds - before > 2 * 86_400_000]).toEqual([zone, true]);
        before = at.epochMilliseconds;
      }
    }
  });
});
