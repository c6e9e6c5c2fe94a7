/** What held at an instant: the document in force of a contract (service spec §4.1, §4.5). */
import type { DocumentKind } from '../../domain/document/kinds.js';
import { businessNow } from '../business-clock.js';
import type { Database, Trx } from '../connection.js';

export interface InForce {
  readonly documentId: string;
  readonly version: number;
  readonly language: string;
  readonly title: string;
  readonly sha256: string;
  /** Epoch milliseconds: its first delivery. */
  readonly sinceAt: number;
  readonly processId: string;
  /** The event by which it came into force. */
  readonly eventId: string;
}

export interface NotApplicable {
  readonly reason: string;
  readonly declaredBy: string;
  readonly signedBy: string;
  /** Epoch milliseconds. */
  readonly signedAt: number;
  readonly processId: string;
  /** The event of the signature. */
  readonly eventId: string;
}

export interface Standing {
  readonly inForce: InForce | null;
  /** Signed by the End User; null when there is a document, or when nobody has signed that there is none. */
  readonly notApplicable: NotApplicable | null;
}

export interface Asked {
  readonly contractId: string;
  readonly kind: DocumentKind;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The last event of each process of a slug and contract up to an instant, with the data after it. */
const LAST_EVENTS = `
  select p.tenant_id, p.id as process_id, l.data
    from processes p cross join lateral (
      select d.data from events e
        join event_details d on d.tenant_id = e.tenant_id and d.event_id = e.id
       where e.tenant_id = p.tenant_id and e.process_id = p.id and e.at <= to_timestamp(:at / 1000.0)
       order by e.seq desc limit 1) l
   where p.contract_id = :contractId and p.slug = :slug`;

/** The first event of the process after which a part of its data stood as it stands now. */
const firstEventWith = (part: string) => `
  (select e.id from events e join event_details d on d.tenant_id = e.tenant_id and d.event_id = e.id
    where e.tenant_id = s.tenant_id and e.process_id = s.process_id and d.data #> ${part} = s.data #> ${part}
    order by e.seq limit 1)`;

/**
 * The document of a kind that is in force for a contract at an instant, by reference: for whoever attaches it to
 * something. In the transaction of the caller, with his rights.
 */
export async function standingAt(trx: Trx, { contractId, kind, at }: Asked): Promise<Standing> {
  const rows = await trx.rows<Standing>(
    `with s as (${LAST_EVENTS})
     select case when jsonb_typeof(s.data -> 'inForce') = 'object' then s.data -> 'inForce' || jsonb_build_object(
           'processId', s.process_id, 'eventId', ${firstEventWith("'{inForce}'")}) end as "inForce",
         case when s.data #>> '{notApplicable,signedBy}' is not null then s.data -> 'notApplicable' || jsonb_build_object(
           'processId', s.process_id, 'eventId', ${firstEventWith("'{notApplicable}'")}) end as "notApplicable"
       from s where s.data ->> 'kind' = :kind`,
    { contractId, kind, at, slug: 'document' },
  );
  const inForce = newest(
    rows.map((row) => row.inForce),
    (one) => one.sinceAt,
  );
  const signed = newest(
    rows.map((row) => row.notApplicable),
    (one) => one.signedAt,
  );
  return { inForce, notApplicable: inForce === null ? signed : null };
}

/** The same for a person, now without an instant; null when he sees no such contract. */
export async function readStandingAt(
  database: Database,
  principal: string,
  asked: Omit<Asked, 'at'> & { readonly at: number | null },
): Promise<(Standing & { readonly at: number }) | null> {
  return database.as('api', { principal, reads: true }, async (trx) => {
    const seen = await trx.row(`select 1 as seen from contracts where id = :contractId`, {
      contractId: asked.contractId,
    });
    if (!seen) return null;
    const at = asked.at ?? (await businessNow(trx));
    return { at, ...(await standingAt(trx, { ...asked, at })) };
  });
}

function newest<T>(found: readonly (T | null)[], at: (one: T) => number): T | null {
  return found.reduce<T | null>(
    (best, one) => (one !== null && (best === null || at(one) > at(best)) ? one : best),
    null,
  );
}
