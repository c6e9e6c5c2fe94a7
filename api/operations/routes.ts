/** What an operator looks after: steps that cannot be decided, effects of which nobody knows whether they happened. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { heartbeats, isSilent } from '../../db/jobs/heartbeats.js';
import { readEffect, readSentWith, type EffectRead } from '../../db/read/effect.js';
import { readProcessHead } from '../../db/read/process.js';
import { listParked, retryParked, skipParked } from '../../db/store/park.js';
import { decideUnknown, listUnknown, type Decision, type Verdict } from '../../db/store/unknown.js';
import type { MailContent } from '../../domain/kernel/state.js';
import { definitionOf } from '../../domain/processes.js';
import type { Dependencies } from '../dependencies.js';
import { iso } from '../http/instants.js';
import { notFound, problem } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { route, staff } from '../http/route.js';
import { idParams, instantOut } from '../http/schemas.js';

const operators = staff('operator');
const MOST = 200;

const attention = route({
  method: 'get',
  path: '/v1/operations/attention',
  tag: 'Operations',
  summary: 'What a person must decide',
  access: operators,
  answers: {
    200: {
      description: 'Oldest first',
      schema: z.object({
        blocked: z.array(
          z.object({
            tenantId: z.string(),
            processId: z.string(),
            slug: z.string(),
            trigger: z.unknown(),
            problem: z.string(),
            since: instantOut,
          }),
        ),
        unknownEffects: z.array(
          z.object({
            tenantId: z.string(),
            effectId: z.string(),
            processId: z.string(),
            slug: z.string(),
            kind: z.string(),
            problem: z.string().nullable(),
            attempts: z.int(),
            since: instantOut,
          }),
        ),
        silentJobs: z.array(
          z.object({
            name: z.string(),
            everyMs: z.int(),
            lastSuccessAt: instantOut.nullable(),
            lastFailure: z.string().nullable(),
          }),
        ),
      }),
    },
  },
  handle: async (_call, deps) => {
    const parked = await listParked(deps.database, null, MOST);
    const unknown = await listUnknown(deps.database, null, MOST);
    return ok({
      blocked: parked.map(({ at, ...rest }) => ({ ...rest, since: iso(at) })),
      unknownEffects: unknown.map(({ since, ...rest }) => ({ ...rest, since: iso(since) })),
      silentJobs: await silentJobs(deps),
    });
  },
});

/** Jobs that have not succeeded for three of their intervals: nobody hears of what does not happen otherwise. */
async function silentJobs({ database }: Pick<Dependencies, 'database'>) {
  const beats = await heartbeats(database).list();
  return beats.filter(isSilent).map(({ name, everyMs, lastSuccessAt, lastFailure }) => ({
    name,
    everyMs,
    lastSuccessAt: lastSuccessAt && iso(lastSuccessAt.getTime()),
    lastFailure,
  }));
}

const doneOut = z.object({ processId: z.string(), state: z.enum(['retried', 'skipped']) });

const retry = route({
  method: 'post',
  path: '/v1/operations/processes/{id}/retry',
  tag: 'Operations',
  summary: 'Try once more what could not be decided',
  access: operators,
  scope: 'command',
  params: idParams,
  body: z.strictObject({}),
  problems: ['NOT_BLOCKED'],
  answers: { 200: { description: 'The process goes on', schema: doneOut } },
  handle: async ({ caller, params }, deps) => {
    const head = await readProcessHead(deps.database, caller.id, params.id);
    if (!head) return notFound();
    const at = { tenantId: head.tenantId, processId: head.id };
    if (!(await retryParked(deps.database, at, caller.id))) return problem('NOT_BLOCKED');
    await wake(deps, head);
    return ok({ processId: head.id, state: 'retried' });
  },
});

const reason = z.string().trim().min(3).max(1000);

const skip = route({
  method: 'post',
  path: '/v1/operations/processes/{id}/skip',
  tag: 'Operations',
  summary: 'Give up what could not be decided, with a reason',
  access: operators,
  scope: 'command',
  params: idParams,
  body: z.strictObject({ reason }),
  problems: ['NOT_BLOCKED'],
  answers: { 200: { description: 'The process goes on', schema: doneOut } },
  handle: async ({ caller, params, body }, deps) => {
    const head = await readProcessHead(deps.database, caller.id, params.id);
    if (!head) return notFound();
    const at = { tenantId: head.tenantId, processId: head.id };
    if (!(await skipParked(deps.database, at, caller.id, body.reason))) return problem('NOT_BLOCKED');
    await wake(deps, head);
    return ok({ processId: head.id, state: 'skipped' });
  },
});

const decide = route({
  method: 'post',
  path: '/v1/operations/effects/{id}/decide',
  tag: 'Operations',
  summary: 'Say what became of an effect whose outcome is unknown',
  description: 'done: it happened; resend: do it again now; giveUp: it did not happen and will not.',
  access: operators,
  scope: 'command',
  params: idParams,
  body: z.strictObject({ decision: z.enum(['done', 'resend', 'giveUp']), reason }),
  problems: ['EFFECT_SETTLED'],
  answers: {
    200: {
      description: 'Decided',
      schema: z.object({ effectId: z.string(), processId: z.string(), decision: z.string() }),
    },
  },
  handle: ({ caller, params, body }, deps) => {
    const { decision: verdict, reason: why } = body;
    return decideEffect(deps, params.id, { verdict, by: caller.id, reason: why });
  },
});

async function decideEffect(deps: Dependencies, effectId: string, decision: Decision): Promise<Reply> {
  const effect = await readEffect(deps.database, decision.by, effectId);
  if (!effect) return notFound();
  if (!(await decideOne(deps, effect, decision))) return problem('EFFECT_SETTLED');
  // One message carried them: what became of one became of all.
  for (const other of await readSentWith(deps.database, decision.by, effect)) {
    if (other.effectId !== effectId) await decideOne(deps, other, decision);
  }
  return ok({ effectId, processId: effect.processId, decision: decision.verdict });
}

async function decideOne(deps: Dependencies, effect: EffectRead, decision: Decision): Promise<boolean> {
  const { tenantId, processId, slug, over } = effect;
  const decided = await decideUnknown(deps.database, effect, decision, signalOf(effect, decision.verdict));
  if (decided) await wake(deps, { tenantId, id: processId, slug, over });
  return decided !== null;
}

/** What the process hears, as after an attempt whose outcome was known. */
function signalOf({ kind, key, slug, content }: EffectRead, decision: Verdict) {
  if ((kind !== 'mail' && kind !== 'page') || decision === 'resend') return null;
  // Written from an intent of kind mail or page.
  const mail = content as MailContent;
  if (decision === 'giveUp') {
    return { name: 'undeliverable', payload: { effectKey: key, content: mail, status: '5.0.0' } };
  }
  // That a page has arrived says nothing to its process, neither here nor in a report: an acknowledgement does.
  if (kind === 'page') return null;
  const listens = definitionOf(slug)?.words.signals['delivered'] !== undefined;
  const { notice, recipient, at: decidedAt } = mail;
  const payload = { effectKey: key, notice, recipient, decidedAt };
  return listens ? { name: 'delivered', payload } : null;
}

/** Rings with an id of its own: a known one would be answered from memory. The relay helps where this fails. */
async function wake(
  deps: Dependencies,
  process: { readonly tenantId: string; readonly id: string; readonly slug: string; readonly over: boolean },
): Promise<void> {
  if (process.over) return;
  const { tenantId, id: processId, slug } = process;
  const input = { tenantId, processId, slug, lastSeq: 0 };
  await deps.ringer.start(input, `operator-${randomUUID()}`, { deadlineMs: 2_000 });
}

export const operationRoutes = [attention, retry, skip, decide];
