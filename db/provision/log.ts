/** Changes of the set-up (people, calendars, policies) leave an entry in the tenant's second audit chain. */
import { businessNow } from '../business-clock.js';
import type { Trx } from '../connection.js';
import { appendRefusal } from '../store/chain.js';

/** Writes the entry; the last statement of its transaction. `what` names the change without personal data. */
export async function logChange(
  trx: Trx,
  change: { readonly tenantId: string; readonly what: string; readonly actor: string | null },
): Promise<void> {
  await appendRefusal(trx, {
    tenantId: change.tenantId,
    kind: 'change',
    processId: null,
    inboxId: null,
    code: change.what.split(' ')[0] ?? change.what,
    trigger: change.what,
    principal: change.actor,
    at: await businessNow(trx),
  });
}
