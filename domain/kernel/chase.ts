/** The chase ladder as marks of a clock (service spec §3 R5, §3a "Nothing sleeps"). */
import type { Duration } from '../time/duration.js';
import type { Chase } from '../policy/quantity.js';
import type { MarkAt } from './words.js';

/** Names of the steps, for `steps` of a clock. */
export const chaseSteps = ['half', 'due', 'manager', 'head', 'again'] as const;

/** R5 for a target: reminder at half, the target itself, the owner's manager, the head, then again and again. */
export function chaseMarks(target: Duration, chase: Chase): Record<(typeof chaseSteps)[number], MarkAt> {
  return {
    half: { of: target, percent: chase.halfPercent },
    due: { of: target },
    manager: { of: target, plus: chase.manager },
    head: { of: target, plus: chase.head },
    again: { of: target, plus: sum(chase.head, chase.again), every: chase.again },
  };
}

function sum(a: Duration, b: Duration): Duration {
  if (a.unit !== b.unit) throw new Error(`The chase ladder mixes units: ${a.unit} and ${b.unit}.`);
  return { amount: a.amount + b.amount, unit: a.unit };
}
