/** Entries of the task list that no rule makes: something broke, and a person must look. */
import type { Trx } from '../connection.js';

export interface Attention {
  readonly tenantId: string;
  readonly processId: string;
  readonly id: string;
  readonly label: string;
  /** What it is about: an effect, an inbox row, a mark. */
  readonly subject: string;
}

/** Opens an entry for the operators; where nobody is one, for the owner of the process. */
export async function openAttention(trx: Trx, attention: Attention): Promise<void> {
  const { tenantId, processId, id, label, subject } = attention;
  await trx.run(
    `insert into tasks (tenant_id, id, process_id, slug, kind, command, label, subject, due_at, people)
       select :tenantId, :id, p.id, p.slug, 'attention', 'attend', :label, :subject, business_now(),
         coalesce((select array_agg(s.id order by s.id) from people s
                    where s.tenant_id = 'provider' and s.active and 'operator' = any(s.grants)), array[p.owner_id])
         from processes p where p.tenant_id = :tenantId and p.id = :processId
     on conflict (tenant_id, id) do update set label = excluded.label, subject = excluded.subject,
       people = excluded.people`,
    { tenantId, processId, id, label, subject },
  );
}

export async function closeAttention(trx: Trx, tenantId: string, id: string): Promise<void> {
  await trx.run(`delete from tasks where tenant_id = :tenantId and id = :id and kind = 'attention'`, {
    tenantId,
    id,
  });
}
