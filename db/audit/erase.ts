/** Erases what the events of an ended process saw and said, while the chain of hashes over it still verifies. */
import type { Database } from '../connection.js';
import { logChange } from '../provision/log.js';

/**
 * Erases the contents of a process that is over: payloads, lookups and data of its events. Gives the number of events,
 * or null when there is no such process or it is not over.
 */
export async function eraseContents(
  database: Database,
  at: { readonly tenantId: string; readonly processId: string },
  actor: string,
): Promise<number | null> {
  const where = { tenantId: at.tenantId, processId: at.processId };
  return database.as('admin', { tenant: at.tenantId }, async (trx) => {
    const process = await trx.row(
      'select 1 from processes where tenant_id = :tenantId and id = :processId and over',
      where,
    );
    if (!process) return null;
    const erased = await trx.run(
      `update event_details set fired = null, look = null, directory_hash = null, data = null,
           erased_at = business_now()
        where tenant_id = :tenantId and process_id = :processId and erased_at is null`,
      where,
    );
    await trx.run(
      `update inbox set payload = '{}' where tenant_id = :tenantId and process_id = :processId and state <> 'pending'`,
      where,
    );
    await logChange(trx, { tenantId: at.tenantId, what: `contents.erased ${at.processId}`, actor });
    return erased;
  });
}
