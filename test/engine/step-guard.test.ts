/** What the guard of a runner takes for a circle. */
import { describe, expect, it } from '@jest/globals';
import type { StepReport } from '../../workflows/messages.js';
import { StepGuard } from '../../workflows/step-guard.js';

const NOON = Date.parse('2026-03-02T12:00:00Z');
const DAY_MS = 86_400_000;

/** Reports steps one after another; gives the number of the first one that the guard takes for a circle. */
class Runner {
  readonly guard = new StepGuard();
  private seq = 0;

  takes(nextMarkAt: number | null, dueTogether?: number, answers: StepReport['answers'] = {}): boolean {
    const idle = { status: 'open', closed: false, over: false, nextMark: 'x', effects: [], pending: false };
    const due = dueTogether === undefined ? {} : { dueTogether };
    this.seq += 1;
    const report = { ...idle, ...due, answers, blocked: false, seq: this.seq, nextMarkAt };
    return this.guard.spins(report, this.seq - 1);
  }

  /** The first of `steps` alike that is taken for a circle; null when none is. */
  spinsAt(steps: number, due: (step: number) => readonly [number | null, number?]): number | null {
    for (let step = 1; step <= steps; step += 1) if (this.takes(...due(step))) return step;
    return null;
  }
}

describe('the guard of a runner', () => {
  it('takes a clock that starts again at its own instant for a circle', () => {
    expect(new Runner().spinsAt(1_000, () => [NOON, 1])).toBe(101);
  });

  it('does not mind how many marks fall due at one instant', () => {
    expect(new Runner().spinsAt(5_000, (step) => [NOON, 5_000 - step])).toBeNull();
  });

  it('does not mind a crowd of marks that repeat and are days behind', () => {
    const day = (step: number) => Math.floor(step / 300);
    expect(new Runner().spinsAt(3_000, (step) => [NOON + day(step) * DAY_MS, 300 - (step % 300)])).toBeNull();
  });

  it('finds a circle behind a crowd, when the crowd has come', () => {
    expect(new Runner().spinsAt(1_000, (step) => [NOON, Math.max(1, 300 - step)])).toBe(299 + 100);
  });

  it('finds a circle in which now one, now two marks are due', () => {
    expect(new Runner().spinsAt(1_000, (step) => [NOON, 1 + (step % 2)])).toBeLessThan(110);
  });

  it('counts anew when somebody rang', () => {
    const runner = new Runner();
    expect(runner.spinsAt(100, () => [NOON, 1])).toBeNull();
    runner.guard.outside();
    expect(runner.spinsAt(100, () => [NOON, 1])).toBeNull();
    expect(runner.takes(NOON, 1)).toBe(true);
  });

  it('counts the steps of a report of an older version, which does not say how many are due', () => {
    expect(new Runner().spinsAt(1_000, () => [NOON])).toBe(101);
  });

  it('takes more rows than anybody has asked for, for a circle', () => {
    const runner = new Runner();
    const row = (step: number) => ({ [`inb_${String(step)}`]: 'accepted' }) as const;
    const steps = Array.from({ length: 1_001 }, (_, step) => runner.takes(null, 0, row(step)));
    expect(steps.indexOf(true)).toBe(1_000);
  });
});
