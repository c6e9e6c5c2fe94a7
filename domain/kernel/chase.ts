/** The chase ladder as marks of a clock (service spec §3 R5, §3a "Nothing sleeps"). */
import type { Duration } from '../time/duration.js';
import type { Chase } from '../policy/quantity.js';
import type { ErasedRow } from './rules.js';
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

type Step = (typeof chaseSteps)[number];
type Told = 'owner' | 'ownersManager' | 'head';

/** The row builders of a clock with the steps of the ladder, in a process that has the three roles told. */
type Ladder<From, Notice> = Readonly<
  Record<
    Step,
    (row: {
      readonly from: From;
      readonly event: string;
      readonly tell: Readonly<Partial<Record<Told, Notice>>>;
    }) => ErasedRow
  >
>;

/** R5 as rows of a clock, in the statuses in which it runs: owner, owner's manager, head, and again. */
export function chaseRows<
  Clock extends string,
  const From extends string | readonly string[],
  Notice extends string,
>(
  due: Readonly<Record<NoInfer<Clock>, Ladder<From, Notice>>>,
  clock: Clock,
  from: From,
  notice: Notice,
): readonly ErasedRow[] {
  const steps = due[clock];
  return [
    steps.half({ from, event: `${clock}Reminded`, tell: { owner: notice } }),
    steps.due({ from, event: `${clock}Missed`, tell: { owner: notice } }),
    steps.manager({ from, event: `${clock}Chased`, tell: { ownersManager: notice } }),
    steps.head({ from, event: `${clock}Chased`, tell: { head: notice } }),
    steps.again({ from, event: `${clock}Chased`, tell: { head: notice } }),
  ];
}

function sum(a: Duration, b: Duration): Duration {
  if (a.unit !== b.unit) throw new Error(`The chase ladder mixes units: ${a.unit} and ${b.unit}.`);
  return { amount: a.amount + b.amount, unit: a.unit };
}
