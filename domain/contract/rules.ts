/** The rules of the contract, one row per line of service spec §3 R10, §4.9 and §3a "Contract states". */
import { canonical } from '../kernel/hash.js';
import { Temporal } from 'temporal-polyfill';
import { chaseRows } from '../kernel/chase.js';
import { define, rulesFor, type SceneOf } from '../kernel/rules.js';
import { staffWith } from '../kernel/directory.js';
import { futureDays, type Adopted } from './adoption.js';
import type { ContractFile } from './contract-file.js';
import { handedOver, servingOf } from './ownership.js';
import { contract, type MatrixSays } from './words.js';

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
// What the two of them see and decide follows from their names in the file: nobody gets there without the function.
const smManagerServes = check<ContractFile>('notAnSmManager', ({ payload, directory }) =>
  staffWith(directory, 'smManager').includes(payload.provider.smManager),
);
const accountManagerServes = check<ContractFile>('notAnAccountManager', ({ payload, directory }) =>
  staffWith(directory, 'accountManager').includes(payload.provider.accountManager),
);
const staffServes = [smManagerServes, accountManagerServes, namedStaffServe] as const;
const isThere = check<{ personId: string }>('away', ({ payload, look }) => !isAway(look, payload.personId));
const namedStaffIsThere = check<ContractFile>('away', ({ payload, look }) =>
  [payload.provider.serviceManager, payload.provider.backup].every(
    (id) => id === undefined || !isAway(look, id),
  ),
);
const isNew = check<ContractFile>('alreadyImported', ({ look }) => look.sameContract === null);
const termAhead = check<ContractFile>('termOver', ({ payload, at }) => endOf(payload) > at);

const adoptedHasCome = check<{ adopted?: Adopted | undefined }>(
  'adoptedInFuture',
  ({ payload, at }) => futureDays(payload.adopted, at).length === 0,
);

const running = ['active', 'expiring'] as const;
const living = ['draft', 'active', 'expiring'] as const;
const open = [...living, 'expired', 'lapsed'] as const;

/** Tells the processes of this contract that are of one of these kinds, or all of them. */
const tellFamily = (
  intent: string,
  signal: string,
  slugs: readonly string[] | 'all',
  payload: (scene: Scene) => Record<string, unknown>,
) =>
  ({
    kind: 'tellProcess',
    intent,
    signal,
    to: ({ look }: Scene) =>
      look.family
        .filter(({ slug }) => slugs === 'all' || slugs.includes(slug))
        .map(({ processId }) => processId),
    payload,
  }) as const;

/** Nothing of the contract goes on after its end. */
const endFamily = [tellFamily('ended', 'contractEnded', 'all', () => ({}))] as const;

/** Tells hand-overs something about this contract. */
const tellHandovers = <S extends Scene>(
  signal: string,
  to: (scene: S) => readonly string[],
  payload: (scene: S) => Record<string, unknown>,
) => ({ kind: 'tellProcess', intent: signal, signal, to, payload }) as const;

const toProcess = ({ processId }: Scene) => ({ processId });
const underWay = ({ data }: Scene) => [...new Set(data.absences.map(({ handoverId }) => handoverId))];
const tellNamed = tellHandovers('contractChanged', underWay, ({ processId, data }) => ({
  processId,
  named: [data.managerId, data.backupId].filter((id) => id !== null),
}));
/** Nobody serves a contract that is closed. */
const tellClosed = tellHandovers('contractChanged', underWay, ({ processId }) => ({ processId, named: [] }));

type HandedOver = Scene & {
  readonly payload: { handoverId: string; personId: string; to: string; until: number | null };
};
/** As many changes are kept as may wait for their notices at once. */
const MOST_TOLD = 10;

/** A place that was handed over: for good to another name, for a time to whoever stands in. */
const taken = {
  managerId: (scene: HandedOver) => afterTaken(scene).managerId,
  backupId: (scene: HandedOver) => afterTaken(scene).backupId,
  absences: (scene: HandedOver) => [...afterTaken(scene).absences],
  telling: (scene: HandedOver) => {
    const { handoverId, personId, until } = scene.payload;
    const change = { handoverId, personId, place: placeOf(scene), endsAt: until, at: scene.at };
    return [...scene.data.telling, change].slice(-MOST_TOLD);
  },
};

type ForGood = Scene & { readonly payload: { handoverId: string; personId: string } };

/** Whoever stands in stays; where nobody does yet, the hand-over goes on. */
const forGood = {
  managerId: (scene: ForGood) => afterForGood(scene).managerId,
  backupId: (scene: ForGood) => afterForGood(scene).backupId,
  absences: (scene: ForGood) => [...afterForGood(scene).absences],
};

const vacantBackup = { start: ({ data }: Scene) => (data.backupId === null ? [''] : []) };

const tellManager = tellFamily('manager', 'managerAssigned', ['onboarding'], ({ data }) => ({
  personId: data.managerId,
}));

const tellCallers = tellFamily('callers', 'callersChanged', ['document', 'supportTools'], ({ data }) => ({
  callers: data.contacts.filter((contact) => contact.authorisedCaller).map((contact) => contact.personId),
  primaryContacts: data.contacts
    .filter((contact) => contact.primaryContact)
    .map((contact) => contact.personId),
}));

/** Whoever has left does not come in any more either; who had left before is known there. */
const tellLeft = {
  ...tellFamily('left', 'peopleLeft', ['remoteAccess'], () => ({})),
  payload: ({ payload }: Scene & { readonly payload: MatrixSays }) => ({ people: Object.keys(payload.left) }),
} as const;

/** Whoever serves the End User no more, for good, does not come in any more. */
const tellGone = <S extends Scene & { readonly payload: { readonly personId: string } }>(
  forGood: (scene: S) => boolean,
) =>
  ({
    ...tellLeft,
    intent: 'gone',
    to: (scene: S) => (forGood(scene) ? tellLeft.to(scene) : []),
    payload: ({ payload }: S) => ({ people: [payload.personId] }),
  }) as const;
const takenForGood = ({ payload }: HandedOver) => payload.until === null;

/** The notices before its end that an adopted contract has behind it say nothing any more. */
const isBehindAdoption = ({ data, at }: Scene) => data.adopted !== null && at <= data.adopted.at;
const passed = { from: running, when: isBehindAdoption, to: 'expiring', event: 'endWasNear' } as const;

export const contractRules = define(contract, [
  // A customer who was served before: nobody is told what he knows, and only what is open is promised.
  start({
    when: ({ payload }) => payload.adopted !== undefined,
    to: 'active',
    event: 'adopted',
    guards: [isNew, ...staffServes, termAhead, adoptedHasCome],
    init: ({ payload, actor, at }) => ({
      ...fromFile(payload, null),
      portalRegisteredOn: payload.adopted?.portalRegisteredOn ?? null,
      adopted: payload.adopted
        ? { activatedOn: payload.adopted.activatedOn, source: payload.adopted.source, by: actor, at }
        : null,
    }),
    clocks: {
      term: 'start',
      manager: { start: ({ data }) => (data.managerId === null ? [''] : []) },
      backup: { start: ({ data }) => (data.backupId === null ? [''] : []) },
    },
    effects: [
      {
        kind: 'startProcess',
        slug: 'onboarding',
        intent: 'onboarding',
        once: () => 'once',
        payload: ({ data, payload, actor }) => ({
          contractId: data.contractId,
          adopted: {
            ...payload.adopted?.onboarding,
            ...(payload.adopted?.userGuide ? { userGuide: payload.adopted.userGuide } : {}),
            by: actor,
          },
        }),
      },
    ],
  }),
  start({
    to: 'draft',
    event: 'imported',
    guards: [isNew, ...staffServes, namedStaffIsThere, termAhead],
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
    guards: [isServiceManager, isThere, isNotTheBackup],
    set: { managerId: ({ payload }) => payload.personId, managerNamedLater: false },
    clocks: { manager: 'meet' },
    tell: { manager: 'assigned', primaryContact: 'managerNamed' },
    effects: [tellManager, tellNamed],
  }),
  // A change of the service manager is told with the old and the new name (service spec §3 R6).
  on.assignManager({
    from: running,
    when: ({ data, payload }) => data.managerId !== null && data.managerId !== payload.personId,
    event: 'managerAssigned',
    guards: [isServiceManager, isThere, isNotTheBackup],
    set: {
      managerId: ({ payload }) => payload.personId,
      telling: ({ data, at }) =>
        [
          ...data.telling,
          {
            handoverId: null,
            personId: data.managerId ?? data.smManagerId,
            place: 'manager' as const,
            endsAt: null,
            at,
          },
        ].slice(-MOST_TOLD),
    },
    tell: { manager: 'assigned', primaryContact: 'managerNamed' },
    effects: [tellManager, tellNamed],
  }),
  on.assignManager({
    from: living,
    event: 'managerAssigned',
    guards: [isServiceManager, isThere, isNotTheBackup],
    set: { managerId: ({ payload }) => payload.personId },
    clocks: { manager: 'meet' },
    tell: { manager: 'assigned' },
    effects: [tellManager, tellNamed],
  }),
  // Named in the onboarding while he is away: the SM manager goes on owning, there too.
  hear.managerNamed({
    from: living,
    when: ({ payload, look }) => isAway(look, payload.personId),
    event: 'managerIsAway',
    tell: { smManager: 'managerMissing' },
    effects: [
      tellFamily('manager', 'managerAssigned', ['onboarding'], ({ data }) => ({
        personId: data.smManagerId,
      })),
    ],
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
    guards: [isServiceManager, isThere, isNotTheManager],
    set: { backupId: ({ payload }) => payload.personId },
    clocks: { backup: 'meet' },
    tell: { backup: 'assigned' },
    effects: [tellNamed],
  }),
  ...chaseRows(due, 'backup', running, 'backupMissing'),

  // It comes after the end of the absence, or after the place was taken: nothing moves back (service spec §3 R9).
  hear.managerAway({ from: open, when: (scene) => !isAwayHere(scene), event: 'absenceWasOver' }),
  hear.managerAway({
    from: open,
    event: 'managerAway',
    set: { absences: ({ payload, data }) => withAbsence(data.absences, { ...payload, standInId: null }) },
  }),
  hear.handedOver({ from: open, when: (scene) => isHandedOver(scene), event: 'handedOverBefore' }),
  // Before the activation nothing is owed: the day-one mail names who serves then.
  hear.handedOver({
    from: 'draft',
    event: 'handedOver',
    set: taken,
    tell: { manager: 'assigned' },
    effects: [
      tellManager,
      tellHandovers('endUserTold', ({ payload }: HandedOver) => [payload.handoverId], toProcess),
    ],
  }),
  hear.handedOver({
    from: running,
    event: 'handedOver',
    set: taken,
    clocks: { backup: vacantBackup },
    tell: { manager: 'assigned', primaryContact: 'managerNamed' },
    effects: [tellManager, tellGone(takenForGood)],
  }),
  // What remains after the term is the exit report; nobody looks for a backup any more.
  hear.handedOver({
    from: ['expired', 'lapsed'],
    event: 'handedOver',
    set: taken,
    tell: { manager: 'assigned', primaryContact: 'managerNamed' },
    effects: [tellManager],
  }),
  hear.awayForGood({
    from: running,
    event: 'awayForGood',
    set: forGood,
    clocks: { backup: vacantBackup },
    effects: [tellManager, tellGone(() => true)],
  }),
  hear.awayForGood({
    from: ['draft', 'expired', 'lapsed'],
    event: 'awayForGood',
    set: forGood,
    effects: [tellManager],
  }),
  // The End User was told until when; that it is earlier he learns now.
  hear.managerBack({
    from: open,
    when: ({ payload }) => payload.early,
    event: 'managerBack',
    set: { absences: withoutHandover },
    tell: { manager: 'assigned', primaryContact: 'managerNamed' },
    effects: [tellManager],
  }),
  hear.managerBack({
    from: open,
    event: 'managerBack',
    set: { absences: withoutHandover },
    tell: { manager: 'assigned' },
    effects: [tellManager],
  }),
  hear.delivered({
    from: open,
    when: (scene) => waitingFor(scene).length > 0,
    event: 'endUserTold',
    effects: [tellHandovers('endUserTold', waitingFor, toProcess)],
  }),
  hear.delivered({ from: open, event: 'messageDelivered' }),

  on.amend({
    from: 'draft',
    event: 'amended',
    guards: [isThisContract, ...staffServes, termAhead],
    set: amended(),
  }),
  on.amend({
    from: running,
    when: ({ payload, data }) => endOf(payload) === data.endsAt,
    event: 'amended',
    guards: [isThisContract, ...staffServes],
    set: amended(),
    effects: [tellCallers],
  }),
  on.amend({
    from: running,
    to: 'active',
    event: 'amended',
    guards: [isThisContract, ...staffServes, termAhead],
    set: amended(),
    clocks: { term: 'restart' },
    effects: [tellCallers],
  }),

  hear.contactsChanged({
    from: living,
    event: 'contactsChanged',
    set: { contacts: asMatrixSays, matrixContacts: ({ payload }) => payload.contacts },
    effects: [tellCallers, tellLeft],
  }),

  due.term.first(passed),
  due.term.second(passed),
  due.term.third(passed),
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
    effects: [...endFamily, tellClosed],
  }),
  on.terminate({
    from: ['draft', 'active', 'expiring', 'expired', 'lapsed'],
    to: 'terminated',
    event: 'terminated',
    set: { endReason: ({ payload }) => payload.reason },
    effects: [...endFamily, tellClosed],
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
    absences: before?.absences ?? [],
    telling: before?.telling ?? [],
    smManagerId: file.provider.smManager,
    accountManagerId: file.provider.accountManager,
    contacts: file.contacts.map(({ id, primaryContact, authorisedCaller, approver }) => ({
      personId: id,
      primaryContact,
      authorisedCaller,
      approver,
    })),
    matrixContacts: before?.matrixContacts ?? null,
    siteIds: file.sites.map((site) => site.id),
    portalRegisteredOn: before?.portalRegisteredOn ?? null,
    managerNamedLater: before?.managerNamedLater ?? false,
    exitReport: before?.exitReport ?? null,
    successorId: before?.successorId ?? null,
    endReason: before?.endReason ?? null,
    adopted: before?.adopted ?? null,
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
    contacts: ({ payload, data }: Amend) => underMatrix(fromFile(payload, data).contacts, data),
    siteIds: field('siteIds'),
  };
}

function isAway(look: Scene['look'], personId: string): boolean {
  return look.away.some((one) => one.personId === personId);
}

/** The hand-over is under way, and he serves here or stands in for somebody. */
function isAwayHere({ data, look, payload }: ForGood): boolean {
  const { handoverId, personId } = payload;
  const serves =
    [data.managerId, data.backupId].includes(personId) ||
    data.absences.some(({ standInId }) => standInId === personId);
  return serves && look.away.some((one) => one.handoverId === handoverId);
}

type Absences = Data['absences'];

/** What is known already stays: its place may have been taken. */
function withAbsence(absences: Absences, one: Absences[number]): Absences {
  return absences.some(({ handoverId }) => handoverId === one.handoverId) ? absences : [...absences, one];
}

function withoutHandover({ data, payload }: Pick<ForGood, 'data' | 'payload'>): Absences {
  return data.absences.filter(({ handoverId }) => handoverId !== payload.handoverId);
}

/** The place that he had before he went away. */
function placeOf({ data, directory, payload }: HandedOver): 'manager' | 'backup' {
  const before = servingOf({ ...data, absences: withoutHandover({ data, payload }) }, directory);
  return before.managerId === payload.personId ? 'manager' : 'backup';
}

function afterTaken({ data, look, payload }: HandedOver) {
  const { handoverId, personId, until } = payload;
  // Whoever took it may have gone away himself before this came: then it is the SM manager's.
  const to = isAway(look, payload.to) ? data.smManagerId : payload.to;
  if (until === null) return handedOver(data, personId, to);
  const others = data.absences.filter((one) => one.handoverId !== handoverId);
  return { ...data, absences: [...others, { handoverId, personId, standInId: to }] };
}

/** The same was heard before: the End User is told once. */
function isHandedOver(scene: HandedOver): boolean {
  const { data, payload } = scene;
  const after = afterTaken(scene);
  return (
    data.telling.some(({ handoverId }) => handoverId === payload.handoverId) &&
    after.managerId === data.managerId &&
    after.backupId === data.backupId &&
    canonical(after.absences) === canonical(data.absences)
  );
}

function afterForGood({ data, payload }: ForGood) {
  const { handoverId, personId } = payload;
  const standInId = data.absences.find((one) => one.handoverId === handoverId)?.standInId ?? null;
  if (standInId !== null) return handedOver(data, personId, standInId);
  const isNamed = [data.managerId, data.backupId].includes(personId);
  return isNamed ? data : { ...data, absences: withoutHandover({ data, payload }) };
}

/** The hand-overs that wait to hear that this very notice has reached the End User. */
function waitingFor({
  data,
  payload,
}: Scene & { readonly payload: { notice: string; recipient: string; decidedAt: number } }): string[] {
  const toEndUser = data.contacts.some(({ personId }) => personId === payload.recipient);
  if (payload.notice !== 'managerNamed' || !toEndUser) return [];
  return data.telling.flatMap(({ handoverId, at }) =>
    handoverId !== null && at === payload.decidedAt ? [handoverId] : [],
  );
}

/** The matrix says who is there, calls and approves; who was the primary contact and has left is followed by another. */
function asMatrixSays({ data, payload }: Scene & { readonly payload: MatrixSays }): Data['contacts'] {
  const { contacts, callers, approvers, left } = payload;
  const known = data.contacts.map(({ personId }) => personId);
  const primary = data.contacts
    .filter(({ primaryContact }) => primaryContact)
    .map(({ personId }) => left[personId] ?? personId);
  return [...new Set([...known, ...contacts])]
    .filter((personId) => contacts.includes(personId) || !(personId in left))
    .map((personId) => ({
      personId,
      primaryContact: primary.includes(personId),
      authorisedCaller: callers.includes(personId),
      approver: approvers.includes(personId),
    }));
}

/** A file changes nothing of what the matrix in force says. */
function underMatrix(contacts: Data['contacts'], before: Data): Data['contacts'] {
  const { matrixContacts } = before;
  if (matrixContacts === null) return contacts;
  const ofMatrix = before.contacts.filter(({ personId }) => matrixContacts.includes(personId));
  const primary = (id: string) => contacts.some((one) => one.personId === id && one.primaryContact);
  return [
    ...ofMatrix.map((one) => ({ ...one, primaryContact: primary(one.personId) })),
    ...contacts
      .filter(({ personId }) => !matrixContacts.includes(personId))
      .map((one) => ({ ...one, authorisedCaller: false, approver: false })),
  ];
}
