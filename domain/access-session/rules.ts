/** The rules of an access session, one row per line of service spec §4.4 and §3a "4.4". */
import { activeOnly } from '../kernel/directory.js';
import { chaseRows } from '../kernel/chase.js';
import { define, rulesFor, type SceneOf } from '../kernel/rules.js';
import { isLive } from '../remote-access/facts.js';
import { accessSession, type SessionData, type SessionStart } from './words.js';

type Scene = SceneOf<typeof accessSession>;
type Starting = Pick<Scene, 'look' | 'directory' | 'at'> & { readonly payload: SessionStart };
type Prolong = { readonly plannedEnd: string; readonly approverId: string | null };
const { start, on, hear, due, check, guard } = rulesFor(accessSession);

const HOUR_MS = 3_600_000;
const going = ['running', 'overrun'] as const;
const overran = { tell: { approver: 'overrun', owner: 'overrun', engineer: 'overrun' } } as const;

const agreementIsLive = check<SessionStart>(
  'noLiveAgreement',
  (scene) => isLed(scene.payload) || agreementOf(scene) !== null,
);
const methodIsAgreed = check<SessionStart>(
  'otherMethod',
  (scene) => isLed(scene.payload) || agreementOf(scene)?.method === scene.payload.method,
);
const engineerIsNamed = check<SessionStart>('engineerNotNamed', (scene) => {
  const { payload, directory } = scene;
  const serves = activeOnly(directory, [payload.engineerId]).some(
    (id) => directory.people[id]?.side === 'provider',
  );
  return serves && (isLed(payload) || agreementOf(scene)?.engineers.includes(payload.engineerId) === true);
});
const isCovered = check<SessionStart>('notInScope', (scene) => {
  const { payload } = scene;
  const agreement = agreementOf(scene);
  if (isLed(payload) || agreement === null) return isLed(payload);
  const site = payload.siteId !== null && agreement.siteIds.includes(payload.siteId);
  return site || payload.devices.every((device) => agreement.devices.includes(device));
});
const somebodyConsents = check<SessionStart>(
  'consentMissing',
  (scene) =>
    scene.payload.approverId !== null ||
    (!isLed(scene.payload) && agreementOf(scene)?.standingConsent === true),
);
const approverMayConsent = check<SessionStart>('mayNotConsent', (scene) => {
  const { payload, look, directory } = scene;
  if (payload.approverId === null) return true;
  const { approvers, callers } = look.contract;
  // Who leads a session himself may be any authorised caller: nobody comes in.
  const people = isLed(payload) ? [...approvers, ...callers] : approvers;
  return activeOnly(directory, people).includes(payload.approverId);
});
const endsLater = check<{ plannedEnd: string }>(
  'plannedEndPassed',
  ({ payload, at }) => Date.parse(payload.plannedEnd) > at,
);
const isNotTooLong = check<{ plannedEnd: string }>(
  'tooLong',
  ({ payload, at, policy }) =>
    Date.parse(payload.plannedEnd) <= at + policy.remoteAccess.session.longestHours * HOUR_MS,
);
const isNotStopped = guard('stopped', ({ data }) => data.stoppedAt === null);
const stillAllowed = guard(
  'noLiveAgreement',
  ({ data, look, at }) => data.agreement === null || isLive(look.agreement?.inForce ?? null, at),
);
const somebodyConsentsAgain = check<Prolong>(
  'consentMissing',
  ({ data, payload, actor, look }) =>
    data.consent === 'standing' ||
    payload.approverId !== null ||
    look.contract.approvers.includes(actor ?? ''),
);
const mayConsentAgain = check<Prolong>(
  'mayNotConsent',
  ({ data, payload, look, directory }) =>
    payload.approverId === null ||
    activeOnly(directory, [
      ...look.contract.approvers,
      ...(data.consent === 'endUserLed' ? look.contract.callers : []),
    ]).includes(payload.approverId),
);
const stopNow = { stoppedAt: ({ at }: Scene) => at };
const stopped = {
  event: 'stopped',
  tell: { engineer: 'endNow', owner: 'endNow', approver: 'endNow' },
} as const;
const isNotDisputed = guard('disputedAlready', ({ data }) => !isOpen(data.dispute));
const isDisputed = guard('nothingDisputed', ({ data }) => isOpen(data.dispute));

export const accessSessionRules = define(accessSession, [
  start({
    to: 'running',
    event: 'started',
    guards: [
      agreementIsLive,
      methodIsAgreed,
      engineerIsNamed,
      isCovered,
      somebodyConsents,
      approverMayConsent,
      endsLater,
      isNotTooLong,
    ],
    init: (scene) => started(scene),
    clocks: { plannedEnd: 'start' },
    tell: { approver: 'sessionStarted', owner: 'underWay' },
    effects: [
      {
        kind: 'tellProcess',
        intent: 'started',
        signal: 'sessionStarted',
        to: ({ data }) => (data.agreement ? [data.agreement.processId] : []),
        payload: ({ processId }) => ({ processId }),
      },
    ],
  }),
  due.plannedEnd.due({ ...overran, from: going, to: 'overrun', event: 'overran' }),
  due.plannedEnd.again({ ...overran, from: going, to: 'overrun', event: 'overranOn' }),
  due.plannedEnd.due({ ...overran, from: 'leftOpen', event: 'overran' }),
  due.plannedEnd.again({ ...overran, from: 'leftOpen', event: 'overranOn' }),
  on.prolong({
    from: going,
    to: 'running',
    event: 'prolonged',
    guards: [isNotStopped, stillAllowed, somebodyConsentsAgain, mayConsentAgain, endsLater, isNotTooLong],
    set: {
      plannedEndAt: ({ payload }) => Date.parse(payload.plannedEnd),
      approverId: ({ data, payload, actor, look }) =>
        payload.approverId ?? (look.contract.approvers.includes(actor ?? '') ? actor : data.approverId),
    },
    clocks: { plannedEnd: 'restart' },
    tell: { approver: 'prolonged', owner: 'prolonged' },
  }),
  on.stop({
    ...stopped,
    from: 'running',
    guards: [isNotStopped],
    set: { ...stopNow, stoppedBecause: ({ payload }) => payload.reason, plannedEndAt: soon },
    clocks: { plannedEnd: 'restart' },
  }),
  on.stop({
    ...stopped,
    from: 'overrun',
    guards: [isNotStopped],
    set: { ...stopNow, stoppedBecause: ({ payload }) => payload.reason },
  }),
  hear.agreementRevoked({
    ...stopped,
    from: 'running',
    when: ({ data }) => data.agreement !== null && data.stoppedAt === null,
    set: { ...stopNow, stoppedBecause: 'The agreement was revoked.', plannedEndAt: soon },
    clocks: { plannedEnd: 'restart' },
  }),
  hear.agreementRevoked({
    ...stopped,
    from: 'overrun',
    when: ({ data }) => data.agreement !== null && data.stoppedAt === null,
    set: { ...stopNow, stoppedBecause: 'The agreement was revoked.' },
  }),
  // It may be finished (service spec §4.4); its planned end stands.
  hear.agreementExpired({
    from: going,
    when: ({ data }) => data.agreement !== null,
    event: 'agreementExpired',
    set: { agreementEndedAt: ({ at }) => at },
    tell: { engineer: 'agreementExpired', owner: 'agreementExpired', approver: 'agreementExpired' },
  }),
  // Closed with the contract, but not over before somebody says what was changed: its clock runs on.
  hear.contractEnded({
    from: going,
    to: 'leftOpen',
    event: 'contractEnded',
    set: { plannedEndAt: ({ data, at }) => Math.max(data.plannedEndAt, at) },
    clocks: { plannedEnd: 'restart' },
    tell: { engineer: 'agreementExpired', owner: 'agreementExpired' },
  }),
  on.end({
    from: [...going, 'leftOpen'],
    to: 'ended',
    event: 'ended',
    set: {
      endedAt: ({ at }) => at,
      endedBy: ({ actor }) => actor,
      changed: ({ payload }) => payload.changed,
    },
    clocks: { plannedEnd: 'meet' },
    tell: { approver: 'ended', owner: 'ended' },
  }),

  on.dispute({
    from: 'ended',
    event: 'disputed',
    guards: [isNotDisputed],
    set: {
      dispute: ({ payload, actor, at }) => ({ by: actor ?? '', at, text: payload.text, outcome: null }),
    },
    clocks: { dispute: 'start' },
    tell: { owner: 'disputed', smManager: 'disputed' },
  }),
  on.settleDispute({
    from: 'ended',
    event: 'disputeSettled',
    guards: [isDisputed],
    set: { dispute: ({ data, payload }) => data.dispute && { ...data.dispute, outcome: payload.outcome } },
    clocks: { dispute: 'meet' },
    tell: { approvers: 'settled' },
  }),
  ...chaseRows(due, 'dispute', 'ended', 'disputeDue'),
]);

function isLed({ method }: Pick<SessionStart, 'method'>): boolean {
  return method === 'endUserScreenShare';
}

/** The agreement, where it is live at the instant of the session. */
function agreementOf({ look, at }: Pick<Scene, 'look' | 'at'>) {
  const inForce = look.agreement?.inForce ?? null;
  return isLive(inForce, at) ? inForce : null;
}

function started(scene: Starting): SessionData {
  const { payload, look, at } = scene;
  const agreement = isLed(payload) ? null : agreementOf(scene);
  const { plannedEnd, contractId, ...asked } = payload;
  return {
    ...asked,
    contractId,
    contractNumber: look.contract.number,
    calendarId: look.contract.calendarId,
    consent: isLed(payload) ? 'endUserLed' : payload.approverId === null ? 'standing' : 'given',
    agreement: agreement && {
      processId: look.agreement?.processId ?? '',
      version: agreement.version,
      sha256: agreement.sha256,
    },
    startedAt: at,
    plannedEndAt: Date.parse(plannedEnd),
    stoppedAt: null,
    stoppedBecause: null,
    agreementEndedAt: null,
    endedAt: null,
    endedBy: null,
    changed: null,
    dispute: null,
  };
}

/** A stopped session is to end within the minutes of the policy; one that was to end sooner keeps its end. */
function soon({ data, at, policy }: Scene): number {
  return Math.min(data.plannedEndAt, at + policy.remoteAccess.session.stopMinutes * 60_000);
}

function isOpen(dispute: SessionData['dispute']): boolean {
  return dispute !== null && dispute.outcome === null;
}
