// Durations as text and as data.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { durationSchema, formatDuration, parseDuration } from '../../domain/time/duration.js';
import type { Duration, Unit } from '../../domain/time/duration.js';
import { seedOf } from './seed.js';

const seed = seedOf('durations');

const readable: readonly [string, number, Unit][] = [
  ['4 business hours', 4, 'businessHours'],
  ['1 business hour', 1, 'businessHours'],
  ['4 bh', 4, 'businessHours'],
  ['0.5bh', 0.5, 'businessHours'],
  ['10 bd', 10, 'businessDays'],
  ['-2 bd', -2, 'businessDays'],
  ['T-3 bd', -3, 'businessDays'],
  ['T+5bd', 5, 'businessDays'],
  ['− 2 business days', -2, 'businessDays'],
  ['24 ch', 24, 'hours'],
  ['24 hours', 24, 'hours'],
  ['T-24 h', -24, 'hours'],
  ['30 days', 30, 'days'],
  ['90 d', 90, 'days'],
  ['1 month', 1, 'months'],
  ['12 Months', 12, 'months'],
  ['15 min', 15, 'minutes'],
  ['  15   minutes ', 15, 'minutes'],
  ['0 bd', 0, 'businessDays'],
  ['-0 bd', 0, 'businessDays'],
  ['4 businessHours', 4, 'businessHours'],
];

describe('parseDuration', () => {
  it.each(readable)('reads "%s" as %d %s', (text, amount, unit) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: { amount, unit } });
  });

  it.each([
    ['', 'is not a duration'],
    ['soon', 'is not a duration'],
    ['4', 'is not a duration'],
    ['bd 4', 'is not a duration'],
    ['1e3 h', 'is not a duration'],
    ['2 weeks', '"weeks" is not a unit of time in "2 weeks"; the units are'],
    ['1.5 bd', 'business days must be a whole number, not 1.5'],
    ['0.5 months', 'months must be a whole number'],
    ['0.3333 bh', 'at most three decimals'],
    ['99999999 bd', 'more than the limit of 10000'],
    ['4 bd; drop', 'is not a duration'],
  ])('refuses "%s" and says why', (text, problem) => {
    expect(parseDuration(text)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  });

  it('answers for a very long text without repeating it', () => {
    const answer = parseDuration('9'.repeat(100_000));
    expect(answer).toEqual({ ok: false, problem: expect.stringMatching(/^.{1,200}$/u) });
  });

  it('reads back everything that formatDuration writes', () => {
    const whole = (unit: Unit) =>
      fc.integer({ min: -600, max: 600 }).map((amount): Duration => ({ amount, unit }));
    const split = (unit: Unit) =>
      fc.integer({ min: -600_000, max: 600_000 }).map((n): Duration => ({ amount: n / 1000, unit }));
    const any = fc.oneof(
      ...(['days', 'months', 'businessDays'] as const).map(whole),
      ...(['minutes', 'hours', 'businessHours'] as const).map(split),
    );
    fc.assert(
      fc.property(any, (duration) => {
        expect(parseDuration(formatDuration(duration))).toEqual({
          ok: true,
          value: { ...duration, amount: duration.amount === 0 ? 0 : duration.amount },
        });
      }),
      { seed },
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [{ amount: 4, unit: 'businessHours' }, '4 business hours'],
    [{ amount: 1, unit: 'businessDays' }, '1 business day'],
    [{ amount: -1, unit: 'months' }, '-1 month'],
    [{ amount: 0.5, unit: 'hours' }, '0.5 hours'],
    [{ amount: -0, unit: 'days' }, '0 days'],
  ] as const)('writes %j as "%s"', (duration, text) => {
    expect(formatDuration(duration)).toBe(text);
  });
});

describe('durationSchema', () => {
  it('takes an amount and a unit', () => {
    expect(durationSchema.parse({ amount: 4, unit: 'businessHours' })).toEqual({
      amount: 4,
      unit: 'businessHours',
    });
  });

  it.each([
    [{ amount: 4, unit: 'bh' }, 'unit', 'the unit must be one of minutes, hours'],
    [{ amount: '4', unit: 'hours' }, 'amount', 'the amount must be a number, such as 4'],
    [{ amount: Number.NaN, unit: 'hours' }, 'amount', 'the amount must be'],
    [{ amount: 1.5, unit: 'businessDays' }, 'amount', 'business days must be a whole number'],
    [{ amount: 1, unit: 'days', basis: 'x' }, '', 'basis'],
    ['4 bh', '', 'expected object'],
  ])('refuses %j at "%s"', (input, place, message) => {
    const issues = durationSchema.safeParse(input).error?.issues ?? [];
    expect(issues.map((issue) => [issue.path.join('.'), issue.message])).toEqual([
      [place, expect.stringContaining(message)],
    ]);
  });
});
