/** The web support tools of a contract: who has which account, and the figures that an auditor asks for. */
import { z } from 'zod';
import { readContract } from '../../db/read/contract.js';
import { namesOf, readProcess, type ProcessRead } from '../../db/read/process.js';
import { coverageOf } from '../../domain/support-tools/coverage.js';
import { accountStates, supportToolsData } from '../../domain/support-tools/words.js';
import type { Dependencies } from '../dependencies.js';
import { iso } from '../http/instants.js';
import { notFound } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { person, route } from '../http/route.js';
import { idText, instantOut, personOf, personOut } from '../http/schemas.js';

const stateOut = z.enum(accountStates);
const count = z.int().min(0);

const toolsOut = z
  .object({
    processId: z.string(),
    status: z.string(),
    callers: count,
    verified: count.describe('Callers who have logged in to every tool in which each caller has an account'),
    percent: z.int().nullable().describe('Verified of all callers, rounded down; the target is 100'),
    leavers: z.object({
      accounts: count.describe('Of people who have left'),
      overdue: count.describe("Past the policy's time; it must be 0"),
    }),
    accounts: z.record(stateOut, count),
    portalLinkedAt: instantOut.nullable(),
    walkthrough: z
      .object({ startsAt: instantOut, minutes: z.int(), place: z.string(), invited: count })
      .nullable()
      .describe('The one that is planned'),
    tools: z.array(
      z.object({ key: z.string(), label: z.string(), accounts: z.enum(['everyCaller', 'onRequest']) }),
    ),
    people: z.array(
      z.object({
        person: personOut,
        caller: z.boolean(),
        verified: z.boolean(),
        walkedThroughAt: instantOut.nullable(),
        accounts: z.array(z.object({ tool: z.string(), state: stateOut })),
      }),
    ),
  })
  .meta({ id: 'SupportTools' });

const coverage = route({
  method: 'get',
  path: '/v1/contracts/{contractId}/tools',
  tag: 'Contracts',
  summary: 'Accounts in the web support tools, and how many callers can use them',
  access: person,
  params: z.object({ contractId: idText }),
  problems: ['NOT_FOUND'],
  answers: {
    200: {
      description: 'The figures; null before anybody looks after the tools of the contract',
      schema: z.object({ contractId: z.string(), tools: toolsOut.nullable() }),
    },
  },
  handle: async ({ caller, params }, deps) => {
    const { contractId } = params;
    const contract = await readContract(deps.database, caller.id, contractId);
    if (!contract) return notFound();
    const mine = contract.processes.filter(({ slug }) => slug === 'supportTools');
    const latest = mine.find(({ closed }) => !closed) ?? mine.at(-1);
    const process = latest && (await readProcess(deps.database, caller.id, latest.id));
    return ok({ contractId, tools: process?.data ? await toolsView(process, deps, caller.id) : null });
  },
});

async function toolsView(process: ProcessRead, deps: Dependencies, principal: string) {
  const data = supportToolsData.parse(process.data);
  const { people, ...figures } = coverageOf(data, process.clocks);
  const ids = people.map((one) => one.person);
  const names = await deps.database.as('api', { principal }, async (trx) => namesOf(trx, ids));
  const { meeting } = data;
  return {
    processId: process.id,
    status: process.status,
    ...figures,
    portalLinkedAt: iso(data.portal?.linkedAt ?? null),
    walkthrough:
      meeting?.state === 'planned'
        ? {
            startsAt: iso(meeting.startsAt),
            minutes: meeting.minutes,
            place: meeting.place,
            invited: meeting.invitees.length,
          }
        : null,
    tools: data.tools.map(({ key, label, accounts }) => ({ key, label, accounts })),
    people: people.map((one) => ({
      ...one,
      person: personOf(one.person, names),
      walkedThroughAt: iso(one.walkedThroughAt),
    })),
  };
}

export const supportToolsRoutes = [coverage];
