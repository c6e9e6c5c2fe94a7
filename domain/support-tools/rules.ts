/** The rules of the web support tools, one row per line of service spec §4.5b. */
import { ownerOf } from '../contract/ownership.js';
import { chaseRows } from '../kernel/chase.js';
import { activeOnly } from '../kernel/directory.js';
import { define, rulesFor, type SceneOf } from '../kernel/rules.js';
import {
  changed,
  commonTools,
  membersOf,
  named,
  provisioned,
  removed,
  requested,
  servedBy,
  sharesLogin,
  standing,
  standingHolders,
  type AccountLine,
} from './accounts.js';
import {
  areActive,
  calledOff,
  invitedTo,
  isPlanned,
  moved,
  planned,
  startsLater,
  type Change,
  type Plan,
} from '../meeting.js';
import { entriesOf, peopleOf, supportTools } from './words.js';

type Scene = SceneOf<typeof supportTools>;
type Data = Scene['data'];
type With<Payload> = Scene & { readonly payload: Payload };
type Lines = { readonly accounts: readonly AccountLine[] };
type LoginLines = { readonly accounts: readonly (AccountLine & { readonly login: string })[] };
type Session = {
  readonly heldAt?: string | undefined;
  readonly attendees: readonly string[];
  readonly recording: string;
};
const { start, on, hear, due, check, guard } = rulesFor(supportTools);

const contractIsActive = check<unknown>('contractNotActive', ({ look }) =>
  ['active', 'expiring'].includes(look.contract.status),
);
const noOtherRuns = check<unknown>('alreadyRunning', ({ look }) => look.otherSupportTools === null);
const portalIsOpen = guard('portalLinked', ({ data }) => data.portal === null);
const peopleAreServed = check<{ people: readonly string[] }>('notServed', ({ payload, look }) =>
  payload.people.every((id) => servedBy(look.contract).includes(id)),
);
const toolsAreKnown = check<{ tools: readonly string[] }>('unknownTool', ({ payload, data }) =>
  payload.tools.every((tool) => data.tools.some(({ key }) => key === tool)),
);
const somethingIsNew = check<{ people: readonly string[]; tools: readonly string[] }>(
  'accountKnown',
  ({ payload, data, at }) =>
    entriesOf(requested(data.accounts, payload.people, payload.tools, at)).some(
      ({ key, account }) => account !== data.accounts[key],
    ),
);
const toolIsNew = check<{ key: string }>('toolKnown', ({ payload, data }) =>
  data.tools.every(({ key }) => key !== payload.key),
);
const areThere = (...states: Parameters<typeof named>[2][number][]) =>
  check<Lines>(
    'accountNotThere',
    ({ payload, data }) => named(data.accounts, payload.accounts, states) !== null,
  );
const areRequested = areThere('requested');
const loginsAreOwn = check<LoginLines>(
  'sharedLogin',
  ({ payload, data, at }) => !sharesLogin(provisioned(data.accounts, payload.accounts, at)),
);
const isTheHolder = check<AccountLine>('notYourAccount', ({ payload, actor }) => payload.person === actor);
const hisAreThere = check<AccountLine>(
  'accountNotThere',
  ({ payload, data }) => named(data.accounts, [payload], standing) !== null,
);
const onePlanned = guard('nonePlanned', isPlanned);
const nonePlanned = guard('planned', (scene) => !isPlanned(scene));
const startsAhead = check<Change>('startInPast', startsLater);
const inviteesAreKnown = check<Change>('unknownPerson', ({ payload, directory }) =>
  areActive(directory, payload.invitees ?? []),
);
const wasPlanned = check<Session>(
  'nonePlanned',
  ({ payload, data }) => payload.heldAt !== undefined || data.meeting?.state === 'planned',
);
const wasHeld = check<Session>('notHeldYet', ({ payload, data, at }) => heldAtOf(payload, data) <= at);
const attendeesAreKnown = check<Session>('unknownPerson', ({ payload, directory }) =>
  areActive(directory, payload.attendees),
);
const callerAttended = check<Session>('noCallerAttended', ({ payload, look }) =>
  payload.attendees.some((id) => membersOf(look.contract).includes(id)),
);

const open = ['preparing', 'inService'] as const;

/** The item of the onboarding is settled once: by the step that ends the preparation. */
const report = {
  kind: 'tellProcess',
  intent: 'settled',
  signal: 'itemSettled',
  to: ({ data }: Scene) => (data.onboardingId === null ? [] : [data.onboardingId]),
  payload: ({ processId }: Scene) => ({
    item: 'supportTools',
    processId,
    outcome: 'done',
    reason: 'The walkthrough was held, and the portal is linked to the contract.',
  }),
} as const;

/** What one of the End User's people does is an answer (service spec §3a "Stalled"). */
const answered = {
  kind: 'tellProcess',
  intent: 'answered',
  signal: 'endUserAnswered',
  to: ({ data, actor, directory }: Scene) =>
    data.onboardingId !== null && actor !== null && directory.people[actor]?.side === 'endUser'
      ? [data.onboardingId]
      : [],
  payload: ({ processId }: Scene) => ({ processId }),
} as const;

/** Everybody for whom something is requested is owed it; a clock that runs already runs on. */
const oweRequested = { start: ({ data }: Scene) => peopleOf(data.accounts, 'requested') };

/** Whom and what the walkthrough that is recorded now has reached. */
const shownNow = {
  newPerson: { meet: ({ payload }: With<Session>) => payload.attendees },
  newTool: {
    meet: ({ data }: Scene) => {
      const heldAt = data.held.at(-1)?.heldAt ?? 0;
      return data.tools.filter((tool) => tool.addedAt <= heldAt).map((tool) => tool.key);
    },
  },
} as const;

export const supportToolsRules = define(supportTools, [
  start({
    to: 'preparing',
    event: 'started',
    guards: [contractIsActive, noOtherRuns],
    init: ({ look, payload, policy, at }) => {
      const members = membersOf(look.contract);
      const { tools } = policy.supportTools;
      return {
        contractId: look.contract.contractId,
        contractNumber: look.contract.number,
        onboardingId: payload.onboardingId,
        calendarId: look.contract.calendarId,
        portal: null,
        tools: tools.map((tool) => ({ ...tool, addedAt: at })),
        accounts: requested({}, members, commonTools(tools), at),
        callers: look.contract.callers,
        members,
        joined: [],
        gone: [],
        leavers: {},
        meeting: null,
        held: [],
        withdrawnBecause: null,
      };
    },
    clocks: { portal: 'start', walkthrough: 'start', account: oweRequested },
  }),

  on.linkPortal({
    from: 'preparing',
    when: ({ data }) => data.held.length > 0,
    to: 'inService',
    event: 'portalLinked',
    guards: [portalIsOpen],
    set: { portal: linked },
    clocks: { portal: 'meet', walkthrough: 'meet' },
    effects: [report],
  }),
  // No walkthrough yet: its clock runs already.
  on.linkPortal({
    from: 'preparing',
    event: 'portalLinked',
    guards: [portalIsOpen],
    set: { portal: linked },
    clocks: { portal: 'meet', walkthrough: 'start' },
  }),
  ...chaseRows(due, 'portal', 'preparing', 'portalDue'),

  on.requestAccount({
    from: open,
    event: 'accountsRequested',
    guards: [peopleAreServed, toolsAreKnown, somethingIsNew],
    set: {
      accounts: ({ data, payload, at }) => requested(data.accounts, payload.people, payload.tools, at),
    },
    clocks: { account: oweRequested },
    effects: [answered],
  }),
  on.recordProvisioned({
    from: open,
    event: 'accountsProvisioned',
    guards: [areRequested, loginsAreOwn],
    set: { accounts: ({ data, payload, at }) => provisioned(data.accounts, payload.accounts, at) },
    clocks: {
      account: { meet: servedNow },
      inactive: {
        restart: ({ data, at }) =>
          entriesOf(data.accounts)
            .filter(({ account }) => account.provisionedAt === at)
            .map(({ key }) => key),
      },
    },
    tell: { provisionedNow: 'accountsReady' },
  }),
  ...chaseRows(due, 'account', open, 'accountsDue'),

  on.recordLogin({
    from: open,
    event: 'loginsRecorded',
    guards: [areThere(...standing)],
    set: { accounts: ({ data, payload, at }) => verified(data, payload.accounts, at) },
    clocks: { inactive: { restart: ({ data, payload }) => verifiedKeys(data, payload.accounts) } },
  }),
  on.confirmLogin({
    from: open,
    event: 'loginConfirmed',
    guards: [isTheHolder, hisAreThere],
    set: { accounts: ({ data, payload, at }) => verified(data, [payload], at) },
    clocks: { inactive: { restart: ({ data, payload }) => verifiedKeys(data, [payload]) } },
    effects: [answered],
  }),
  due.inactive.due({
    from: open,
    event: 'accountInactive',
    set: {
      accounts: ({ data, key }) => changed(data.accounts, [key], (one) => ({ ...one, state: 'inactive' })),
    },
    tell: { owner: 'accountInactive' },
  }),

  on.recordRemoved({
    from: [...open, 'withdrawn'],
    event: 'accountsRemoved',
    guards: [areThere('requested', ...standing)],
    set: {
      accounts: withoutNamed,
      leavers: ({ data, ...scene }) => leaversLeft(withoutNamed({ data, ...scene }), data),
    },
    clocks: {
      account: { cancel: servedNow },
      inactive: { cancel: removedNow },
      leaver: {
        meet: ({ data, payload }) =>
          payload.accounts.map((line) => line.person).filter((id) => data.leavers[id] === undefined),
      },
    },
  }),
  ...chaseRows(due, 'leaver', [...open, 'withdrawn'], 'leaverDue'),

  on.planWalkthrough({
    from: open,
    event: 'walkthroughPlanned',
    guards: [nonePlanned, startsAhead, inviteesAreKnown],
    set: { meeting: walkthroughPlanned },
    toward: ['walkthrough', 'newPerson', 'newTool'],
    tell: { invitees: 'walkthroughInvitation' },
  }),
  on.moveWalkthrough({
    from: open,
    event: 'walkthroughChanged',
    guards: [onePlanned, startsAhead, inviteesAreKnown],
    set: { meeting: moved },
    tell: { invitees: 'walkthroughInvitation', uninvited: 'walkthroughCancelled' },
  }),
  on.cancelWalkthrough({
    from: open,
    event: 'walkthroughCancelled',
    guards: [onePlanned],
    set: { meeting: calledOff },
    tell: { uninvited: 'walkthroughCancelled' },
  }),
  on.recordWalkthrough({
    from: 'preparing',
    when: ({ data }) => data.portal !== null,
    to: 'inService',
    event: 'walkthroughHeld',
    guards: [wasPlanned, wasHeld, attendeesAreKnown, callerAttended],
    set: { held: heldNow, meeting: over },
    clocks: { walkthrough: 'meet', portal: 'meet' },
    effects: [report],
  }),
  // The portal is still to be linked: its clock runs already.
  on.recordWalkthrough({
    from: 'preparing',
    event: 'walkthroughHeld',
    guards: [wasPlanned, wasHeld, attendeesAreKnown, callerAttended],
    set: { held: heldNow, meeting: over },
    clocks: { walkthrough: 'meet', portal: 'start', ...shownNow },
  }),
  on.recordWalkthrough({
    from: 'inService',
    event: 'walkthroughHeld',
    guards: [wasPlanned, wasHeld, attendeesAreKnown, callerAttended],
    set: { held: heldNow, meeting: over },
    clocks: shownNow,
  }),
  ...chaseRows(due, 'walkthrough', 'preparing', 'walkthroughDue'),
  ...chaseRows(due, 'newPerson', open, 'newPersonDue'),
  ...chaseRows(due, 'newTool', open, 'newToolDue'),

  on.addTool({
    from: open,
    event: 'toolAdded',
    guards: [toolIsNew],
    set: { tools: withTool, accounts: withToolsAccounts },
    clocks: {
      account: oweRequested,
      newTool: { start: ({ data, payload }) => onceShown(data, [payload.key]) },
    },
  }),

  // The contract as it stands decides; the signal only says that it has changed.
  hear.callersChanged({
    from: open,
    when: ({ data, look }) => joiners(data, look).length === 0 && goers(data, look).length === 0,
    event: 'callersConfirmed',
    set: { callers: ({ look }) => look.contract.callers, members: ({ look }) => membersOf(look.contract) },
  }),
  hear.callersChanged({
    from: open,
    event: 'peopleChanged',
    set: changedPeople(),
    clocks: {
      account: { ...oweRequested, cancel: goneNow },
      leaver: { start: leaversNow, cancel: servedStill },
      newPerson: { start: ({ data }) => onceShown(data, data.joined), cancel: goneNow },
    },
    tell: { owner: 'peopleChanged', uninvited: 'walkthroughCancelled' },
  }),

  hear.contractEnded({
    from: open,
    to: 'withdrawn',
    event: 'withdrawn',
    set: { ...everybodyLeaves(), withdrawnBecause: 'The contract has ended.' },
    clocks: { leaver: { start: leaversNow } },
    tell: { uninvited: 'walkthroughCancelled' },
  }),
  on.withdraw({
    from: open,
    to: 'withdrawn',
    event: 'withdrawn',
    set: { ...everybodyLeaves(), withdrawnBecause: ({ payload }) => payload.reason },
    clocks: { leaver: { start: leaversNow } },
    tell: { uninvited: 'walkthroughCancelled' },
  }),
]);

function linked({ payload, actor, at }: With<{ evidence: string }>): Data['portal'] {
  return { linkedAt: at, by: actor ?? '', evidence: payload.evidence };
}

/** Of the people of a payload, those for whom nothing is requested any more. */
function servedNow({ data, payload }: With<Lines>): string[] {
  const waiting = peopleOf(data.accounts, 'requested');
  return payload.accounts.map((line) => line.person).filter((id) => !waiting.includes(id));
}

function verified(data: Data, lines: readonly AccountLine[], at: number): Data['accounts'] {
  return changed(data.accounts, named(data.accounts, lines, standing) ?? [], (account) => ({
    ...account,
    state: 'verified',
    firstLoginAt: account.firstLoginAt ?? at,
  }));
}

function verifiedKeys(data: Data, lines: readonly AccountLine[]): readonly string[] {
  return named(data.accounts, lines, ['verified']) ?? [];
}

function withoutNamed({ data, payload, at }: With<Lines>): Data['accounts'] {
  return removed(data.accounts, named(data.accounts, payload.accounts, ['requested', ...standing]) ?? [], at);
}

function removedNow({ data, at }: Scene): string[] {
  return entriesOf(data.accounts)
    .filter(({ account }) => account.removedAt === at)
    .map(({ key }) => key);
}

/** Leavers who still hold something. */
function leaversLeft(accounts: Data['accounts'], { leavers }: Data): Data['leavers'] {
  const holders = standingHolders(accounts);
  return Object.fromEntries(Object.entries(leavers).filter(([id]) => holders.includes(id)));
}

function walkthroughPlanned({ data, payload, policy, look, directory, at }: With<Plan>) {
  const everybody = activeOnly(directory, [...data.members, ...ownerOf(look.contract, directory)]);
  const minutes = policy.supportTools.walkthroughMinutes;
  return planned(payload, { number: nextNumber(data), minutes, invitees: everybody, at });
}

function heldAtOf({ heldAt }: Session, { meeting }: Data): number {
  return heldAt === undefined ? (meeting?.startsAt ?? 0) : Date.parse(heldAt);
}

function heldNow({ data, payload }: With<Session>): Data['held'] {
  const { attendees, recording, heldAt } = payload;
  const number = heldAt === undefined ? (data.meeting?.number ?? 1) : nextNumber(data);
  return [
    ...data.held,
    { number, heldAt: heldAtOf(payload, data), attendees: [...new Set(attendees)], recording },
  ];
}

/** The planned one was held; another one, recorded with its time, leaves it planned. */
function over({ data, payload }: With<Session>): Data['meeting'] {
  return data.meeting && payload.heldAt === undefined ? { ...data.meeting, state: 'held' } : data.meeting;
}

function nextNumber({ meeting, held }: Data): number {
  return Math.max(0, meeting?.number ?? 0, ...held.map(({ number }) => number)) + 1;
}

type NewTool = Omit<Data['tools'][number], 'addedAt'>;

function withTool({ data, payload, at }: With<NewTool>): Data['tools'] {
  return [...data.tools, { ...payload, addedAt: at }];
}

function withToolsAccounts({ data, payload, at }: With<NewTool>): Data['accounts'] {
  return requested(data.accounts, data.members, commonTools([payload]), at);
}

/** What is new after the first walkthrough is owed another one; before, the first one shows it with the others. */
function onceShown({ held }: Data, keys: readonly string[]): readonly string[] {
  return held.length > 0 ? keys : [];
}

function joiners(data: Data, look: Scene['look']): string[] {
  return membersOf(look.contract).filter((id) => !data.members.includes(id));
}

/** Who was served, or holds something, and is no contact of the contract any more. */
function goers(data: Data, look: Scene['look']): string[] {
  const served = servedBy(look.contract);
  const before = new Set([
    ...data.members,
    ...peopleOf(data.accounts, 'requested'),
    ...standingHolders(data.accounts),
  ]);
  return [...before].filter((id) => !served.includes(id) && data.leavers[id] === undefined);
}

/** The columns of a change of people: what is theirs follows them. */
function changedPeople() {
  return {
    callers: ({ look }: Scene) => look.contract.callers,
    members: ({ look }: Scene) => membersOf(look.contract),
    joined: ({ data, look }: Scene) => joiners(data, look),
    gone: ({ data, look }: Scene) => goers(data, look),
    accounts: ({ data, look, at }: Scene) => {
      const gone = goers(data, look);
      const kept = withoutRequests(data.accounts, gone);
      return requested(kept, joiners(data, look), commonTools(data.tools), at);
    },
    leavers: ({ data, look, at }: Scene) => {
      const served = servedBy(look.contract);
      const still = Object.entries(data.leavers).filter(([id]) => !served.includes(id));
      return { ...Object.fromEntries(still), ...leaving(data.accounts, goers(data, look), at) };
    },
    meeting: ({ data, look, at }: Scene): Data['meeting'] => {
      const { meeting } = data;
      const gone = goers(data, look);
      if (meeting?.state !== 'planned' || !meeting.invitees.some((id) => gone.includes(id))) return meeting;
      const left = meeting.invitees.filter((id) => !gone.includes(id));
      return invitedTo(meeting, left, at);
    },
  };
}

/**
 * The columns of an end: with the service end the accounts, and whatever was planned is called off. Where the contract
 * goes on under its successor, the accounts do too.
 */
function everybodyLeaves() {
  return {
    meeting: calledOff,
    accounts: ({ data }: Scene) => withoutRequests(data.accounts, peopleOf(data.accounts, 'requested')),
    leavers: ({ data, look, at }: Scene) =>
      look.contract.status === 'renewed'
        ? data.leavers
        : { ...leaving(data.accounts, standingHolders(data.accounts), at), ...data.leavers },
  };
}

function withoutRequests(accounts: Data['accounts'], people: readonly string[]): Data['accounts'] {
  const kept = entriesOf(accounts).filter(
    ({ person, account }) => account.state !== 'requested' || !people.includes(person),
  );
  return Object.fromEntries(kept.map(({ key, account }) => [key, account]));
}

/** Of these people, those who hold something that must be removed. */
function leaving(accounts: Data['accounts'], people: readonly string[], at: number): Data['leavers'] {
  const holders = standingHolders(accounts).filter((id) => people.includes(id));
  return Object.fromEntries(holders.map((id) => [id, at]));
}

function leaversNow({ data }: Scene): string[] {
  return Object.keys(data.leavers);
}

function goneNow({ data }: Scene): readonly string[] {
  return data.gone;
}

function servedStill({ look }: Scene): readonly string[] {
  return servedBy(look.contract);
}
