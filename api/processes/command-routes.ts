/** Starting processes and giving them commands; generic, derived from the definitions. */
import { z } from 'zod';
import { readContractsById } from '../../db/read/contract.js';
import { readInboxRow } from '../../db/read/inbox.js';
import { readProcessHead } from '../../db/read/process.js';
import { PROVIDER } from '../../db/provision/tenants.js';
import { readProviderPolicy } from '../../db/start/read.js';
import { notePayload } from '../../domain/kernel/common.js';
import { canonical } from '../../domain/kernel/hash.js';
import { refuse } from '../../domain/kernel/refusals.js';
import type { Definition } from '../../domain/kernel/rules.js';
import { definitions } from '../../domain/processes.js';
import { adoptCustomer } from '../contracts/adopt.js';
import { importContract } from '../contracts/import.js';
import type { Dependencies } from '../dependencies.js';
import { places } from '../http/places.js';
import { iso } from '../http/instants.js';
import { forbidden, notFound, problem } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { person, route, type Route } from '../http/route.js';
import { idParams, idText, instantOut } from '../http/schemas.js';
import type { Person } from '../../db/read/person.js';
import { acceptedOut, outcomeOut, refusalReply, submittedReply } from './answers.js';
import { commandSchema, inputSchema } from './definition-views.js';
import { commandOf, kindOf } from './kinds.js';
import { submitCommand, submitStart } from './submit.js';

const anyObject = z.record(z.string(), z.unknown());
const accepted202 = { description: 'Accepted; not answered within 5 seconds', schema: acceptedOut } as const;

const start: Route = route({
  method: 'post',
  path: '/v1/processes/{slug}',
  tag: 'Processes',
  summary: 'Start a process',
  description: 'The body is the start payload of the kind. Send an Idempotency-Key to be able to repeat it.',
  access: person,
  scope: 'command',
  params: z.object({ slug: z.string().max(60) }),
  body: anyObject,
  key: true,
  refusals: true,
  problems: ['NOT_FOUND', 'FORBIDDEN', 'IDEMPOTENCY_KEY_REUSED', 'PROCESS_BUSY'],
  answers: {
    200: { description: 'Nothing was to be done (a contract that says the same already)' },
    201: { description: 'Started', schema: outcomeOut, headers: { location: 'The process' } },
    202: accepted202,
  },
  variants: Object.values<Definition>(definitions).map(({ words }) => ({
    path: `/v1/processes/${words.slug}`,
    summary: words.start.label,
    description: `${words.summary} Staff functions: ${words.start.grants.join(', ')}.${words.start.endUser ? ' People of the End User, for a contract of theirs.' : ''}`,
    body: inputSchema(words.start.payload),
    ...(words.start.example ? { example: words.start.example } : {}),
  })),
  handle: async ({ caller, params, body, idempotencyKey }, deps) => {
    const definition = kindOf(params.slug);
    if (!definition) return notFound();
    const { grants, endUser, payload } = definition.words.start;
    const may =
      caller.side === 'provider' ? grants.some((grant) => caller.grants.includes(grant)) : endUser === true;
    if (!may) return forbidden(grants);
    if (params.slug === 'contract') {
      if ('adopted' in body)
        return adoptCustomer(deps, caller, { file: body, dryRun: false, idempotencyKey });
      return importContract(deps, caller, { file: body, approveDiff: false, idempotencyKey });
    }
    const read = payload.safeParse(body);
    if (!read.success) return problem('BODY_INVALID', { problems: places(read.error) });
    const start = 'contractId' in payload.shape ? startForContract : startForProvider;
    return start(deps, caller, definition, read.data, idempotencyKey);
  },
});

/** What belongs to no contract is the Provider's own, under the newest policy version that has figures for it. */
async function startForProvider(
  deps: Dependencies,
  caller: Person,
  definition: Definition,
  payload: Readonly<Record<string, unknown>>,
  idempotencyKey: string | null,
): Promise<Reply> {
  const policy = await readProviderPolicy(deps.database, definition.words.slug);
  if (!policy) {
    const missing = 'no approved policy set has figures for it; import one and have it approved';
    return problem('BODY_INVALID', { problems: [{ path: '(installation)', problem: missing }] });
  }
  const submitted = await submitStart(deps, {
    tenantId: PROVIDER,
    definition,
    payload,
    actor: caller.id,
    idempotencyKey,
    policy,
    ownerId: caller.id,
  });
  return submittedReply(submitted, 201);
}

/** What belongs to a contract is served under the policy version that it has in force. */
async function startForContract(
  deps: Dependencies,
  caller: Person,
  definition: Definition,
  payload: Readonly<Record<string, unknown>>,
  idempotencyKey: string | null,
): Promise<Reply> {
  const { contractId } = payload;
  const found =
    typeof contractId === 'string' ? await readContractsById(deps.database, caller.id, contractId) : null;
  if (!found) {
    const problems = [{ path: 'contractId', problem: 'no contract that you may see has this id' }];
    return problem('BODY_INVALID', { problems });
  }
  const submitted = await submitStart(deps, {
    tenantId: found.tenantId,
    definition,
    payload,
    actor: caller.id,
    idempotencyKey,
    policy: { id: found.policyId, version: found.policyVersion },
    ownerId: found.ownerId,
  });
  return submittedReply(submitted, 201);
}

async function runCommand(
  deps: Dependencies,
  caller: Person,
  asked: {
    readonly processId: string;
    readonly command: string;
    readonly body: Readonly<Record<string, unknown>>;
    readonly idempotencyKey: string | null;
    readonly expectedSeq: number | null;
  },
): Promise<Reply> {
  const head = await readProcessHead(deps.database, caller.id, asked.processId);
  const definition = head && kindOf(head.slug);
  if (!head || !definition) return notFound();
  const word = commandOf(definition, asked.command);
  if (!word) return refusalReply(refuse('COMMAND'));
  const schema = word.payload ?? z.strictObject({});
  const read = schema.safeParse(asked.body);
  if (!read.success) return refusalReply(refuse('PAYLOAD', places(read.error)));
  const { processId, command, idempotencyKey, expectedSeq } = asked;
  const who = { tenantId: head.tenantId, definition, actor: caller.id };
  const what = { processId, command, payload: read.data, idempotencyKey, expectedSeq };
  return submittedReply(await submitCommand(deps, { ...who, ...what }), 200);
}

const command = route({
  method: 'post',
  path: '/v1/processes/{id}/commands/{command}',
  tag: 'Commands',
  summary: 'Give a process a command',
  description:
    'With If-Match, only while the process stands as it was read. `/actions` says what can be done now.',
  access: person,
  scope: 'command',
  params: z.object({ id: idText, command: z.string().max(60) }),
  body: anyObject,
  key: true,
  ifMatch: true,
  refusals: true,
  problems: ['NOT_FOUND', 'IDEMPOTENCY_KEY_REUSED', 'SKIPPED', 'PROCESS_BUSY'],
  answers: {
    200: {
      description: 'Accepted by the process',
      schema: outcomeOut,
      headers: { etag: 'Of the process after it' },
    },
    202: accepted202,
  },
  variants: commandVariants(),
  handle: async ({ caller, params, body, idempotencyKey, expectedSeq }, deps) =>
    runCommand(deps, caller, {
      processId: params.id,
      command: params.command,
      body,
      idempotencyKey,
      expectedSeq,
    }),
});

/** Commands of one name mean different things to different kinds; the process decides which one it is. */
function commandVariants(): NonNullable<Route['variants']> {
  const all = Object.values<Definition>(definitions);
  const names = [...new Set(all.flatMap(({ words }) => Object.keys(words.commands)))].sort();
  return names.map((name) => {
    const kinds = all.filter(({ words }) => words.commands[name]);
    const schemas = kinds.map(({ words }) => commandSchema(words, name));
    const [first] = schemas;
    const alike = first && schemas.every((schema) => canonical(schema) === canonical(first));
    const titled = kinds.map(({ words }) => ({ title: words.title, ...commandSchema(words, name) }));
    const labels = [...new Set(kinds.map(({ words }) => words.commands[name]?.label ?? name))];
    const example = kinds.find(({ words }) => words.commands[name]?.example)?.words.commands[name]?.example;
    return {
      path: `/v1/processes/{id}/commands/${name}`,
      summary: labels.join('; '),
      description: `Of: ${kinds.map(({ words }) => words.title).join(', ')}.`,
      body: alike ? first : { anyOf: titled },
      ...(example ? { example } : {}),
    };
  });
}

const note = route({
  method: 'post',
  path: '/v1/processes/{id}/notes',
  tag: 'Commands',
  summary: 'Add a contact note; the same as the command `note`',
  access: person,
  scope: 'command',
  params: idParams,
  body: notePayload,
  key: true,
  ifMatch: true,
  refusals: true,
  problems: ['NOT_FOUND', 'IDEMPOTENCY_KEY_REUSED', 'SKIPPED', 'PROCESS_BUSY'],
  answers: { 200: { description: 'Added', schema: outcomeOut }, 202: accepted202 },
  example: { text: 'Spoke on the phone.', medium: 'phone' },
  handle: async ({ caller, params, body, idempotencyKey, expectedSeq }, deps) =>
    runCommand(deps, caller, { processId: params.id, command: 'note', body, idempotencyKey, expectedSeq }),
});

const inbox = route({
  method: 'get',
  path: '/v1/inbox/{id}',
  tag: 'Commands',
  summary: 'What became of an accepted request',
  access: person,
  params: idParams,
  problems: ['NOT_FOUND'],
  answers: {
    200: {
      description: 'The request and, once there is one, its answer',
      schema: z.object({
        inboxId: z.string(),
        processId: z.string(),
        state: z.enum(['pending', 'answered', 'parked', 'skipped']),
        acceptedAt: instantOut,
        answer: z
          .looseObject({ outcome: z.enum(['accepted', 'refused', 'late', 'skipped']), seq: z.int() })
          .nullable(),
      }),
    },
  },
  handle: async ({ caller, params }, deps) => {
    const row = await readInboxRow(deps.database, caller.id, params.id);
    return row ? ok({ ...row, acceptedAt: iso(row.acceptedAt) }) : notFound();
  },
});

export const commandRoutes = [start, command, note, inbox];
