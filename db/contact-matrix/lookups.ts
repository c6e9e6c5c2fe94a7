/** What the contact matrix reads beyond itself, and what other processes read of it. */
import { z } from 'zod';
import type { MatrixFacts } from '../../domain/contact-matrix/facts.js';
import type { MatrixVersion } from '../../domain/contact-matrix/matrix.js';
import { contractIdOf, contractOf } from '../contract/lookups.js';
import { holdName } from '../hold.js';
import type { LookupLoader } from '../registry.js';

/** The matrix in force that serves the contract of a process, for the lookups of other kinds. */
export const matrixOf: LookupLoader = async (trx, subject): Promise<MatrixFacts> => {
  const row = await trx.row<{ processId: string; inForce: MatrixVersion; staleSince: number | null }>(
    `select id as "processId", data -> 'inForce' as "inForce", data -> 'staleSince' as "staleSince" from processes
      where tenant_id = :tenantId and slug = 'contactMatrix' and not closed
        and jsonb_typeof(data -> 'inForce') = 'object'
        and data -> 'served' @> jsonb_build_array(jsonb_build_object('contractId', :contractId::text))
      order by created_at, id limit 1`,
    { tenantId: subject.tenantId, contractId: contractIdOf(subject) },
  );
  if (!row) return null;
  const { version, from, contacts } = row.inForce;
  return { processId: row.processId, version, since: from ?? 0, staleSince: row.staleSince, contacts };
};

/**
 * The matrix of the End User that runs already: its other contracts are served by it. A start holds the End User, so
 * that two starts at once do not make two of them.
 */
const serving: LookupLoader = async (trx, { tenantId, processId, data }) => {
  if (data !== null) return null;
  await holdName(trx, `contact matrix ${tenantId}`);
  const row = await trx.row<{ id: string }>(
    `select id from processes
      where tenant_id = :tenantId and slug = 'contactMatrix' and not closed and seq > 0 and status <> 'shared'
        and id <> :processId
      order by created_at, id limit 1`,
    { tenantId, processId },
  );
  return row?.id ?? null;
};

/** Those of the calendars named by the hours of the trigger that exist: the End User's own and the Provider's. */
const calendars: LookupLoader = async (trx, { tenantId, payload }) => {
  const { contacts = [], contact } = contactsIn.parse(payload);
  const ids = [...contacts, ...(contact ? [contact] : [])].map(({ hours }) => hours);
  if (ids.length === 0) return [];
  const rows = await trx.rows<{ id: string }>(
    `select distinct id from calendar_heads
      where tenant_id in (:tenantId, 'provider') and id = any(:ids::text[]) order by id`,
    { tenantId, ids },
  );
  return rows.map(({ id }) => id);
};

const withHours = z.object({ hours: z.string() });
const contactsIn = z.object({
  contacts: z.array(withHours).optional().catch(undefined),
  contact: withHours.optional().catch(undefined),
});

export const contactMatrixLookups = { contract: contractOf, serving, calendars };
