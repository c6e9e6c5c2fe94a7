/** What a policy set says about fire drills (service spec §4.16, §4.3). The desk is paged by the figures of a real call. */
import { z } from 'zod';
import { climbs } from '../escalation/policy.js';
import { ladder, quantity } from '../policy/quantity.js';
import type { Duration } from '../time/duration.js';

export const drillPolicy = z
  .strictObject({
    levels: climbs.describe(
      'From the start of a drill until a level is paged; in earnest hours pass between levels, for which a drill need not wait',
    ),
    end: quantity.describe('From the start of a drill until it is over by itself'),
  })
  .superRefine(({ levels, end }, context) => {
    const steps = Object.entries(levels).filter((step): step is [string, Duration] => step[1] !== undefined);
    const problem = ladder('rising', { ...Object.fromEntries(steps), end });
    if (problem) context.addIssue({ code: 'custom', path: ['end'], message: `Out of order: ${problem}.` });
  });
