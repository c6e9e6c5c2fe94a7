/** Asks processes to look again at owner, clocks and tasks after something around them changed. */
import { sha256 } from '../../domain/kernel/hash.js';
import type { Database, Trx } from '../connection.js';
import { accept } from './accept.js';

const ASK = `
  insert into recalculations (tenant_id, process_id, asked_at)
    select p.tenant_id, p.id, business_now() from processes p`;

/** Sorted, so that two transactions which ask for the same processes do not wait for each other in a circle. */
const ONCE = `order by p.tenant_id, p.id
  on conflict (tenant_id, process_id) do update set asked_at = excluded.asked_at`;

/** The other open processes of a contract: who serves it or may call has changed. */
export async function askFamily(
  trx: Trx,
  contract: { readonly tenantId: string; readonly contractId: string; readonly processId: string },
): Promise<void> {
  await trx.run(
    `${ASK} where p.tenant_id = :tenantId and p.contract_id = :contractId and p.id <> :processId and not p.closed ${ONCE}`,
    { ...contract },
  );
}

/** The open processes that these people own or have tasks in: somebody left, came back, or has another deputy. */
export async function askConcerned(trx: Trx, people: readonly string[]): Promise<void> {
  if (people.length === 0) return;
  await trx.run(
    `${ASK} where not p.closed and (p.owner_id = any(:people::text[])
       or exists (select from tasks k where k.tenant_id = p.tenant_id and k.process_id = p.id
          and k.people && :people::text[])) ${ONCE}`,
    { people },
  );
}

interface Asked {
  readonly tenantId: string;
  readonly processId: string;
  readonly askedAt: Date;
}

/**
 * Turns what was asked for into rows of the inboxes, each in a transaction of its own; whoever rings for waiting rows
 * finds them. Gives how many there were; a process that somebody holds is left for the next time.
 */
export async function acceptRecalculations(database: Database, limit: number): Promise<number> {
  const asked = await database.as('relay', {}, async (trx) =>
    trx.rows<Asked>(
      `select tenant_id as "tenantId", process_id as "processId", asked_at as "askedAt"
         from recalculations order by asked_at, process_id limit :limit`,
      { limit },
    ),
  );
  let accepted = 0;
  for (const { tenantId, processId, askedAt } of asked) {
    const value = `recalculate/${processId}/${askedAt.toISOString()}`;
    const row = { kind: 'system', name: 'recalculate', payload: {}, actor: null, onBehalfOf: null } as const;
    const key = { principal: 'system', value, bodyHash: sha256({}) };
    const place = { tenantId, processId, expectedSeq: null, urgent: false, start: null };
    const result = await accept(database, { ...row, ...place, key });
    if (result.kind === 'busy') continue;
    await database.as('step', { tenant: tenantId }, async (trx) =>
      // Asked for once more meanwhile: that stays.
      trx.run(
        'delete from recalculations where tenant_id = :tenantId and process_id = :processId and asked_at = :askedAt',
        { tenantId, processId, askedAt },
      ),
    );
    accepted += 1;
  }
  return accepted;
}
