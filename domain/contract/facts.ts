/** What the processes of a contract read of it, and who serves it: facts, and the roles that follow from them. */
import { z } from 'zod';
import { activeOnly, staffWith, type Directory } from '../kernel/directory.js';
import { managerOfOwner, ownerOf } from './ownership.js';

/** The contract as it stands; people by their ids. */
export const contractFacts = z.strictObject({
  contractId: z.string(),
  processId: z.string(),
  number: z.string(),
  status: z.string(),
  calendarId: z.string(),
  managerId: z.string().nullable(),
  backupId: z.string().nullable(),
  smManagerId: z.string(),
  accountManagerId: z.string(),
  primaryContacts: z.array(z.string()),
  callers: z.array(z.string()),
  approvers: z.array(z.string()),
});
export type ContractFacts = z.infer<typeof contractFacts>;

interface Scene {
  readonly look: { readonly contract: ContractFacts };
  readonly directory: Directory;
}

/** The roles that every process of a contract has; to be spread into the roles of its words. */
export const contractRoles = {
  owner: {
    label: 'Service manager',
    who: ({ look, directory }: Scene) => ownerOf(look.contract, directory),
  },
  manager: {
    label: 'Named service manager',
    who: ({ look, directory }: Scene) => activeOnly(directory, [look.contract.managerId]),
  },
  backup: {
    label: 'Backup service manager',
    who: ({ look, directory }: Scene) => activeOnly(directory, [look.contract.backupId]),
  },
  smManager: {
    label: 'SM manager',
    who: ({ look, directory }: Scene) => activeOnly(directory, [look.contract.smManagerId]),
  },
  ownersManager: {
    label: "Owner's manager",
    who: ({ look, directory }: Scene) => managerOfOwner(look.contract, directory),
  },
  head: { label: 'Duty Manager', who: ({ directory }: Scene) => staffWith(directory, 'dutyManager') },
  accountManager: {
    label: 'Account manager',
    who: ({ look, directory }: Scene) => activeOnly(directory, [look.contract.accountManagerId]),
  },
  primaryContact: {
    label: 'Primary contact',
    who: ({ look, directory }: Scene) => activeOnly(directory, look.contract.primaryContacts),
  },
  approvers: {
    label: 'Approvers of the End User',
    who: ({ look, directory }: Scene) => activeOnly(directory, look.contract.approvers),
  },
  callers: {
    label: 'Authorised callers',
    who: ({ look, directory }: Scene) => activeOnly(directory, look.contract.callers),
  },
} as const;
