/** The production checker over HTTP: every invariant of the store, looked at now. */
import { z } from 'zod';
import { runChecks } from '../../db/check/run.js';
import { ok } from '../http/reply.js';
import { route, staff } from '../http/route.js';

const check = route({
  method: 'get',
  path: '/v1/operations/check',
  tag: 'Operations',
  summary: 'Look for what must never be seen in the store',
  description:
    'Each invariant with how often it is violated, the ids of the first few, and what to do. Writes nothing. ' +
    'Where Temporal cannot be asked, the comparison with its runners is skipped and says so.',
  access: staff('operator'),
  answers: {
    200: {
      description: 'What was found',
      schema: z.object({
        ok: z.boolean(),
        checks: z.array(
          z.object({
            name: z.string(),
            title: z.string(),
            remedy: z.string(),
            count: z.int(),
            examples: z.array(z.string()),
            ms: z.int(),
            skipped: z.string().nullable(),
          }),
        ),
      }),
    },
  },
  handle: async (_call, deps) => {
    const checks = await runChecks(deps.database, { runners: deps.runners });
    return ok({ ok: checks.every((one) => one.count === 0), checks });
  },
});

export const checkRoutes = [check];
