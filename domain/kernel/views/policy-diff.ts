/** What another policy version would do to the running clocks of a process. Nothing is written: a policy is pinned. */
import type { CalendarVersion } from '../../time/calendar.js';
import { addDuration } from '../../time/business.js';
import { markInstant } from '../clocks.js';
import { viewScene } from '../decide.js';
import type { Definition } from '../rules.js';
import type { ClockState, Inputs, MarkState, ProcessState } from '../state.js';
import type { MarkAt } from '../words.js';

export interface MarkMove {
  readonly clock: string;
  readonly key: string;
  readonly run: number;
  /** The clock in words. */
  readonly label: string;
  readonly step: string;
  readonly move: 'earlier' | 'later' | 'added' | 'removed';
  /** Epoch milliseconds; null where the mark is new. */
  readonly dueAt: number | null;
  /** Null where the mark is gone. */
  readonly thenDueAt: number | null;
}

export interface PolicyMoves {
  readonly moves: readonly MarkMove[];
  /** Marks still to come that stay where they are. */
  readonly unchanged: number;
  /** Clocks that are paused: they have no due instant under any policy. */
  readonly paused: number;
}

/**
 * Compares each mark still to come with its instant under the policy of `inputs`, by the kernel's own arithmetic: same
 * start, same calendar version, same pauses. Marks that have fired are history. `calendarOf` gives the version that a
 * clock stores.
 */
export function policyMoves(
  definition: Definition,
  state: ProcessState,
  inputs: Inputs,
  calendarOf: (clock: ClockState) => CalendarVersion,
): PolicyMoves {
  const moves: MarkMove[] = [];
  let unchanged = 0;
  let paused = 0;
  for (const clock of state.clocks) {
    const word = definition.words.clocks[clock.name];
    if (!word) throw new Error(`${definition.words.slug} has no clock named ${clock.name}.`);
    if (clock.outcome === 'paused') {
      paused += 1;
      continue;
    }
    const scene = { ...viewScene(state, inputs, state.lastAt, null), key: clock.key };
    const specs = word.marks(scene);
    const calendar = calendarOf(clock);
    for (const step of word.steps) {
      const mark = clock.marks.find((candidate) => candidate.step === step);
      if (mark && mark.state !== 'armed') continue;
      const dueAt = mark?.dueAt ?? null;
      const thenDueAt = instantOf(clock, mark, specs[step], calendar);
      if (dueAt === thenDueAt) {
        unchanged += mark ? 1 : 0;
        continue;
      }
      const { name, key, run } = clock;
      moves.push({
        clock: name,
        key,
        run,
        label: word.label,
        step,
        move: moveOf(dueAt, thenDueAt),
        dueAt,
        thenDueAt,
      });
    }
  }
  return { moves, unchanged, paused };
}

function instantOf(
  clock: ClockState,
  mark: MarkState | undefined,
  spec: MarkAt | undefined,
  calendar: CalendarVersion,
): number | null {
  if (!spec) return null;
  const { startedAt, pauses } = clock;
  if (mark?.lastDueAt != null && spec.every)
    return addDuration(mark.lastDueAt, spec.every, calendar, pauses).dueMs;
  return markInstant(startedAt, spec, calendar, pauses) + (mark?.shiftMs ?? 0);
}

function moveOf(dueAt: number | null, thenDueAt: number | null): MarkMove['move'] {
  if (dueAt === null) return 'added';
  if (thenDueAt === null) return 'removed';
  return thenDueAt < dueAt ? 'earlier' : 'later';
}
