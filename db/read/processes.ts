/** Processes as lists and pages show them; only those that the principal may see. */
import type { Database } from '../connection.js';
import type { Data } from '../../domain/kernel/words.js';
import { pageBindings, pageOf, type Page, type PageRequest } from './page.js';

export interface ProcessLine {
  readonly processId: string;
  readonly tenantId: string;
  readonly tenantName: string;
  readonly slug: string;
  /** Empty before the start step. */
  readonly status: string;
  /** Epoch milliseconds, as all instants here. */
  readonly statusSince: number | null;
  readonly headline: string;
  readonly contractId: string | null;
  readonly ownerId: string;
  readonly ownerName: string | null;
  readonly seq: number;
  readonly closed: boolean;
  readonly over: boolean;
  readonly blocked: boolean;
  readonly nextDueAt: number | null;
  readonly createdAt: number;
}

export interface ProcessView extends ProcessLine {
  readonly data: Data | null;
  readonly epoch: number;
  readonly lastAt: number | null;
  readonly policyId: string;
  readonly policyVersion: number;
}

export interface ProcessFilter {
  readonly tenantId?: string | undefined;
  readonly slug?: string | undefined;
  readonly status?: string | undefined;
  readonly contractId?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly over?: boolean | undefined;
}

const LINE = `p.id as "processId", p.tenant_id as "tenantId", t.name as "tenantName", p.slug, p.status,
  ms(p.status_since)::float8 as "statusSince", p.headline, p.contract_id as "contractId", p.owner_id as "ownerId",
  o.name as "ownerName", p.seq, p.closed, p.over, p.is_blocked as blocked, ms(p.next_due_at)::float8 as "nextDueAt",
  ms(p.created_at)::float8 as "createdAt"`;

const FROM = `from processes p join tenants t on t.id = p.tenant_id left join people o on o.id = p.owner_id`;

/** Newest first. */
export async function listProcesses(
  database: Database,
  principal: string,
  filter: ProcessFilter,
  page: PageRequest,
): Promise<Page<ProcessLine>> {
  const bindings = pageBindings(page);
  const rows = await database.as('api', { principal }, async (trx) =>
    trx.rows<ProcessLine>(
      `select ${LINE} ${FROM}
        where (:tenantId::text is null or p.tenant_id = :tenantId) and (:slug::text is null or p.slug = :slug)
          and (:status::text is null or p.status = :status) and (:ownerId::text is null or p.owner_id = :ownerId)
          and (:contractId::text is null or p.contract_id = :contractId)
          and (:over::boolean is null or p.over = :over)
          and (:afterMs::float8 is null or (p.created_at, p.id) < (to_timestamp(:afterMs::float8 / 1000), :afterId))
        order by p.created_at desc, p.id desc limit :rows`,
      {
        tenantId: filter.tenantId,
        slug: filter.slug,
        status: filter.status,
        ownerId: filter.ownerId,
        contractId: filter.contractId,
        over: filter.over,
        ...bindings,
      },
    ),
  );
  return pageOf(rows, bindings.rows, (row) => ({ ms: row.createdAt, id: row.processId }));
}

/** One process; null when it does not exist or the principal may not see it, which look the same. */
export async function readProcess(
  database: Database,
  principal: string,
  processId: string,
): Promise<ProcessView | null> {
  return database.as('api', { principal }, async (trx) =>
    trx.row<ProcessView>(
      `select ${LINE}, p.data, p.epoch, ms(p.last_at)::float8 as "lastAt", p.policy_id as "policyId",
         p.policy_version as "policyVersion" ${FROM} where p.id = :processId`,
      { processId },
    ),
  );
}
