/** Somebody has seen a page: it is sent no more, and its process hears of it, in one transaction. */
import type { PageContent } from '../../domain/kernel/state.js';
import { PAGE_ACKNOWLEDGED } from '../../domain/paging/acknowledge.js';
import type { Channel } from '../../domain/paging/policy.js';
import type { Database } from '../connection.js';
import { closeAttention } from '../store/attention.js';
import { insertSignal, lockProcess, mayBeOver } from '../store/effects.js';

export interface AcknowledgedPage {
  readonly kind: 'acknowledged' | 'known';
  readonly processId: string;
  readonly slug: string;
  readonly over: boolean;
}

/** `channel`: of the message whose link was used. */
export interface AcknowledgedBy {
  readonly via: 'link' | 'api' | 'cli';
  readonly channel: Channel | null;
}

interface Found {
  readonly processId: string;
  readonly slug: string;
  readonly key: string;
  readonly state: string;
  readonly content: PageContent;
}

/**
 * Takes the acknowledgement at any time, also after the last sending. `listens`: the process has a word for it. Null:
 * there is no such page of this person.
 */
export async function acknowledgePage(
  database: Database,
  page: { readonly tenantId: string; readonly effectId: string; readonly personId: string },
  { via, channel }: AcknowledgedBy,
  listens: (slug: string) => boolean,
): Promise<AcknowledgedPage | null> {
  const { tenantId, effectId, personId } = page;
  return database.as('step', { tenant: tenantId }, async (trx) => {
    const found = await trx.row<Found>(
      `select e.process_id as "processId", p.slug, e.key, e.state, e.content
         from effects e join processes p on p.tenant_id = e.tenant_id and p.id = e.process_id
        where e.tenant_id = :tenantId and e.id = :effectId and e.kind = 'page' and e.recipient_id = :personId`,
      { tenantId, effectId, personId },
    );
    if (!found) return null;
    const { processId, slug, key, content } = found;
    const process = await lockProcess(trx, tenantId, processId);
    const added = await trx.run(
      `insert into page_acknowledgements (tenant_id, effect_id, process_id, person_id, via, channel)
         values (:tenantId, :effectId, :processId, :personId, :via, :channel) on conflict do nothing`,
      { tenantId, effectId, processId, personId, via, channel },
    );
    const { over } = process;
    if (added === 0) return { kind: 'known', processId, slug, over };
    // One that is on its way is settled by whoever holds it: he looks for this row, also after he has put it off.
    await trx.run(
      `update effects set state = 'confirmed', settled_at = business_now(), problem = null,
           evidence = coalesce(evidence, '{}') || jsonb_build_object('acknowledgedBy', :personId::text)
        where tenant_id = :tenantId and id = :effectId and state in ('planned', 'unknown')`,
      { tenantId, effectId, personId },
    );
    await closeAttention(trx, tenantId, `unknown|${effectId}`);
    const notices = [content.notice, ...content.also];
    const payload = { effectKey: key, notices, recipient: personId, via, decidedAt: content.at };
    if (listens(slug)) {
      await insertSignal(trx, tenantId, processId, effectId, { name: PAGE_ACKNOWLEDGED, payload }, true);
    } else if (await mayBeOver(trx, { tenantId, processId }, process)) {
      return { kind: 'acknowledged', processId, slug, over: false };
    }
    return { kind: 'acknowledged', processId, slug, over };
  });
}
