/** What the gateway says became of a try, whenever and however often it says it (service spec §3 R9). */
import type { Database } from '../connection.js';
import { instant } from '../instants.js';
import { hurry, lockTry } from './tries.js';

export interface Report {
  /** The sender's own id of the report. */
  readonly id: string;
  readonly tryId: string;
  readonly status: 'delivered' | 'failed';
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface Reported {
  /** `late`: more was known already; `known`: it was reported under this id before. */
  readonly kind: 'noted' | 'late' | 'known';
  /** The processes whose pages are due again because of it. */
  readonly processes: readonly {
    readonly tenantId: string;
    readonly id: string;
    readonly slug: string;
    readonly over: boolean;
  }[];
}

/** Null: there is no such try. */
export async function notePageReport(database: Database, report: Report): Promise<Reported | null> {
  const found = await database.as('admin', {}, async (trx) =>
    trx.row<{ tenantId: string }>(`select tenant_id as "tenantId" from page_tries where id = :tryId`, {
      tryId: report.tryId,
    }),
  );
  return found && note(database, found.tenantId, report);
}

/**
 * In whatever order reports come, one of delivery decides, and one of failure only where nothing better is known. So the
 * outcome is the same for every order.
 */
async function note(
  database: Database,
  tenantId: string,
  { id, tryId, status, at }: Report,
): Promise<Reported> {
  return database.as('step', { tenant: tenantId }, async (trx) => {
    await lockTry(trx, tenantId, tryId);
    const moved = await trx.rows<{ effectId: string }>(
      `with known as (select from page_reports where tenant_id = :tenantId and id = :id)
       update page_tries t set outcome = :status, reported_at = :at, ended_at = coalesce(t.ended_at, business_now()),
           problem = case when :status = 'failed' then 'The gateway says that it was not delivered.' end
         from page_tries about
        where about.tenant_id = :tenantId and about.id = :tryId and not exists (select from known)
          and t.tenant_id = about.tenant_id and t.event_id = about.event_id and t.round = about.round
          and t.destination = about.destination
          and case :status when 'delivered' then t.outcome <> 'delivered'
            else t.outcome in ('trying', 'accepted', 'unknown') end
       returning t.effect_id as "effectId"`,
      { tenantId, id, tryId, status, at: instant(at) },
    );
    const added = await trx.run(
      `insert into page_reports (tenant_id, id, try_id, status, happened_at, late)
         values (:tenantId, :id, :tryId, :status, :at, :late) on conflict do nothing`,
      { tenantId, id, tryId, status, at: instant(at), late: moved.length === 0 },
    );
    if (added === 0) return { kind: 'known', processes: [] };
    if (moved.length === 0) return { kind: 'late', processes: [] };
    if (status === 'delivered') return { kind: 'noted', processes: [] };
    const effectIds = moved.map((one) => one.effectId);
    await hurry(trx, tenantId, effectIds);
    const processes = await trx.rows<Reported['processes'][number]>(
      `select distinct p.tenant_id as "tenantId", p.id, p.slug, p.over
         from effects e join processes p on p.tenant_id = e.tenant_id and p.id = e.process_id
        where e.tenant_id = :tenantId and e.id = any(:effectIds::text[])`,
      { tenantId, effectIds },
    );
    return { kind: 'noted', processes };
  });
}

/**
 * The page that a mail which came back was about: by the key in its headers, else by its message id. `email`: of the
 * person whom it went to. Null: it was no page.
 */
export async function findMailedPage(
  database: Database,
  { key, messageId }: { readonly key: string | null; readonly messageId: string | null },
): Promise<{ readonly tryId: string; readonly email: string | null } | null> {
  return database.as('admin', {}, async (trx) =>
    trx.row(
      `select t.id as "tryId", p.email
         from page_tries t join people p on p.id = t.person_id and p.tenant_id in (t.tenant_id, 'provider')
        where t.channel = 'mail' and not t.joined
          and case when :key::text is null then t.message_id = :messageId else t.id = :key end
        limit 1`,
      { key, messageId },
    ),
  );
}
