/** The Senior Desk: taking a call in one request, and the queue (service spec §4.16). */
import { z } from 'zod';
import { readContractsById, type ContractPins } from '../../db/read/contract.js';
import { readQueue, readSameOutage } from '../../db/read/desk.js';
import type { Person } from '../../db/read/person.js';
import { priorities } from '../../domain/priority.js';
import { sha256 } from '../../domain/kernel/hash.js';
import { refusalCode } from '../../domain/kernel/refusals.js';
import { caseStart, type CaseStart } from '../../domain/support-case/commands.js';
import { caseNumberOf } from '../../domain/support-case/number.js';
import { supportCaseRules } from '../../domain/support-case/rules.js';
import type { Dependencies } from '../dependencies.js';
import { iso, local } from '../http/instants.js';
import { forbidden, problem } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { person, route } from '../http/route.js';
import { flag, instantOut, localOut, personOf, personOut } from '../http/schemas.js';
import { acceptedOut, outcomeOut, submittedReply } from '../processes/answers.js';
import { submitCommand, submitStart, submittedBefore, type Submitted } from '../processes/submit.js';
import { statusWords } from '../processes/views.js';

const callBody = caseStart.payload.omit({ outside: true, source: true }).extend({
  source: z
    .enum(['seniorDesk', 'api', 'cli'])
    .optional()
    .describe(
      'How it came: by phone, or in writing. Without it, of the staff by phone, of the End User by API',
    ),
});
type Call = z.infer<typeof callBody>;

const numbered = { number: z.string().describe('To be told to the caller'), joined: z.boolean() };
const SAME_OUTAGE = refusalCode('supportCase', 'sameOutage');

const call = route({
  method: 'post',
  path: '/v1/desk/calls',
  tag: 'Senior Desk',
  summary: 'Take a call: open a case, or join the open one about the same outage',
  description:
    'Contract, caller, priority, device or site, impact. The number is in the answer, also when the engine is away (202). Staff of the desk, or an authorised caller for himself.',
  access: person,
  scope: 'command',
  body: callBody,
  key: true,
  refusals: true,
  problems: ['FORBIDDEN', 'IDEMPOTENCY_KEY_REUSED', 'SKIPPED', 'PROCESS_BUSY', 'NOT_FOUND'],
  example: caseStart.example,
  answers: {
    200: { description: 'Joined to the open case', schema: outcomeOut.extend(numbered) },
    201: {
      description: 'A case was opened',
      schema: outcomeOut.extend(numbered),
      headers: { location: 'The case' },
    },
    202: {
      description: 'Accepted; not answered within 5 seconds',
      schema: acceptedOut.extend(numbered),
    },
  },
  handle: async ({ caller, body, idempotencyKey }, deps) => {
    const { grants } = caseStart;
    const ofDesk = caller.side === 'provider' && grants.some((grant) => caller.grants.includes(grant));
    if (caller.side === 'provider' && !ofDesk) return forbidden(grants);
    if (caller.side === 'endUser' && !('personId' in body.caller && body.caller.personId === caller.id)) {
      return problem('BODY_INVALID', {
        problems: [{ path: 'caller.personId', problem: 'must be you: you open cases for yourself' }],
      });
    }
    const found = await readContractsById(deps.database, caller.id, body.contractId);
    if (!found) {
      const problems = [{ path: 'contractId', problem: 'no contract that you may see has this id' }];
      return problem('BODY_INVALID', { problems });
    }
    return takeCall(deps, caller, found, body, idempotencyKey);
  },
});

async function takeCall(
  deps: Dependencies,
  caller: Person,
  contract: ContractPins,
  body: Call,
  idempotencyKey: string | null,
): Promise<Reply> {
  const { tenantId, policyId, policyVersion, ownerId } = contract;
  const payload: CaseStart = { ...body, source: sourceOf(caller, body) };
  const who = { tenantId, definition: supportCaseRules, actor: caller.id };
  const key = idempotencyKey === null ? null : joinKey(caller, idempotencyKey, payload);
  const before = key && (await submittedBefore(deps, tenantId, key));
  if (before) return withNumber(before, true);
  const submitted = await submitStart(deps, {
    ...who,
    payload,
    idempotencyKey,
    policy: { id: policyId, version: policyVersion },
    ownerId,
  });
  if (!isSameOutage(submitted)) return withNumber(submitted, false);
  const { contractId, device = null, siteId = null } = payload;
  const open = await readSameOutage(deps.database, caller.id, { tenantId, contractId, device, siteId });
  if (!open) return submittedReply(submitted, 201);
  const joined = await submitCommand(deps, {
    ...who,
    processId: open.processId,
    command: 'joinCall',
    payload: { caller: payload.caller, impact: payload.impact },
    idempotencyKey: null,
    ...(key ? { key } : {}),
    expectedSeq: null,
  });
  return withNumber(joined, true);
}

/** The key of a call that was joined: it has opened nothing, and stands for the whole call all the same. */
function joinKey({ id: principal }: Person, value: string, call: CaseStart) {
  return { principal, value: `${value}/join`, bodyHash: sha256({ join: call }) };
}

function sourceOf({ side }: Person, { source }: Call): CaseStart['source'] {
  if (side === 'provider') return source ?? 'seniorDesk';
  return source === 'cli' ? 'cli' : 'api';
}

/** Refused by the dry run, or by the step when another call came first. */
function isSameOutage(submitted: Submitted): boolean {
  if (submitted.kind === 'refused') return submitted.refused.code === SAME_OUTAGE;
  return submitted.kind === 'answered' && submitted.row.answer?.code === SAME_OUTAGE;
}

/** The number follows from the id, so that it is known before the case is decided. */
function withNumber(submitted: Submitted, joined: boolean): Reply {
  const reply = submittedReply(submitted, joined ? 200 : 201);
  if (reply.status >= 300 || typeof reply.body !== 'object' || reply.body === null) return reply;
  const processId =
    submitted.kind === 'answered'
      ? submitted.row.processId
      : 'processId' in submitted
        ? submitted.processId
        : '';
  return { ...reply, body: { ...reply.body, number: caseNumberOf(processId), joined } };
}

const queue = route({
  method: 'get',
  path: '/v1/desk/queue',
  tag: 'Senior Desk',
  summary: 'Cases that wait for somebody to take them, the most urgent first',
  access: person,
  query: z.strictObject({ all: flag.default(false).describe('true: every open case') }),
  answers: {
    200: {
      description: 'At most 200, of the customers that you may see',
      schema: z.object({
        items: z.array(
          z.object({
            processId: z.string(),
            number: z.string(),
            priority: z.enum(priorities),
            status: z.string(),
            statusLabel: z.string(),
            test: z.boolean(),
            contractId: z.string(),
            endUser: z.string(),
            device: z.string().nullable(),
            siteId: z.string().nullable(),
            impact: z.string(),
            verdict: z.enum(['entitled', 'provisional', 'refused']),
            owner: personOut,
            openedAt: instantOut,
            openedLocal: localOut,
            clock: z.string().nullable().describe('The promise that falls due first'),
            dueAt: instantOut.nullable(),
            dueLocal: localOut.nullable(),
            missed: z.boolean(),
          }),
        ),
      }),
    },
  },
  handle: async ({ caller, query }, deps) => {
    const { rows, names } = await readQueue(deps.database, caller.id, query.all);
    const { clocks } = supportCaseRules.words;
    const items = rows.map(({ ownerId, openedAt, dueAt, clock, ...row }) => ({
      ...row,
      statusLabel: statusWords(supportCaseRules.words, row.status).statusLabel,
      owner: personOf(ownerId, names),
      openedAt: iso(openedAt),
      openedLocal: local(openedAt, caller.zone) ?? '',
      clock: clock === null ? null : (clocks[clock]?.label ?? clock),
      dueAt: iso(dueAt),
      dueLocal: local(dueAt, caller.zone),
    }));
    return ok({ items });
  },
});

export const deskRoutes = [call, queue];
