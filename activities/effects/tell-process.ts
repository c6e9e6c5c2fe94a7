/** Tells another process a fact: a row in its inbox, under the key of the effect, then its bell. */
import type { WorkStore } from '../../db/store/types.js';
import { sha256 } from '../../domain/kernel/hash.js';
import type { Ringer } from '../../messages/ringer.js';
import type { EffectHandler } from '../perform.js';
import { outcomeOf } from './accepted.js';

export interface TellDependencies {
  readonly work: Pick<WorkStore, 'accept'>;
  readonly ringer: Pick<Ringer, 'ring'>;
  /** The other tenant that a process of this one may tell something: the Provider's, or of the Provider's any. */
  readonly otherTenantOf: (tenantId: string, processId: string) => Promise<string | null>;
}

export function tellProcess(deps: TellDependencies): EffectHandler<'tellProcess'> {
  return async (claim, { now }) => {
    const { processId, signal, payload } = claim.intent.content;
    const tell = (tenantId: string) =>
      deps.work.accept({
        tenantId,
        processId,
        kind: 'signal',
        name: signal,
        payload,
        actor: null,
        onBehalfOf: null,
        expectedSeq: null,
        urgent: false,
        requestId: claim.requestId ?? null,
        decidedAt: claim.intent.notBefore,
        key: { principal: 'effects', value: claim.intent.key, bodyHash: sha256({ signal, payload }) },
        start: null,
      });
    const own = await tell(claim.tenantId);
    const other = own.kind === 'noProcess' ? await deps.otherTenantOf(claim.tenantId, processId) : null;
    const accepted = other === null ? own : await tell(other);
    return outcomeOf(accepted, claim, now, (inboxId) => deps.ringer.ring(processId, inboxId));
  };
}
