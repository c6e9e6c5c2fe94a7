/** Processes tell each other facts within a tenant, and between the Provider's own and any other. */
import type { Database } from '../connection.js';

/** The tenant of a process that another tenant's process may tell something; null when it may not, or there is none. */
export function otherTenant(database: Database) {
  return async (tenantId: string, processId: string): Promise<string | null> => {
    const row = await database.as('relay', { reads: true }, async (trx) =>
      trx.row<{ tenantId: string }>(
        `select tenant_id as "tenantId" from processes
          where id = :processId and 'provider' in (tenant_id, :tenantId)`,
        { processId, tenantId },
      ),
    );
    return row?.tenantId ?? null;
  };
}
