/** One effect, for those who decide what became of it. */
import type { EffectIntent, MailContent } from '../../domain/kernel/state.js';
import type { Database } from '../connection.js';
import { isTogether } from '../store/together.js';

export interface EffectRead {
  readonly tenantId: string;
  readonly effectId: string;
  readonly processId: string;
  readonly slug: string;
  readonly over: boolean;
  readonly kind: EffectIntent['kind'];
  readonly key: string;
  readonly state: string;
  readonly content: unknown;
  /** The key of the message that carries it together with others. */
  readonly sentWith: string | null;
}

const COLUMNS = `e.tenant_id as "tenantId", e.id as "effectId", e.process_id as "processId", p.slug, p.over, e.kind,
  e.key, e.state, e.content, e.sent_with as "sentWith"`;

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

/** The effects whose outcome one message decides: those that it carries, or the one that it is about. */
export async function readSentWith(
  database: Database,
  principal: string,
  effect: EffectRead,
): Promise<readonly EffectRead[]> {
  const { tenantId, sentWith } = effect;
  if (sentWith === null) return [effect];
  return database.as('api', { principal }, async (trx) =>
    trx.rows<EffectRead>(
      `select ${COLUMNS} from effects e join processes p on p.tenant_id = e.tenant_id and p.id = e.process_id
        where e.sent_with = :sentWith and e.tenant_id = :tenantId order by e.id`,
      { tenantId, sentWith },
    ),
  );
}

export interface SentMail extends EffectRead {
  readonly content: MailContent;
  /** Of the person it was sent to, as it stands now. */
  readonly email: string | null;
}

const SENT = `select ${COLUMNS}, r.email
    from processes p join effects e on e.tenant_id = p.tenant_id and e.process_id = p.id
    left join people r on r.id = e.recipient_id and r.tenant_id in (e.tenant_id, 'provider')
   where e.kind = 'mail' and e.state in ('sent', 'confirmed', 'unknown', 'failed')`;

/** A business key begins with the id of its process, which is unique by itself; a message for several has its own. */
const BY_KEY = `${SENT} and p.id = split_part(:key, '|', 1) and e.key = :key`;
const TOGETHER = `${SENT} and e.sent_with = :key order by e.id`;
const BY_MESSAGE_ID = `${SENT} and e.evidence ->> 'messageId' = :messageId order by e.id`;

/**
 * What the message carried that a report is about: one effect, or all that went out together. Looked for by its key and
 * then by its Message-ID, one after the other, so that each takes its own index; asked by nobody, hence `admin`.
 */
export async function findSentMail(
  database: Database,
  { key, messageId }: { readonly key: string | null; readonly messageId: string | null },
): Promise<readonly SentMail[]> {
  if (key === null && messageId === null) return [];
  return database.as('admin', {}, async (trx) => {
    const byKey = key === null ? [] : await trx.rows<SentMail>(isTogether(key) ? TOGETHER : BY_KEY, { key });
    if (byKey.length > 0 || messageId === null) return byKey;
    return trx.rows<SentMail>(BY_MESSAGE_ID, { messageId });
  });
}
