/** Tells the contact matrix of an End User that a message to one of his contacts did not arrive, whoever sent it. */
import { undeliverablePayload } from '../../domain/kernel/common.js';
import type { Database } from '../connection.js';
import { accept } from './accept.js';

interface Bounce {
  readonly tenantId: string;
  readonly inboxId: string;
}

/**
 * Accepts a signal for the matrix of each bounce that was noted, each in a transaction of its own; whoever rings for
 * waiting rows finds them. A matrix that somebody holds is left for the next time. Gives how many were accepted.
 */
export async function acceptBounces(database: Database, limit: number): Promise<number> {
  const noted = await database.as('relay', {}, async (trx) =>
    trx.rows<Bounce>(
      `select tenant_id as "tenantId", inbox_id as "inboxId" from bounces order by inbox_id limit :limit`,
      { limit },
    ),
  );
  let accepted = 0;
  for (const bounce of noted) {
    const told = await tellMatrix(database, bounce);
    if (told === 'busy') continue;
    await database.as('step', { tenant: bounce.tenantId }, async (trx) =>
      trx.run('delete from bounces where tenant_id = :tenantId and inbox_id = :inboxId', { ...bounce }),
    );
    if (told === 'accepted') accepted += 1;
  }
  return accepted;
}

/** `none`: no other process than the sender is a matrix, or there is none. */
async function tellMatrix(
  database: Database,
  { tenantId, inboxId }: Bounce,
): Promise<'accepted' | 'busy' | 'none'> {
  const found = await database.as('step', { tenant: tenantId }, async (trx) =>
    trx.row<{ payload: unknown; sender: string; matrix: string }>(
      `select i.payload, i.process_id as sender, m.id as matrix
         from inbox i join processes m on m.tenant_id = i.tenant_id and m.slug = 'contactMatrix' and not m.closed
           and m.seq > 0 and m.status <> 'shared' and m.id <> i.process_id
        where i.tenant_id = :tenantId and i.id = :inboxId
        order by m.created_at, m.id limit 1`,
      { tenantId, inboxId },
    ),
  );
  if (!found) return 'none';
  // Unreadable only where it was erased meanwhile.
  const read = undeliverablePayload.safeParse(found.payload);
  if (!read.success) return 'none';
  const { content } = read.data;
  const told = await accept(database, {
    tenantId,
    processId: found.matrix,
    kind: 'signal',
    name: 'messageBounced',
    payload: { personId: content.recipient, urgent: content.urgent, about: found.sender },
    actor: null,
    onBehalfOf: null,
    expectedSeq: null,
    urgent: content.urgent,
    key: { principal: 'bounce', value: inboxId, bodyHash: '' },
    start: null,
  });
  return told.kind === 'busy' ? 'busy' : told.kind === 'accepted' ? 'accepted' : 'none';
}
