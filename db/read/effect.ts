/** One effect, for those who decide what became of it. */
import type { MailContent } from '../../domain/kernel/state.js';
import type { Database } from '../connection.js';

export interface EffectRead {
  readonly tenantId: string;
  readonly effectId: string;
  readonly processId: string;
  readonly slug: string;
  readonly over: boolean;
  readonly kind: 'mail' | 'startProcess' | 'tellProcess';
  readonly key: string;
  readonly state: string;
  readonly content: unknown;
}

const COLUMNS = `e.tenant_id as "tenantId", e.id as "effectId", e.process_id as "processId", p.slug, p.over, e.kind,
  e.key, e.state, e.content`;

/** An effect that the principal may see. */
export async function readEffect(
  database: Database,
  principal: string,
  effectId: string,
): Promise<EffectRead | null> {
  return database.as('api', { principal }, async (trx) =>
    trx.row<EffectRead>(
      `select ${COLUMNS} from effects e join processes p on p.tenant_id = e.tenant_id and p.id = e.process_id
        where e.id = :effectId`,
      { effectId },
    ),
  );
}

export interface SentMail extends EffectRead {
  readonly content: MailContent;
  /** Of the person it was sent to, as it stands now. */
  readonly email: string | null;
}

/** The message that a report is about, by its business key or its Message-ID; asked by nobody, hence `admin`. */
export async function findSentMail(
  database: Database,
  report: { readonly key: string | null; readonly messageId: string | null },
): Promise<SentMail | null> {
  if (report.key === null && report.messageId === null) return null;
  return database.as('admin', {}, async (trx) =>
    trx.row<SentMail>(
      `select ${COLUMNS}, r.email
         from effects e join processes p on p.tenant_id = e.tenant_id and p.id = e.process_id
         left join people r on r.id = e.recipient_id and r.tenant_id in (e.tenant_id, 'provider')
        where e.kind = 'mail' and e.state in ('sent', 'confirmed', 'unknown', 'failed')
          and (e.key = :key or e.evidence ->> 'messageId' = :messageId)
        order by e.key = :key desc nulls last limit 1`,
      { ...report },
    ),
  );
}
