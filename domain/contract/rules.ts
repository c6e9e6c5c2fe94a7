/** The rules of the contract, one row per line of service spec §3 R10, §4.9 and §3a "Contract states". */
import { Temporal } from 'temporal-polyfill';
import { chaseRows } from '../kernel/chase.js';
import { define, rulesFor, type SceneOf } from '../kernel/rules.js';
import { staffWith } from '../kernel/directory.js';
import type { ContractFile } from './contract-file.js';
import { contract } from './words.js';

type Scene = SceneOf<typeof contract>;
type Data = Scene['data'];
const { start, on, hear, due, check, guard } = rulesFor(contract);

const isServiceManager = check<{ personId: string }>('notAServiceManager', ({ payload, directory }) =>
  staffWith(directory, 'serviceManager').includes(payload.personId),
);
const isNotTheBackup = check<{ personId: string }>(
  'sameAsBackup',
  ({ payload, data }) => payload.personId !== data.backupId,
);
const isNotTheManager = check<{ personId: string }>(
  'sameAsBackup',
  ({ payload, data }) => payload.personId !== data.managerId,
);
const termRuns = guard('termOver', ({ data, at }) => at < data.endsAt);
const registeredByNow = check<{ portalRegisteredOn: string }>(
  'registrationInFuture',
  ({ payload, at }) => Date.parse(`${payload.portalRegisteredOn}T00:00:00Z`) <= at,
);
const isThisContract = check<ContractFile>(
  'otherContract',
  ({ payload, data }) => payload.id === data.contractId,
);
const namedStaffServe = check<ContractFile>('notAServiceManager', ({ payload, directory }) =>
  [payload.provider.serviceManager, payload.provider.backup].every(
    (id) => id === undefined || staffWith(directory, 'serviceManager').includes(id),
  ),
);
const isNew = check<ContractFile>('alreadyImported', ({ look }) => look.sameContract === null);
const termAhead = check<ContractFile>('termOver', ({ payload, at }) => endOf(payload) > at);

const running = ['active', 'expiring'] as const;
const living = ['draft', 'active', 'expiring'] as const;

/** Tells the onboarding of this contract, when one is under way. */
const tellOnboarding = (intent: string, signal: string, payload: (scene: Scene) => Record<string, unknown>) =>
  ({
    kind: 'tellProcess',
    intent,
    signal,
    when: ({ look }: Scene) => look.family.onboardingId !== null,
    to: ({ look }: Scene) => look.family.onboardingId ?? '',
    payload,
  }) as const;

/** Nothing of the contract goes on after its end. */
const endFamily = [
  tellOnboarding('ended', 'contractEnded', () => ({})),
  {
    kind: 'tellProcess',
    intent: 'guideEnded',
    signal: 'contractEnded',
    when: ({ look }: Scene) => look.family.userGuideId !== null,
    to: ({ look }: Scene) => look.family.userGuideId ?? '',
    payload: () => ({}),
  },
] as const;

const tellGuide = {
  kind: 'tellProcess',
  intent: 'callers',
  signal: 'callersChanged',
  when: ({ look }: Scene) => look.family.userGuideId !== null,
  to: ({ look }: Scene) => look.family.userGuideId ?? '',
  payload: ({ data }: Scene) => ({
    callers: data.contacts.filter((contact) => contact.authorisedCaller).map((contact) => contact.personId),
    primaryContacts: data.contacts
      .filter((contact) => contact.primaryContact)
      .map((contact) => contact.personId),
  }),
} as const;

export const contractRules = define(contract, [
  start({
    to: 'draft',
    event: 'imported',
    guards: [isNew, namedStaffServe, termAhead],
    init: ({ payload }) => fromFile(payload, null),
    clocks: { activation: 'start' },
  }),
  on.activate({
    from: 'draft',
    to: 'active',
    event: 'activated',
    guards: [termRuns, registeredByNow],
    set: {
      portalRegisteredOn: ({ payload }) => payload.portalRegisteredOn,
      managerNamedLater: ({ data }) => data.managerId === null,
    },
    clocks: {
      activation: 'meet',
      term: 'start',
      manager: { start: ({ data }) => (data.managerId === null ? [''] : []) },
      backup: { start: ({ data }) => (data.backupId === null ? [''] : []) },
    },
    tell: { primaryContact: 'dayOne', manager: 'assigned', backup: 'assigned' },
  }),
  ...chaseRows(due, 'activation', 'draft', 'activationDue'),

  on.assignManager({
    from: running,
    when: ({ data }) => data.managerNamedLater,
    event: 'managerAssigned',
    guards: [isServiceManager, isNotTheBackup],
    set: { managerId: ({ payload }) => payload.personId, managerNamedLater: false },
    clocks: { manager: 'meet' },
    tell: { manager: 'assigned', primaryContact: 'managerNamed' },
    effects: [tellOnboarding('manager', 'managerAssigned', ({ data }) => ({ personId: data.managerId }))],
  }),
  on.assignManager({
    from: living,
    event: 'managerAssigned',
    guards: [isServiceManager, isNotTheBackup],
    set: { managerId: ({ payload }) => payload.personId },
    clocks: { manager: 'meet' },
    tell: { manager: 'assigned' },
    effects: [tellOnboarding('manager', 'managerAssigned', ({ data }) => ({ personId: data.managerId }))],
  }),
  hear.managerNamed({
    from: living,
    event: 'managerAssigned',
    set: { managerId: ({ payload }) => payload.personId, managerNamedLater: false },
    clocks: { manager: 'meet' },
    tell: { manager: 'assigned', primaryContact: 'managerNamed' },
  }),
  ...chaseRows(due, 'manager', running, 'managerMissing'),

  on.assignBackup({
    from: living,
    event: 'backupAssigned',
    guards: [isServiceManager, isNotTheManager],
    set: { backupId: ({ payload }) => payload.personId },
    clocks: { backup: 'meet' },
    tell: { backup: 'assigned' },
  }),
  ...chaseRows(due, 'backup', running, 'backupMissing'),

  on.amend({
    from: 'draft',
    event: 'amended',
    guards: [isThisContract, namedStaffServe, termAhead],
    set: amended(),
  }),
  on.amend({
    from: running,
    when: ({ payload, data }) => endOf(payload) === data.endsAt,
    event: 'amended',
    guards: [isThisContract, namedStaffServe],
    set: amended(),
    effects: [tellGuide],
  }),
  on.amend({
    from: running,
    to: 'active',
    event: 'amended',
    guards: [isThisContract, namedStaffServe, termAhead],
    set: amended(),
    clocks: { term: 'restart' },
    effects: [tellGuide],
  }),

  due.term.first({
    from: running,
    to: 'expiring',
    event: 'endIsNear',
    tell: { owner: 'expiring', accountManager: 'expiring', primaryContact: 'expiring' },
  }),
  due.term.second({
    from: running,
    to: 'expiring',
    event: 'endIsNear',
    tell: { owner: 'expiring', accountManager: 'expiring', primaryContact: 'expiring' },
  }),
  due.term.third({
    from: running,
    to: 'expiring',
    event: 'endIsNear',
    tell: {
      owner: 'expiring',
      smManager: 'expiring',
      accountManager: 'expiring',
      primaryContact: 'expiring',
    },
  }),
  due.term.end({
    from: running,
    to: 'expired',
    event: 'expired',
    clocks: { manager: 'cancel', backup: 'cancel', exitReport: 'start', renewal: 'start' },
    tell: { owner: 'expired', smManager: 'expired', accountManager: 'expired', primaryContact: 'expired' },
    effects: endFamily,
  }),
  on.recordExitReport({
    from: 'expired',
    event: 'exitReported',
    set: { exitReport: ({ payload }) => payload.evidence },
    clocks: { exitReport: 'meet' },
  }),
  on.recordExitReport({
    from: 'lapsed',
    to: 'terminated',
    event: 'exitReported',
    set: { exitReport: ({ payload }) => payload.evidence },
    clocks: { exitReport: 'meet' },
  }),
  ...chaseRows(due, 'exitReport', ['expired', 'lapsed'], 'exitReportDue'),
  due.renewal.close({
    from: 'expired',
    when: ({ data }) => data.exitReport !== null,
    to: 'terminated',
    event: 'renewalLapsed',
  }),
  // The report is still owed: its clock runs already.
  due.renewal.close({
    from: 'expired',
    to: 'lapsed',
    event: 'renewalLapsed',
    clocks: { exitReport: 'start' },
  }),
  on.renew({
    from: ['expiring', 'expired'],
    to: 'renewed',
    event: 'renewed',
    set: { successorId: ({ payload }) => payload.successorId },
    effects: endFamily,
  }),
  on.terminate({
    from: ['draft', 'active', 'expiring', 'expired', 'lapsed'],
    to: 'terminated',
    event: 'terminated',
    set: { endReason: ({ payload }) => payload.reason },
    effects: endFamily,
  }),
]);

/** The first instant after the last day of the term, in the zone of the contract. */
function endOf(file: ContractFile): number {
  return Temporal.PlainDate.from(file.endsOn).add({ days: 1 }).toZonedDateTime(file.zone).epochMilliseconds;
}

function fromFile(file: ContractFile, before: Data | null): Data {
  return {
    contractId: file.id,
    number: file.number,
    tier: file.tier,
    startsOn: file.startsOn,
    endsOn: file.endsOn,
    endsAt: endOf(file),
    calendarId: file.calendar,
    seniorDeskNumber: file.seniorDeskNumber,
    managerId: before?.managerId ?? file.provider.serviceManager ?? null,
    backupId: before?.backupId ?? file.provider.backup ?? null,
    smManagerId: file.provider.smManager,
    accountManagerId: file.provider.accountManager,
    contacts: file.contacts.map(({ id, primaryContact, authorisedCaller, approver }) => ({
      personId: id,
      primaryContact,
      authorisedCaller,
      approver,
    })),
    siteIds: file.sites.map((site) => site.id),
    portalRegisteredOn: before?.portalRegisteredOn ?? null,
    managerNamedLater: before?.managerNamedLater ?? false,
    exitReport: before?.exitReport ?? null,
    successorId: before?.successorId ?? null,
    endReason: before?.endReason ?? null,
  };
}

/** The fields that a file may change; who serves the contract changes by its own commands. */
function amended() {
  type Amend = Scene & { readonly payload: ContractFile };
  const field =
    <F extends keyof Data>(name: F) =>
    ({ payload, data }: Amend): Data[F] =>
      fromFile(payload, data)[name];
  return {
    number: field('number'),
    tier: field('tier'),
    startsOn: field('startsOn'),
    endsOn: field('endsOn'),
    endsAt: field('endsAt'),
    calendarId: field('calendarId'),
    seniorDeskNumber: field('seniorDeskNumber'),
    smManagerId: field('smManagerId'),
    accountManagerId: field('accountManagerId'),
    contacts: field('contacts'),
    siteIds: field('siteIds'),
  };
}
