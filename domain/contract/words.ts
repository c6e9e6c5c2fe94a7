/** Contract: the term under which everything else is promised (service spec §4.9, §3 R10, §3a "Contract states"). */
import { z } from 'zod';
import { deliveredPayload, notePayload } from '../kernel/common.js';
import { chaseMarks, chaseSteps } from '../kernel/chase.js';
import { activeOnly, staffWith } from '../kernel/directory.js';
import { words } from '../kernel/words.js';
import { chaseSchema } from '../policy/quantity.js';
import { contractStartSchema } from './adoption.js';
import { contractFileSchema } from './contract-file.js';
import { absence, managerOfOwner, ownerOf, servingOf } from './ownership.js';
import { contractPolicy } from './policy.js';

export const contactFlags = z.strictObject({
  personId: z.string(),
  primaryContact: z.boolean(),
  authorisedCaller: z.boolean(),
  approver: z.boolean(),
});

/** People by their ids; `left`: who has left, and who takes his place. */
const matrixSays = z.strictObject({
  contacts: z.array(z.string()),
  callers: z.array(z.string()),
  approvers: z.array(z.string()),
  left: z.record(z.string(), z.string().nullable()),
});
export type MatrixSays = z.infer<typeof matrixSays>;

export const contractData = z.strictObject({
  contractId: z.string(),
  number: z.string(),
  tier: z.string(),
  startsOn: z.iso.date(),
  endsOn: z.iso.date(),
  /** The first instant after the term, epoch milliseconds. */
  endsAt: z.number().int(),
  calendarId: z.string(),
  seniorDeskNumber: z.string(),
  managerId: z.string().nullable(),
  backupId: z.string().nullable(),
  /** Who of those named is away; the contract names them all the same, and others serve it meanwhile. */
  absences: z.array(absence),
  /** The last changes of who serves that the End User was told of. */
  telling: z.array(
    z.strictObject({
      /** The hand-over that waits to hear of it; null when somebody was named by hand. */
      handoverId: z.string().nullable(),
      /** Instead of whom, and in which place. */
      personId: z.string(),
      place: z.enum(['manager', 'backup']),
      /** Of an absence; epoch milliseconds. */
      endsAt: z.number().int().nullable(),
      /** When the notice was decided; epoch milliseconds. */
      at: z.number().int(),
    }),
  ),
  smManagerId: z.string(),
  accountManagerId: z.string(),
  contacts: z.array(contactFlags),
  /** People of the contact matrix in force, which says who calls and approves; null: the contract's own file does. */
  matrixContacts: z.array(z.string()).nullable().default(null),
  siteIds: z.array(z.string()),
  portalRegisteredOn: z.iso.date().nullable(),
  /** The day-one mail went out before a service manager was named. */
  managerNamedLater: z.boolean(),
  exitReport: z.string().nullable(),
  successorId: z.string().nullable(),
  endReason: z.string().nullable(),
  /** Of a customer who was served before Care Plus: what was taken over, by whom, when (epoch milliseconds). */
  adopted: z
    .strictObject({
      activatedOn: z.iso.date(),
      source: z.string(),
      by: z.string().nullable(),
      at: z.number().int(),
    })
    .nullable()
    .default(null),
});

const reason = z.string().min(3).max(1000);
const day = z.iso.date();

export const contract = words({
  slug: 'contract',
  prefix: 'con',
  version: 1,
  title: 'Contract',
  summary:
    'From import through activation and expiry notices to its end, always with a service manager and a backup.',
  source: 'service spec §4.9, §3 R10',
  data: contractData,
  policy: z.object({ chase: chaseSchema, contract: contractPolicy }),
  lookups: {
    /** The other processes of this contract that are not over. */
    family: { schema: z.array(z.strictObject({ slug: z.string(), processId: z.string() })) },
    /** The process that drives this contract already; two imports at once must not make two of them. */
    sameContract: { schema: z.string().nullable(), locked: true },
    /** Who is away now; held, so that nobody is named past the beginning of his absence. */
    away: {
      schema: z.array(z.strictObject({ handoverId: z.string(), personId: z.string() })),
      locked: true,
    },
  },
  calendars: ({ data, directory }) => ({ main: data.calendarId, provider: directory.providerCalendarId }),
  statuses: {
    draft: { label: 'Draft', kind: 'open', waitsFor: 'provider' },
    active: { label: 'Active', kind: 'open' },
    expiring: { label: 'Expiring', kind: 'open', waitsFor: 'provider' },
    expired: { label: 'Expired', kind: 'open', waitsFor: 'provider' },
    lapsed: { label: 'Lapsed, exit report outstanding', kind: 'open', waitsFor: 'provider' },
    renewed: { label: 'Renewed', kind: 'closed' },
    terminated: { label: 'Terminated', kind: 'closed' },
  },
  roles: {
    owner: {
      label: 'Service manager',
      who: ({ data, directory }) => ownerOf(servingOf(data, directory), directory),
    },
    manager: {
      label: 'Named service manager',
      who: ({ data, directory }) => activeOnly(directory, [servingOf(data, directory).managerId]),
    },
    backup: {
      label: 'Backup service manager',
      who: ({ data, directory }) => activeOnly(directory, [servingOf(data, directory).backupId]),
    },
    smManager: {
      label: 'SM manager',
      who: ({ data, directory }) => activeOnly(directory, [data.smManagerId]),
    },
    ownersManager: {
      label: "Owner's manager",
      who: ({ data, directory }) => managerOfOwner(servingOf(data, directory), directory),
    },
    head: { label: 'Duty Manager', who: ({ directory }) => staffWith(directory, 'dutyManager') },
    accountManager: {
      label: 'Account manager',
      who: ({ data, directory }) => activeOnly(directory, [data.accountManagerId]),
    },
    primaryContact: {
      label: 'Primary contact',
      who: ({ data, directory }) =>
        activeOnly(
          directory,
          data.contacts.filter((contact) => contact.primaryContact).map((contact) => contact.personId),
        ),
    },
  },
  owner: 'owner',
  notices: {
    activationDue: {
      label: 'The contract waits for its activation',
      reminder: true,
      show: ({ data }) => ({ contract: data.number, due: { due: 'activation' } }),
    },
    managerMissing: {
      label: 'The contract has no service manager',
      reminder: true,
      show: ({ data }) => ({ contract: data.number, due: { due: 'manager' } }),
    },
    backupMissing: {
      label: 'The contract has no backup service manager',
      reminder: true,
      show: ({ data }) => ({ contract: data.number, due: { due: 'backup' } }),
    },
    // At once: calls of priority 1 and 2 are taken from the first day (service spec §4.0).
    dayOne: {
      label: 'Your support contract is active',
      urgent: true,
      show: ({ data }) => ({
        contractNumber: data.number,
        seniorDeskNumber: data.seniorDeskNumber,
        callers: {
          list: data.contacts
            .filter((contact) => contact.authorisedCaller)
            .map(({ personId }) => ({ person: personId })),
        },
        manager: data.managerId ? { person: data.managerId } : '',
        backup: data.backupId ? { person: data.backupId } : '',
        namedBy: { due: 'manager' },
        startsOn: data.startsOn,
        endsOn: data.endsOn,
      }),
    },
    managerNamed: {
      label: 'Your service manager',
      show: ({ data, directory, at }) => {
        const { managerId, backupId } = servingOf(data, directory);
        const change = data.telling.findLast((one) => one.at === at);
        return {
          contractNumber: data.number,
          seniorDeskNumber: data.seniorDeskNumber,
          // Until a service manager is named the SM manager owns (service spec §3a "Contract states").
          manager: { person: managerId ?? data.smManagerId },
          backup: backupId ? { person: backupId } : '',
          insteadOf: change?.place === 'manager' ? { person: change.personId } : '',
          backupInsteadOf: change?.place === 'backup' ? { person: change.personId } : '',
          until: change?.endsAt ? { instant: change.endsAt } : '',
        };
      },
    },
    assigned: {
      label: 'You are responsible for a contract',
      show: ({ data }) => ({ contract: data.number, endsOn: data.endsOn }),
    },
    expiring: {
      label: 'The contract ends soon',
      show: ({ data }) => ({ contract: data.number, endsOn: data.endsOn }),
    },
    expired: {
      label: 'The contract has ended',
      show: ({ data }) => ({ contract: data.number, endsOn: data.endsOn }),
    },
    exitReportDue: {
      label: 'The exit report is due',
      reminder: true,
      show: ({ data }) => ({ contract: data.number, due: { due: 'exitReport' } }),
    },
  },
  clocks: {
    activation: {
      label: 'Activation',
      promise: true,
      calendar: 'provider',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.contract.activation, policy.chase),
      policyPath: 'contract.activation',
    },
    manager: {
      label: 'Name a service manager',
      promise: true,
      calendar: 'provider',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.contract.assignManager, policy.chase),
      policyPath: 'contract.assignManager',
    },
    backup: {
      label: 'Name a backup',
      promise: true,
      calendar: 'provider',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.contract.assignBackup, policy.chase),
      policyPath: 'contract.assignBackup',
    },
    term: {
      label: 'End of the term',
      promise: false,
      calendar: 'main',
      steps: ['first', 'second', 'third', 'end'],
      marks: ({ policy }) => ({
        first: { of: before(policy.contract.expiryNotices.first) },
        second: { of: before(policy.contract.expiryNotices.second) },
        third: { of: before(policy.contract.expiryNotices.third) },
        end: { of: { amount: 0, unit: 'hours' } },
      }),
      since: ({ data }) => data.endsAt,
      policyPath: 'contract.expiryNotices',
    },
    exitReport: {
      label: 'Exit report',
      promise: true,
      calendar: 'provider',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.contract.exitReport, policy.chase),
      since: ({ data }) => data.endsAt,
      policyPath: 'contract.exitReport',
    },
    renewal: {
      label: 'Renewal window',
      promise: false,
      calendar: 'main',
      steps: ['close'],
      marks: ({ policy }) => ({ close: { of: policy.contract.renewalWindow } }),
      since: ({ data }) => data.endsAt,
      policyPath: 'contract.renewalWindow',
    },
  },
  start: {
    label: 'Import a contract',
    payload: contractStartSchema,
    grants: ['serviceManager', 'smManager'],
  },
  commands: {
    activate: {
      label: 'Activate',
      by: ['smManager', 'manager'],
      payload: z.strictObject({ portalRegisteredOn: day }),
      example: { portalRegisteredOn: '2026-03-02' },
    },
    assignManager: {
      label: 'Name the service manager',
      by: ['smManager'],
      payload: z.strictObject({ personId: z.string() }),
      example: { personId: 'sam-rivers' },
    },
    assignBackup: {
      label: 'Name the backup',
      by: ['smManager', 'manager'],
      payload: z.strictObject({ personId: z.string() }),
      example: { personId: 'robin-lake' },
    },
    amend: { label: 'Amend from a file', by: ['smManager', 'manager'], payload: contractFileSchema },
    recordExitReport: {
      label: 'Record the exit report',
      by: ['owner', 'manager', 'backup'],
      payload: z.strictObject({ evidence: z.string().min(3).max(500) }),
      example: { evidence: 'sha256:… of the report' },
    },
    renew: {
      label: 'Record the renewal',
      by: ['smManager', 'manager'],
      payload: z.strictObject({ successorId: z.string().min(1).max(63) }),
      example: { successorId: 'acme-2027' },
    },
    terminate: {
      label: 'Terminate',
      by: ['smManager'],
      payload: z.strictObject({ reason }),
      example: { reason: 'Order withdrawn' },
    },
    note: {
      label: 'Add a contact note',
      by: ['owner', 'manager', 'backup', 'smManager', 'accountManager', 'primaryContact'],
      payload: notePayload,
      example: { text: 'Spoke on the phone.', medium: 'phone' },
    },
  },
  signals: {
    managerNamed: {
      label: 'A service manager was named elsewhere',
      payload: z.strictObject({ personId: z.string() }),
    },
    managerAway: {
      label: 'Somebody who serves the contract is away',
      payload: z.strictObject({ handoverId: z.string(), personId: z.string() }),
    },
    handedOver: {
      label: 'His place was handed over',
      payload: z.strictObject({
        handoverId: z.string(),
        personId: z.string(),
        to: z.string(),
        /** Epoch milliseconds; null: for good. */
        until: z.number().int().nullable(),
      }),
    },
    awayForGood: {
      label: 'He does not come back',
      payload: z.strictObject({ handoverId: z.string(), personId: z.string() }),
    },
    managerBack: {
      label: 'He is back',
      payload: z.strictObject({
        handoverId: z.string(),
        personId: z.string(),
        /** Before the instant that the End User was told. */
        early: z.boolean(),
      }),
    },
    delivered: { label: 'A message was handed to the recipient', payload: deliveredPayload },
    contactsChanged: {
      label: 'The contact matrix says who calls and who approves',
      payload: matrixSays,
    },
  },
  refusals: {
    away: {
      text: 'That person is away at present: an absence, or a hand-over for good.',
      remedy: 'Name somebody else, or wait until he is back: careplus handover list.',
    },
    notAServiceManager: {
      text: 'That person is not an active service manager.',
      remedy: 'Name somebody with the staff function serviceManager: careplus staff list.',
    },
    notAnSmManager: {
      text: 'The SM manager of the file is not an active SM manager.',
      remedy: 'Name somebody with the staff function smManager: careplus staff list.',
    },
    notAnAccountManager: {
      text: 'The account manager of the file is not an active account manager.',
      remedy: 'Name somebody with the staff function accountManager: careplus staff list.',
    },
    sameAsBackup: {
      text: 'The service manager and the backup must be two people.',
      remedy: 'Name somebody else.',
    },
    termOver: {
      text: 'The term of the contract is over.',
      remedy: 'Amend the contract with its new term, or import its successor.',
    },
    alreadyImported: {
      text: 'The contract has been imported already.',
      remedy: 'Import the file again: the differences are shown, and can be approved.',
    },
    otherContract: {
      text: 'The file describes another contract.',
      remedy: 'Import it without naming this contract.',
    },
    adoptedInFuture: {
      text: 'A day of what is taken over lies in the future.',
      remedy: 'Take over only what has happened; the rest is done here.',
    },
    registrationInFuture: {
      text: 'The portal registration lies in the future.',
      remedy: 'Activate on or after the day of the registration.',
    },
  },
  headline: (data) => data.number,
  contractId: (data) => data.contractId,
});

function before(duration: {
  readonly amount: number;
  readonly unit: 'minutes' | 'hours' | 'days' | 'months' | 'businessHours' | 'businessDays';
}) {
  return { ...duration, amount: -duration.amount };
}
