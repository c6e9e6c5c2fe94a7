/** The rules of remote access, one row per line of service spec §4.4 and §3a "4.4". */
import { activeOnly } from '../kernel/directory.js';
import { chaseRows } from '../kernel/chase.js';
import { define, rulesFor, type SceneOf } from '../kernel/rules.js';
import type { ErasedRow } from '../kernel/rules.js';
import { sha256 } from '../kernel/hash.js';
import { isAbout, isProven, signatureOf, type SignaturePayload } from '../signature/words.js';
import { calledOff } from '../meeting.js';
import { shiftLocal } from '../time/local-time.js';
import type { AgreementInForce, AgreementTerms } from './facts.js';
import { technicalTest } from './technical-test.js';
import { remoteAccess, textUnderWay } from './words.js';

type Scene = SceneOf<typeof remoteAccess>;
type Draft = Omit<AgreementTerms, 'version' | 'draftedBy'>;
type Named = { readonly personId: string };
const { start, on, hear, due, check, guard } = rulesFor(remoteAccess);

const preparing = [
  'draft',
  'legalReview',
  'sentForSignature',
  'counterSignPending',
  'signed',
  'tested',
] as const;
const running = ['active', 'reviewDue'] as const;
const undecided = ['notDecided', 'rejected', 'expired'] as const;
const open = [...undecided, ...preparing, ...running, 'extended'] as const;
/** Where an agreement may be in force. */
const mayHold = [...preparing, ...running, 'extended'] as const;

const contractIsActive = guard('contractNotActive', ({ look }) =>
  ['active', 'expiring'].includes(look.contract.status),
);
const isTheOnlyOne = guard('alreadyThere', ({ look }) => look.bound.other === null);
const sitesAreKnown = check<Draft>('unknownSite', ({ payload, look }) =>
  payload.siteIds.every((id) => look.term.siteIds.includes(id)),
);
const coversSomething = check<Draft>(
  'emptyScope',
  ({ payload }) => payload.siteIds.length + payload.devices.length > 0,
);
const engineersServe = check<Draft>('unknownEngineer', ({ payload, directory }) =>
  payload.engineers.every((id) => isOfSide(directory, id, 'provider')),
);
const engineerServes = check<Named>('unknownEngineer', ({ payload, directory }) =>
  isOfSide(directory, payload.personId, 'provider'),
);
const administratorsServe = check<Draft>(
  'wrongAdministrator',
  ({ payload: { administrators }, directory }) =>
    isOfSide(directory, administrators.provider, 'provider') &&
    isOfSide(directory, administrators.endUser, 'endUser'),
);
const reviewerIsNotDrafter = guard('selfReview', ({ data, actor }) => actor !== data.proposal?.draftedBy);
const somebodyCanSign = guard(
  'nobodyToSign',
  ({ look, directory }) => activeOnly(directory, look.contract.approvers).length > 0,
);
const isUnsigned = guard('signedAlready', ({ data }) => data.signature === null && data.inForce === null);
const isUncountersigned = guard('signedAlready', ({ data }) => data.counterSignature === null);
const isTheText = check<SignaturePayload>('otherVersion', ({ payload, data }) =>
  isAbout(payload, textUnderWay(data)),
);
const isEvident = check<SignaturePayload>('notProven', isProven);
const counterSignerIsNotDrafter = guard(
  'selfCounterSign',
  ({ data, actor }) => actor !== data.proposal?.draftedBy,
);
const isInForce = guard('notInForce', ({ data }) => data.inForce !== null);
const isThatVersion = check<{ version: number }>(
  'notRecertifiable',
  ({ payload, data }) => payload.version === data.inForce?.version,
);
const isNotNamed = check<Named>(
  'engineerNamed',
  ({ payload, data }) => data.inForce?.engineers.includes(payload.personId) !== true,
);
const isNamed = check<Named>(
  'notNamed',
  ({ payload, data }) => data.inForce?.engineers.includes(payload.personId) === true,
);
const isLeaving = check<Named>('notNamed', ({ payload, data }) => payload.personId in data.leavers);
const sideIsUnconfirmed = guard('confirmedAlready', ({ data, directory, actor }) =>
  actor === null ? true : data.removal?.[`${sideOf(directory, actor)}At`] === null,
);
const isRemoved = guard(
  'removalOpen',
  ({ data }) =>
    data.removal === null || (data.removal.providerAt !== null && data.removal.endUserAt !== null),
);
const canBeExtended = guard('nothingToExtend', ({ data }) => data.inForce === null && data.ranOut !== null);

/** The item of the onboarding is settled; told once. */
const settle = (outcome: 'done' | 'notApplicable', reason: string) =>
  ({
    kind: 'tellProcess',
    intent: 'settled',
    signal: 'itemSettled',
    to: ({ data }: Scene) => (data.onboardingId && data.settled === 'first' ? [data.onboardingId] : []),
    payload: ({ processId }: Scene) => ({ item: 'remoteAccess', processId, outcome, reason }),
  }) as const;

/** Somebody of the End User acted (service spec §3a "Stalled"). */
const answered = {
  kind: 'tellProcess',
  intent: 'answered',
  signal: 'endUserAnswered',
  to: ({ data, directory, actor }: Scene) =>
    data.onboardingId && actor !== null && sideOf(directory, actor) === 'endUser' ? [data.onboardingId] : [],
  payload: ({ processId }: Scene) => ({ processId }),
} as const;

const tellSessions = (signal: 'agreementRevoked' | 'agreementExpired') =>
  ({
    kind: 'tellProcess',
    intent: signal,
    signal,
    to: ({ look }: Scene) => look.bound.sessions,
    payload: () => ({}),
  }) as const;

/** A test that is still planned is called off with it. */
const nothingUnderWay = {
  proposal: null,
  note: null,
  signature: null,
  counterSignature: null,
  test: null,
  meeting: calledOff,
};
const endPreparation = { prepare: 'cancel', signature: 'cancel', counterSign: 'cancel' } as const;
const rejected = {
  from: ['legalReview', 'sentForSignature', 'counterSignPending'],
  event: 'rejected',
  set: {
    ...nothingUnderWay,
    endedBecause: ({ payload }: { readonly payload: { readonly reason: string } }) => payload.reason,
  },
  tell: { owner: 'rejected', smManager: 'rejected' },
  effects: [answered],
} as const;
const settledNow = ({ data }: Scene) => (data.settled === 'no' ? ('first' as const) : ('again' as const));

export const remoteAccessRules = define(remoteAccess, [
  start({
    to: 'notDecided',
    event: 'started',
    guards: [contractIsActive, isTheOnlyOne],
    init: ({ look, payload }) => ({
      contractId: look.contract.contractId,
      contractNumber: look.contract.number,
      onboardingId: payload.onboardingId,
      calendarId: look.contract.calendarId,
      versions: 0,
      ...nothingUnderWay,
      meeting: null,
      inForce: null,
      ranOut: null,
      leavers: {},
      removal: null,
      revokedAt: null,
      endedBecause: null,
      settled: 'no',
    }),
    clocks: { decide: 'start' },
  }),
  ...chaseRows(due, 'decide', undecided, 'decisionDue'),

  on.declareNotRequired({
    from: undecided,
    to: 'sentForSignature',
    event: 'declaredNotRequired',
    guards: [somebodyCanSign],
    set: {
      ...nothingUnderWay,
      versions: ({ data }) => data.versions + 1,
      note: ({ payload, data, actor }) => ({
        title: 'Note: remote access is not required',
        version: data.versions + 1,
        sha256: sha256(payload.text),
        text: payload.text,
        by: actor ?? '',
      }),
    },
    clocks: { decide: 'meet', signature: 'restart' },
    tell: { approvers: 'signatureAsked' },
  }),
  on.draft({
    from: ['notDecided', 'rejected', 'expired', 'notRequired', 'extended'],
    to: 'draft',
    event: 'drafted',
    guards: [contractIsActive, sitesAreKnown, coversSomething, engineersServe, administratorsServe],
    set: drafted(),
    clocks: { decide: 'meet', prepare: 'restart' },
  }),
  on.draft({
    from: 'revoked',
    to: 'draft',
    event: 'drafted',
    guards: [
      contractIsActive,
      isRemoved,
      sitesAreKnown,
      coversSomething,
      engineersServe,
      administratorsServe,
    ],
    set: drafted(),
    clocks: { removal: 'cancel', prepare: 'restart' },
  }),
  // Drafted anew before it was signed, or again for its successor: an agreement in force stays in force.
  on.draft({
    from: ['draft', 'legalReview', 'sentForSignature', 'counterSignPending', 'signed', 'tested', ...running],
    to: 'draft',
    event: 'drafted',
    guards: [sitesAreKnown, coversSomething, engineersServe, administratorsServe],
    set: drafted(),
    clocks: {
      signature: 'cancel',
      counterSign: 'cancel',
      activate: 'cancel',
      recertify: 'cancel',
      unused: 'cancel',
      prepare: 'start',
    },
  }),
  on.submit({
    from: 'draft',
    to: 'legalReview',
    event: 'submitted',
    toward: ['prepare'],
    tell: { backup: 'reviewAsked', smManager: 'reviewAsked' },
  }),
  on.sendBack({ from: 'legalReview', to: 'draft', event: 'sentBack', tell: { owner: 'preparationDue' } }),
  on.passReview({
    from: 'legalReview',
    to: 'sentForSignature',
    event: 'reviewPassed',
    guards: [reviewerIsNotDrafter, somebodyCanSign],
    clocks: { prepare: 'meet', signature: 'restart' },
    tell: { approvers: 'signatureAsked' },
  }),
  ...chaseRows(due, 'prepare', ['draft', 'legalReview'], 'preparationDue'),

  on.sign({
    from: 'sentForSignature',
    when: ({ data }) => data.note !== null,
    to: 'notRequired',
    event: 'noteSigned',
    guards: [isTheText, isEvident],
    set: { signature: signatureOf, settled: settledNow },
    clocks: { signature: 'cancel' },
    effects: [answered, settle('notApplicable', 'An approver of the End User signed that none is required.')],
  }),
  on.sign({
    from: 'sentForSignature',
    to: 'counterSignPending',
    event: 'signed',
    guards: [isTheText, isEvident],
    set: { signature: signatureOf },
    clocks: { signature: 'cancel', counterSign: 'restart' },
    tell: { counterSigners: 'counterSignatureAsked' },
    effects: [answered],
  }),
  // Several people have a link; whoever comes second is told so.
  on.sign({
    from: ['counterSignPending', 'signed', 'tested', ...running],
    event: 'signed',
    guards: [isUnsigned],
  }),
  ...signatureRows(),
  on.counterSign({
    from: 'counterSignPending',
    to: 'signed',
    event: 'counterSigned',
    guards: [counterSignerIsNotDrafter, isTheText, isEvident],
    set: { counterSignature: signatureOf },
    clocks: { counterSign: 'meet', activate: 'restart' },
  }),
  on.counterSign({ from: ['signed', 'tested'], event: 'counterSigned', guards: [isUncountersigned] }),
  ...chaseRows(due, 'counterSign', 'counterSignPending', 'counterSignatureDue'),

  // What is in force stays in force when its successor is rejected.
  on.reject({
    ...rejected,
    when: ({ data }) => data.inForce?.emergency === false,
    to: 'active',
    clocks: { ...endPreparation, extension: 'cancel', unused: 'restart' },
  }),
  on.reject({
    ...rejected,
    when: ({ data }) => data.inForce !== null,
    to: 'extended',
    clocks: { ...endPreparation, validity: 'cancel', extension: 'start' },
  }),
  on.reject({
    ...rejected,
    to: 'rejected',
    clocks: { ...endPreparation, validity: 'cancel', extension: 'cancel', decide: 'restart' },
  }),

  ...technicalTest,
  on.activate({
    from: 'tested',
    to: 'active',
    event: 'activated',
    guards: [contractIsActive],
    set: {
      ...nothingUnderWay,
      inForce: (scene) => activated(scene),
      ranOut: null,
      settled: settledNow,
    },
    clocks: { activate: 'meet', extension: 'cancel', validity: 'restart', unused: 'restart' },
    tell: {
      owner: 'activated',
      approvers: 'activated',
      engineers: 'activated',
      uninvited: 'testCancelled',
    },
    effects: [settle('done', 'The agreement is signed by both sides, tested and active.')],
  }),
  ...chaseRows(due, 'activate', ['signed', 'tested'], 'activationDue'),

  ...validityRows(),
  due.unused.due({
    from: 'active',
    to: 'reviewDue',
    event: 'unused',
    clocks: { recertify: 'start' },
    tell: { owner: 'recertificationDue', approvers: 'recertificationAsked' },
  }),
  hear.sessionStarted({ from: 'active', event: 'used', clocks: { unused: 'restart' } }),
  hear.sessionStarted({ from: [...preparing, 'reviewDue', 'extended'], event: 'used' }),
  on.recertify({
    from: running,
    to: 'active',
    event: 'recertified',
    guards: [contractIsActive, isThatVersion],
    set: {
      inForce: (scene) => changed(scene, { recertifiedAt: scene.at, ...termFrom(scene) }),
    },
    clocks: { recertify: 'meet', validity: 'restart', unused: 'restart' },
    effects: [answered],
  }),
  ...chaseRows(due, 'recertify', 'reviewDue', 'recertificationDue'),

  on.addEngineer({
    from: mayHold,
    event: 'engineerNamed',
    guards: [isInForce, engineerServes, isNotNamed],
    set: {
      inForce: (scene) =>
        changed(scene, { engineers: [...(scene.data.inForce?.engineers ?? []), scene.payload.personId] }),
    },
    tell: { engineers: 'activated', owner: 'activated' },
    effects: [answered],
  }),
  on.removeEngineer({
    from: mayHold,
    event: 'engineerRemoved',
    guards: [isInForce, isNamed],
    set: leaving<Scene & { readonly payload: Named }>(({ payload }) => [payload.personId]),
    clocks: { leaver: { start: ({ payload }) => [payload.personId] } },
    tell: { administrators: 'engineerLeaves', owner: 'engineerLeaves' },
    effects: [answered],
  }),
  hear.peopleLeft({
    from: mayHold,
    when: (scene) => engineersAmong(scene).length > 0,
    event: 'engineersLeft',
    set: leaving(engineersAmong),
    clocks: { leaver: { start: leaversNow } },
    tell: { administrators: 'engineerLeaves', owner: 'engineerLeaves' },
  }),
  on.confirmLeaver({
    from: open,
    event: 'leaverConfirmed',
    guards: [isLeaving],
    set: {
      leavers: ({ data, payload }) =>
        Object.fromEntries(Object.entries(data.leavers).filter(([id]) => id !== payload.personId)),
    },
    clocks: { leaver: { meet: ({ payload }) => [payload.personId] } },
    effects: [answered],
  }),
  ...chaseRows(due, 'leaver', open, 'removalOverdue'),

  on.revoke({
    from: mayHold,
    to: 'revoked',
    event: 'revoked',
    guards: [isInForce],
    set: {
      ...nothingUnderWay,
      removal: ({ data }) =>
        data.inForce && {
          administrators: data.inForce.administrators,
          providerAt: null,
          endUserAt: null,
        },
      inForce: null,
      ranOut: null,
      leavers: {},
      revokedAt: ({ at }) => at,
      endedBecause: ({ payload }) => payload.reason,
    },
    clocks: { removal: 'restart' },
    tell: {
      administrators: 'removalAsked',
      owner: 'revoked',
      smManager: 'revoked',
      approvers: 'revoked',
      uninvited: 'testCancelled',
    },
    effects: [answered, tellSessions('agreementRevoked')],
  }),
  on.confirmRemoval({
    from: 'revoked',
    when: (scene) => completesRemoval(scene),
    event: 'removalConfirmed',
    guards: [sideIsUnconfirmed],
    set: { removal: removed },
    clocks: { removal: 'meet' },
    effects: [answered],
  }),
  on.confirmRemoval({
    from: 'revoked',
    event: 'removalConfirmed',
    guards: [sideIsUnconfirmed],
    set: { removal: removed },
    toward: ['removal'],
    effects: [answered],
  }),
  due.removal.due({ from: 'revoked', event: 'removalMissed', tell: { smManager: 'notRemoved' } }),
  due.removal.again({ from: 'revoked', event: 'removalChased', tell: { smManager: 'notRemoved' } }),

  on.extend({
    from: 'expired',
    to: 'extended',
    event: 'extended',
    guards: [contractIsActive, canBeExtended],
    set: { inForce: extended, ranOut: null },
    clocks: { decide: 'cancel', extension: 'restart' },
    tell: { owner: 'extended', smManager: 'extended', engineers: 'extended' },
    effects: [answered],
  }),
  // The successor is under way and not ready.
  on.extend({
    from: preparing,
    event: 'extended',
    guards: [contractIsActive, canBeExtended],
    set: { inForce: extended, ranOut: null },
    clocks: { extension: 'restart' },
    tell: { owner: 'extended', smManager: 'extended', engineers: 'extended' },
    effects: [answered],
  }),
  due.extension.end({
    from: 'extended',
    to: 'expired',
    event: 'extensionEnded',
    set: { inForce: null },
    clocks: { decide: 'restart' },
    tell: { owner: 'expired', approvers: 'expired' },
    effects: [tellSessions('agreementExpired')],
  }),
  due.extension.end({
    from: preparing,
    event: 'extensionEnded',
    set: { inForce: null },
    tell: { owner: 'expired', approvers: 'expired' },
    effects: [tellSessions('agreementExpired')],
  }),

  hear.contractEnded({
    from: open,
    to: 'ended',
    event: 'ended',
    set: { ...nothingUnderWay, inForce: null, ranOut: null, endedBecause: 'The contract has ended.' },
    tell: { uninvited: 'testCancelled' },
    effects: [tellSessions('agreementExpired')],
  }),
]);

/** Reminders to those who may sign; after 30 business days the SM manager, again and again. */
function signatureRows(): readonly ErasedRow[] {
  const from = 'sentForSignature';
  const reminded = { from, event: 'signatureReminded', tell: { approvers: 'signatureReminder' } } as const;
  const chased = { from, event: 'signatureChased', tell: { smManager: 'notSigned' } } as const;
  return [
    due.signature.first(reminded),
    due.signature.second({ ...reminded, tell: { ...reminded.tell, owner: 'notSigned' } }),
    due.signature.third({ ...reminded, tell: { ...reminded.tell, owner: 'notSigned' } }),
    due.signature.manager({ ...chased, tell: { ...chased.tell, owner: 'notSigned' } }),
    due.signature.again(chased),
  ];
}

/** Warnings before the end, and the end. Where the contract has been prolonged meanwhile, the clock is set anew. */
function validityRows(): readonly ErasedRow[] {
  const moved = {
    from: [...preparing, ...running],
    when: ({ data, look }: Scene) =>
      data.inForce !== null && data.inForce.endsAt !== endOf(data.inForce.ownEndAt, look),
    event: 'endMoved',
    set: {
      inForce: (scene: Scene) =>
        changed(scene, { endsAt: endOf(scene.data.inForce?.ownEndAt ?? 0, scene.look) }),
    },
    clocks: { validity: 'restart' },
  } as const;
  const near = {
    from: [...preparing, ...running],
    event: 'endIsNear',
    tell: { owner: 'endsSoon', approvers: 'endsSoon' },
  } as const;
  const over = {
    event: 'expired',
    set: { inForce: null, ranOut: ({ data }: Scene) => data.inForce },
    tell: { owner: 'expired', approvers: 'expired', engineers: 'expired' },
    effects: [tellSessions('agreementExpired')],
  } as const;
  return [
    due.validity.first(moved),
    due.validity.second(moved),
    due.validity.third(moved),
    due.validity.end(moved),
    due.validity.first({
      from: 'active',
      // What ends with the contract is not recertified.
      when: ({ data, look }) => (data.inForce?.ownEndAt ?? 0) < look.term.endsAt,
      to: 'reviewDue',
      event: 'reviewFellDue',
      clocks: { unused: 'cancel', recertify: 'start' },
      tell: { owner: 'endsSoon', approvers: 'recertificationAsked' },
    }),
    due.validity.first(near),
    due.validity.second(near),
    due.validity.third({ ...near, tell: { ...near.tell, engineers: 'endsSoon' } }),
    due.validity.end({
      ...over,
      from: running,
      to: 'expired',
      clocks: { unused: 'cancel', recertify: 'cancel', decide: 'restart' },
    }),
    due.validity.end({ ...over, from: preparing }),
  ];
}

function drafted() {
  return {
    ...nothingUnderWay,
    versions: ({ data }: Scene) => data.versions + 1,
    proposal: ({ payload, data, actor }: Scene & { readonly payload: Draft }) => ({
      ...payload,
      version: data.versions + 1,
      draftedBy: actor ?? '',
    }),
    removal: null,
  };
}

/** The agreement as it comes into force; both signatures and the test stand by then. */
function activated(scene: Scene): AgreementInForce {
  const { proposal, signature, counterSignature, test } = scene.data;
  if (!proposal || !signature || !counterSignature || !test)
    throw new Error('An agreement is activated without a text, a signature, or a test.');
  const parts = { ...proposal, signature, counterSignature, test };
  const since = { activatedAt: scene.at, recertifiedAt: null, emergency: false };
  return { ...parts, ...since, ...termFrom(scene) };
}

/** From this instant: the months of the policy, but not beyond the contract. */
function termFrom({ at, policy, look }: Scene): Pick<AgreementInForce, 'ownEndAt' | 'endsAt'> {
  const ownEndAt = shiftLocal(at, policy.remoteAccess.validityMonths, 'months', look.term.zone).atMs;
  return { ownEndAt, endsAt: endOf(ownEndAt, look) };
}

function endOf(ownEndAt: number, look: Scene['look']): number {
  return Math.min(ownEndAt, look.term.endsAt);
}

function extended({ data, at, policy }: Scene): AgreementInForce | null {
  const endsAt = at + policy.remoteAccess.extensionHours * 3_600_000;
  return data.ranOut && { ...data.ranOut, ownEndAt: endsAt, endsAt, emergency: true };
}

function changed({ data }: Scene, change: Partial<AgreementInForce>): AgreementInForce | null {
  return data.inForce && { ...data.inForce, ...change };
}

/** Out of the list at once; that his access is removed is confirmed later. */
/** Of people who have left, those whom the agreement in force names. */
function engineersAmong({ data, payload }: Scene & { readonly payload: { people: readonly string[] } }) {
  return (data.inForce?.engineers ?? []).filter((id) => payload.people.includes(id));
}

function leaving<S extends Scene>(who: (scene: S) => readonly string[]) {
  return {
    inForce: (scene: S) => {
      const gone = who(scene);
      const engineers = (scene.data.inForce?.engineers ?? []).filter((id) => !gone.includes(id));
      return changed(scene, { engineers });
    },
    leavers: (scene: S) => ({
      ...scene.data.leavers,
      ...Object.fromEntries(who(scene).map((id) => [id, { leftAt: scene.at }])),
    }),
  };
}

function leaversNow({ data, at }: Scene): string[] {
  return Object.keys(data.leavers).filter((id) => data.leavers[id]?.leftAt === at);
}

function removed({ data, directory, actor, at }: Scene): Scene['data']['removal'] {
  return data.removal && actor ? { ...data.removal, [`${sideOf(directory, actor)}At`]: at } : data.removal;
}

function completesRemoval(scene: Scene): boolean {
  const after = removed(scene);
  return after !== null && after.providerAt !== null && after.endUserAt !== null;
}

function sideOf(directory: Scene['directory'], personId: string): 'provider' | 'endUser' {
  return directory.people[personId]?.side ?? 'endUser';
}

function isOfSide(directory: Scene['directory'], personId: string, side: 'provider' | 'endUser'): boolean {
  return activeOnly(directory, [personId]).some((id) => sideOf(directory, id) === side);
}
