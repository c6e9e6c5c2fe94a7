/** What must never be seen in the store, whatever was killed when (architecture §9). */
import type { Bench } from './bench.js';
import { TENANT } from './bench.js';

const CHECKS: Readonly<Record<string, string>> = {
  'an event is missing': `
    select process_id as what from events group by process_id having count(*) <> max(seq)
    union all select p.id from processes p
     where p.seq <> (select count(*) from events e where e.process_id = p.id)`,
  'an accepted row was never decided': `select id as what from inbox where state = 'pending'`,
  'a clock runs in a closed process': `
    select c.process_id as what from clocks c join processes p on p.id = c.process_id
     where c.ended_at is null and p.closed`,
  'an effect was left in the middle': `select key as what from effects where state in ('planned', 'sent')`,
  'an unknown outcome has no task': `
    select key as what from effects e where state = 'unknown' and not exists (
      select from tasks t where t.process_id = e.process_id and t.kind = 'attention' and t.subject = e.id)`,
  'a settled and closed process is not over': `
    select p.id as what from processes p where p.closed and not p.over and not exists (
      select from effects e where e.process_id = p.id and e.state in ('planned', 'sent', 'unknown'))`,
  'a process is blocked': `select id as what from processes where is_blocked`,
  'a row was decided twice': `
    select b.inbox_id as what from (select bytes::json ->> 'inboxId' as inbox_id from events) b
     where b.inbox_id is not null group by b.inbox_id having count(*) > 1`,
};

/** Every violation with its name; empty when all invariants hold. */
export async function violations(bench: Pick<Bench, 'database'>): Promise<readonly string[]> {
  return bench.database.as('step', { tenant: TENANT }, async (trx) => {
    const found: string[] = [];
    for (const [name, sql] of Object.entries(CHECKS)) {
      for (const row of await trx.rows<{ what: string }>(sql)) found.push(`${name}: ${row.what}`);
    }
    return found;
  });
}
