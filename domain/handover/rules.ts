/** The rules of the hand-over, one row per line of service spec §3 R6 and §3a "R6". */
import { chaseRows } from '../kernel/chase.js';
import { activeOnly, staffWith } from '../kernel/directory.js';
import { define, rulesFor, type SceneOf } from '../kernel/rules.js';
import {
  actingFor,
  handover,
  here,
  isTaken,
  managersOf,
  waitingOf,
  type Group,
  type PortfolioEntry,
} from './words.js';

type Scene = SceneOf<typeof handover>;
type Start = Omit<Scene, 'data'> & { readonly payload: StartPayload };
interface StartPayload {
  readonly from: string;
  readonly to: string | null;
  readonly kind: 'leaves' | 'absence';
  readonly effectiveAt: string;
  readonly until: string | null;
  readonly reason: string;
}
const { start, on, hear, due, check, guard } = rulesFor(handover);

const servesSomebody = check<StartPayload>(
  'notAServiceManager',
  ({ payload, look, directory }) =>
    look.portfolio.length > 0 || staffWith(directory, 'serviceManager').includes(payload.from),
);
const ofOneself = check<StartPayload>(
  'notYours',
  ({ payload, directory, actor }) =>
    actor === payload.from ||
    ['smManager', 'supportDirector'].some((grant) => staffWith(directory, grant).includes(actor ?? '')),
);
const toAnother = check<StartPayload>('samePerson', ({ payload }) => payload.to !== payload.from);
const knownSuccessor = check<StartPayload>(
  'unknownSuccessor',
  ({ payload, directory }) =>
    payload.to === null || staffWith(directory, 'serviceManager').includes(payload.to),
);
const endFits = check<StartPayload>(
  'endMissing',
  ({ payload }) => (payload.kind === 'absence') === (payload.until !== null),
);
const endIsAhead = check<StartPayload>('endNotAfter', ({ payload, at }) => {
  const until = endOf(payload.until);
  return until > Date.parse(payload.effectiveAt) && until > at;
});
const awayOnce = check<StartPayload>(
  'alreadyAway',
  ({ payload, look }) => !isAway(look, payload.from, payload),
);
const successorThere = check<StartPayload>(
  'successorAway',
  ({ payload, look }) => payload.to === null || !isAway(look, payload.to, payload),
);

const groupIsKnown = check<{ group: string }>('unknownGroup', ({ payload, data }) =>
  [...data.groups.map(({ key }) => key), 'all'].includes(payload.group),
);
const someWait = check<{ group: string }>(
  'notWaiting',
  ({ payload, data }) => named(waitingOf(data.groups), payload.group).length > 0,
);
const mayAccept = check<{ group: string }>('notYours', (scene) => acceptable(scene).length > 0);
const canServe = check<{ personId: string }>(
  'unknownSuccessor',
  ({ payload, directory, data }) =>
    payload.personId !== data.from && staffWith(directory, 'serviceManager').includes(payload.personId),
);
const isPresent = check<{ personId: string }>(
  'successorAway',
  (scene) => here(scene, [scene.payload.personId]).length > 0,
);
const isUntold = check<{ group: string }>('notTaken', ({ payload, data }) =>
  data.groups.some((group) => group.key === payload.group && isTaken(group) && group.toldAt === null),
);
const isAbsence = guard('notAnAbsence', ({ data }) => data.kind === 'absence');
const newEndIsAhead = check<{ until: string }>(
  'endNotAfter',
  ({ payload, data, at }) => Date.parse(payload.until) > Math.max(data.effectiveAt, at),
);
const newEndIsFree = check<{ until: string }>(
  'alreadyAway',
  ({ payload, data, look }) =>
    !isAway(look, data.from, {
      effectiveAt: new Date(data.effectiveAt).toISOString(),
      until: payload.until,
    }),
);

const begun = ['effective', 'accepted'] as const;
const open = ['planned', ...begun] as const;

/** Tells contracts something about the one who hands over. */
const tellContracts = <S extends Scene>(
  signal: string,
  which: (scene: S) => readonly Group[],
  payload: (scene: S) => Record<string, unknown> = () => ({}),
) =>
  ({
    kind: 'tellProcess',
    intent: signal,
    signal,
    to: (scene: S) => which(scene).map(({ processId }) => processId),
    payload: (scene: S) => ({ handoverId: scene.processId, personId: scene.data.from, ...payload(scene) }),
  }) as const;

const tellAway = tellContracts('managerAway', ({ data }: Scene) => data.groups);
const settledNow = ({ data }: Scene) => data.groups.filter(({ key }) => data.settledNow.includes(key));
const tellTaken = tellContracts('handedOver', settledNow, (scene) => ({
  to: settledNow(scene)[0]?.takenBy ?? '',
  until: scene.data.endsAt,
}));
const tellForGood = tellContracts('awayForGood', ({ data }: Scene) => data.groups.filter(isTaken));
const tellBack = (early: boolean) =>
  tellContracts(
    'managerBack',
    ({ data }: Scene) => data.groups,
    () => ({ early }),
  );

type OfGroup = Scene & { readonly payload: { group: string } };
type Assigned = Scene & { readonly payload: { group: string; personId: string } };
const settledKeys = { meet: ({ data }: Scene) => data.settledNow } as const;

const accepting = {
  event: 'accepted',
  guards: [groupIsKnown, someWait, mayAccept],
  set: {
    groups: (scene: OfGroup) => takenBy(scene, acceptable(scene), 'accepted', scene.actor),
    settledNow: (scene: OfGroup) => acceptable(scene).map(({ key }) => key),
    people: (scene: OfGroup) => withPeople(scene, [scene.actor]),
  },
  clocks: { accept: settledKeys },
  effects: [tellTaken],
} as const;
const assigning = {
  event: 'assigned',
  guards: [groupIsKnown, someWait, canServe, isPresent],
  set: {
    groups: (scene: Assigned) => takenBy(scene, wanted(scene), 'accepted', scene.payload.personId),
    settledNow: (scene: Assigned) => wanted(scene).map(({ key }) => key),
    people: (scene: Assigned) => withPeople(scene, [scene.payload.personId]),
  },
  clocks: { accept: settledKeys },
  effects: [tellTaken],
} as const;
const falling = {
  event: 'notAccepted',
  set: {
    groups: (scene: Scene) => takenBy(scene, ofKey(scene), 'manager', managerFor(scene)),
    settledNow: ({ key }: Scene) => [key],
    people: (scene: Scene) => withPeople(scene, [managerFor(scene)]),
  },
  clocks: { accept: { cancel: ({ key }: Scene) => [key] } },
  tell: { taker: 'notAccepted', successor: 'notAccepted' },
  effects: [tellTaken],
} as const;

type OfContract = Scene & { readonly payload: { processId: string } };
const told = {
  event: 'endUserTold',
  set: { groups: (scene: OfContract) => toldNow(scene, keysOf(scene), null) },
  clocks: { tellEndUser: { meet: (scene: OfContract) => keysOf(scene) } },
} as const;
type Recorded = Scene & { readonly payload: { group: string; evidence: string } };
const recorded = {
  event: 'endUserTold',
  guards: [groupIsKnown, isUntold],
  set: { groups: (scene: Recorded) => toldNow(scene, [scene.payload.group], scene.payload.evidence) },
  clocks: { tellEndUser: { meet: ({ payload }: Recorded) => [payload.group] } },
} as const;
type Changed = Scene & { readonly payload: { processId: string; named: string[] } };
const renaming = {
  event: 'renamed',
  set: { groups: renamed, settledNow: (scene: Changed) => keysOf(scene) },
  clocks: { accept: { cancel: keysOf }, tellEndUser: { cancel: keysOf } },
  // Others are named in the contract: it waits for him no longer.
  effects: [tellContracts('awayForGood', settledNow)],
} as const;
const forGood = {
  event: 'doesNotReturn',
  set: { kind: 'leaves', endsAt: null },
  clocks: { return: 'cancel' },
  tell: { owner: 'forGood', takers: 'forGood' },
  effects: [tellForGood],
} as const;

export const handoverRules = define(handover, [
  start({
    to: 'planned',
    event: 'planned',
    guards: [
      toAnother,
      servesSomebody,
      ofOneself,
      knownSuccessor,
      endFits,
      endIsAhead,
      awayOnce,
      successorThere,
    ],
    init: planned,
    clocks: { begin: 'start', confirm: 'start' },
    tell: { owner: 'planned', successor: 'planned', leaver: 'confirmAsked' },
  }),
  on.confirm({
    from: open,
    event: 'confirmed',
    set: { confirmedAt: ({ at }) => at },
    clocks: { confirm: 'meet' },
  }),
  // It is asked for and never waited for (service spec §3a "R6").
  due.confirm.asked({ from: open, event: 'confirmationAsked', tell: { leaver: 'confirmAsked' } }),
  due.confirm.givenUp({ from: open, event: 'notConfirmed', tell: { owner: 'notConfirmed' } }),

  on.cancel({
    from: 'planned',
    to: 'cancelled',
    event: 'cancelled',
    set: { endedBecause: ({ payload }) => payload.reason },
    tell: { owner: 'cancelled', leaver: 'cancelled', successor: 'cancelled' },
  }),
  on.changeEnd({
    from: 'planned',
    event: 'endChanged',
    guards: [isAbsence, newEndIsAhead, newEndIsFree],
    set: { endsAt: ({ payload }) => Date.parse(payload.until) },
    tell: { owner: 'endMoved', successor: 'endMoved' },
  }),
  on.changeEnd({
    from: begun,
    event: 'endChanged',
    guards: [isAbsence, newEndIsAhead, newEndIsFree],
    set: { endsAt: ({ payload }) => Date.parse(payload.until) },
    clocks: { return: 'restart' },
    tell: { owner: 'endMoved', takers: 'endMoved', leaver: 'endMoved' },
  }),

  due.begin.now({
    from: 'planned',
    when: ({ look, data }) => look.portfolio.length === 0 && data.kind === 'leaves',
    to: 'ended',
    event: 'nothingToHandOver',
    set: { begun: true },
  }),
  // Nobody names him meanwhile: that, too, is what an absence is for.
  due.begin.now({
    from: 'planned',
    when: ({ look }) => look.portfolio.length === 0,
    to: 'accepted',
    event: 'nothingToHandOver',
    set: { begun: true },
    clocks: { return: 'start' },
  }),
  due.begin.now({
    from: 'planned',
    to: 'effective',
    event: 'began',
    set: {
      begun: true,
      groups: ({ look }) => look.portfolio.map(groupOf),
      people: (scene) => withPeople(scene, scene.look.portfolio.flatMap(servingIn)),
    },
    clocks: {
      accept: { start: ({ data }) => data.groups.map(({ key }) => key) },
      tellEndUser: { start: ({ data }) => data.groups.map(({ key }) => key) },
      return: { start: ({ data }) => (data.kind === 'absence' ? [''] : []) },
    },
    tell: { acting: 'groupsWait', successor: 'groupsWait' },
    effects: [tellAway],
  }),

  on.accept({ from: 'effective', when: isLast(acceptable), to: 'accepted', ...accepting }),
  on.accept({ from: begun, ...accepting }),
  on.assign({ from: 'effective', when: isLast(wanted), to: 'accepted', ...assigning }),
  on.assign({ from: begun, ...assigning }),
  due.accept.first({
    from: begun,
    event: 'acceptanceAsked',
    tell: { acting: 'acceptDue', successor: 'acceptDue' },
  }),
  due.accept.second({
    from: begun,
    event: 'acceptanceAsked',
    tell: { acting: 'acceptDue', successor: 'acceptDue' },
  }),
  due.accept.due({ from: 'effective', when: isLast(ofKey), to: 'accepted', ...falling }),
  due.accept.due({ from: begun, ...falling }),

  hear.endUserTold({
    from: 'accepted',
    when: (scene) => isDone(scene.data.kind, toldNow(scene, keysOf(scene), null)),
    to: 'ended',
    ...told,
  }),
  hear.endUserTold({ from: begun, ...told }),
  on.recordTold({
    from: 'accepted',
    when: (scene) => isDone(scene.data.kind, toldNow(scene, [scene.payload.group], scene.payload.evidence)),
    to: 'ended',
    ...recorded,
  }),
  on.recordTold({ from: begun, ...recorded }),
  ...chaseRows(due, 'tellEndUser', begun, 'endUserNotTold'),

  hear.contractChanged({
    from: begun,
    when: (scene) => scene.payload.named.includes(scene.data.from) || keysOf(scene).length === 0,
    event: 'contractChanged',
  }),
  hear.contractChanged({
    from: begun,
    when: (scene) => isDone(scene.data.kind, renamed(scene)),
    to: 'ended',
    ...renaming,
  }),
  hear.contractChanged({
    from: 'effective',
    when: (scene) => waitingOf(renamed(scene)).length === 0,
    to: 'accepted',
    ...renaming,
  }),
  hear.contractChanged({ from: begun, ...renaming }),

  due.return.back({
    from: begun,
    when: ({ data, directory }) => activeOnly(directory, [data.from]).length > 0,
    to: 'ended',
    event: 'returned',
    tell: { leaver: 'absenceOver', owner: 'absenceOver', takers: 'absenceOver' },
    effects: [tellBack(false)],
  }),
  // He was taken off the staff meanwhile: whoever stands in stays.
  due.return.back({
    from: begun,
    when: ({ data }) => isDone('leaves', data.groups),
    to: 'ended',
    ...forGood,
  }),
  due.return.back({ from: begun, ...forGood }),
  on.endAbsence({
    from: begun,
    to: 'ended',
    event: 'returned',
    guards: [isAbsence],
    tell: { leaver: 'absenceOver', owner: 'absenceOver', takers: 'absenceOver' },
    effects: [tellBack(true)],
  }),
  on.doesNotReturn({
    from: begun,
    when: ({ data }) => isDone('leaves', data.groups),
    to: 'ended',
    guards: [isAbsence],
    ...forGood,
  }),
  on.doesNotReturn({ from: begun, guards: [isAbsence], ...forGood }),
]);

function planned({ payload, actor }: Start): Scene['data'] {
  const { from, to, kind, effectiveAt, until, reason } = payload;
  return {
    from,
    to,
    kind,
    effectiveAt: Date.parse(effectiveAt),
    endsAt: until === null ? null : Date.parse(until),
    reason,
    startedBy: actor,
    confirmedAt: null,
    groups: [],
    begun: false,
    settledNow: [],
    people: [...new Set([from, to, actor])].filter((id) => id !== null),
    endedBecause: null,
  };
}

function groupOf({ processes, ...place }: PortfolioEntry): Group {
  const count = (of: (process: PortfolioEntry['processes'][number]) => number) =>
    processes.reduce((sum, process) => sum + of(process), 0);
  return {
    ...place,
    processes: processes.length,
    tasks: count(({ tasks }) => tasks.length),
    clocks: count(({ clocks }) => clocks.length),
    state: 'waiting',
    takenBy: null,
    takenAt: null,
    toldAt: null,
    toldBy: null,
  };
}

function servingIn({ managerId, backupId, smManagerId }: PortfolioEntry): (string | null)[] {
  return [managerId, backupId, smManagerId];
}

function endOf(until: string | null): number {
  return until === null ? Infinity : Date.parse(until);
}

/** Whether another hand-over covers a part of the time. */
function isAway(
  look: Scene['look'],
  personId: string,
  time: { readonly effectiveAt: string; readonly until: string | null },
): boolean {
  return look.absences.some(
    (other) =>
      other.personId === personId &&
      other.startsAt < endOf(time.until) &&
      Date.parse(time.effectiveAt) < (other.endsAt ?? Infinity),
  );
}

function named(groups: readonly Group[], name: string): readonly Group[] {
  return name === 'all' ? groups : groups.filter(({ key }) => key === name);
}

function wanted({ data, payload }: OfGroup): readonly Group[] {
  return named(waitingOf(data.groups), payload.group);
}

/** The groups asked for that the one who asks may accept: the successor and SM managers all, whoever owns one his. */
function acceptable(scene: OfGroup): readonly Group[] {
  const { data, actor } = scene;
  const all = actor !== null && (actor === data.to || managersOf(scene).includes(actor));
  return wanted(scene).filter((group) => all || (data.to === null && actingFor(scene, group) === actor));
}

function ofKey({ data, key }: Scene): readonly Group[] {
  return data.groups.filter((group) => group.key === key);
}

function managerFor(scene: Scene): string {
  const [group] = ofKey(scene);
  return here(scene, [group?.smManagerId ?? null])[0] ?? managersOf(scene)[0] ?? scene.data.from;
}

/** Whether nothing waits any more after these groups. */
function isLast<S extends Scene>(which: (scene: S) => readonly Group[]): (scene: S) => boolean {
  return (scene) => {
    const keys = which(scene).map(({ key }) => key);
    return waitingOf(scene.data.groups).every(({ key }) => keys.includes(key));
  };
}

function takenBy(
  { data, at }: Scene,
  groups: readonly Group[],
  state: 'accepted' | 'manager',
  personId: string | null,
): Group[] {
  const keys = groups.map(({ key }) => key);
  return data.groups.map((group) =>
    keys.includes(group.key) ? { ...group, state, takenBy: personId, takenAt: at } : group,
  );
}

/** The groups of a contract that are still waited for in some way. */
function keysOf({ data, payload }: OfContract): string[] {
  return data.groups
    .filter(({ processId, state }) => processId === payload.processId && state !== 'renamed')
    .map(({ key }) => key);
}

function toldNow({ data, at }: Scene, keys: readonly string[], evidence: string | null): Group[] {
  return data.groups.map((group) =>
    keys.includes(group.key) && group.toldAt === null ? { ...group, toldAt: at, toldBy: evidence } : group,
  );
}

function renamed({ data, payload }: Changed): Group[] {
  const keys = keysOf({ data, payload } as Changed);
  return data.groups.map((group) => (keys.includes(group.key) ? { ...group, state: 'renamed' } : group));
}

/** For good, everything is taken and every End User told. An absence ends with its end. */
function isDone(kind: 'leaves' | 'absence', groups: readonly Group[]): boolean {
  return (
    kind === 'leaves' &&
    groups.every((group) => group.state === 'renamed' || (isTaken(group) && group.toldAt !== null))
  );
}

function withPeople({ data }: Scene, people: readonly (string | null)[]): string[] {
  return [...new Set([...data.people, ...people])].filter((id) => id !== null);
}
