/** Imports a contract file: a new contract is started, a known one is amended once its differences are approved. */
import type { Person } from '../../db/read/person.js';
import { createTenant } from '../../db/provision/tenants.js';
import { contractRules } from '../../domain/contract/rules.js';
import type { Dependencies } from '../dependencies.js';
import { problem } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { submittedReply } from '../processes/answers.js';
import { submitCommand, submitStart } from '../processes/submit.js';
import { checkContract, type CheckedContract } from './check.js';

interface Import {
  readonly file: unknown;
  readonly approveDiff: boolean;
  readonly idempotencyKey: string | null;
}

export async function importContract(deps: Dependencies, caller: Person, asked: Import): Promise<Reply> {
  const checked = await checkContract(deps, caller, asked.file);
  if (!checked.ok) return problem('BODY_INVALID', { problems: checked.problems });
  return checked.known
    ? amend(deps, caller, asked, checked, checked.known)
    : start(deps, caller, asked, checked);
}

type Fitting = Extract<CheckedContract, { ok: true }>;

async function start(deps: Dependencies, caller: Person, asked: Import, checked: Fitting): Promise<Reply> {
  const { file, policyVersion } = checked;
  const submitted = await submitStart(deps, {
    tenantId: file.endUser.id,
    auditTenantId: 'provider',
    definition: contractRules,
    payload: file,
    actor: caller.id,
    idempotencyKey: asked.idempotencyKey,
    policy: { id: file.policy, version: policyVersion },
    ownerId: file.provider.smManager,
    prepare: () => createTenant(deps.database, file.endUser),
  });
  return submittedReply(submitted, 201);
}

async function amend(
  deps: Dependencies,
  caller: Person,
  asked: Import,
  { file }: Fitting,
  known: NonNullable<Fitting['known']>,
): Promise<Reply> {
  const { processId, differences: diff } = known;
  if (diff.length === 0) {
    return ok({ processId, outcome: 'unchanged', diff: [] });
  }
  if (!asked.approveDiff) {
    return problem('CONTRACT_KNOWN', {
      detail: `${String(diff.length)} fields of contract ${file.id} would change.`,
      members: { processId, diff },
    });
  }
  const submitted = await submitCommand(deps, {
    tenantId: file.endUser.id,
    processId,
    definition: contractRules,
    command: 'amend',
    payload: file,
    actor: caller.id,
    expectedSeq: null,
    idempotencyKey: asked.idempotencyKey,
  });
  const reply = submittedReply(submitted, 200);
  if (reply.status !== 200) return reply;
  return { ...reply, body: { ...(reply.body as object), diff } };
}
