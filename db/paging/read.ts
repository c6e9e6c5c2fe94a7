/** What is to be known before a page is tried again: where its recipient is reached, what was tried, what still stands. */
import { pagingPolicy, type Channel, type PagingPolicy } from '../../domain/paging/policy.js';
import type { Try } from '../../domain/paging/ladder.js';
import type { Database } from '../connection.js';

export interface PageRead {
  /** Business time, epoch milliseconds. */
  readonly now: number;
  readonly side: 'provider' | 'endUser';
  /** Where the recipient is reached by each channel that he has. */
  readonly addresses: Readonly<Partial<Record<Channel, string>>>;
  /** Null: the policy set of the process, and the one in force, know nothing of pages. */
  readonly plan: PagingPolicy | null;
  readonly tries: readonly Try[];
  /** How often an operator had it sent once more. */
  readonly resends: number;
  readonly acknowledgedBy: string | null;
  readonly closed: boolean;
  /** The status into which the event led that decided it. */
  readonly decidedIn: string | null;
  /** Whether the clock of the page runs; null: it has none. */
  readonly clockRuns: boolean | null;
}

interface Row extends Omit<PageRead, 'addresses' | 'plan'> {
  readonly addresses: Readonly<Record<Channel, string | null>>;
  readonly paging: unknown;
}

/**
 * The number of an End User's contact is the one that the contact matrix in force has for him (service spec §4.2); that
 * of staff stands with the person. A policy pinned before there were pages leaves it to the one in force.
 */
const READ = `
  select ms(business_now())::float8 as now, r.side,
    jsonb_build_object('mail', r.email, 'chat', c.chat, 'sms', coalesce(c.sms, m.phone, r.phone),
      'voice', coalesce(c.voice, m.phone, r.phone)) as addresses,
    (select l.body -> 'paging' from policies l
      where l.id = p.policy_id and l.state = 'approved' and l.version >= p.policy_version and l.body ? 'paging'
      order by l.tenant_id = 'provider', l.version limit 1) as paging,
    (select coalesce(jsonb_agg(jsonb_build_object('round', t.round, 'channel', t.channel, 'outcome', t.outcome,
        'startedAt', ms(t.started_at)) order by t.started_at, t.round), '[]')
       from page_tries t where t.tenant_id = e.tenant_id and t.effect_id = e.id) as tries,
    coalesce((e.evidence ->> 'resends')::integer, 0) as resends,
    (select a.person_id from page_acknowledgements a
      where a.tenant_id = e.tenant_id and a.effect_id = e.id) as "acknowledgedBy",
    p.closed, (select v.to_status from events v where v.tenant_id = e.tenant_id and v.id = e.event_id) as "decidedIn",
    case when e.content ->> 'during' is not null then exists (select from clocks k
      where k.tenant_id = e.tenant_id and k.process_id = e.process_id and k.ended_at is null
        and concat_ws('/', k.name, nullif(k.key, '')) = e.content ->> 'during') end as "clockRuns"
    from effects e join processes p on p.tenant_id = e.tenant_id and p.id = e.process_id
    join people r on r.id = e.recipient_id and r.tenant_id in (e.tenant_id, 'provider')
    left join lateral (
      select max(address) filter (where kind = 'sms') as sms, max(address) filter (where kind = 'voice') as voice,
        max(address) filter (where kind = 'chat') as chat
        from contact_channels c where c.tenant_id = r.tenant_id and c.person_id = r.id) c on true
    left join lateral (
      select k.phone from matrix_contacts k join matrix_versions v
          on v.tenant_id = k.tenant_id and v.process_id = k.process_id and v.version = k.version
       where k.tenant_id = e.tenant_id and k.person_id = r.id and k.phone <> '' and v.in_force_from <= business_now()
         and (v.in_force_to is null or v.in_force_to > business_now())
       order by v.in_force_from desc limit 1) m on r.side = 'endUser'
   where e.tenant_id = :tenantId and e.id = :effectId`;

/** Null: the effect or its recipient is gone. */
export async function readPage(
  database: Database,
  { tenantId, effectId }: { readonly tenantId: string; readonly effectId: string },
): Promise<PageRead | null> {
  const row = await database.as('step', { tenant: tenantId }, async (trx) =>
    trx.row<Row>(READ, { tenantId, effectId }),
  );
  if (!row) return null;
  const { addresses, paging, ...rest } = row;
  const plan = pagingPolicy.safeParse(paging);
  const known = Object.entries(addresses).filter(([, address]) => address !== null && address !== '');
  return { ...rest, addresses: Object.fromEntries(known), plan: plan.success ? plan.data : null };
}
