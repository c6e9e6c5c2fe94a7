/** Refusals and accesses that happen outside of a step. */
import type { Database } from '../connection.js';
import { businessNow } from '../business-clock.js';
import { appendRefusal } from './chain.js';

/** Remembers a refusal that a dry run found, or an access to the audit, in the tenant's second chain. */
export async function recordRefusal(
  database: Database,
  entry: {
    readonly tenantId: string;
    readonly kind: 'refusal' | 'access';
    readonly processId: string | null;
    readonly code: string;
    readonly trigger: string;
    readonly principal: string | null;
  },
): Promise<void> {
  await database.as('step', { tenant: entry.tenantId }, async (trx) =>
    appendRefusal(trx, { ...entry, inboxId: null, at: await businessNow(trx) }),
  );
}
