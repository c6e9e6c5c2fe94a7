/** The rules of onboarding, one row per line of service spec §4.0 and §3a "Stalled", "Kickoff", "An item without a process". */
import { chaseRows } from '../kernel/chase.js';
import { define, rulesFor, type SceneOf } from '../kernel/rules.js';
import { staffWith } from '../kernel/directory.js';
import { dayHasBegun } from '../time/instant.js';
import { adoptedRows } from './adopted.js';
import type { ItemProcess } from './policy.js';
import { isAttested, isSettled, onboarding, type Item } from './words.js';

type Scene = SceneOf<typeof onboarding>;
type OnItem = { readonly item: string };
const { start, on, hear, due, check, guard } = rulesFor(onboarding);

const serving = ['active', 'expiring'];
const contractIsActive = check<unknown>('contractNotActive', ({ look }) =>
  serving.includes(look.contract.status),
);
const noOtherRuns = check<unknown>('alreadyRunning', ({ look }) => look.otherOnboarding === null);
const isServiceManager = check<{ personId: string }>('notAServiceManager', ({ payload, directory }) =>
  staffWith(directory, 'serviceManager').includes(payload.personId),
);
const isNotTheBackup = check<{ personId: string }>(
  'sameAsBackup',
  ({ payload, look }) => payload.personId !== look.contract.backupId,
);
const itemExists = check<OnItem>(
  'unknownItem',
  ({ data, payload }) => itemOf(data.items, payload.item) !== undefined,
);
const itemOpen = check<OnItem>(
  'itemSettled',
  ({ data, payload }) => itemOf(data.items, payload.item)?.state === 'open',
);
const waiverAsked = check<OnItem>(
  'noWaiverAsked',
  ({ data, payload }) => itemOf(data.items, payload.item)?.state === 'waiverAsked',
);
const someWaiverAsked = guard('noWaiverAsked', ({ data }) =>
  data.items.some((item) => item.state === 'waiverAsked'),
);
const approverIsNotAsker = check<OnItem>(
  'selfApproval',
  ({ data, payload, actor }) => itemOf(data.items, payload.item)?.askedBy !== actor,
);
const someoneElseAsked = guard('selfApproval', ({ data, actor }) =>
  data.items.some((item) => item.state === 'waiverAsked' && item.askedBy !== actor),
);
const everyItemSettled = guard('itemsOpen', ({ data }) => data.items.every(isSettled));
const someItemOpen = guard('itemSettled', ({ data }) => data.items.some((item) => item.state === 'open'));
const someItemAttested = guard('hasItsProcess', ({ data }) =>
  data.items.some((item) => item.state === 'open' && isAttested(item)),
);
const itemAttested = check<OnItem>('hasItsProcess', ({ data, payload }) => {
  const item = itemOf(data.items, payload.item);
  return item !== undefined && isAttested(item);
});
const processFree = check<{ process: ItemProcess }>('processTaken', ({ data, payload }) =>
  data.items.every((item) => item.process !== payload.process),
);
const itemIsSettled = check<OnItem>('unknownItem', ({ data, payload }) => {
  const item = itemOf(data.items, payload.item);
  return item !== undefined && isSettled(item);
});
const objectionsOpen = guard('objectionsClosed', ({ data }) => data.liveAt !== null && !data.objectionOver);
const isStalled = guard('notStalled', ({ data }) => data.stalled !== 'no');
const dayHasCome = <Payload>(day: (payload: Payload) => string) =>
  check<Payload>('dateInFuture', ({ payload, at }) => dayHasBegun(day(payload), at));
const doneByNow = dayHasCome((payload: { doneOn: string }) => payload.doneOn);
const heldByNow = dayHasCome((payload: { heldOn: string }) => payload.heldOn);
const contactedByNow = dayHasCome((payload: { contactedOn: string }) => payload.contactedOn);

const open = [
  'new',
  'smAssigned',
  'welcomed',
  'kickoffHeld',
  'packageInProgress',
  'packageComplete',
] as const;
const atWork = ['smAssigned', 'welcomed', 'kickoffHeld', 'packageInProgress', 'packageComplete'] as const;
const beforeKickoff = ['smAssigned', 'welcomed'] as const;
const inPackage = ['kickoffHeld', 'packageInProgress'] as const;

/**
 * How the process of an item is started: by its slug, with what it needs beyond contract and onboarding. A test call is
 * made by people: the desk opens a case marked as a test, and the case tells the onboarding that it has passed.
 */
const processes: Readonly<
  Record<Exclude<ItemProcess, 'testCall'>, { readonly slug: string; readonly kind?: string }>
> = {
  userGuide: { slug: 'document', kind: 'userGuide' },
  outageGuideline: { slug: 'document', kind: 'outageGuideline' },
  remoteAccess: { slug: 'remoteAccess' },
  contactMatrix: { slug: 'contactMatrix' },
  supportTools: { slug: 'supportTools' },
};

/** Each process that settles an open item, once. */
const startItems = Object.entries(processes).map(
  ([name, { slug, ...more }]) =>
    ({
      kind: 'startProcess',
      slug,
      intent: name,
      once: () => 'once',
      when: ({ data }: Scene) => data.items.some((item) => item.process === name && !isSettled(item)),
      payload: ({ data, processId }: Scene) => ({
        contractId: data.contractId,
        onboardingId: processId,
        ...more,
      }),
    }) as const,
);

export const onboardingRules = define(onboarding, [
  ...adoptedRows(initial, [contractIsActive, noOtherRuns], startItems),
  start({
    when: ({ look }) => look.contract.managerId !== null,
    to: 'smAssigned',
    via: 'new',
    event: 'started',
    guards: [contractIsActive, noOtherRuns],
    init: initial,
    clocks: { firstContact: 'start', kickoff: 'start', package: 'start', live: 'start', silence: 'start' },
    tell: { owner: 'started' },
    effects: startItems,
  }),
  start({
    to: 'new',
    event: 'started',
    guards: [contractIsActive, noOtherRuns],
    init: initial,
    clocks: {
      assign: 'start',
      firstContact: 'start',
      kickoff: 'start',
      package: 'start',
      live: 'start',
      silence: 'start',
    },
    tell: { owner: 'started' },
  }),

  on.assignManager({
    from: 'new',
    to: 'smAssigned',
    event: 'managerAssigned',
    guards: [isServiceManager, isNotTheBackup],
    set: { managerId: ({ payload }) => payload.personId },
    clocks: { assign: 'meet' },
    effects: [
      {
        kind: 'tellProcess',
        intent: 'managerNamed',
        signal: 'managerNamed',
        to: ({ data }) => [data.contractProcessId],
        payload: ({ data }) => ({ personId: data.managerId }),
      },
      ...startItems,
    ],
  }),
  hear.managerAssigned({
    from: 'new',
    to: 'smAssigned',
    event: 'managerAssigned',
    set: { managerId: ({ payload }) => payload.personId },
    clocks: { assign: 'meet' },
    tell: { owner: 'started' },
    effects: startItems,
  }),
  hear.managerAssigned({
    from: atWork,
    event: 'managerChanged',
    set: { managerId: ({ payload }) => payload.personId },
  }),
  ...chaseRows(due, 'assign', 'new', 'stageDue'),

  on.recordWelcome({
    from: 'smAssigned',
    to: 'welcomed',
    event: 'welcomed',
    guards: [contactedByNow],
    set: { contactedOn: ({ payload }) => payload.contactedOn },
    clocks: { firstContact: 'meet' },
  }),
  ...chaseRows(due, 'firstContact', ['new', 'smAssigned'], 'stageDue'),

  // Everything of the package was settled before the kickoff: the package is complete with it.
  on.recordKickoff({
    from: beforeKickoff,
    when: ({ data }) => packageSettled(data.items),
    via: 'kickoffHeld',
    to: 'packageComplete',
    event: 'kickoffHeld',
    guards: [heldByNow],
    set: { kickoff: ({ payload }) => payload, contactedOn: firstContactOr, stalled: 'no' },
    clocks: { firstContact: 'meet', kickoff: 'meet', package: 'meet', silence: 'restart' },
  }),
  on.recordKickoff({
    from: beforeKickoff,
    to: 'kickoffHeld',
    event: 'kickoffHeld',
    guards: [heldByNow],
    set: { kickoff: ({ payload }) => payload, contactedOn: firstContactOr, stalled: 'no' },
    clocks: { firstContact: 'meet', kickoff: 'meet', silence: 'restart' },
  }),
  ...chaseRows(due, 'kickoff', ['new', 'smAssigned', 'welcomed'], 'stageDue'),

  on.completeItem({
    from: inPackage,
    when: (scene) => packageSettled(completed(scene)),
    to: 'packageComplete',
    event: 'itemCompleted',
    guards: [someItemAttested, itemExists, itemOpen, itemAttested, doneByNow],
    set: { items: completed },
    clocks: { package: 'meet' },
    toward: ['live'],
  }),
  on.completeItem({
    from: inPackage,
    to: 'packageInProgress',
    event: 'itemCompleted',
    guards: [someItemAttested, itemExists, itemOpen, itemAttested, doneByNow],
    set: { items: completed },
    toward: ['package', 'live'],
  }),
  on.completeItem({
    from: ['smAssigned', 'welcomed', 'packageComplete'],
    event: 'itemCompleted',
    guards: [someItemAttested, itemExists, itemOpen, itemAttested, doneByNow],
    set: { items: completed },
    toward: ['live', 'correction'],
  }),
  on.markNotApplicable({
    from: inPackage,
    when: (scene) => packageSettled(notApplicable(scene)),
    to: 'packageComplete',
    event: 'itemNotApplicable',
    guards: [someItemAttested, itemExists, itemOpen, itemAttested],
    set: { items: notApplicable },
    clocks: { package: 'meet' },
  }),
  on.markNotApplicable({
    from: inPackage,
    to: 'packageInProgress',
    event: 'itemNotApplicable',
    guards: [someItemAttested, itemExists, itemOpen, itemAttested],
    set: { items: notApplicable },
  }),
  on.markNotApplicable({
    from: ['smAssigned', 'welcomed', 'packageComplete'],
    event: 'itemNotApplicable',
    guards: [someItemAttested, itemExists, itemOpen, itemAttested],
    set: { items: notApplicable },
  }),

  on.askWaiver({
    from: atWork,
    event: 'waiverAsked',
    guards: [someItemOpen, itemExists, itemOpen],
    set: {
      items: ({ data, payload, actor }) =>
        withItem(data.items, payload.item, { state: 'waiverAsked', askedBy: actor, reason: payload.reason }),
    },
    tell: { smManager: 'waiverAsked', head: 'waiverAsked' },
  }),
  on.approveWaiver({
    from: inPackage,
    when: (scene) => packageSettled(waived(scene)),
    to: 'packageComplete',
    event: 'waiverApproved',
    guards: [someWaiverAsked, someoneElseAsked, itemExists, waiverAsked, approverIsNotAsker],
    set: { items: waived },
    clocks: { package: 'meet' },
    tell: { owner: 'waiverDecided' },
  }),
  on.approveWaiver({
    from: atWork,
    event: 'waiverApproved',
    guards: [someWaiverAsked, someoneElseAsked, itemExists, waiverAsked, approverIsNotAsker],
    set: { items: waived },
    toward: ['live', 'correction'],
    tell: { owner: 'waiverDecided' },
  }),
  on.refuseWaiver({
    from: atWork,
    event: 'waiverRefused',
    guards: [someWaiverAsked, someoneElseAsked, itemExists, waiverAsked, approverIsNotAsker],
    set: {
      items: ({ data, payload }) =>
        withItem(data.items, payload.item, { state: 'open', askedBy: null, reason: null }),
    },
    tell: { owner: 'waiverDecided' },
  }),
  hear.itemSettled({
    from: inPackage,
    when: (scene) => packageSettled(settledByProcess(scene)),
    to: 'packageComplete',
    event: 'itemSettled',
    set: { items: settledByProcess },
    clocks: { package: 'meet' },
  }),
  hear.itemSettled({ from: atWork, event: 'itemSettled', set: { items: settledByProcess } }),
  // An item that was to be attested goes over to its process; until a service manager is named the process waits for him.
  on.useProcess({
    from: 'new',
    event: 'itemHandedToProcess',
    guards: [someItemAttested, itemExists, itemOpen, itemAttested, processFree],
    set: { items: handedToProcess },
  }),
  on.useProcess({
    from: atWork,
    event: 'itemHandedToProcess',
    guards: [someItemAttested, itemExists, itemOpen, itemAttested, processFree],
    set: { items: handedToProcess },
    effects: startItems,
  }),
  ...chaseRows(
    due,
    'package',
    ['new', 'smAssigned', 'welcomed', 'kickoffHeld', 'packageInProgress'],
    'stageDue',
  ),

  on.goLive({
    from: 'packageComplete',
    to: 'live',
    event: 'live',
    guards: [everyItemSettled],
    set: { liveAt: ({ at }) => at, stalled: 'no', objectionOver: false },
    clocks: { live: 'meet', correction: 'meet', objection: 'start' },
    tell: { primaryContact: 'liveStatement' },
  }),
  ...chaseRows(due, 'live', open, 'stageDue'),
  ...chaseRows(due, 'correction', 'packageComplete', 'stageDue'),
  on.object({
    from: 'live',
    to: 'packageComplete',
    event: 'objected',
    guards: [objectionsOpen, itemIsSettled],
    set: {
      items: ({ data, payload }) => withItem(data.items, payload.item, { ...reopened, process: null }),
      objections: ({ data, payload, actor, at }) => [...data.objections, { ...payload, by: actor ?? '', at }],
      liveAt: null,
    },
    clocks: { objection: 'cancel', correction: 'start', silence: 'start' },
    tell: { owner: 'objected' },
  }),
  due.objection.close({ from: 'live', event: 'objectionsClosed', set: { objectionOver: true } }),

  due.silence.first({
    from: open,
    event: 'stalled',
    set: { stalled: 'once' },
    tell: { accountManager: 'stalled' },
  }),
  due.silence.second({
    from: open,
    event: 'stalledAgain',
    set: { stalled: 'twice' },
    tell: { smManager: 'stalled', primaryContact: 'stalledNotice' },
  }),
  due.silence.again({ from: open, event: 'stillStalled', tell: { smManager: 'stalled' } }),
  on.recordAnswer({
    from: open,
    event: 'endUserAnswered',
    guards: [isStalled],
    set: { stalled: 'no' },
    clocks: { silence: 'restart' },
    toward: ['silence'],
  }),
  on.note({
    from: open,
    when: isAnswer,
    event: 'noted',
    set: { stalled: 'no' },
    clocks: { silence: 'restart' },
  }),
  hear.endUserAnswered({
    from: open,
    event: 'endUserAnswered',
    set: { stalled: 'no' },
    clocks: { silence: 'restart' },
  }),

  on.cancel({
    from: open,
    to: 'cancelled',
    event: 'cancelled',
    set: { cancelledBecause: ({ payload }) => payload.reason },
    tell: { owner: 'cancelled', primaryContact: 'cancelled' },
  }),
  hear.contractEnded({
    from: open,
    to: 'cancelled',
    event: 'cancelled',
    set: { cancelledBecause: 'The contract has ended.' },
    tell: { owner: 'cancelled', smManager: 'cancelled' },
  }),
]);

function initial({ look, policy, at }: Omit<Scene, 'data'>): Scene['data'] {
  const { contract } = look;
  return {
    contractId: contract.contractId,
    contractNumber: contract.number,
    contractProcessId: contract.processId,
    calendarId: contract.calendarId,
    startedAt: at,
    managerId: contract.managerId,
    items: policy.onboarding.checklist.map((item) => ({
      ...item,
      process: item.process ?? null,
      ...reopened,
    })),
    contactedOn: null,
    kickoff: null,
    stalled: 'no',
    liveAt: null,
    objections: [],
    objectionOver: false,
    cancelledBecause: null,
  };
}

const reopened = {
  state: 'open',
  by: null,
  at: null,
  doneOn: null,
  evidence: null,
  reason: null,
  askedBy: null,
} as const satisfies Partial<Item>;

function itemOf(items: readonly Item[], key: string): Item | undefined {
  return items.find((item) => item.key === key);
}

function withItem(items: readonly Item[], key: string, change: Partial<Item>): Item[] {
  return items.map((item) => (item.key === key ? { ...item, ...change } : item));
}

function packageSettled(items: readonly Item[]): boolean {
  return items.every((item) => item.phase !== 'package' || isSettled(item));
}

type Completion = {
  readonly item: string;
  readonly doneOn: string;
  readonly evidence: NonNullable<Item['evidence']>;
};

function completed({ data, payload, actor, at }: Scene & { readonly payload: Completion }): Item[] {
  const { item, doneOn, evidence } = payload;
  return withItem(data.items, item, { state: 'done', by: actor, at, doneOn, evidence });
}

function notApplicable({
  data,
  payload,
  actor,
  at,
}: Scene & { readonly payload: OnItem & { readonly reason: string } }): Item[] {
  return withItem(data.items, payload.item, {
    state: 'notApplicable',
    by: actor,
    at,
    reason: payload.reason,
  });
}

function waived({ data, payload, actor, at }: Scene & { readonly payload: OnItem }): Item[] {
  return withItem(data.items, payload.item, { state: 'waived', by: actor, at });
}

/** What was settled before stays. */
function settledByProcess({
  data,
  payload,
  at,
}: Scene & {
  readonly payload: {
    readonly item: ItemProcess;
    readonly processId: string;
    readonly outcome: 'done' | 'notApplicable';
    readonly reason: string;
  };
}): Item[] {
  const evidence = { kind: 'process', processId: payload.processId } as const;
  return data.items.map((item) =>
    item.process === payload.item && !isSettled(item)
      ? { ...item, state: payload.outcome, at, evidence, reason: payload.reason }
      : item,
  );
}

function handedToProcess({
  data,
  payload,
}: Scene & { readonly payload: OnItem & { readonly process: ItemProcess } }): Item[] {
  return withItem(data.items, payload.item, { process: payload.process });
}

function firstContactOr({
  data,
  payload,
}: Scene & { readonly payload: { readonly heldOn: string } }): string {
  return data.contactedOn ?? payload.heldOn;
}

/** A note marked as an answer, or one that the End User's own people write (service spec §3a "Stalled"). */
function isAnswer({
  payload,
  actor,
  directory,
}: Scene & { readonly payload: { readonly answer: boolean } }): boolean {
  return payload.answer || (actor !== null && directory.people[actor]?.side === 'endUser');
}
