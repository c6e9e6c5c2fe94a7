/** What people have to do: the customers of the day, and their tasks. */
import { z } from 'zod';
import { readTasks, readToday } from '../../db/read/today.js';
import { definitionOf } from '../../domain/processes.js';
import { daysBetween, iso, local } from '../http/instants.js';
import { ok } from '../http/reply.js';
import { person, route } from '../http/route.js';
import { flag, instantOut, localOut, personOut } from '../http/schemas.js';
import { statusWords, taskOut, taskView } from '../processes/views.js';

const teamQuery = z.strictObject({
  team: flag.default(false).describe('true: of everybody whose customers you may see'),
});

const todayOut = z
  .object({
    contractId: z.string().nullable(),
    contractNumber: z.string(),
    endUser: z.string(),
    processId: z.string(),
    slug: z.string(),
    title: z.string(),
    stage: z.string(),
    stageLabel: z.string(),
    daysInStage: z.int(),
    nextDue: z
      .object({
        clock: z.string(),
        label: z.string(),
        dueAt: instantOut,
        dueLocal: localOut,
        overdue: z.boolean(),
      })
      .nullable(),
    waitsFor: z.string().nullable(),
    owner: personOut,
    blocked: z.boolean(),
  })
  .meta({ id: 'TodayItem' });

const today = route({
  method: 'get',
  path: '/v1/today',
  tag: 'Work',
  summary: 'Every open process you own, with what is due next; overdue ones first',
  access: person,
  query: teamQuery,
  answers: {
    200: { description: 'At most 500', schema: z.object({ items: z.array(todayOut), now: instantOut }) },
  },
  handle: async ({ caller, query }, deps) => {
    const { rows, now } = await readToday(deps.database, caller.id, query.team ? null : caller.id);
    const items = rows.map((row) => {
      const words = definitionOf(row.slug)?.words;
      const { statusLabel, waitsFor } = statusWords(words, row.status);
      return {
        contractId: row.contractId,
        contractNumber: row.contractNumber ?? row.headline,
        endUser: row.endUser,
        processId: row.id,
        slug: row.slug,
        title: words?.title ?? row.slug,
        stage: row.status,
        stageLabel: statusLabel,
        daysInStage: daysBetween(row.statusSince, now),
        nextDue:
          row.clock === null || row.dueAt === null
            ? null
            : {
                clock: row.clock,
                label: words?.clocks[row.clock]?.label ?? row.clock,
                dueAt: iso(row.dueAt),
                dueLocal: local(row.dueAt, caller.zone),
                overdue: row.overdue,
              },
        waitsFor,
        owner: { id: row.ownerId, name: row.ownerName ?? row.ownerId },
        blocked: row.blocked,
      };
    });
    return ok({ items, now: iso(now) });
  },
});

const tasks = route({
  method: 'get',
  path: '/v1/tasks',
  tag: 'Work',
  summary: 'What you can do now that would keep a promise; overdue first',
  access: person,
  query: teamQuery,
  answers: {
    200: { description: 'At most 500', schema: z.object({ items: z.array(taskOut), now: instantOut }) },
  },
  handle: async ({ caller, query }, deps) => {
    const { rows, names, now } = await readTasks(deps.database, caller.id, query.team ? null : caller.id);
    return ok({ items: rows.map((row) => taskView(row, names, now, caller)), now: iso(now) });
  },
});

export const workRoutes = [today, tasks];
