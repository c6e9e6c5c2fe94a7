/** What must never be seen in the store, whatever was killed when: the production checker's list, without grace. */
import { runChecks } from '../../db/check/run.js';
import type { Bench } from './bench.js';
import { TENANT } from './bench.js';
import { errands } from './errand.js';

/** What holds besides once everything has come to rest, and for the processes of these tests. */
const AT_REST: Readonly<Record<string, string>> = {
  'a clock runs in a closed process': `
    select c.process_id as what from clocks c join processes p on p.id = c.process_id
     where c.ended_at is null and p.closed`,
  'an effect was left in the middle': `select key as what from effects where state in ('planned', 'sent')`,
  'a process is blocked': `select id as what from processes where is_blocked`,
  'a row was decided twice': `
    select b.inbox_id as what from (select bytes::json ->> 'inboxId' as inbox_id from events) b
     where b.inbox_id is not null group by b.inbox_id having count(*) > 1`,
};

/** Every violation with its name; empty when all invariants hold. */
export async function violations(bench: Pick<Bench, 'database'>): Promise<readonly string[]> {
  const { database } = bench;
  const results = await runChecks(database, { graceMs: 0, definitions: errands.definitions });
  const found = results
    .filter((result) => result.count > 0)
    .map(({ name, count, examples }) => `${name}: ${String(count)} (${examples.join(', ')})`);
  await database.as('step', { tenant: TENANT }, async (trx) => {
    for (const [name, sql] of Object.entries(AT_REST)) {
      for (const row of await trx.rows<{ what: string }>(sql)) found.push(`${name}: ${row.what}`);
    }
  });
  return found;
}
