/** What a restored store holds, for the comparison with what the engine and the last checkpoint remember. */
import type { Database } from '../connection.js';
import type { ChainMark } from '../../domain/audit/checkpoint.js';

export interface StoredProcess {
  readonly tenantId: string;
  readonly processId: string;
  readonly slug: string;
  readonly status: string;
  readonly seq: number;
  readonly over: boolean;
}

/** Every process, next due first, those without a due instant last. */
export async function readStoredProcesses(database: Database): Promise<readonly StoredProcess[]> {
  return database.as('admin', {}, async (trx) =>
    trx.rows<StoredProcess>(
      `select tenant_id as "tenantId", id as "processId", slug, status, seq, over from processes
        order by over, coalesce(next_due_at, 'infinity'), id`,
    ),
  );
}

export interface UnsureEffect {
  readonly tenantId: string;
  readonly effectId: string;
  readonly processId: string;
  readonly kind: string;
  readonly state: 'planned' | 'sent';
  /** What it is about: notice and recipient, or what it starts or tells; ids and names of the definition. */
  readonly about: string;
  /** Epoch milliseconds. */
  readonly dueAt: number;
}

/** Done by now in the time that was lost, or not: claimed, or due before now. What is due later cannot have happened. */
export const MAY_HAVE_HAPPENED = `(e.state = 'sent' or e.state = 'planned' and e.not_before <= business_now())`;

/** See `MAY_HAVE_HAPPENED`; those due first come first. */
export async function readUnsureEffects(database: Database): Promise<readonly UnsureEffect[]> {
  return database.as('admin', {}, async (trx) =>
    trx.rows<UnsureEffect>(
      `select e.tenant_id as "tenantId", e.id as "effectId", e.process_id as "processId", e.kind, e.state,
         concat_ws(' ', e.content ->> 'notice', e.content ->> 'slug', e.content ->> 'signal',
           coalesce(e.recipient_id, e.content ->> 'processId')) as about, ms(e.not_before)::float8 as "dueAt"
         from effects e where ${MAY_HAVE_HAPPENED} order by e.not_before, e.id`,
    ),
  );
}

/** Those of the ids that the store knows. */
export async function readKnownIds(
  database: Database,
  table: 'effects' | 'inbox',
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const sql = {
    effects: 'select id from effects where id = any(:ids::text[])',
    inbox: 'select id from inbox where id = any(:ids::text[])',
  }[table];
  const rows = await database.as('admin', {}, async (trx) => trx.rows<{ id: string }>(sql, { ids }));
  return new Set(rows.map((row) => row.id));
}

/** The last checkpoint that a declared restore has given up; 0 when none has. */
export async function readAbandonedNumber(database: Database): Promise<number> {
  return database.as('admin', {}, async (trx) => {
    const row = await trx.row<{ number: number }>(
      'select coalesce(max(abandoned_number), 0)::float8 as number from restores',
    );
    return row?.number ?? 0;
  });
}

export interface MarkDifference {
  readonly tenantId: string;
  readonly chain: 'event' | 'refusal';
  readonly checkpointNumber: number;
  readonly storeNumber: number;
  /** `behind`: the store ends before; `other`: it holds another entry there. */
  readonly verdict: 'behind' | 'other';
}

/** Where the chains are not what a checkpoint says that they were. */
export async function compareWithMarks(
  database: Database,
  marks: readonly ChainMark[],
): Promise<readonly MarkDifference[]> {
  return database.as('admin', {}, async (trx) =>
    trx.rows<MarkDifference>(
      `select m."tenantId", m.chain, m.number::float8 as "checkpointNumber", coalesce(h.number, 0)::float8 as "storeNumber",
         case when coalesce(h.number, 0) < m.number then 'behind' else 'other' end as verdict
         from jsonb_to_recordset(:marks::jsonb) as m ("tenantId" text, chain text, number bigint, hash text)
         left join chain_heads h on h.tenant_id = m."tenantId" and h.kind = m.chain
         left join events e on m.chain = 'event' and e.tenant_id = m."tenantId" and e.chain_no = m.number
         left join refusals r on m.chain = 'refusal' and r.tenant_id = m."tenantId" and r.number = m.number
        where m.number > 0 and m.hash is distinct from coalesce(e.hash, r.hash)
        order by m."tenantId", m.chain`,
      { marks: JSON.stringify(marks) },
    ),
  );
}
