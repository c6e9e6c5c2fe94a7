/** What accepting a row for another process means for the effect that asked for it. */
import type { Accepted, Claim } from '../../db/store/types.js';
import type { Done } from '../perform.js';
import { nextAttemptAt } from './back-off.js';

/** `bell` is rung once the effect is settled; the relay rings again where it was not heard. */
export function outcomeOf(
  accepted: Accepted,
  claim: Claim,
  now: number,
  bell: (inboxId: string) => Promise<unknown>,
): Done {
  switch (accepted.kind) {
    case 'accepted':
    case 'known':
      return {
        settlement: { kind: 'confirmed', evidence: { inboxId: accepted.inboxId } },
        afterwards: () => bell(accepted.inboxId),
      };
    case 'busy':
      return {
        settlement: {
          kind: 'deferred',
          problem: 'The other process is busy.',
          nextAttemptAt: nextAttemptAt(now, claim.attempt),
        },
      };
    case 'conflict':
      return { settlement: { kind: 'failed', problem: 'The key is bound to another content.' } };
    case 'noProcess':
      return { settlement: { kind: 'failed', problem: 'There is no such process.' } };
  }
}
