/** Writes what follows from a contract: the contract as a row, its sites, contacts and people, and who may see it. */
import { servingOf } from '../../domain/contract/ownership.js';
import { contractStartSchema } from '../../domain/contract/adoption.js';
import type { ContractFile } from '../../domain/contract/contract-file.js';
import { contractData } from '../../domain/contract/words.js';
import type { StepRecord } from '../../domain/kernel/store.js';
import type { Trx } from '../connection.js';
import type { Projector } from '../registry.js';
import { askFamily } from '../store/recalculate.js';
import { actAs } from '../provision/actor.js';
import { refreshAccess, upsertPeople } from '../provision/tenants.js';
import type { z } from 'zod';

type ContractData = z.infer<typeof contractData>;

/** Runs after every accepted step of a contract; rows that say the same already are left alone. */
export const projectContract: Projector = async (trx, step) => {
  if (step.decision.kind !== 'accepted') return;
  const data = contractData.parse(step.after.data);
  await actAs(trx, step.fired.actor);
  const changed = await writeContract(trx, step, data);
  const file = fileOf(step);
  if (file) await writeFile(trx, step.after.tenantId, file, data);
  const contactsChanged = step.fired.kind === 'signal' && step.fired.name === 'contactsChanged';
  if (contactsChanged) await writeContacts(trx, step.after.tenantId, data);
  if (!changed && !file && !contactsChanged) return;
  const { tenantId, id: processId } = step.after;
  await refreshAccess(trx, tenantId);
  await askFamily(trx, { tenantId, contractId: data.contractId, processId });
};

const UPSERT = `
  insert into contracts as c (tenant_id, id, process_id, number, status, starts_on, ends_on, manager_id, backup_id,
      sm_manager_id, account_manager_id, calendar_id, policy_id, policy_version, tier, portal_registered_on)
    values (:tenantId, :id, :processId, :number, :status, :startsOn, :endsOn, :managerId, :backupId,
      :smManagerId, :accountManagerId, :calendarId, :policyId, :policyVersion, :tier, :portalRegisteredOn)
  on conflict (tenant_id, id) do update set number = excluded.number, status = excluded.status,
      starts_on = excluded.starts_on, ends_on = excluded.ends_on, manager_id = excluded.manager_id,
      backup_id = excluded.backup_id, sm_manager_id = excluded.sm_manager_id,
      account_manager_id = excluded.account_manager_id, calendar_id = excluded.calendar_id,
      policy_id = excluded.policy_id, policy_version = excluded.policy_version, tier = excluded.tier,
      portal_registered_on = excluded.portal_registered_on
    where (c.number, c.status, c.starts_on, c.ends_on, c.manager_id, c.backup_id, c.sm_manager_id,
        c.account_manager_id, c.calendar_id, c.policy_id, c.policy_version, c.tier, c.portal_registered_on)
      is distinct from (excluded.number, excluded.status, excluded.starts_on, excluded.ends_on, excluded.manager_id,
        excluded.backup_id, excluded.sm_manager_id, excluded.account_manager_id, excluded.calendar_id,
        excluded.policy_id, excluded.policy_version, excluded.tier, excluded.portal_registered_on)`;

/** The row says who serves now, which its processes follow; who is named while he is away stands in the data. */
async function writeContract(trx: Trx, { after, inputs }: StepRecord, data: ContractData): Promise<boolean> {
  const serving = servingOf(data, inputs.directory);
  const written = await trx.run(UPSERT, {
    tenantId: after.tenantId,
    id: data.contractId,
    processId: after.id,
    number: data.number,
    status: after.status,
    startsOn: data.startsOn,
    endsOn: data.endsOn,
    managerId: serving.managerId,
    backupId: serving.backupId,
    smManagerId: data.smManagerId,
    accountManagerId: data.accountManagerId,
    calendarId: data.calendarId,
    policyId: after.policyId,
    policyVersion: after.policyVersion,
    tier: data.tier,
    portalRegisteredOn: data.portalRegisteredOn,
  });
  return written > 0;
}

/** The file that was imported or amended by this step; the details of people and sites stand only there. */
function fileOf({ fired }: StepRecord): ContractFile | null {
  const bringsFile = fired.kind === 'start' || (fired.kind === 'command' && fired.name === 'amend');
  return bringsFile ? contractStartSchema.parse(fired.payload) : null;
}

async function writeFile(trx: Trx, tenantId: string, file: ContractFile, data: ContractData): Promise<void> {
  await upsertPeople(
    trx,
    tenantId,
    file.contacts.map(({ id, name, email, phone, zone, language, deputy }) => {
      const reach = { email, phone: phone ?? null, zone, language };
      return { id, name, ...reach, deputyId: deputy ?? null, calendarId: null, grants: [], active: true };
    }),
  );
  await writeContacts(trx, tenantId, data);
  await writeSites(trx, tenantId, file);
}

async function writeContacts(trx: Trx, tenantId: string, data: ContractData): Promise<void> {
  const { contractId, contacts } = data;
  const rows = contacts.map((contact) => ({
    person_id: contact.personId,
    primary_contact: contact.primaryContact,
    authorised_caller: contact.authorisedCaller,
    approver: contact.approver,
  }));
  const bindings = { tenantId, contractId, rows: JSON.stringify(rows) };
  await trx.run(
    `insert into contract_contacts (tenant_id, contract_id, person_id, primary_contact, authorised_caller, approver,
         valid_from)
       select :tenantId, :contractId, r.person_id, r.primary_contact, r.authorised_caller, r.approver,
         business_now()::date
         from jsonb_to_recordset(:rows::jsonb) as r
           (person_id text, primary_contact boolean, authorised_caller boolean, approver boolean)
     on conflict (tenant_id, contract_id, person_id) do update set primary_contact = excluded.primary_contact,
       authorised_caller = excluded.authorised_caller, approver = excluded.approver, active = true, valid_to = null`,
    bindings,
  );
  await trx.run(
    `update contract_contacts set active = false, valid_to = business_now()::date
      where tenant_id = :tenantId and contract_id = :contractId and active
        and person_id not in (select r.person_id from jsonb_to_recordset(:rows::jsonb) as r (person_id text))`,
    bindings,
  );
  // Who was a contact and is one of no contract any more has left: no mail, no access.
  await trx.run(
    `update people p set active = false where p.tenant_id = :tenantId and p.active
        and exists (select from contract_contacts k where k.tenant_id = p.tenant_id and k.person_id = p.id)
        and not exists (select from contract_contacts k
                         where k.tenant_id = p.tenant_id and k.person_id = p.id and k.active)`,
    { tenantId },
  );
}

async function writeSites(trx: Trx, tenantId: string, file: ContractFile): Promise<void> {
  const rows = file.sites.map(({ id, name, zone, calendar, country, city, address }) => ({
    id,
    name,
    zone,
    calendar_id: calendar ?? null,
    country,
    address: { city, lines: address },
  }));
  const bindings = { tenantId, contractId: file.id, rows: JSON.stringify(rows) };
  await trx.run(
    `delete from sites where tenant_id = :tenantId and contract_id = :contractId
        and id not in (select r.id from jsonb_to_recordset(:rows::jsonb) as r (id text))`,
    bindings,
  );
  await trx.run(
    `insert into sites (tenant_id, id, contract_id, name, zone, calendar_id, country, address)
       select :tenantId, r.id, :contractId, r.name, r.zone, r.calendar_id, r.country, r.address
         from jsonb_to_recordset(:rows::jsonb) as r
           (id text, name text, zone text, calendar_id text, country text, address jsonb)
     on conflict (tenant_id, id) do update set contract_id = excluded.contract_id, name = excluded.name,
       zone = excluded.zone, calendar_id = excluded.calendar_id, country = excluded.country,
       address = excluded.address`,
    bindings,
  );
}
