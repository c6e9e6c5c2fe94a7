/** Erases what the events of an ended process saw and said, while the chain of hashes over it still verifies. */
import type { Database, Trx } from '../connection.js';
import { logChange } from '../provision/log.js';
import { ERASED, redacted } from './redact.js';

/**
 * Erases the contents of a process that is over: payloads, lookups and data of its events, what was asked, told and
 * sent, and the texts in its last state. Gives the number of events, or null when there is no such process or it is
 * not over.
 */
export async function eraseContents(
  database: Database,
  at: { readonly tenantId: string; readonly processId: string },
  actor: string,
): Promise<number | null> {
  return database.as('admin', { tenant: at.tenantId }, async (trx) => {
    const process = await trx.row(
      'select 1 from processes where tenant_id = :tenantId and id = :processId and over for no key update',
      { ...at },
    );
    if (!process) return null;
    const erased = await eraseEnded(trx, at, []);
    await logChange(trx, { tenantId: at.tenantId, what: `contents.erased ${at.processId}`, actor });
    return erased;
  });
}

/** The work of `eraseContents` inside a transaction; `needles` (lower case) also go where they stand as a single word. */
export async function eraseEnded(
  trx: Trx,
  at: { readonly tenantId: string; readonly processId: string },
  needles: readonly string[],
): Promise<number> {
  const where = { tenantId: at.tenantId, processId: at.processId };
  const erased = await trx.run(
    `update event_details set fired = null, look = null, directory_hash = null, data = null,
         erased_at = business_now()
      where tenant_id = :tenantId and process_id = :processId and erased_at is null`,
    where,
  );
  await trx.run(
    `update one_time_links set payload = '{}' where tenant_id = :tenantId and process_id = :processId`,
    where,
  );
  await eraseSignatures(trx, 'process_id = :processId and tenant_id = :tenantId', where);
  await trx.run(
    `update tasks set subject = '' where tenant_id = :tenantId and process_id = :processId and subject <> ''`,
    where,
  );
  const inbox = `tenant_id = :tenantId and process_id = :processId and state <> 'pending'`;
  await redactInbox(trx, inbox, where, needles);
  await redactEffects(trx, 'tenant_id = :tenantId and process_id = :processId', where, needles);
  await redactState(trx, where, needles);
  return erased;
}

type Where = Readonly<Record<string, string>>;

/** What proved a signature goes; that it was proven, when, by whom and about what stays with its hash. */
export async function eraseSignatures(trx: Trx, which: string, where: Where): Promise<void> {
  await trx.run(
    `update signature_evidence set typed_name = null, ip = null, erased_at = business_now()
      where erased_at is null and ${which}`,
    where,
  );
}

/** What was asked goes; what was answered keeps its shape, because a repeated request gets it again. */
export async function redactInbox(
  trx: Trx,
  which: string,
  where: Where,
  needles: readonly string[],
): Promise<void> {
  const rows = await trx.rows<{ tenantId: string; id: string; answer: unknown }>(
    `select tenant_id as "tenantId", id, answer from inbox where ${which}`,
    where,
  );
  for (const { tenantId, id, answer } of rows) {
    await trx.run(
      `update inbox set payload = '{}', answer = :answer,
           problem = case when problem is null then null else :erased end
        where tenant_id = :tenantId and id = :id`,
      { tenantId, id, answer: jsonOrNull(redacted(answer, needles)), erased: ERASED },
    );
  }
}

/** What was told keeps who, when and what kind; its texts and what the receiver said go. */
export async function redactEffects(
  trx: Trx,
  which: string,
  where: Where,
  needles: readonly string[],
): Promise<number> {
  const rows = await trx.rows<{ tenantId: string; id: string; content: unknown }>(
    `select tenant_id as "tenantId", id, content from effects where state not in ('planned', 'sent') and ${which}`,
    where,
  );
  for (const { tenantId, id, content } of rows) {
    await trx.run(
      `update effects set content = :content, evidence = null,
           problem = case when problem is null then null else :erased end
        where tenant_id = :tenantId and id = :id`,
      { tenantId, id, content: jsonOrNull(redacted(content, needles)), erased: ERASED },
    );
  }
  return rows.length;
}

async function redactState(trx: Trx, where: Where, needles: readonly string[]): Promise<void> {
  const row = await trx.row<{ data: unknown; headline: string; blocked: unknown }>(
    'select data, headline, blocked from processes where tenant_id = :tenantId and id = :processId',
    where,
  );
  if (!row) return;
  await trx.run(
    `update processes set data = :data, headline = :headline, blocked = :blocked
      where tenant_id = :tenantId and id = :processId`,
    {
      ...where,
      data: jsonOrNull(redacted(row.data, needles)),
      headline: String(redacted(row.headline, needles)),
      blocked: jsonOrNull(redacted(row.blocked, needles)),
    },
  );
}

function jsonOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
