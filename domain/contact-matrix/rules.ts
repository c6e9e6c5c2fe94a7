/** The rules of the contact matrix, one row per line of service spec §4.2, R5, R7 and §3a "4.2 minimum". */
import { chaseRows } from '../kernel/chase.js';
import { sha256 } from '../kernel/hash.js';
import { define, rulesFor } from '../kernel/rules.js';
import {
  agreedDraft,
  bothAgree,
  bothConfirm,
  calledDefects,
  confirmedNow,
  everybodyCalled,
  handedOver,
  hasEnded,
  initial,
  isIn,
  joining,
  keysOf,
  leaverRemoved,
  mended,
  missed,
  newDraft,
  nextOf,
  nobody,
  onboardings,
  opened,
  othersOf,
  reviewed,
  rowsIn,
  sideOf,
  takenOver,
  tooManyGone,
  tried,
  withAuthor,
  withServed,
  withoutKey,
  type Leaving,
  type OnPerson,
  type Scene,
} from './changes.js';
import { contactOf, type ContactRow } from './contact-file.js';
import { ALWAYS, coverageRuleNames, isValid, meetsCoverage, nextChange, type Contact } from './matrix.js';
import { contactMatrix } from './words.js';

type OnVersion = { readonly version: number };
type Rows = { readonly contacts: readonly ContactRow[] };
const { start, on, hear, due, check, guard } = rulesFor(contactMatrix);

const working = ['draft', 'sharedForReview', 'agreed', 'inForce', 'stale'] as const;
const drafting = ['draft', 'sharedForReview', 'agreed'] as const;
const underReview = ['sharedForReview', 'agreed'] as const;
const settled = ['inForce', 'stale'] as const;

const contractIsActive = check<unknown>('contractNotActive', ({ look }) =>
  ['active', 'expiring'].includes(look.contract.status),
);
const isDrafted = guard('nothingDrafted', ({ data }) => data.draft !== null);
const someInForce = guard('noneInForce', ({ data }) => data.inForce !== null);
const isNoAuthor = guard(
  'selfApproval',
  ({ data, actor }) => actor === null || data.draft?.authors.includes(actor) !== true,
);
const sideIsFree = guard('sideHasAgreed', (scene) => scene.data.draft?.agreedBy[sideOf(scene)] === null);
const sideMayConfirm = guard('sideHasAgreed', (scene) => scene.data.confirmed[sideOf(scene)] === null);
const isDraftVersion = check<OnVersion>(
  'otherVersion',
  ({ payload, data }) => payload.version === data.draft?.version,
);
const isVersionInForce = check<OnVersion>(
  'otherVersion',
  ({ payload, data }) => payload.version === data.inForce?.version,
);
/** Every rule of service spec §3a "4.2 minimum", each with a code of its own. */
const isCovered = coverageRuleNames.map((rule) =>
  guard(rule, ({ data, at }) =>
    data.draft === null ? true : meetsCoverage(rule, data.draft.contacts, data.draft.from ?? at),
  ),
);
const hoursExist = check<{ readonly contacts?: readonly ContactRow[]; readonly contact?: ContactRow }>(
  'unknownHours',
  ({ payload, look }) =>
    rowsIn(payload).every(({ hours }) => hours === ALWAYS || look.calendars.includes(hours)),
);
const sidesAreRight = check<{ readonly contacts?: readonly ContactRow[]; readonly contact?: ContactRow }>(
  'notStaff',
  ({ payload, directory }) =>
    rowsIn(payload).every(({ id, side }) => {
      const person = directory.people[id];
      return side === 'provider'
        ? person?.active === true && person.side === 'provider'
        : person?.side !== 'provider';
    }),
);
const fewAreGone = check<Rows & { readonly dropMany: boolean }>(
  'manyGone',
  ({ payload, data, policy }) =>
    payload.dropMany ||
    !tooManyGone(
      data.inForce?.contacts ?? [],
      payload.contacts.map(({ id }) => id),
      policy.contactMatrix.mostGonePercent,
    ),
);
const startsLater = check<{ readonly from?: string | undefined }>(
  'startsInPast',
  ({ payload, at }) => payload.from === undefined || Date.parse(payload.from) > at,
);
const isContact = check<OnPerson>('unknownContact', ({ payload, data }) => isIn(data, payload.personId));
const successorIsContact = check<OnPerson & { readonly successorId?: string | undefined }>(
  'unknownContact',
  ({ payload, data }) =>
    payload.successorId === undefined ||
    (payload.successorId !== payload.personId && isIn(data, payload.successorId)),
);
const isNoContactYet = check<{ readonly contact: ContactRow }>(
  'alreadyListed',
  ({ payload, data }) =>
    (data.draft ?? data.inForce)?.contacts.every(({ personId }) => personId !== payload.contact.id) !== false,
);
const defectExists = check<{ readonly defect: string }>(
  'unknownDefect',
  ({ payload, data }) => data.defects[payload.defect]?.mendedAt === null,
);
const callRuns = check<{ readonly call: string }>(
  'unknownCall',
  ({ payload, data }) => data.calls[payload.call] !== undefined,
);

/** Settles the item in every onboarding whose contract is served, once. */
const settleItems = {
  kind: 'tellProcess',
  intent: 'settled',
  signal: 'itemSettled',
  to: ({ data, at }: Scene) => onboardings(data.served.filter(({ settledAt }) => settledAt === at)),
  payload: ({ data, processId }: Scene) => ({
    item: 'contactMatrix',
    processId,
    outcome: 'done',
    reason: `Version ${String(data.inForce?.version ?? 0)} was agreed by both sides and is in force.`,
  }),
} as const;

/** The contracts take over who calls and approves, and tell those who must know (User Guide, tasks). */
const tellContracts = {
  kind: 'tellProcess',
  intent: 'contacts',
  signal: 'contactsChanged',
  to: ({ data }: Scene) => data.served.map(({ contractProcessId }) => contractProcessId),
  payload: ({ data, at }: Scene) => {
    const people = (data.inForce?.contacts ?? []).filter(
      (contact) => contact.side === 'endUser' && isValid(contact, at),
    );
    const ids = (keep: (contact: Contact) => boolean) => people.filter(keep).map(({ personId }) => personId);
    return {
      contacts: ids(() => true),
      callers: ids((contact) => contact.authorisedCaller),
      approvers: ids((contact) => contact.mayApprove.includes('access')),
      left: data.left,
    };
  },
} as const;

/** What one of the End User's people did is an answer to every onboarding served (service spec §3a "Stalled"). */
const answered = {
  kind: 'tellProcess',
  intent: 'answered',
  signal: 'endUserAnswered',
  to: (scene: Scene) => (sideOf(scene) === 'endUser' ? onboardings(scene.data.served) : []),
  payload: ({ processId }: Scene) => ({ processId }),
} as const;

const confirmedByBoth = {
  confirmed: nobody,
  confirmedAt: ({ at }: Scene) => at,
  staleSince: null,
};
const defectClock = {
  start: ({ data, at }: Scene) => keysOf(data.defects, (one) => one.openedAt === at && one.mendedAt === null),
  meet: ({ data, at }: Scene) => keysOf(data.defects, (one) => one.mendedAt === at),
} as const;
const validityClock = {
  restart: ({ data, at }: Scene) => (nextChange(data.inForce?.contacts ?? [], at) === null ? [] : ['']),
} as const;
const newCallClock = {
  start: ({ data, at }: Scene) => keysOf(data.calls, ({ tries }) => tries[0]?.at === at),
} as const;

/** Nobody answers where the matrix says that somebody does: that is to be mended, whoever is reached instead. */
const notReachedNow = {
  set: {
    calls: missed,
    defects: ({ data, payload, at }: Scene & { readonly payload: OnPerson }) =>
      opened(data.defects, 'notReached', payload.personId, at),
  },
  clocks: { reach: newCallClock, defect: defectClock },
  tell: { owner: 'defectOpen' },
} as const;

const leaverClock = { meet: ({ payload }: Leaving) => [payload.personId] } as const;

/** A promise that is kept begins anew. */
const again = { meet: () => [''], start: () => [''] } as const;

/** The matrix in force goes on; its re-confirmation runs already. */
const draftIsGone = {
  prepare: 'cancel',
  review: 'cancel',
  takeEffect: 'cancel',
  joiner: 'cancel',
  confirm: 'start',
} as const;

/** What follows when a version takes the place of the one before by agreement. */
const comesIntoForce = {
  set: {
    draft: null,
    confirmed: nobody,
    confirmedAt: ({ at }: Scene) => at,
    staleSince: null,
    served: ({ data, at }: Scene) => data.served.map((one) => ({ ...one, settledAt: one.settledAt ?? at })),
  },
  clocks: {
    prepare: 'meet',
    review: 'meet',
    takeEffect: 'cancel',
    confirm: 'restart',
    stale: 'restart',
    validity: validityClock,
    joiner: 'meet',
    leaver: { meet: ({ data, at }: Scene) => keysOf(data.leavers, ({ removedAt }) => removedAt === at) },
    // With the first version; later ones leave the yearly round as it runs.
    callDown: {
      start: ({ data, at }: Scene) => (data.served.every(({ settledAt }) => settledAt === at) ? [''] : []),
    },
    defect: defectClock,
  },
  tell: { owner: 'inForce', backup: 'inForce', accountManager: 'inForce', primaryContact: 'inForce' },
} as const;

const askBothSides = {
  backup: 'agreementAsked',
  smManager: 'agreementAsked',
  primaryContact: 'agreementAsked',
  approvers: 'agreementAsked',
} as const;

export const contactMatrixRules = define(contactMatrix, [
  start({
    when: ({ look }) => look.serving === null,
    to: 'draft',
    event: 'started',
    guards: [contractIsActive],
    init: initial,
    clocks: { prepare: 'start' },
  }),
  // Two contracts of one End User share the matrix (service spec §4.2).
  start({
    to: 'shared',
    event: 'sharedWithAnotherContract',
    guards: [contractIsActive],
    init: initial,
    effects: [
      {
        kind: 'tellProcess',
        intent: 'joined',
        signal: 'contractJoined',
        to: ({ data }) => (data.servedBy === null ? [] : [data.servedBy]),
        payload: ({ data, processId }) => ({ ...joining(data), processId }),
      },
    ],
  }),
  hear.contractJoined({
    from: working,
    when: ({ data }) => data.inForce !== null,
    event: 'contractJoined',
    set: { served: ({ data, payload, at }) => withServed(data.served, payload, at) },
    effects: [settleItems, tellContracts],
  }),
  hear.contractJoined({
    from: working,
    event: 'contractJoined',
    set: { served: ({ data, payload }) => withServed(data.served, payload, null) },
  }),
  hear.contractJoined({
    from: 'superseded',
    event: 'joinedTooLate',
    effects: [
      {
        kind: 'tellProcess',
        intent: 'notServed',
        signal: 'servingEnded',
        to: ({ payload }) => [payload.processId],
        payload: () => ({}),
      },
    ],
  }),
  hear.servingEnded({
    from: 'shared',
    to: 'draft',
    event: 'servesItself',
    set: { servedBy: null },
    clocks: { prepare: 'start' },
  }),

  on.import({
    from: working,
    to: 'draft',
    event: 'imported',
    guards: [hoursExist, sidesAreRight, fewAreGone, startsLater],
    set: {
      draft: ({ data, payload, actor }) => ({
        ...newDraft(data, actor),
        contacts: payload.contacts.map(contactOf),
        sha256: sha256(payload.contacts),
        from: payload.from === undefined ? null : Date.parse(payload.from),
      }),
      lastVersion: ({ data }) => newDraft(data, null).version,
    },
    clocks: { prepare: 'start', review: 'cancel', takeEffect: 'cancel' },
    toward: ['prepare', 'joiner'],
  }),
  on.reportJoiner({
    from: working,
    to: 'draft',
    event: 'joinerReported',
    guards: [hoursExist, sidesAreRight, isNoContactYet],
    set: {
      draft: ({ data, payload, actor }) => {
        const draft = newDraft(data, actor);
        return {
          ...draft,
          contacts: [...draft.contacts, contactOf(payload.contact)],
          // The names of the others are not here, so the hash continues the one before.
          sha256: sha256({ before: draft.sha256, joiner: payload.contact }),
        };
      },
      lastVersion: ({ data }) => newDraft(data, null).version,
    },
    clocks: {
      prepare: 'start',
      review: 'cancel',
      takeEffect: 'cancel',
      joiner: { start: ({ payload }) => [payload.contact.id] },
    },
    tell: { owner: 'joinerReported' },
    effects: [answered],
  }),
  ...chaseRows(due, 'joiner', working, 'joinerDue'),
  on.share({
    from: 'draft',
    to: 'sharedForReview',
    event: 'shared',
    guards: [isDrafted, ...isCovered],
    set: {
      draft: ({ data, actor }) =>
        data.draft && { ...data.draft, authors: withAuthor(data.draft.authors, actor), agreedBy: nobody },
    },
    clocks: { prepare: 'meet', review: 'start' },
    toward: ['joiner'],
    tell: askBothSides,
  }),
  ...chaseRows(due, 'prepare', 'draft', 'prepareDue'),

  on.agree({
    from: 'sharedForReview',
    when: (scene) => bothAgree(scene) && (scene.data.draft?.from ?? scene.at) <= scene.at,
    via: 'agreed',
    to: 'inForce',
    event: 'cameIntoForce',
    guards: [isNoAuthor, sideIsFree, isDraftVersion, ...isCovered],
    ...comesIntoForce,
    set: { ...comesIntoForce.set, ...takenOver((scene) => agreedDraft(scene)) },
    effects: [answered, settleItems, tellContracts],
  }),
  on.agree({
    from: 'sharedForReview',
    when: bothAgree,
    to: 'agreed',
    event: 'agreed',
    guards: [isNoAuthor, sideIsFree, isDraftVersion, ...isCovered],
    set: { draft: agreedDraft },
    clocks: { review: 'meet', takeEffect: 'start' },
    effects: [answered],
  }),
  on.agree({
    from: 'sharedForReview',
    event: 'sideAgreed',
    guards: [isNoAuthor, sideIsFree, isDraftVersion, ...isCovered],
    set: { draft: agreedDraft },
    toward: ['review'],
    effects: [answered],
  }),
  due.takeEffect.start({
    from: 'agreed',
    to: 'inForce',
    event: 'cameIntoForce',
    ...comesIntoForce,
    set: { ...comesIntoForce.set, ...takenOver(({ data }) => data.draft) },
    effects: [settleItems, tellContracts],
  }),
  on.sendBack({
    from: underReview,
    to: 'draft',
    event: 'sentBack',
    set: { draft: ({ data }) => data.draft && { ...data.draft, agreedBy: nobody } },
    clocks: { review: 'cancel', takeEffect: 'cancel', prepare: 'start' },
    tell: { owner: 'sentBack' },
    effects: [answered],
  }),
  on.discard({
    from: drafting,
    when: ({ data }) => data.staleSince !== null,
    to: 'stale',
    event: 'discarded',
    guards: [someInForce],
    set: { draft: null },
    clocks: draftIsGone,
  }),
  on.discard({
    from: drafting,
    to: 'inForce',
    event: 'discarded',
    guards: [someInForce],
    set: { draft: null },
    clocks: draftIsGone,
  }),
  ...chaseRows(due, 'review', 'sharedForReview', 'reviewDue'),

  on.confirm({
    from: settled,
    when: bothConfirm,
    to: 'inForce',
    event: 'confirmed',
    guards: [someInForce, sideMayConfirm, isVersionInForce],
    set: confirmedByBoth,
    clocks: { confirm: again, stale: 'restart' },
    effects: [answered],
  }),
  on.confirm({
    from: drafting,
    when: bothConfirm,
    event: 'confirmed',
    guards: [someInForce, sideMayConfirm, isVersionInForce],
    set: confirmedByBoth,
    clocks: { confirm: again, stale: 'restart' },
    effects: [answered],
  }),
  on.confirm({
    from: working,
    event: 'sideConfirmed',
    guards: [someInForce, sideMayConfirm, isVersionInForce],
    set: { confirmed: confirmedNow },
    toward: ['confirm'],
    effects: [answered],
  }),
  due.confirm.half({
    from: working,
    event: 'confirmReminded',
    tell: { owner: 'confirmDue', primaryContact: 'confirmAsked', approvers: 'confirmAsked' },
  }),
  due.confirm.due({
    from: working,
    event: 'confirmMissed',
    tell: { owner: 'confirmDue', primaryContact: 'confirmAsked', approvers: 'confirmAsked' },
  }),
  due.confirm.manager({ from: working, event: 'confirmChased', tell: { ownersManager: 'confirmDue' } }),
  due.confirm.head({ from: working, event: 'confirmChased', tell: { head: 'confirmDue' } }),
  due.confirm.again({ from: working, event: 'confirmChased', tell: { head: 'confirmDue' } }),
  due.stale.due({
    from: 'inForce',
    to: 'stale',
    event: 'wentStale',
    set: { staleSince: ({ at }) => at },
    tell: { owner: 'stale', smManager: 'stale', primaryContact: 'stale' },
  }),
  due.stale.due({
    from: ['draft', 'sharedForReview', 'agreed', 'stale'],
    event: 'wentStale',
    set: { staleSince: ({ at }) => at },
    tell: { owner: 'stale', smManager: 'stale', primaryContact: 'stale' },
  }),

  on.reportLeaver({
    from: working,
    event: 'leaverReported',
    guards: [someInForce, isContact, successorIsContact],
    set: {
      leavers: ({ data, payload }) => ({
        ...data.leavers,
        [payload.personId]: { successorId: payload.successorId ?? null, removedAt: null },
      }),
    },
    clocks: { leaver: { start: ({ payload }) => [payload.personId] } },
    tell: { owner: 'leaverReported' },
    effects: [answered],
  }),
  // At once and without asking anybody; what was under review is agreed to anew, because its ground has changed.
  on.removeLeaver({
    from: ['draft', 'inForce', 'stale'],
    event: 'leaverRemoved',
    guards: [someInForce, isContact, successorIsContact],
    set: leaverRemoved(),
    clocks: { leaver: leaverClock, validity: validityClock, defect: defectClock },
    tell: { owner: 'inForce', primaryContact: 'inForce' },
    effects: [tellContracts],
  }),
  on.removeLeaver({
    from: underReview,
    to: 'sharedForReview',
    event: 'leaverRemoved',
    guards: [someInForce, isContact, successorIsContact],
    set: leaverRemoved(),
    clocks: {
      leaver: leaverClock,
      validity: validityClock,
      defect: defectClock,
      takeEffect: 'cancel',
      review: 'start',
    },
    tell: { ...askBothSides, owner: 'inForce' },
    effects: [tellContracts],
  }),
  ...chaseRows(due, 'leaver', working, 'leaverDue'),
  due.validity.change({
    from: working,
    event: 'validityChanged',
    set: { defects: ({ data, at }) => reviewed(data.defects, data.inForce?.contacts ?? [], at) },
    clocks: { validity: validityClock, defect: defectClock },
    effects: [tellContracts],
  }),

  due.callDown.due({
    from: working,
    event: 'callDownFellDue',
    clocks: { callDownDone: 'start' },
    tell: { owner: 'callDownDue' },
  }),
  on.recordCall({
    from: working,
    when: everybodyCalled,
    event: 'callDownDone',
    guards: [someInForce, isContact],
    set: { callDown: {}, defects: calledDefects },
    clocks: { callDownDone: 'meet', callDown: 'restart', defect: defectClock },
  }),
  on.recordCall({
    from: working,
    event: 'callRecorded',
    guards: [someInForce, isContact],
    set: {
      callDown: ({ data, payload }) => ({ ...data.callDown, [payload.personId]: payload.outcome }),
      defects: calledDefects,
    },
    clocks: { defect: defectClock },
    toward: ['callDownDone'],
  }),
  ...chaseRows(due, 'callDownDone', working, 'callDownDue'),

  hear.undeliverable({
    from: working,
    when: ({ data, payload }) => isIn(data, payload.content.recipient),
    event: 'defectOpened',
    set: {
      defects: ({ data, payload, at }) => opened(data.defects, 'bounce', payload.content.recipient, at),
    },
    clocks: { defect: defectClock },
    tell: { owner: 'defectOpen' },
  }),
  hear.messageBounced({
    from: working,
    when: ({ data, payload }) => isIn(data, payload.personId) && payload.urgent,
    event: 'defectOpened',
    set: {
      defects: ({ data, payload, at }) => opened(data.defects, 'bounce', payload.personId, at),
      calls: missed,
    },
    clocks: { defect: defectClock, reach: newCallClock },
    tell: { owner: 'defectOpen' },
  }),
  hear.messageBounced({
    from: working,
    when: ({ data, payload }) => isIn(data, payload.personId),
    event: 'defectOpened',
    set: { defects: ({ data, payload, at }) => opened(data.defects, 'bounce', payload.personId, at) },
    clocks: { defect: defectClock },
    tell: { owner: 'defectOpen' },
  }),
  on.resolveDefect({
    from: working,
    event: 'defectMended',
    guards: [defectExists],
    set: { defects: ({ data, payload, at }) => mended(data.defects, (key) => key === payload.defect, at) },
    clocks: { defect: { meet: ({ payload }) => [payload.defect] } },
  }),
  ...chaseRows(due, 'defect', working, 'defectOpen'),

  // Somebody was not reached: his deputy after the policy's minutes, then the next level, then the Duty Manager.
  on.callNotReached({
    from: working,
    event: 'notReached',
    guards: [someInForce, isContact],
    ...notReachedNow,
  }),
  hear.notReached({
    from: working,
    when: ({ data, payload }) => isIn(data, payload.personId),
    event: 'notReached',
    ...notReachedNow,
  }),
  due.reach.deputy({
    from: working,
    when: (scene) => nextOf(scene, false) !== null,
    event: 'deputyTried',
    set: { calls: (scene) => tried(scene, 'deputy') },
    tell: { triedNow: 'callInstead' },
  }),
  due.reach.deputy({ from: working, event: 'nobodyElseOnLevel' }),
  due.reach.nextLevel({
    from: working,
    when: (scene) => nextOf(scene, true) !== null,
    event: 'nextLevelTried',
    set: { calls: (scene) => tried(scene, 'nextLevel') },
    tell: { triedNow: 'callInstead' },
  }),
  due.reach.nextLevel({ from: working, event: 'noHigherLevel' }),
  due.reach.head({ from: working, event: 'nobodyReached', tell: { head: 'nobodyReached' } }),
  due.reach.again({ from: working, event: 'nobodyReached', tell: { head: 'nobodyReached' } }),
  on.recordReached({
    from: working,
    event: 'reached',
    guards: [callRuns, isContact],
    set: { calls: ({ data, payload }) => withoutKey(data.calls, payload.call) },
    clocks: { reach: { meet: ({ payload }) => [payload.call] } },
  }),
  hear.reached({
    from: working,
    event: 'reached',
    set: { calls: ({ data, payload }) => withoutKey(data.calls, payload.about) },
    clocks: { reach: { meet: ({ payload }) => [payload.about] } },
  }),

  // The End User's other contracts keep the matrix; it goes on for the first of them.
  hear.contractEnded({
    from: working,
    when: ({ data, look }) => othersOf(data).length > 0 && hasEnded(look),
    event: 'contractLeft',
    set: handedOver(),
  }),
  hear.contractEnded({
    from: working,
    when: ({ data }) => othersOf(data).length > 0,
    event: 'contractEndHeardAgain',
  }),
  hear.contractEnded({ from: working, to: 'superseded', event: 'ended' }),
  hear.contractEnded({
    from: 'shared',
    to: 'superseded',
    event: 'ended',
    effects: [
      {
        kind: 'tellProcess',
        intent: 'left',
        signal: 'contractLeft',
        to: ({ data }) => (data.servedBy === null ? [] : [data.servedBy]),
        payload: ({ data }) => ({ contractId: data.contractId }),
      },
    ],
  }),
  hear.contractLeft({
    from: working,
    when: ({ data, payload }) => payload.contractId === data.contractId && othersOf(data).length > 0,
    event: 'contractLeft',
    set: handedOver(),
  }),
  hear.contractLeft({
    from: working,
    when: ({ data, payload }) => payload.contractId !== data.contractId,
    event: 'contractLeft',
    set: {
      served: ({ data, payload }) =>
        data.served.filter(({ contractId }) => contractId !== payload.contractId),
    },
  }),
  hear.contractLeft({ from: working, to: 'superseded', event: 'ended' }),
]);
