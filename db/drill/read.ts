/** The messages of a fire drill with their tries, as its report measures them. */
import type { SentMessage } from '../../domain/drill/report.js';
import type { Database } from '../connection.js';

/** A ladder pages some tens of people; more than this is no drill any more. */
const MOST_MESSAGES = 500;

/** A mail that is no page was tried once it left: what became of it stands with the effect itself. */
const SENT = `
  select e.recipient_id as recipient, ms(e.decided_at)::float8 as "decidedAt",
    (select jsonb_build_object('channel', a.channel, 'at', ms(a.at)) from page_acknowledgements a
      where a.tenant_id = e.tenant_id and a.effect_id = e.id) as acknowledged,
    case e.kind when 'page' then
      (select coalesce(jsonb_agg(jsonb_build_object('channel', t.channel, 'outcome', t.outcome,
          'startedAt', ms(t.started_at)) order by t.started_at), '[]')
         from page_tries t where t.tenant_id = e.tenant_id and t.effect_id = e.id)
    when 'mail' then
      case when e.state in ('confirmed', 'failed', 'unknown')
        then jsonb_build_array(jsonb_build_object('channel', 'mail', 'startedAt', ms(e.settled_at), 'outcome',
          case e.state when 'confirmed' then 'accepted' else e.state end))
        else '[]' end
    end as tries
    from effects e
   where e.process_id = :processId and e.kind in ('page', 'mail')
   order by e.decided_at, e.id limit ${String(MOST_MESSAGES)}`;

/** Of a drill that the principal may see; what he may not see of its tries is not there. */
export async function readSent(
  database: Database,
  principal: string,
  processId: string,
): Promise<readonly SentMessage[]> {
  return database.as('api', { principal }, async (trx) => trx.rows<SentMessage>(SENT, { processId }));
}
