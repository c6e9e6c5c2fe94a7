/** Tells a process that runs in a circle from one that is busy, and slows down where asking again is in vain. */
import type { StepReport } from './messages.js';

/** Steps of clocks in a row that bring the next mark no further, and leave no fewer clocks due with it. */
const MOST_STEPS = 100;
/** Rows decided in a row that nobody outside rang for; more only a feedback of effects can make. */
const MOST_ROWS = 1000;
const LEAST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 60_000;

export class StepGuard {
  private steps = 0;
  private rows = 0;
  private lastMarkAt = -Infinity;
  /** The fewest clocks that were due at one instant: a crowd grows smaller, a circle does not. */
  private fewest = Infinity;
  private vain = 0;

  /** Somebody rang, or time has passed. */
  outside(): void {
    this.steps = 0;
    this.rows = 0;
    this.fewest = Infinity;
  }

  /** Counts a step; true when the process takes more of them than can be meant. */
  spins(report: StepReport, seqBefore: number): boolean {
    const markAt = report.nextMarkAt ?? Infinity;
    if (markAt > this.lastMarkAt) this.fewest = Infinity;
    const due = report.dueTogether ?? Infinity;
    if (markAt > this.lastMarkAt || due < this.fewest) this.steps = 0;
    this.lastMarkAt = markAt;
    this.fewest = Math.min(this.fewest, due);
    const decided = Object.keys(report.answers).length;
    this.rows += decided;
    if (report.seq > seqBefore) {
      this.vain = 0;
      if (decided === 0) this.steps += 1;
    }
    return this.steps > MOST_STEPS || this.rows > MOST_ROWS;
  }

  /** When to ask again for a mark: at its instant, or later and later when it should have been taken already. */
  notTaken(markAt: number, now: number): number {
    if (markAt > now) return markAt;
    const waitMs = Math.min(MOST_WAIT_MS, LEAST_WAIT_MS * 2 ** this.vain);
    this.vain += 1;
    return now + waitMs;
  }
}
