/** Contracts as readers see them, and what an import has to know before it stores anything. */
import type { Database } from '../connection.js';
import { namesOf } from './process.js';

/** What a process of a contract takes over from it. */
export interface ContractPins {
  readonly tenantId: string;
  readonly processId: string;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly ownerId: string;
}

/** Contract ids are kept unique over all End Users by the import. */
export async function readContractsById(
  database: Database,
  principal: string,
  contractId: string,
): Promise<ContractPins | null> {
  return database.as('api', { principal }, async (trx) =>
    trx.row<ContractPins>(
      `select c.tenant_id as "tenantId", c.process_id as "processId", c.policy_id as "policyId",
         c.policy_version as "policyVersion", p.owner_id as "ownerId"
         from contracts c join processes p on p.tenant_id = c.tenant_id and p.id = c.process_id
        where c.id = :contractId and c.policy_id is not null order by c.tenant_id limit 1`,
      { contractId },
    ),
  );
}

export interface ContractListed {
  readonly contractId: string;
  readonly number: string;
  readonly tenantId: string;
  readonly endUser: string;
  readonly processId: string;
  readonly status: string;
  readonly startsOn: string;
  readonly endsOn: string;
  readonly tier: string;
  readonly managerId: string | null;
  readonly backupId: string | null;
  readonly smManagerId: string;
  readonly accountManagerId: string;
  readonly calendarId: string;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly portalRegisteredOn: string | null;
  readonly seq: number;
}

const LISTED = `
  select c.id as "contractId", c.number, c.tenant_id as "tenantId", t.name as "endUser", c.process_id as "processId",
    c.status, c.starts_on::text as "startsOn", c.ends_on::text as "endsOn", c.tier, c.manager_id as "managerId",
    c.backup_id as "backupId", c.sm_manager_id as "smManagerId", c.account_manager_id as "accountManagerId",
    c.calendar_id as "calendarId", c.policy_id as "policyId", c.policy_version as "policyVersion",
    c.portal_registered_on::text as "portalRegisteredOn", p.seq
    from contracts c join tenants t on t.id = c.tenant_id
    join processes p on p.tenant_id = c.tenant_id and p.id = c.process_id`;

interface Listed<T> {
  readonly rows: readonly T[];
  readonly names: Readonly<Record<string, string>>;
}

/** By number; `after` is the contract id of the last row of the page before. */
export async function listContracts(
  database: Database,
  principal: string,
  page: { readonly after: string | null; readonly limit: number },
): Promise<Listed<ContractListed>> {
  return database.as('api', { principal }, async (trx) => {
    const rows = await trx.rows<ContractListed>(
      `${LISTED} where (:after::text is null or c.id > :after::text) order by c.id limit :limit`,
      { ...page },
    );
    const people = rows.flatMap((row) => [
      row.managerId,
      row.backupId,
      row.smManagerId,
      row.accountManagerId,
    ]);
    return { rows, names: await namesOf(trx, people) };
  });
}

export interface ContractDetail extends ContractListed {
  readonly sites: readonly {
    readonly id: string;
    readonly name: string;
    readonly zone: string;
    readonly country: string;
    readonly calendarId: string | null;
  }[];
  readonly contacts: readonly {
    readonly id: string;
    readonly name: string;
    readonly email: string | null;
    readonly phone: string | null;
    readonly zone: string;
    readonly language: string;
    readonly deputyId: string | null;
    readonly primaryContact: boolean;
    readonly authorisedCaller: boolean;
    readonly approver: boolean;
    readonly active: boolean;
  }[];
  readonly processes: readonly {
    readonly id: string;
    readonly slug: string;
    readonly status: string;
    readonly closed: boolean;
  }[];
  readonly names: Readonly<Record<string, string>>;
}

export async function readContract(
  database: Database,
  principal: string,
  contractId: string,
): Promise<ContractDetail | null> {
  return database.as('api', { principal }, async (trx) => {
    const row = await trx.row<Omit<ContractDetail, 'names'>>(
      `select l.*,
         (select coalesce(json_agg(json_build_object('id', s.id, 'name', s.name, 'zone', s.zone,
             'country', s.country, 'calendarId', s.calendar_id) order by s.id), '[]') from sites s
           where s.tenant_id = l."tenantId" and s.contract_id = l."contractId") as sites,
         (select coalesce(json_agg(json_build_object('id', k.person_id, 'name', q.name, 'email', q.email,
             'phone', q.phone, 'zone', q.zone, 'language', q.language, 'deputyId', q.deputy_id,
             'primaryContact', k.primary_contact, 'authorisedCaller', k.authorised_caller,
             'approver', k.approver, 'active', k.active) order by not k.active, k.person_id), '[]')
            from contract_contacts k join people q on q.tenant_id = k.tenant_id and q.id = k.person_id
           where k.tenant_id = l."tenantId" and k.contract_id = l."contractId") as contacts,
         (select coalesce(json_agg(json_build_object('id', o.id, 'slug', o.slug, 'status', o.status,
             'closed', o.closed) order by o.created_at), '[]') from processes o
           where o.tenant_id = l."tenantId" and o.contract_id = l."contractId" and o.seq > 0) as processes
         from (${LISTED} where c.id = :contractId order by c.tenant_id limit 1) l`,
      { contractId },
    );
    if (!row) return null;
    const people = [row.managerId, row.backupId, row.smManagerId, row.accountManagerId];
    return { ...row, names: await namesOf(trx, people) };
  });
}

/** What stands in the way of a file, or is changed by it. */
export interface ImportFacts {
  readonly providerCalendar: string | null;
  /** Calendars and policies with a version in force. */
  readonly calendars: readonly string[];
  readonly policyVersion: number | null;
  /** Staff functions of the people of the Provider that the file names; absent when not known or not active. */
  readonly staff: Readonly<Record<string, readonly string[]>>;
  /** Contacts whose id belongs to a person of somebody else. */
  readonly takenContacts: readonly string[];
  /** Sites whose id belongs to another contract of the End User. */
  readonly takenSites: readonly string[];
  /** Another contract of the End User has the number. */
  readonly numberTaken: boolean;
  /** Where a contract of this id stands. */
  readonly known: {
    readonly tenantId: string;
    readonly processId: string;
    readonly managerId: string | null;
    readonly backupId: string | null;
    readonly policyId: string;
    /** The file of the last accepted import, adoption or amendment. */
    readonly file: Readonly<Record<string, unknown>>;
  } | null;
}

/** Over all tenants, because ids must be free everywhere: with the role `admin`, and never shown as it is. */
export async function readImportFacts(
  database: Database,
  file: {
    readonly contractId: string;
    readonly tenantId: string;
    readonly number: string;
    readonly policyId: string;
    readonly calendarIds: readonly string[];
    readonly staffIds: readonly string[];
    readonly contactIds: readonly string[];
    readonly siteIds: readonly string[];
  },
): Promise<ImportFacts> {
  return database.as('admin', {}, async (trx) => {
    const row = await trx.row<ImportFacts>(
      `select
         (select value #>> '{}' from settings where tenant_id = 'provider' and name = 'providerCalendarId')
           as "providerCalendar",
         (select coalesce(json_agg(distinct id), '[]') from calendar_heads
           where tenant_id in (:tenantId, 'provider') and (id = any(:calendarIds::text[]) or id = (
             select value #>> '{}' from settings where tenant_id = 'provider' and name = 'providerCalendarId')))
           as calendars,
         (select max(version) from policies
           where tenant_id = 'provider' and id = :policyId and state = 'approved') as "policyVersion",
         (select coalesce(json_object_agg(id, grants), '{}') from people
           where tenant_id = 'provider' and active and id = any(:staffIds::text[])) as staff,
         (select coalesce(json_agg(id), '[]') from people
           where tenant_id <> :tenantId and id = any(:contactIds::text[])) as "takenContacts",
         (select coalesce(json_agg(id), '[]') from sites
           where tenant_id = :tenantId and contract_id <> :contractId and id = any(:siteIds::text[])) as "takenSites",
         exists (select from contracts
           where tenant_id = :tenantId and number = :number and id <> :contractId) as "numberTaken",
         (select json_build_object('tenantId', c.tenant_id, 'processId', c.process_id, 'managerId', c.manager_id,
             'backupId', c.backup_id, 'policyId', c.policy_id, 'file', (select i.payload from inbox i
               where i.tenant_id = c.tenant_id and i.process_id = c.process_id and i.state = 'answered'
                 and i.answer ->> 'outcome' = 'accepted' and (i.kind = 'start' or i.name = 'amend')
               order by i.number desc limit 1))
            from contracts c where c.id = :contractId order by c.tenant_id <> :tenantId limit 1) as known`,
      { ...file },
    );
    if (!row) throw new Error('A select without a table gave no row.');
    return row;
  });
}
