/** Clocks that count from an instant before their step: with time that does not count, and never too early. */
import { describe, expect, it } from '@jest/globals';
import { nextDue, resumeClock, startClock } from '../../domain/kernel/clocks.js';
import type { ClockWord, ErasedScene } from '../../domain/kernel/words.js';
import { explainClock } from '../../domain/kernel/views/explain.js';
import { exampleCalendar } from '../support/world.js';

const calendar = exampleCalendar('berlin-office');
const at = (text: string) => Date.parse(text);
const OPENED = at('2026-11-24T08:00:00Z');
const CHANGED = at('2026-11-24T14:00:00Z');

function begin(word: Partial<ClockWord<ErasedScene>>, stepAt = CHANGED) {
  const whole: ClockWord<ErasedScene> = {
    label: 'Ladder',
    promise: false,
    calendar: 'main',
    steps: ['first', 'second'],
    marks: () => ({
      first: { of: { amount: 1, unit: 'hours' } },
      second: { of: { amount: 4, unit: 'hours' } },
    }),
    since: () => OPENED,
    policyPath: 'ladder',
    ...word,
  };
  const scene = { at: stepAt } as ErasedScene;
  return startClock({ name: 'ladder', key: '', run: 1, word: whole, calendar, scene }).clock;
}

describe('a clock that starts late', () => {
  it('does not count the pauses that it starts with', () => {
    const pause = { fromMs: at('2026-11-24T08:30:00Z'), toMs: CHANGED, cause: 'lower priority' };
    const clock = begin({ pauses: () => [pause] });
    expect(clock.marks.map((mark) => mark.dueAt)).toEqual([
      at('2026-11-24T14:30:00Z'),
      at('2026-11-24T17:30:00Z'),
    ]);
  });

  it('stands while a pause that it starts with lasts, and runs on when it ends', () => {
    const clock = begin({ pauses: () => [{ fromMs: CHANGED, toMs: null, cause: 'waiting' }] }, CHANGED);
    expect(clock.outcome).toBe('paused');
    expect(nextDue(clock)).toBeNull();
    const { clock: resumed } = resumeClock(clock, at('2026-11-24T15:00:00Z'), calendar);
    expect(nextDue(resumed)).toMatchObject({ step: 'first', dueAt: at('2026-11-24T09:00:00Z') });
  });

  it('is not due before the least that a mark names, and explain says so', () => {
    const least = { from: CHANGED, of: { amount: 30, unit: 'minutes' } } as const;
    const clock = begin({
      marks: () => ({ second: { of: { amount: 4, unit: 'hours' }, notBefore: least } }),
    });
    expect(nextDue(clock)?.dueAt).toBe(at('2026-11-24T14:30:00Z'));
    const [mark] = explainClock(clock, calendar).marks;
    expect(mark).toMatchObject({ agrees: true });
    expect(mark?.rule).toMatch(/^4 hours, not before 30 minutes after .*15:00/);
  });

  it('keeps its own instant where that is later than the least', () => {
    const least = { from: CHANGED, of: { amount: 30, unit: 'minutes' } } as const;
    const clock = begin({
      marks: () => ({ second: { of: { amount: 9, unit: 'hours' }, notBefore: least } }),
    });
    expect(nextDue(clock)?.dueAt).toBe(at('2026-11-24T17:00:00Z'));
  });
});
