/** Pages with what was tried, for those who were paged and for those who see to it. */
import type { Channel } from '../../domain/paging/policy.js';
import type { Database } from '../connection.js';

export interface PageLine {
  readonly id: string;
  readonly tenantId: string;
  readonly processId: string;
  readonly slug: string;
  readonly headline: string;
  readonly notice: string;
  readonly also: readonly string[];
  readonly recipient: { readonly id: string; readonly name: string };
  readonly state: string;
  /** Instants are epoch milliseconds. */
  readonly decidedAt: number;
  readonly acknowledged: {
    readonly by: string;
    readonly via: string;
    readonly channel: Channel | null;
    readonly at: number;
  } | null;
  readonly tries: readonly {
    readonly round: number;
    readonly channel: string;
    readonly outcome: string;
    readonly joined: boolean;
    readonly startedAt: number;
    readonly endedAt: number | null;
    readonly reportedAt: number | null;
    readonly problem: string | null;
  }[];
}

const LINES = `
  select e.id, e.tenant_id as "tenantId", e.process_id as "processId", p.slug, p.headline,
    e.content ->> 'notice' as notice, e.content -> 'also' as also,
    jsonb_build_object('id', e.recipient_id, 'name', coalesce((select r.name from people r
      where r.id = e.recipient_id and r.tenant_id in (e.tenant_id, 'provider')), '')) as recipient,
    e.state, ms(e.decided_at)::float8 as "decidedAt",
    (select jsonb_build_object('by', a.person_id, 'via', a.via, 'channel', a.channel, 'at', ms(a.at))
       from page_acknowledgements a where a.tenant_id = e.tenant_id and a.effect_id = e.id) as acknowledged,
    (select coalesce(jsonb_agg(jsonb_build_object('round', t.round, 'channel', t.channel, 'outcome', t.outcome,
        'joined', t.joined, 'startedAt', ms(t.started_at), 'endedAt', ms(t.ended_at), 'reportedAt', ms(t.reported_at),
        'problem', t.problem) order by t.started_at), '[]')
       from page_tries t where t.tenant_id = e.tenant_id and t.effect_id = e.id) as tries
    from effects e join processes p on p.tenant_id = e.tenant_id and p.id = e.process_id
   where e.kind = 'page'`;

/** Newest first: the pages of a process that the principal may see, or his own; `open`: not acknowledged. */
export async function listPages(
  database: Database,
  principal: string,
  of: { readonly processId: string } | { readonly recipient: string; readonly open: boolean },
  limit: number,
): Promise<readonly PageLine[]> {
  const asked = { processId: null, recipient: null, open: false, ...of };
  return database.as('api', { principal }, async (trx) =>
    trx.rows<PageLine>(
      `${LINES} and (:processId::text is null or e.process_id = :processId)
        and (:recipient::text is null or e.recipient_id = :recipient)
        and (not :open::boolean or not exists (select from page_acknowledgements a
          where a.tenant_id = e.tenant_id and a.effect_id = e.id))
        order by e.decided_at desc, e.id limit :limit`,
      { ...asked, limit },
    ),
  );
}

/** The tenant of a page that the principal may see and that is his own. */
export async function findOwnPage(
  database: Database,
  principal: string,
  effectId: string,
): Promise<{ readonly tenantId: string } | null> {
  return database.as('api', { principal }, async (trx) =>
    trx.row<{ tenantId: string }>(
      `select tenant_id as "tenantId" from effects where id = :effectId and kind = 'page' and recipient_id = :principal`,
      { effectId, principal },
    ),
  );
}
