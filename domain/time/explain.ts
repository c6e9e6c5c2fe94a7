// The explanation of a due instant: one line per thing that was counted or skipped, kept short for long walks.
import { formatClock, formatElapsed, formatLocal } from './local-time.js';
import type { OpenDay, OpenSpan } from './open-days.js';

/**
 * One line of an explanation. `usedMs` is the time that counted in an 'interval' line. A 'date' line is a start, an
 * end, or a remark.
 */
export interface ExplainStep {
  readonly kind: 'interval' | 'holiday' | 'closed' | 'pause' | 'dst' | 'date';
  readonly fromMs: number;
  readonly toMs: number;
  readonly usedMs?: number;
  readonly text: string;
}

const MOST_OPEN_LINES = 40;
const MOST_LINES = 120;

interface ClosedRun {
  readonly first: OpenDay;
  last: OpenDay;
}

interface Rest {
  readonly fromMs: number;
  toMs: number;
  usedMs: number;
  openDays: number;
  lastDay: number | undefined;
}

/** Collects the lines of one computation; closed dates in a row become one line, and the 41st opening a summary. */
export class Explanation {
  readonly #zone: string;
  readonly #steps: ExplainStep[] = [];
  #openLines = 0;
  #closed: ClosedRun | undefined;
  #rest: Rest | undefined;

  constructor(zone: string) {
    this.#zone = zone;
  }

  /** A start, an end or a remark; never left out. */
  date(fromMs: number, toMs: number, text: string): void {
    this.#flush();
    this.#steps.push({ kind: 'date', fromMs, toMs, text });
  }

  /** An adjustment for a clock change. */
  dst(fromMs: number, toMs: number, text: string): void {
    this.#line({ kind: 'dst', fromMs, toMs, text }, undefined);
  }

  /** An open date that counts as business day `number`. */
  businessDay(day: OpenDay, number: number): void {
    const first = day.spans[0];
    const last = day.spans.at(-1);
    if (first === undefined || last === undefined) return;
    const hours = day.spans.map((span) => span.hours).join(', ');
    const text = `Business day ${String(number)}: ${day.label} ${hours}`;
    this.#line(
      { kind: 'interval', fromMs: first.fromMs, toMs: last.toMs, usedMs: day.openMs, text },
      day.day,
    );
    for (const span of day.spans) this.#clockChange(day, span);
  }

  /** Open time of a span that counted. */
  open(day: OpenDay, span: OpenSpan, fromMs: number, toMs: number): void {
    const whole = fromMs === span.fromMs && toMs === span.toMs;
    const hours = whole ? span.hours : `${formatClock(fromMs, this.#zone)}–${formatClock(toMs, this.#zone)}`;
    const usedMs = toMs - fromMs;
    const text = `${day.label} ${hours}: ${formatElapsed(usedMs)} of open time`;
    this.#line({ kind: 'interval', fromMs, toMs, usedMs, text }, day.day);
    this.#clockChange(day, span);
  }

  /** Elapsed time that counted, whatever the calendar says. */
  elapsed(fromMs: number, toMs: number): void {
    const usedMs = toMs - fromMs;
    const text = `${formatElapsed(usedMs)} of elapsed time`;
    this.#line({ kind: 'interval', fromMs, toMs, usedMs, text }, undefined);
  }

  /** A date without an opening: by name if a holiday closed it, else joined with its closed neighbours. */
  closed(day: OpenDay): void {
    if (day.holiday !== undefined) {
      const text = `${day.label}: holiday (${day.holiday})`;
      this.#line({ kind: 'holiday', fromMs: day.startMs, toMs: day.endMs, text }, undefined);
      return;
    }
    const run = this.#closed;
    if (run?.last.endMs === day.startMs) run.last = day;
    else {
      this.#flushClosed();
      this.#closed = { first: day, last: day };
    }
  }

  /** A pause, or the part of it that fell into a span, and how much of it did not count. */
  pause(
    fromMs: number,
    toMs: number,
    cause: string,
    heldMs: number,
    what: 'open time' | 'elapsed time',
  ): void {
    const times = `${formatLocal(fromMs, this.#zone)} to ${formatLocal(toMs, this.#zone)}`;
    const text = `Paused (${cause}) ${times}: ${formatElapsed(heldMs)} of ${what} not counted`;
    this.#line({ kind: 'pause', fromMs, toMs, text }, undefined);
  }

  /** All lines so far, in the order of the computation. */
  steps(): readonly ExplainStep[] {
    this.#flush();
    return this.#steps;
  }

  #clockChange(day: OpenDay, span: OpenSpan): void {
    if (span.shiftMs === 0) return;
    const change = `${formatElapsed(Math.abs(span.shiftMs))} ${span.shiftMs > 0 ? 'longer' : 'shorter'}`;
    this.dst(span.fromMs, span.toMs, `The clock change makes ${day.label} ${span.hours} ${change}`);
  }

  #line(step: ExplainStep, openDay: number | undefined): void {
    this.#flushClosed();
    const isOpen = step.kind === 'interval';
    const full = this.#openLines >= MOST_OPEN_LINES || this.#steps.length >= MOST_LINES;
    if (this.#rest === undefined && !(full && (isOpen || this.#steps.length >= MOST_LINES))) {
      if (isOpen) this.#openLines += 1;
      this.#steps.push(step);
      return;
    }
    this.#rest ??= { fromMs: step.fromMs, toMs: step.toMs, usedMs: 0, openDays: 0, lastDay: undefined };
    this.#rest.toMs = step.toMs;
    this.#rest.usedMs += step.usedMs ?? 0;
    if (openDay !== undefined && openDay !== this.#rest.lastDay) {
      this.#rest.openDays += 1;
      this.#rest.lastDay = openDay;
    }
  }

  #flushClosed(): void {
    const run = this.#closed;
    if (run === undefined) return;
    this.#closed = undefined;
    const dates = run.first === run.last ? run.first.label : `${run.first.label} to ${run.last.label}`;
    this.#line(
      { kind: 'closed', fromMs: run.first.startMs, toMs: run.last.endMs, text: `${dates}: closed` },
      undefined,
    );
  }

  #flush(): void {
    this.#flushClosed();
    const rest = this.#rest;
    if (rest === undefined) return;
    this.#rest = undefined;
    const more = rest.openDays === 0 ? 'more of the same' : `${String(rest.openDays)} more open days`;
    const text = `… and ${more}: ${formatElapsed(rest.usedMs)} of time that counts`;
    this.#steps.push({ kind: 'interval', fromMs: rest.fromMs, toMs: rest.toMs, usedMs: rest.usedMs, text });
  }
}
