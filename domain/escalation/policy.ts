/** What a policy set says about escalations (service spec §4.3, §3 R3, §3a "Nothing sleeps"). */
import { z } from 'zod';
import { ladder, ladderOf, quantity } from '../policy/quantity.js';
import type { Duration } from '../time/duration.js';

/** The levels that are climbed, from the lowest on without a hole. */
export const climbs = z
  .strictObject({
    L1: quantity,
    L2: quantity.optional(),
    L3: quantity.optional(),
    L4: quantity.optional(),
  })
  .superRefine(({ L1, L2, L3, L4 }, context) => {
    const steps = Object.entries({ L1, L2, L3, L4 }).filter(
      (step): step is [string, Duration] => step[1] !== undefined,
    );
    const problem = ladder('rising', Object.fromEntries(steps));
    if (problem) context.addIssue({ code: 'custom', message: `The ladder has a hole: ${problem}.` });
    const names = steps.map(([name]) => name).join();
    if (!'L1,L2,L3,L4'.startsWith(names))
      context.addIssue({ code: 'custom', message: 'A level is left out in the middle of the ladder.' });
  });

const promises = z.strictObject({
  acknowledge: quantity.describe('From the escalation until somebody of its level acknowledges it'),
  plan: quantity.describe('From the acknowledgement until there is an owner with a plan'),
  update: quantity.describe('From one status update to the next'),
  levels: climbs.describe(
    'From case opening until a level holds the escalation; later levels may be left out',
  ),
  accept: quantity.describe('From reaching a level until it accepts; then the next level is told too'),
  again: quantity.describe('A missed promise, and a silent top level, are told again each time after this'),
});
const targets = promises.extend({
  restore: quantity.describe('From case opening until service is restored or a workaround is accepted'),
});
export type Targets = z.infer<typeof promises> & Partial<z.infer<typeof targets>>;

export const escalationPolicy = z.strictObject({
  targets: z.strictObject({
    P1: targets,
    P2: targets,
    P3: targets,
    P4: targets,
    noCase: promises.describe('Of what is no case: readiness, planning; nothing is to be restored'),
  }),
  wait: ladderOf('rising', { first: quantity, second: quantity, third: quantity, limit: quantity }).describe(
    'From waiting for somebody: three chases, then work goes on and a pause ends',
  ),
  closure: ladderOf('rising', {
    first: quantity,
    second: quantity,
    third: quantity,
    close: quantity,
  }).describe('From asking for consent to close: three chases, then it closes in silence or is decided'),
  report: quantity.describe(
    'From closing until the post-incident report is out (always P1, others on request)',
  ),
  reopen: quantity.describe('From closing; so long it can be reopened'),
  appeal: quantity.describe('From declining; so long it can be appealed against'),
});
export type EscalationPolicy = z.infer<typeof escalationPolicy>;
