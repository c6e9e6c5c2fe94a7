/** Contracts with the people who serve them and those who may call. */
import type { Database } from '../connection.js';

export interface ContractLine {
  readonly tenantId: string;
  readonly tenantName: string;
  readonly contractId: string;
  readonly processId: string;
  readonly number: string;
  readonly status: string;
  /** ISO dates. */
  readonly startsOn: string | null;
  readonly endsOn: string | null;
  readonly portalRegisteredOn: string | null;
  readonly tier: string | null;
  readonly calendarId: string | null;
  readonly policyId: string | null;
  readonly policyVersion: number | null;
  readonly managerId: string | null;
  readonly backupId: string | null;
  readonly smManagerId: string | null;
  readonly accountManagerId: string | null;
}

export interface ContractContact {
  readonly personId: string;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly zone: string;
  readonly language: string;
  readonly primaryContact: boolean;
  readonly authorisedCaller: boolean;
  readonly approver: boolean;
  readonly active: boolean;
}

export interface ContractView extends ContractLine {
  readonly staff: Readonly<Record<string, string>>;
  readonly contacts: readonly ContractContact[];
  readonly sites: readonly {
    readonly id: string;
    readonly name: string;
    readonly zone: string;
    readonly calendarId: string | null;
    readonly country: string | null;
  }[];
}

const LINE = `c.tenant_id as "tenantId", t.name as "tenantName", c.id as "contractId", c.process_id as "processId",
  c.number, c.status, c.starts_on::text as "startsOn", c.ends_on::text as "endsOn",
  c.portal_registered_on::text as "portalRegisteredOn", c.tier, c.calendar_id as "calendarId",
  c.policy_id as "policyId", c.policy_version as "policyVersion", c.manager_id as "managerId",
  c.backup_id as "backupId", c.sm_manager_id as "smManagerId", c.account_manager_id as "accountManagerId"`;

/** By customer and number; at most `limit`, after a contract id that was the last one of the page before. */
export async function listContracts(
  database: Database,
  principal: string,
  filter: {
    readonly tenantId?: string | undefined;
    readonly status?: string | undefined;
    readonly limit: number;
  },
): Promise<readonly ContractLine[]> {
  return database.as('api', { principal }, async (trx) =>
    trx.rows<ContractLine>(
      `select ${LINE} from contracts c join tenants t on t.id = c.tenant_id
        where (:tenantId::text is null or c.tenant_id = :tenantId) and (:status::text is null or c.status = :status)
        order by t.name, c.number, c.id limit :limit`,
      { tenantId: filter.tenantId, status: filter.status, limit: filter.limit },
    ),
  );
}

/** One contract; null when it does not exist or the principal may not see it. Ids are unique within a tenant. */
export async function readContract(
  database: Database,
  principal: string,
  contractId: string,
): Promise<ContractView | null> {
  return database.as('api', { principal }, async (trx) =>
    trx.row<ContractView>(
      `select ${LINE},
         (select coalesce(json_object_agg(p.id, p.name), '{}') from people p
           where p.id in (c.manager_id, c.backup_id, c.sm_manager_id, c.account_manager_id)) as staff,
         (select coalesce(json_agg(json_build_object('personId', p.id, 'name', p.name, 'email', p.email,
              'phone', p.phone, 'zone', p.zone, 'language', p.language, 'primaryContact', k.primary_contact,
              'authorisedCaller', k.authorised_caller, 'approver', k.approver, 'active', k.active)
            order by k.active desc, k.primary_contact desc, p.name, p.id), '[]')
            from contract_contacts k join people p on p.tenant_id = k.tenant_id and p.id = k.person_id
           where k.tenant_id = c.tenant_id and k.contract_id = c.id) as contacts,
         (select coalesce(json_agg(json_build_object('id', s.id, 'name', s.name, 'zone', s.zone,
              'calendarId', s.calendar_id, 'country', s.country) order by s.name, s.id), '[]')
            from sites s where s.tenant_id = c.tenant_id and s.contract_id = c.id) as sites
         from contracts c join tenants t on t.id = c.tenant_id where c.id = :contractId
        order by c.tenant_id limit 1`,
      { contractId },
    ),
  );
}
