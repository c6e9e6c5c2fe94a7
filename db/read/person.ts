/** Who asks: the person behind a request, as far as it decides what he may do. */
import type { Database } from '../connection.js';

export interface Person {
  readonly id: string;
  readonly tenantId: string;
  readonly side: 'provider' | 'endUser';
  readonly name: string;
  readonly zone: string;
  readonly language: string;
  readonly grants: readonly string[];
}

/** A person who is active; null otherwise. Asked before anybody is known, hence with the role `admin`. */
export async function readPerson(database: Database, id: string): Promise<Person | null> {
  return database.as('admin', { reads: 'once' }, async (trx) =>
    trx.row<Person>(
      `select id, tenant_id as "tenantId", side, name, zone, language, grants from people where id = :id and active`,
      { id },
    ),
  );
}

/** Whether the installation has anybody who could administer it. */
export async function hasStaff(database: Database): Promise<boolean> {
  return database.as('admin', {}, async (trx) => {
    const row = await trx.row<{ any: boolean }>(
      `select exists (select from people where tenant_id = 'provider' and active) as any`,
    );
    return row?.any === true;
  });
}

/** The tenants that a person may see, and what he is to them. */
export async function readTenantsOf(
  database: Database,
  principal: string,
): Promise<readonly { readonly id: string; readonly name: string; readonly roles: readonly string[] }[]> {
  return database.as('api', { principal }, async (trx) =>
    trx.rows(
      `select t.id, t.name, array_agg(a.role order by a.role) as roles
         from access a join tenants t on t.id = a.tenant_id where a.principal = :principal
        group by t.id, t.name order by t.name, t.id limit 1000`,
      { principal },
    ),
  );
}
