/** Hand-over of what a service manager is responsible for: he leaves, or he is absent for a time (service spec §3 R6, §3a "R6"). */
import { z } from 'zod';
import { chaseMarks, chaseSteps } from '../kernel/chase.js';
import { notePayload } from '../kernel/common.js';
import { activeOnly, staffWith, type Directory } from '../kernel/directory.js';
import { words } from '../kernel/words.js';
import { chaseSchema } from '../policy/quantity.js';
import { handoverPolicy } from './policy.js';

const reason = z.string().trim().min(3).max(1000);
const instant = z.iso.datetime({ offset: true });

const place = {
  /** The contract's id; where two End Users have the same one, with the End User's before it. */
  key: z.string(),
  tenantId: z.string(),
  contractId: z.string(),
  /** The process of the contract. */
  processId: z.string(),
  number: z.string(),
  place: z.enum(['manager', 'backup']),
  managerId: z.string().nullable(),
  backupId: z.string().nullable(),
  smManagerId: z.string(),
};

/** A contract that he serves, with everything of it that is open. Instants are epoch milliseconds. */
const portfolioEntry = z.strictObject({
  ...place,
  processes: z.array(
    z.strictObject({
      processId: z.string(),
      slug: z.string(),
      headline: z.string(),
      status: z.string(),
      ownerId: z.string(),
      tasks: z.array(
        z.strictObject({ command: z.string(), label: z.string(), dueAt: z.number().nullable() }),
      ),
      clocks: z.array(
        z.strictObject({
          name: z.string(),
          key: z.string(),
          promise: z.boolean(),
          dueAt: z.number().nullable(),
        }),
      ),
    }),
  ),
});
export type PortfolioEntry = z.infer<typeof portfolioEntry>;

const groupSchema = z.strictObject({
  ...place,
  processes: z.number().int(),
  tasks: z.number().int(),
  clocks: z.number().int(),
  /** `manager`: nobody accepted it in time, so the SM manager has it. `renamed`: the contract named others, or ended. */
  state: z.enum(['waiting', 'accepted', 'manager', 'renamed']),
  takenBy: z.string().nullable(),
  /** Epoch milliseconds. */
  takenAt: z.number().int().nullable(),
  toldAt: z.number().int().nullable(),
  /** How the End User was told, where it was not by our notice. */
  toldBy: z.string().nullable(),
});
export type Group = z.infer<typeof groupSchema>;

/** What another hand-over says about somebody's presence. Epoch milliseconds; `endsAt` null: he does not come back. */
const otherAbsence = z.strictObject({
  handoverId: z.string(),
  personId: z.string(),
  startsAt: z.number(),
  endsAt: z.number().nullable(),
  begun: z.boolean(),
});

const handoverData = z.strictObject({
  from: z.string(),
  to: z.string().nullable(),
  kind: z.enum(['leaves', 'absence']),
  effectiveAt: z.number().int(),
  /** Of an absence. */
  endsAt: z.number().int().nullable(),
  reason: z.string(),
  startedBy: z.string().nullable(),
  confirmedAt: z.number().int().nullable(),
  /** What he served at the beginning; the full list is kept with the event. */
  groups: z.array(groupSchema),
  begun: z.boolean(),
  /** Keys of the groups that were settled last. */
  settledNow: z.array(z.string()),
  /** Whom it concerns; they may read it. */
  people: z.array(z.string()),
  endedBecause: z.string().nullable(),
});

type Look = {
  readonly portfolio: readonly PortfolioEntry[];
  readonly absences: readonly z.infer<typeof otherAbsence>[];
};
type Scene = {
  readonly data: z.infer<typeof handoverData>;
  readonly look: Look;
  readonly directory: Directory;
  readonly key: string;
};

export const handover = words({
  slug: 'handover',
  prefix: 'hnd',
  version: 1,
  title: 'Hand-over',
  summary:
    'Moves everything that a service manager is responsible for to others when he leaves or is absent; nothing is without an owner meanwhile.',
  source: 'service spec §3 R6, §3a "R6"',
  data: handoverData,
  policy: z.object({ chase: chaseSchema, handover: handoverPolicy }),
  lookups: {
    /** The other hand-overs that are not over. People of this one are held: one absence of a person at a time. */
    absences: { schema: z.array(otherAbsence), locked: true },
    /** What he serves now; empty once the hand-over has begun, when the list is kept. */
    portfolio: { schema: z.array(portfolioEntry), locked: true },
  },
  calendars: ({ directory }) => ({
    main: directory.providerCalendarId,
    provider: directory.providerCalendarId,
  }),
  statuses: {
    planned: { label: 'Planned', kind: 'open' },
    effective: {
      label: 'Effective, waits for acceptance',
      kind: 'open',
      waitsFor: 'provider',
      mayWait: 'Every group that is not accepted has a clock of its own, which gives it to the SM manager.',
    },
    accepted: {
      label: 'Accepted',
      kind: 'open',
      waitsFor: 'provider',
      mayWait:
        'Until every End User is told, for which each group has a clock of its own; an absence until its end.',
    },
    ended: { label: 'Ended', kind: 'closed' },
    cancelled: { label: 'Cancelled', kind: 'closed' },
  },
  roles: {
    owner: { label: 'SM manager', who: (scene) => managersOf(scene).slice(0, 1) },
    smManagers: { label: 'SM managers', who: (scene) => managersOf(scene) },
    ownersManager: {
      label: 'Support Director',
      who: (scene) => here(scene, staffWith(scene.directory, 'supportDirector')),
    },
    head: { label: 'Duty Manager', who: ({ directory }) => staffWith(directory, 'dutyManager') },
    leaver: { label: 'Who hands over', who: ({ data, directory }) => activeOnly(directory, [data.from]) },
    successor: { label: 'Successor', who: (scene) => here(scene, [scene.data.to]) },
    /** Whoever owns what is not accepted yet: of the group whose clock fires, otherwise of all. */
    acting: { label: 'Owner meanwhile', who: (scene) => actingOf(scene) },
    /** Where nobody is named as the successor, whoever owns it meanwhile may take it. */
    candidates: {
      label: 'Successor, or owner meanwhile',
      who: (scene) => (scene.data.to === null ? actingOf(scene) : here(scene, [scene.data.to])),
    },
    takers: {
      label: 'Who took a group',
      who: (scene) =>
        here(
          scene,
          scene.data.groups.map(({ takenBy }) => takenBy),
        ),
    },
    /** Who has the group whose clock fires, or those that were settled last. */
    taker: {
      label: 'Who has the group now',
      who: (scene) =>
        here(
          scene,
          scene.data.groups
            .filter(({ key }) => (scene.key === '' ? scene.data.settledNow.includes(key) : key === scene.key))
            .map(({ takenBy }) => takenBy),
        ),
    },
  },
  owner: 'owner',
  notices: {
    planned: { label: 'A hand-over is planned', show: ({ data }) => about(data) },
    confirmAsked: {
      label: 'Please confirm your hand-over',
      reminder: true,
      show: ({ data }) => about(data),
    },
    notConfirmed: {
      label: 'A hand-over goes on without the confirmation of who hands over',
      show: ({ data }) => about(data),
    },
    groupsWait: {
      label: 'What you own from now on, until it is accepted',
      urgent: true,
      show: ({ data }) => ({
        ...about(data),
        contracts: { list: waitingOf(data.groups).map(({ number }) => number) },
        acceptBy: { due: `accept/${waitingOf(data.groups)[0]?.key ?? ''}` },
      }),
    },
    acceptDue: {
      label: 'A contract waits to be accepted',
      urgent: true,
      show: ({ data, key }) => ({
        contract: numberOf(data.groups, key),
        from: { person: data.from },
        acceptBy: { due: `accept/${key}` },
      }),
    },
    notAccepted: {
      label: 'Nobody accepted it in time: the contract is yours',
      urgent: true,
      show: ({ data, key }) => ({ contract: numberOf(data.groups, key), from: { person: data.from } }),
    },
    endUserNotTold: {
      label: 'The End User is to be told who serves him',
      reminder: true,
      show: ({ data, key }) => ({
        contract: numberOf(data.groups, key),
        due: { due: `tellEndUser/${key}` },
      }),
    },
    endMoved: { label: 'The end of an absence has moved', show: ({ data }) => about(data) },
    absenceOver: { label: 'An absence is over', show: ({ data }) => about(data) },
    forGood: { label: 'An absence has become a hand-over for good', show: ({ data }) => about(data) },
    cancelled: {
      label: 'A hand-over was cancelled',
      show: ({ data }) => ({ ...about(data), because: data.endedBecause ?? '' }),
    },
  },
  clocks: {
    begin: {
      label: 'Begin of the hand-over',
      promise: false,
      calendar: 'provider',
      steps: ['now'],
      marks: () => ({ now: { of: { amount: 0, unit: 'hours' } } }),
      since: ({ data }) => data.effectiveAt,
      policyPath: 'handover',
    },
    confirm: {
      label: 'Confirmation of who hands over',
      promise: false,
      calendar: 'provider',
      steps: ['asked', 'givenUp'],
      marks: ({ policy }) => ({
        asked: { of: { amount: 0, unit: 'hours' } },
        givenUp: { of: policy.handover.confirm },
      }),
      since: ({ data, at }) => Math.max(data.effectiveAt, at),
      policyPath: 'handover.confirm',
    },
    accept: {
      label: 'Acceptance',
      promise: true,
      keyed: true,
      calendar: 'provider',
      steps: ['first', 'second', 'due'],
      marks: ({ policy }) => ({
        first: { of: policy.handover.accept.first },
        second: { of: policy.handover.accept.second },
        due: { of: policy.handover.accept.last },
      }),
      policyPath: 'handover.accept',
    },
    tellEndUser: {
      label: 'Tell the End User',
      promise: true,
      keyed: true,
      calendar: 'provider',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.handover.tellEndUser, policy.chase),
      policyPath: 'handover.tellEndUser',
    },
    return: {
      label: 'End of the absence',
      promise: false,
      calendar: 'provider',
      steps: ['back'],
      marks: () => ({ back: { of: { amount: 0, unit: 'hours' } } }),
      since: ({ data }) => data.endsAt ?? data.effectiveAt,
      policyPath: 'handover',
    },
  },
  start: {
    label: 'Hand over what a service manager is responsible for',
    payload: z.strictObject({
      from: z.string().min(1).max(63),
      to: z.string().min(1).max(63).nullable().default(null),
      kind: z.enum(['leaves', 'absence']),
      effectiveAt: instant,
      until: instant.nullable().default(null),
      reason,
    }),
    grants: ['serviceManager', 'smManager', 'supportDirector'],
    example: {
      from: 'sam-rivers',
      to: 'robin-lake',
      kind: 'absence',
      effectiveAt: '2026-12-21T08:00:00+01:00',
      until: '2027-01-04T08:00:00+01:00',
      reason: 'Holiday.',
    },
  },
  commands: {
    confirm: { label: 'Confirm the hand-over', by: ['leaver'] },
    accept: {
      label: 'Accept a group',
      by: ['candidates', 'smManagers'],
      payload: z.strictObject({
        group: z.string().describe('The id of the contract, or all: every group that you may accept'),
      }),
      each: ({ data }) => waitingOf(data.groups).map(({ key, number }) => ({ key, label: number })),
      eachField: 'group',
      example: { group: 'northwind-2026' },
    },
    assign: {
      label: 'Give a group to somebody',
      by: ['smManagers'],
      payload: z.strictObject({ group: z.string(), personId: z.string() }),
      each: ({ data }) => waitingOf(data.groups).map(({ key, number }) => ({ key, label: number })),
      eachField: 'group',
      example: { group: 'northwind-2026', personId: 'robin-lake' },
    },
    recordTold: {
      label: 'Record that the End User was told otherwise',
      by: ['takers', 'smManagers'],
      payload: z.strictObject({ group: z.string(), evidence: z.string().trim().min(3).max(2000) }),
      each: ({ data }) =>
        data.groups
          .filter((group) => group.toldAt === null && isTaken(group))
          .map(({ key, number }) => ({ key, label: number })),
      eachField: 'group',
      example: { group: 'northwind-2026', evidence: 'Told on the status call, see the minutes.' },
    },
    changeEnd: {
      label: 'Change the end of the absence',
      by: ['leaver', 'smManagers'],
      payload: z.strictObject({ until: instant, reason }),
      example: { until: '2027-01-11T08:00:00+01:00', reason: 'Illness goes on.' },
    },
    endAbsence: { label: 'End the absence now', by: ['leaver', 'smManagers'] },
    doesNotReturn: {
      label: 'Record that he does not come back',
      by: ['smManagers'],
      payload: z.strictObject({ reason }),
      example: { reason: 'He has left the company.' },
    },
    cancel: {
      label: 'Cancel before it begins',
      by: ['leaver', 'smManagers'],
      payload: z.strictObject({ reason }),
      example: { reason: 'The holiday was moved.' },
    },
    note: {
      label: 'Add a contact note',
      by: ['owner', 'smManagers', 'leaver', 'successor', 'acting', 'takers'],
      payload: notePayload,
      example: { text: 'Walked through the open items.', medium: 'meeting' },
    },
  },
  signals: {
    endUserTold: {
      label: 'The End User was told',
      payload: z.strictObject({ processId: z.string() }),
    },
    contractChanged: {
      label: 'The contract has named others, or has ended',
      payload: z.strictObject({ processId: z.string(), named: z.array(z.string()) }),
    },
  },
  refusals: {
    notAServiceManager: {
      text: 'That person is not an active service manager of the Provider, and serves no contract.',
      remedy: 'See who is: careplus staff list.',
    },
    unknownSuccessor: {
      text: 'The successor is not an active service manager of the Provider.',
      remedy: 'Name somebody with the staff function serviceManager (careplus staff list), or nobody.',
    },
    samePerson: {
      text: 'Nobody hands over to himself.',
      remedy: 'Name somebody else as the successor, or nobody.',
    },
    notYours: {
      text: 'A service manager hands over and accepts for himself only.',
      remedy: 'Ask the SM manager.',
    },
    endMissing: {
      text: 'An absence has an end, and who leaves for good has none.',
      remedy: 'Give the end with --until for an absence; leave it out when he does not come back.',
    },
    endNotAfter: {
      text: 'The absence would end before it begins, or in the past.',
      remedy: 'Give an end that is still to come and lies after the beginning.',
    },
    alreadyAway: {
      text: 'Another hand-over of that person covers a part of that time.',
      remedy:
        'See it with careplus handover list. Change its end, cancel it, or record there that he does not come back.',
    },
    successorAway: {
      text: 'The successor is away himself at that time.',
      remedy: 'Name somebody else (careplus handover list shows who is away), or nobody.',
    },
    unknownGroup: {
      text: 'The hand-over has no such group.',
      remedy: 'See its groups: careplus handover show <process>.',
    },
    notWaiting: {
      text: 'The group was accepted already, or belongs to somebody else by now.',
      remedy: 'See who has it: careplus handover show <process>.',
    },
    notTaken: {
      text: 'Nobody has accepted the group yet, or its End User was told already.',
      remedy: 'See its groups: careplus handover show <process>.',
    },
    notAnAbsence: {
      text: 'He leaves for good: there is no end to change, and he does not come back.',
      remedy:
        'If he comes back all the same, name him in the contracts: careplus do <contract>/contract assignManager.',
    },
  },
  headline: (data) =>
    `${data.kind === 'leaves' ? 'For good' : 'Absence'} from ${new Date(data.effectiveAt).toISOString().slice(0, 10)}`,
  contractId: () => null,
});

/** Not settled yet. */
export function waitingOf(groups: readonly Group[]): readonly Group[] {
  return groups.filter(({ state }) => state === 'waiting');
}

/** Somebody has it by this hand-over, so its End User is to be told. */
export function isTaken({ state }: Group): boolean {
  return state === 'accepted' || state === 'manager';
}

/** Who of these people is active, is not the one who hands over, and is not away by another hand-over. */
export function here(
  { data, look, directory }: Pick<Scene, 'data' | 'look' | 'directory'>,
  ids: readonly (string | null)[],
): readonly string[] {
  const away = new Set(look.absences.filter(({ begun }) => begun).map(({ personId }) => personId));
  return activeOnly(directory, ids).filter((id) => id !== data.from && !away.has(id));
}

/** Who owns a group until it is accepted: the service manager that stays, else the backup, else the SM manager. */
export function actingFor(
  scene: Pick<Scene, 'data' | 'look' | 'directory'>,
  group: Group,
): string | undefined {
  const { managerId, backupId, smManagerId } = group;
  return here(scene, [managerId, backupId, smManagerId])[0] ?? managersOf(scene)[0];
}

/**
 * SM managers of what is handed over, then any, then whoever leads; somebody there always is. (Only where the whole
 * staff is gone it is whoever hands over himself.)
 */
export function managersOf(scene: Pick<Scene, 'data' | 'look' | 'directory'>): readonly string[] {
  const { data, look, directory } = scene;
  const served = data.begun ? data.groups : look.portfolio;
  const managers = here(scene, [
    ...served.map(({ smManagerId }) => smManagerId),
    ...staffWith(directory, 'smManager'),
  ]);
  if (managers.length > 0) return managers;
  const leads = here(scene, [
    ...staffWith(directory, 'supportDirector'),
    ...staffWith(directory, 'dutyManager'),
  ]);
  return leads.length > 0 ? leads : [data.from];
}

function actingOf(scene: Scene): readonly string[] {
  const groups = waitingOf(scene.data.groups).filter(({ key }) => scene.key === '' || key === scene.key);
  return [...new Set(groups.flatMap((group) => actingFor(scene, group) ?? []))];
}

function numberOf(groups: readonly Group[], key: string): string {
  return groups.find((group) => group.key === key)?.number ?? key;
}

function about(data: Scene['data']) {
  return {
    from: { person: data.from },
    to: data.to === null ? '' : { person: data.to },
    begins: { instant: data.effectiveAt },
    until: data.endsAt === null ? '' : { instant: data.endsAt },
  };
}
