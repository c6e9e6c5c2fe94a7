/** The queue of the desk, and the open case that a second call belongs to. */
import type { Priority } from '../../domain/priority.js';
import type { Database } from '../connection.js';
import { SAME_OUTAGE } from '../support-case/same-outage.js';
import { namesOf } from './process.js';

export interface QueuedCase {
  readonly processId: string;
  readonly number: string;
  readonly status: string;
  readonly priority: Priority;
  readonly test: boolean;
  readonly contractId: string;
  readonly endUser: string;
  readonly device: string | null;
  readonly siteId: string | null;
  readonly impact: string;
  readonly verdict: 'entitled' | 'provisional' | 'refused';
  readonly ownerId: string;
  /** Epoch milliseconds. */
  readonly openedAt: number;
  /** Of the promise that falls due first: which, when, and whether it is broken. */
  readonly clock: string | null;
  readonly dueAt: number | null;
  readonly missed: boolean;
}

const MOST = 200;

/** Cases that wait for somebody to take them; with `all`, every open one. The most urgent first. */
export async function readQueue(
  database: Database,
  principal: string,
  all: boolean,
): Promise<{ readonly rows: readonly QueuedCase[]; readonly names: Readonly<Record<string, string>> }> {
  return database.as('api', { principal, reads: true }, async (trx) => {
    const rows = await trx.rows<QueuedCase>(
      `select p.id as "processId", p.data ->> 'number' as number, p.status, p.data ->> 'priority' as priority,
         (p.data ->> 'test')::boolean as test, p.contract_id as "contractId", t.name as "endUser",
         p.data ->> 'device' as device, p.data ->> 'siteId' as "siteId", p.data ->> 'impact' as impact,
         p.data -> 'entitlement' ->> 'verdict' as verdict, p.owner_id as "ownerId",
         (p.data ->> 'openedAt')::float8 as "openedAt",
         k.name as clock, ms(k.at)::float8 as "dueAt", coalesce(k.missed, false) as missed
         from processes p join tenants t on t.id = p.tenant_id
         left join lateral (
           select name, coalesce(promise_due_at, due_at) as at, missed_at is not null as missed from clocks k
            where k.tenant_id = p.tenant_id and k.process_id = p.id and k.ended_at is null and k.promise
            order by coalesce(promise_due_at, due_at) nulls last, position limit 1) k on true
        where p.slug = 'supportCase' and p.seq > 0 and not p.closed
          and (:all or p.status in ('received', 'queued', 'rerouted', 'downgraded'))
        order by p.data ->> 'priority', p.created_at, p.id limit ${String(MOST)}`,
      { all },
    );
    return {
      rows,
      names: await namesOf(
        trx,
        rows.map(({ ownerId }) => ownerId),
      ),
    };
  });
}

/** The open P1 or P2 of the contract about the same device or site, if the principal may see it. */
export async function readSameOutage(
  database: Database,
  principal: string,
  about: {
    readonly tenantId: string;
    readonly contractId: string;
    readonly device: string | null;
    readonly siteId: string | null;
  },
): Promise<{ readonly processId: string; readonly number: string } | null> {
  return database.as('api', { principal, reads: true }, async (trx) =>
    trx.row(SAME_OUTAGE, { ...about, processId: '' }),
  );
}
