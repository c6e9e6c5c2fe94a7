/** What is known about an event of an outside ticketing system: its contract, and the case that it is about. */
import type { Answer } from '../../domain/kernel/store.js';
import type { Priority } from '../../domain/priority.js';
import type { Database } from '../connection.js';
import { readBoundKey, type BoundKey } from '../read/inbox.js';
import type { ContractPins } from '../read/contract.js';
import { SAME_OUTAGE } from '../support-case/same-outage.js';

export interface TicketContract extends ContractPins {
  readonly contractId: string;
}

/**
 * The contract of this id or number, among those of one End User or of all; null where there is none, and where several
 * End Users have the number.
 */
export async function findTicketContract(
  database: Database,
  asked: { readonly contract: string; readonly tenantId: string | null },
): Promise<TicketContract | null> {
  const rows = await database.as('admin', {}, async (trx) =>
    trx.rows<TicketContract>(
      `select c.id as "contractId", c.tenant_id as "tenantId", c.process_id as "processId",
         c.policy_id as "policyId", c.policy_version as "policyVersion", p.owner_id as "ownerId"
         from contracts c join processes p on p.tenant_id = c.tenant_id and p.id = c.process_id
        where (c.id = :contract or c.number = :contract) and c.policy_id is not null
          and (:tenantId::text is null or c.tenant_id = :tenantId::text)
        order by c.id = :contract desc limit 2`,
      { ...asked },
    ),
  );
  const [first, second] = rows;
  if (first?.contractId === asked.contract || !second) return first ?? null;
  return null;
}

/** A case as an event finds it. */
export interface TicketCase {
  readonly processId: string;
  readonly over: boolean;
  /** Null before its first step. */
  readonly priority: Priority | null;
  /** The ticket was joined to it: what becomes of the ticket is not what becomes of the case. */
  readonly joined: boolean;
  /** Of a case whose start was refused after it had been accepted. */
  readonly refused: Answer | null;
}

export interface TicketStanding {
  /** What the event was taken as before. */
  readonly known: BoundKey | null;
  readonly found: TicketCase | null;
}

const CASE = `p.id as "processId", p.over, p.data ->> 'priority' as priority`;

/** By the number of the case where the event names one, else by its ticket. */
export async function readTicketStanding(
  database: Database,
  tenantId: string,
  about: {
    readonly principal: string;
    readonly eventKey: string;
    /** Of the first row of the ticket: where it was joined, and where it opened a case. */
    readonly ticketKeys: readonly string[];
    readonly contractId: string;
    readonly number: string | null;
  },
): Promise<TicketStanding> {
  return database.as('step', { tenant: tenantId }, async (trx) => {
    const { principal, eventKey, ticketKeys, contractId, number } = about;
    const known = await readBoundKey(trx, tenantId, { principal, value: eventKey });
    const found =
      number === null
        ? await trx.row<TicketCase>(
            `select ${CASE}, i.kind <> 'start' as joined,
               case when i.kind = 'start' and i.answer ->> 'outcome' = 'refused' then i.answer end as refused
               from inbox i join processes p on p.tenant_id = i.tenant_id and p.id = i.process_id
              where i.tenant_id = :tenantId and i.key_principal = :principal
                and i.key_value = any(:ticketKeys::text[])
              order by i.kind = 'start' limit 1`,
            { tenantId, principal, ticketKeys },
          )
        : await trx.row<TicketCase>(
            `select ${CASE}, false as joined, null as refused from processes p
              where p.tenant_id = :tenantId and p.contract_id = :contractId and p.slug = 'supportCase'
                and p.data ->> 'number' = :number`,
            { tenantId, contractId, number },
          );
    return { known, found };
  });
}

/** The open P1 or P2 of the contract about the same device or site. */
export async function readOutageOf(
  database: Database,
  about: {
    readonly tenantId: string;
    readonly contractId: string;
    readonly device: string | null;
    readonly siteId: string | null;
  },
): Promise<{ readonly processId: string } | null> {
  return database.as('step', { tenant: about.tenantId }, async (trx) =>
    trx.row(SAME_OUTAGE, { ...about, processId: '' }),
  );
}
