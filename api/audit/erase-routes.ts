/** Erasing a person on request, while the audit still verifies. */
import { z } from 'zod';
import { erasePerson } from '../../db/audit/erase-person.js';
import { notFound, problem } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { route, staff } from '../http/route.js';
import { idParams } from '../http/schemas.js';

const erase = route({
  method: 'post',
  path: '/v1/people/{id}/erase',
  tag: 'Audit',
  summary: 'Erase a person: name, address, telephone, and everything he wrote',
  description:
    'Ended processes in which he acted or stands lose their contents; the chains still verify. Refused while a running process works with what he wrote. Cannot be taken back.',
  access: staff('supportDirector'),
  params: idParams,
  body: z.strictObject({
    reason: z.string().trim().min(3).max(300).describe('Kept for ever: it must not name the person'),
  }),
  problems: ['NOT_FOUND', 'BODY_INVALID', 'PERSON_NEEDED'],
  answers: {
    200: {
      description: 'What was erased',
      schema: z.object({ id: z.string(), processes: z.int(), events: z.int() }),
    },
  },
  handle: async ({ caller, params, body }, deps) => {
    const asked = { personId: params.id, reason: body.reason };
    const result = await erasePerson(deps.database, asked, caller.id);
    switch (result.kind) {
      case 'unknown':
        return notFound();
      case 'reasonNames':
        return problem('BODY_INVALID', {
          problems: [{ path: 'reason', problem: 'names the person; it is kept for ever' }],
        });
      case 'running':
        return problem('PERSON_NEEDED', {
          problems: result.processes.map((id) => ({
            path: id,
            problem: 'is running and holds what he wrote',
          })),
        });
      case 'erased':
        return ok({ id: params.id, processes: result.processes, events: result.events });
    }
  },
});

export const eraseRoutes = [erase];
