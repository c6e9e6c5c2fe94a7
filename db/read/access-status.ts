/** The remote access of a contract as it stood at an instant, from the events. */
import type { Data } from '../../domain/kernel/words.js';
import type { Database, Trx } from '../connection.js';
import { namesOf } from './process.js';

export interface AccessPlace {
  readonly tenantId: string;
  readonly contractId: string;
  readonly number: string;
  readonly calendarId: string;
  readonly contractProcessId: string;
  /** Null: nobody has begun to decide on remote access. */
  readonly accessProcessId: string | null;
}

/** A contract that the principal may see, with the process of its remote access. */
export async function readAccessPlace(
  database: Database,
  principal: string,
  contractId: string,
): Promise<AccessPlace | null> {
  return database.as('api', { principal }, async (trx) =>
    trx.row<AccessPlace>(
      `select c.tenant_id as "tenantId", c.id as "contractId", c.number, c.calendar_id as "calendarId",
         c.process_id as "contractProcessId",
         (select p.id from processes p where p.tenant_id = c.tenant_id and p.contract_id = c.id
             and p.slug = 'remoteAccess' and p.seq > 0 order by p.created_at, p.id limit 1) as "accessProcessId"
         from contracts c where c.id = :contractId order by c.tenant_id limit 1`,
      { contractId },
    ),
  );
}

export interface StateAt {
  readonly status: string;
  /** Null: its contents were erased. */
  readonly data: Data | null;
}

/** How processes stood after what had happened by an instant (epoch ms), by id; without those that came later. */
export async function readStatesAt(
  database: Database,
  principal: string,
  processIds: readonly string[],
  at: number,
): Promise<Readonly<Record<string, StateAt>>> {
  return database.as('api', { principal }, async (trx) => {
    const rows = await trx.rows<StateAt & { id: string }>(
      `select p.id, e.to_status as status, case when e.seq = p.seq then p.data else d.data end as data
         from processes p
         cross join lateral (select f.id, f.seq, f.to_status from events f
             where f.tenant_id = p.tenant_id and f.process_id = p.id and f.to_status is not null
               and f.at <= to_timestamp(:at::float8 / 1000) order by f.seq desc limit 1) e
         left join event_details d on d.tenant_id = p.tenant_id and d.event_id = e.id
        where p.id = any(:processIds::text[])`,
      { processIds, at },
    );
    return Object.fromEntries(rows.map(({ id, status, data }) => [id, { status, data }]));
  });
}

export interface SiteName {
  readonly id: string;
  readonly name: string;
}

/** Names of the people and of the sites of a contract that the principal may see. */
export async function readAccessNames(
  database: Database,
  principal: string,
  { contractId, people }: { readonly contractId: string; readonly people: readonly string[] },
): Promise<{ readonly names: Readonly<Record<string, string>>; readonly sites: readonly SiteName[] }> {
  return database.as('api', { principal }, async (trx: Trx) => ({
    names: await namesOf(trx, people),
    sites: await trx.rows<SiteName>(
      'select id, name from sites where contract_id = :contractId order by id',
      {
        contractId,
      },
    ),
  }));
}
