/** Finds running clocks that were computed with an older version of a calendar; ids only, with the relay's role. */
import type { Database } from '../connection.js';

interface Calendar {
  readonly tenantId: string;
  readonly calendarId: string;
  readonly version: number;
}

interface Outdated {
  readonly tenantId: string;
  readonly processId: string;
  readonly slug: string;
}

const OUTDATED = `
  from clocks c join processes p on p.tenant_id = c.tenant_id and p.id = c.process_id
 where c.ended_at is null and c.calendar_tenant_id = :tenantId and c.calendar_id = :calendarId
   and c.calendar_version < :version`;

/** Blocked processes are left out of the batches, not out of the count: an operator has to look at them first. */
const BATCH = `
  select distinct p.tenant_id as "tenantId", p.id as "processId", p.slug, p.next_due_at ${OUTDATED}
     and not p.is_blocked and not exists (
       select from inbox i where i.tenant_id = p.tenant_id and i.process_id = p.id
          and i.state = 'pending' and i.name = 'recalculate')
   order by p.next_due_at nulls last, p.id limit :limit`;

const COUNT = `select count(distinct (p.tenant_id, p.id))::integer as count ${OUTDATED}`;

export function outdatedClocks(database: Database) {
  return {
    async find(calendar: Calendar, limit: number): Promise<readonly Outdated[]> {
      return database.as('relay', {}, async (trx) => trx.rows<Outdated>(BATCH, { ...calendar, limit }));
    },
    async count(calendar: Calendar): Promise<number> {
      return database.as('relay', {}, async (trx) => {
        const row = await trx.row<{ count: number }>(COUNT, { ...calendar });
        return row?.count ?? 0;
      });
    },
  };
}
