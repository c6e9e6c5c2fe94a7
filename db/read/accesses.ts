/** What stands beside the events: who was refused what, who read the audit, who changed the set-up. Newest first. */
import type { Database } from '../connection.js';

export interface SecondChainLine {
  readonly tenantId: string;
  readonly number: number;
  readonly kind: 'refusal' | 'access' | 'change';
  readonly code: string;
  /** What was asked for, such as `command activate`. */
  readonly trigger: string;
  readonly processId: string | null;
  readonly principal: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface SecondChainFilter {
  readonly kind: SecondChainLine['kind'];
  readonly processId: string | null;
  readonly person: string | null;
}

/** Where a page ended: instant, tenant and number of its last line. */
export interface SecondChainPlace {
  readonly at: number;
  readonly tenantId: string;
  readonly number: number;
}

/** Lines of every tenant that the principal may see. */
export async function listSecondChain(
  database: Database,
  principal: string,
  filter: SecondChainFilter,
  page: { readonly after: SecondChainPlace | null; readonly limit: number },
): Promise<readonly SecondChainLine[]> {
  const { after, limit } = page;
  return database.as('api', { principal }, async (trx) =>
    trx.rows<SecondChainLine>(
      `select tenant_id as "tenantId", number::float8 as number, kind, code, bytes::jsonb ->> 'trigger' as trigger,
         process_id as "processId", principal, ms(at)::float8 as at
         from refusals
        where kind = :kind and (:processId::text is null or process_id = :processId)
          and (:person::text is null or principal = :person)
          and (:at::float8 is null
            or (ms(at), tenant_id, number) < (:at::float8, :tenantId::text, :number::float8))
        order by at desc, tenant_id desc, number desc limit :limit`,
      {
        ...filter,
        at: after?.at ?? null,
        tenantId: after?.tenantId ?? null,
        number: after?.number ?? null,
        limit,
      },
    ),
  );
}
