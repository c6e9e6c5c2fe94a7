/** The clocks of one process during one step: applies the clock columns of a row and keeps what was done. */
import { z } from 'zod';
import type { CalendarVersion } from '../time/calendar.js';
import {
  endClock,
  fireMark,
  pauseClock,
  recalculateClock,
  resumeClock,
  startClock,
  type Change,
} from './clocks.js';
import type { ClockColumn, ClockVerb, Definition } from './rules.js';
import type { Accepted, ClockOperation, ClockState, Fired, Inputs, ProcessState } from './state.js';
import type { ClockWord, Data, ErasedScene } from './words.js';

type Columns = Readonly<Record<string, ClockColumn<ErasedScene>>>;

export class ClockBench {
  private readonly running: Map<string, ClockState>;
  private readonly ended: ClockState[] = [];
  private readonly operations: ClockOperation[] = [];
  private readonly runs: Record<string, number>;

  constructor(
    private readonly definition: Definition,
    state: ProcessState | null,
    private readonly inputs: Inputs,
    private readonly scene: ErasedScene,
  ) {
    this.running = new Map((state?.clocks ?? []).map((clock) => [clockPath(clock.name, clock.key), clock]));
    this.runs = { ...state?.runs };
  }

  /** Fires the mark that moved the process, before the row's own columns. */
  fire(fired: Extract<Fired, { kind: 'mark' }>): void {
    const clock = this.running.get(clockPath(fired.clock, fired.key));
    if (!clock || clock.run !== fired.run)
      throw new Error(`Clock ${fired.clock} run ${fired.run} does not run.`);
    const catchUp = this.word(fired.clock).catchUp ?? 'fromDue';
    const { dueAt, firedAt, step } = fired;
    this.keep(fireMark(clock, step, { dueAt, firedAt, catchUp }, this.calendarOf(clock)));
  }

  applyColumn(columns: Columns, cause: string): void {
    for (const [name, column] of Object.entries(columns)) {
      for (const [verb, keys] of this.verbs(name, column)) {
        for (const key of keys) this.apply(name, key, verb, cause);
      }
    }
  }

  /** A closed status ends every clock that its row does not start. */
  cancelAllBut(columns: Columns): void {
    const kept = new Set(
      Object.entries(columns)
        .filter(([, column]) =>
          typeof column === 'string' ? startsClock(column) : Object.keys(column).some(startsClock),
        )
        .map(([name]) => name),
    );
    for (const clock of [...this.running.values()]) {
      if (!kept.has(clock.name)) this.keep(endClock(clock, 'cancelled', this.scene.at));
    }
  }

  /** Moves every running clock to the calendar version that is in force now. */
  recalculate(): void {
    for (const clock of [...this.running.values()])
      this.keep(recalculateClock(clock, this.calendarOf(clock)));
  }

  /** An operator gave up on a mark that could not be decided: it counts as fired and does nothing. */
  skipMark(payload: Data): void {
    const { clock: name, key, step } = skipPayload.parse(payload);
    const clock = this.running.get(clockPath(name, key));
    const mark = clock?.marks.find((candidate) => candidate.step === step);
    if (!clock || !mark || mark.dueAt === null) throw new Error('The mark to skip is not armed.');
    const times = { dueAt: mark.dueAt, firedAt: mark.dueAt, catchUp: 'fromDue' as const };
    this.keep(fireMark(clock, mark.step, times, this.calendarOf(clock)));
  }

  result(): Pick<Accepted, 'clocks' | 'ended' | 'operations'> {
    return { clocks: [...this.running.values()], ended: this.ended, operations: this.operations };
  }

  private apply(name: string, key: string, verb: ClockVerb, cause: string): void {
    const clock = this.running.get(clockPath(name, key));
    const { at } = this.scene;
    switch (verb) {
      case 'start':
        if (!clock) this.start(name, key);
        return;
      case 'restart':
        if (clock) this.keep(endClock(clock, 'cancelled', at));
        this.start(name, key);
        return;
      case 'meet':
        if (clock) this.keep(endClock(clock, 'met', at));
        return;
      case 'cancel':
        if (clock) this.keep(endClock(clock, 'cancelled', at));
        return;
      case 'pause':
        if (clock?.outcome === 'running') this.keep(pauseClock(clock, at, cause));
        return;
      case 'resume':
        if (clock?.outcome === 'paused') this.keep(resumeClock(clock, at, this.calendarOf(clock)));
        return;
    }
  }

  private start(name: string, key: string): void {
    const word = this.word(name);
    const path = clockPath(name, key);
    const run = (this.runs[path] ?? 0) + 1;
    this.runs[path] = run;
    const calendar = this.calendar(this.definition.words.calendars(this.scene)[word.calendar]);
    this.keep(startClock({ name, key, run, word, calendar, scene: this.scene }));
  }

  private keep({ clock, operations }: Change): void {
    const path = clockPath(clock.name, clock.key);
    if (clock.endedAt === null) this.running.set(path, clock);
    else {
      this.running.delete(path);
      this.ended.push(clock);
    }
    this.operations.push(...operations);
  }

  private verbs(name: string, column: ClockColumn<ErasedScene>): [ClockVerb, readonly string[]][] {
    if (typeof column !== 'string') {
      return Object.entries(column).map(([verb, keys]) => [verb as ClockVerb, keys(this.scene)]);
    }
    if (!this.word(name).keyed) return [[column, ['']]];
    const keys = [...this.running.values()].filter((clock) => clock.name === name).map((clock) => clock.key);
    return [[column, keys]];
  }

  private word(name: string): ClockWord<ErasedScene> {
    const word = this.definition.words.clocks[name];
    if (!word) throw new Error(`${this.definition.words.slug} has no clock named ${name}.`);
    return word;
  }

  private calendarOf(clock: ClockState): CalendarVersion {
    return this.calendar(clock.calendarId);
  }

  private calendar(id: string): CalendarVersion {
    const calendar = this.inputs.calendars[id];
    if (!calendar) throw new Error(`Calendar ${id} is not loaded.`);
    return calendar;
  }
}

const skipPayload = z.strictObject({ clock: z.string(), key: z.string(), step: z.string() });

/** `name` or `name/key`: the address of a clock within its process. */
export function clockPath(name: string, key: string): string {
  return key === '' ? name : `${name}/${key}`;
}

function startsClock(verb: string): boolean {
  return verb === 'start' || verb === 'restart';
}
