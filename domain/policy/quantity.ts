/** Quantities as policies write them: durations as text ("10 business days") or as amount and unit, and ladders. */
import { z } from 'zod';
import { durationSchema, formatDuration, parseDuration, type Duration } from '../time/duration.js';

/** A duration of a policy: `"4 business hours"`, `"10 bd"`, or `{ amount: 10, unit: businessDays }`. */
export const quantity = z.union([durationSchema, z.string()]).transform((value, context): Duration => {
  if (typeof value !== 'string') return value;
  const read = parseDuration(value);
  if (read.ok) return read.value;
  context.addIssue({ code: 'custom', message: read.problem });
  return z.NEVER;
});

/** The chase ladder (service spec §3 R5, §3a "Nothing sleeps"). */
export const chaseSchema = z
  .strictObject({
    halfPercent: z.number().int().min(1).max(99).describe('First reminder, in percent of the target'),
    manager: quantity.describe("After the target: the owner's manager is told"),
    head: quantity.describe('After the target: the Duty Manager is told'),
    again: quantity.describe('Then the last party told is told again, each time after this'),
  })
  .superRefine(({ head, again }, context) => {
    // The first repetition counts from the target: both lengths are added.
    if (head.unit !== again.unit)
      context.addIssue({ code: 'custom', path: ['again'], message: 'again counts in other units than head' });
  });
export type Chase = z.infer<typeof chaseSchema>;

/** Refuses a ladder whose steps do not rise (or fall) strictly, or that mixes units. */
export function ladder(
  order: 'rising' | 'falling',
  steps: Readonly<Record<string, Duration>>,
): string | undefined {
  const entries = Object.entries(steps);
  for (const [index, [name, step]] of entries.entries()) {
    const before = entries[index - 1];
    if (!before) continue;
    if (before[1].unit !== step.unit) return `${name} counts in other units than ${before[0]}`;
    const rises = step.amount > before[1].amount;
    if (step.amount === before[1].amount || rises !== (order === 'rising')) {
      return `${name} (${formatDuration(step)}) must come ${order === 'rising' ? 'after' : 'before'} ${before[0]} (${formatDuration(before[1])})`;
    }
  }
  return undefined;
}

/** A strict object whose named steps form a ladder. */
export function ladderOf<S extends Record<string, typeof quantity>>(order: 'rising' | 'falling', shape: S) {
  return z.strictObject(shape).superRefine((value, context) => {
    const problem = ladder(order, value as Readonly<Record<string, Duration>>);
    if (problem) context.addIssue({ code: 'custom', message: `The ladder has a hole: ${problem}.` });
  });
}
