/** Starts another process: its row and first inbox row, under the key of the effect, then its runner. */
import type { WorkStore } from '../../db/store/types.js';
import { sha256 } from '../../domain/kernel/hash.js';
import type { Ringer } from '../../messages/ringer.js';
import type { EffectHandler } from '../perform.js';
import { outcomeOf } from './accepted.js';

/** What a started process takes over: the policy version of the contract in force now, and its first owner. */
export interface StartFacts {
  read(
    tenantId: string,
    parentId: string,
  ): Promise<{ readonly policyId: string; readonly policyVersion: number; readonly ownerId: string } | null>;
}

export interface StartDependencies {
  readonly work: Pick<WorkStore, 'accept'>;
  readonly ringer: Pick<Ringer, 'start'>;
  readonly facts: StartFacts;
}

export function startProcess(deps: StartDependencies): EffectHandler<'startProcess'> {
  return async (claim, { now }) => {
    const { tenantId } = claim;
    const { slug, processId, payload } = claim.intent.content;
    const facts = await deps.facts.read(tenantId, claim.processId);
    if (!facts) return { settlement: { kind: 'failed', problem: 'The process that asked is not there.' } };
    const accepted = await deps.work.accept({
      tenantId,
      processId,
      kind: 'start',
      name: 'start',
      payload,
      actor: null,
      onBehalfOf: null,
      expectedSeq: null,
      urgent: false,
      requestId: claim.requestId ?? null,
      decidedAt: claim.intent.notBefore,
      key: { principal: 'effects', value: claim.intent.key, bodyHash: sha256({ slug, payload }) },
      start: { slug, ...facts },
    });
    return outcomeOf(accepted, claim, now, (inboxId) =>
      deps.ringer.start({ tenantId, processId, slug, lastSeq: 0 }, inboxId),
    );
  };
}
