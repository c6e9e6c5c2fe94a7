// What an explanation tells, line by line, and that it stays short.
import { describe, expect, it } from '@jest/globals';
import { addDuration } from '../../domain/time/business.js';
import type { Due } from '../../domain/time/business.js';
import { always, berlin, lordHowe, newYork } from './calendars.js';

const lines = ({ steps }: Due) => steps.map((step) => `${step.kind}: ${step.text}`);

describe('the explanation of a due instant', () => {
  it('names each business day, each holiday and joined closed dates', () => {
    const due = addDuration(
      Date.parse('2026-04-02T10:00+02:00'),
      { amount: 2, unit: 'businessDays' },
      berlin,
    );
    expect(lines(due)).toEqual([
      'date: Starts Thu 2026-04-02 10:00 +02:00: 2 business days',
      'holiday: Fri 2026-04-03: holiday (Good Friday)',
      'closed: Sat 2026-04-04 to Sun 2026-04-05: closed',
      'holiday: Mon 2026-04-06: holiday (Easter Monday)',
      'interval: Business day 1: Tue 2026-04-07 09:00–17:00',
      'interval: Business day 2: Wed 2026-04-08 09:00–17:00',
      'date: Due Wed 2026-04-08 17:00 +02:00',
    ]);
  });

  it('shows the open time that each interval gave, split hours apart', () => {
    const due = addDuration(
      Date.parse('2026-11-04T11:00-05:00'),
      { amount: 2.5, unit: 'businessHours' },
      newYork,
    );
    expect(lines(due)).toEqual([
      'date: Starts Wed 2026-11-04 11:00 -05:00: 2.5 business hours',
      'interval: Wed 2026-11-04 11:00–12:00: 1 h of open time',
      'interval: Wed 2026-11-04 13:00–14:30: 1 h 30 min of open time',
      'date: Due Wed 2026-11-04 14:30 -05:00',
    ]);
  });

  it('tells of a pause, its cause and what runs on behind the unpaused due instant', () => {
    const pause = {
      fromMs: Date.parse('2026-03-03T15:00+01:00'),
      toMs: Date.parse('2026-03-04T11:00+01:00'),
      cause: 'waiting for a log file',
    };
    const fromMs = Date.parse('2026-03-03T09:00+01:00');
    expect(lines(addDuration(fromMs, { amount: 1, unit: 'businessDays' }, berlin, [pause]))).toEqual([
      'date: Starts Tue 2026-03-03 09:00 +01:00: 1 business day',
      'interval: Business day 1: Wed 2026-03-04 09:00–17:00',
      'pause: Paused (waiting for a log file) Tue 2026-03-03 15:00 +01:00 to Wed 2026-03-04 11:00 +01:00: 4 h of open time not counted',
      'date: Without pauses due Wed 2026-03-04 17:00 +01:00; 4 h of open time run on',
      'interval: Thu 2026-03-05 09:00–13:00: 4 h of open time',
      'date: Due Thu 2026-03-05 13:00 +01:00',
    ]);
  });

  it('tells of clock changes, in hours and in local times', () => {
    const night = addDuration(
      Date.parse('2026-04-04T22:00+11:00'),
      { amount: 8, unit: 'businessHours' },
      lordHowe,
    );
    expect(lines(night)).toContain('dst: The clock change makes Sat 2026-04-04 22:00–06:00 30 min longer');
    const skipped = addDuration(Date.parse('2026-03-28T02:30+01:00'), { amount: 1, unit: 'days' }, berlin);
    expect(lines(skipped)).toContain(
      'dst: Because of the clock change, 02:30 does not exist and moves forward',
    );
    const twice = addDuration(Date.parse('2026-10-24T02:30+02:00'), { amount: 1, unit: 'days' }, berlin);
    expect(lines(twice)).toContain('dst: Because of the clock change, 02:30 occurs twice: the first counts');
  });

  it('says when the last day of a month stands in', () => {
    const due = addDuration(Date.parse('2026-01-31T12:00+01:00'), { amount: 1, unit: 'months' }, berlin);
    expect(lines(due)).toContain('date: The month has no such day: its last day counts');
  });

  it('warns when the due instant lies beyond the known holidays, for business units only', () => {
    const known = { ...berlin, validFrom: '2026-01-01', validTo: '2026-12-31' };
    const fromMs = Date.parse('2026-12-28T12:00+01:00');
    const warning = 'date: The holidays of Berlin office are known only from 2026-01-01 to 2026-12-31';
    expect(lines(addDuration(fromMs, { amount: 10, unit: 'businessDays' }, known))).toContain(warning);
    expect(lines(addDuration(fromMs, { amount: 2, unit: 'businessDays' }, known))).not.toContain(warning);
    expect(lines(addDuration(fromMs, { amount: 10, unit: 'days' }, known))).not.toContain(warning);
  });

  it('sums up after 40 openings and loses no counted time', () => {
    const fromMs = Date.parse('2026-01-05T12:00+01:00');
    const days = addDuration(fromMs, { amount: 360, unit: 'businessDays' }, always);
    expect(days.steps.length).toBeLessThan(50);
    expect(lines(days).at(-2)).toContain('… and 320 more open days');
    const hours = addDuration(fromMs, { amount: 4000, unit: 'businessHours' }, newYork);
    expect(hours.steps.length).toBeLessThan(121);
    const toldMs = hours.steps.reduce((sum, step) => sum + (step.usedMs ?? 0), 0);
    expect(toldMs).toBe(4000 * 3_600_000);
  });

  it('stays short for many pauses too', () => {
    const fromMs = Date.parse('2026-01-05T12:00+01:00');
    const pauses = Array.from({ length: 1000 }, (_, index) => ({
      fromMs: fromMs + index * 120_000,
      toMs: fromMs + index * 120_000 + 60_000,
      cause: 'waiting',
    }));
    const due = addDuration(fromMs, { amount: 15, unit: 'hours' }, always, pauses);
    expect(due.dueMs).toBe(fromMs + 15 * 3_600_000 + 900 * 60_000);
    expect(due.steps.length).toBeLessThan(130);
    expect(lines(due).at(-2)).toContain('… and more of the same');
  });
});

describe('speed', () => {
  it('remembers resolved dates, so that ten thousand due instants of 10 bd take seconds only', () => {
    const started = performance.now();
    for (let index = 0; index < 10_000; index += 1) {
      addDuration(
        Date.parse('2026-01-05T08:00Z') + index * 3_000_000,
        { amount: 10, unit: 'businessDays' },
        berlin,
      );
    }
    // Measured 0.7 s, and 11 s without the memory; the limit leaves room for a busy machine.
    expect(performance.now() - started).toBeLessThan(6_000);
  });
});
