/** Rows of the entitlement gate: verify, settle, override (service spec §3 R1, §3a "R10 and R1", "Further roles"). */
import type { Verdict } from '../../entitlement/gate.js';
import { isUrgent } from '../../priority.js';
import { callersOf, inProviderHours, verdictNow, type CaseScene } from '../scene.js';
import { intoQueue, intoSupportCentre } from './queue.js';
import {
  afterService,
  atWork,
  check,
  due,
  finishing,
  guard,
  inDoubt,
  isInOrder,
  isOverridden,
  isReopenable,
  on,
  open,
  settling,
  tellEscalations,
  urgent,
  waiting,
  whileOverridden,
  type Data,
  type With,
} from './rows.js';
import { withoutEngineer } from './work.js';

type Verified = { readonly personId: string };
type Overriding = { readonly reason: string; readonly expiresAt?: string | undefined };

const HOUR_MS = 3_600_000;
const served = [...waiting, ...atWork, ...finishing] as const;

const mayCall = check<Verified>('notAuthorised', (scene) =>
  callersOf(scene).includes(scene.payload.personId),
);
const wouldBeInOrder = check<Verified>(
  'stillInDoubt',
  (scene) => verdictNow(scene, { callerId: scene.payload.personId }).verdict === 'entitled',
);
const isUnsettled = guard('notInDoubt', ({ data }) => data.entitlement.verdict !== 'entitled');
const isInDoubt = guard('notInDoubt', inDoubt);
const inOrderNow = guard('stillInDoubt', isInOrder);
const notOwnCall = guard('ownCall', ({ data, actor }) => actor === null || data.openedBy !== actor);
/** In business hours the SM manager decides it; the Duty Manager stands in for him outside of them. */
const mayOverrideNow = guard(
  'inBusinessHours',
  (scene) =>
    scene.actor === null || scene.actor === scene.look.contract.smManagerId || !inProviderHours(scene),
);
const endsInTime = check<Overriding>(
  'overrideTooLong',
  ({ payload, policy, at }) =>
    payload.expiresAt === undefined ||
    (Date.parse(payload.expiresAt) > at && Date.parse(payload.expiresAt) <= longest(policy, at)),
);

const fromSeniorDesk = ({ data }: CaseScene) => data.source.kind === 'seniorDesk';

/** Where a case goes whose caller was doubted: the same queues as at the call. */
const toQueues = [
  { when: urgent, to: 'queued', ...intoQueue },
  { when: fromSeniorDesk, to: 'rerouted', ...intoSupportCentre },
  { to: 'queued', ...intoSupportCentre },
] as const;

const verified = {
  caller: ({ payload }: With<Verified>) => ({ personId: payload.personId, name: null, phone: null }),
  verification: ({ payload, actor, at }: With<Verified & { readonly evidence: string }>) => ({
    by: actor ?? '',
    at,
    evidence: payload.evidence,
  }),
  entitlement: (scene: With<Verified>) => rejudged(scene, { callerId: scene.payload.personId }),
};

const overriding = {
  entitlement: ({ data }: CaseScene): Verdict => ({ ...data.entitlement, verdict: 'entitled' }),
  override: ({ data, payload, policy, actor, at }: With<Overriding>): Data['override'] => ({
    by: actor ?? '',
    at,
    reason: payload.reason,
    expiresAt: expiryOf(data, payload, policy, at),
    overAt: null,
  }),
};
const overrideGuards = [isUnsettled, notOwnCall, mayOverrideNow, endsInTime] as const;

export const gateRows = [
  ...toQueues.map((queue) =>
    on.verifyCaller({
      ...queue,
      from: 'received',
      via: 'verified',
      event: 'callerVerified',
      guards: [mayCall, wouldBeInOrder],
      set: {
        ...verified,
        queuedAt: ({ at }) => at,
        engageSince: ({ at }) => at,
        callBack: null,
        answeredAt: answeredNow,
      },
      clocks: { ...queue.clocks, callBack: 'meet' },
    }),
  ),
  on.verifyCaller({
    from: served,
    event: 'callerVerified',
    guards: [mayCall],
    set: verified,
    clocks: { settle: settling },
  }),
  on.verifyCaller({
    from: afterService,
    event: 'callerVerified',
    guards: [isInDoubt, mayCall],
    set: verified,
    clocks: { settle: { meet: settling.meet } },
  }),
  due.callBack.due({
    from: open,
    event: 'callBackMissed',
    tell: { dutyManager: 'callBackDue', onDuty: 'callBackDue' },
  }),
  due.callBack.again({ from: open, event: 'callBackChased', tell: { dutyManager: 'callBackDue' } }),

  on.confirmEntitlement({
    from: served,
    event: 'entitlementConfirmed',
    guards: [isUnsettled, inOrderNow],
    set: { entitlement: (scene) => verdictNow(scene) },
    clocks: { settle: 'meet' },
  }),
  on.confirmEntitlement({
    from: afterService,
    event: 'entitlementConfirmed',
    guards: [isInDoubt, inOrderNow],
    set: { entitlement: (scene) => verdictNow(scene) },
    clocks: { settle: 'meet' },
  }),
  on.refuseEntitlement({
    from: ['received', ...served],
    to: 'refused',
    event: 'refused',
    guards: [isUnsettled],
    set: {
      entitlement: refusing,
      closure: ({ payload, actor, at }) => ({ at, how: 'refused', by: actor, reason: payload.reason }),
    },
    clocks: { settle: 'meet', reopen: 'start' },
    tell: { caller: 'refused', owner: 'refused', engineer: 'refused' },
    effects: [tellEscalations('status')],
  }),
  // It was served and has ended: what is settled is whether it was covered.
  on.refuseEntitlement({
    from: afterService,
    event: 'entitlementRefused',
    guards: [isInDoubt],
    set: { entitlement: refusing },
    clocks: { settle: 'meet' },
    tell: { caller: 'refused', owner: 'refused' },
  }),
  due.settle.due({
    from: [...served, ...afterService],
    event: 'settleMissed',
    tell: { smManager: 'provisional', owner: 'provisional' },
  }),
  due.settle.again({
    from: [...served, ...afterService],
    event: 'settleChased',
    tell: { smManager: 'provisional' },
  }),

  ...toQueues.map((queue) =>
    on.override({
      ...queue,
      from: ['received', 'refused'],
      via: 'verified',
      event: 'overridden',
      guards: [isReopenable, ...overrideGuards],
      set: {
        ...overriding,
        // What was refused while somebody worked on it begins anew.
        ...withoutEngineer,
        workaround: null,
        restoredAt: null,
        queuedAt: ({ at }) => at,
        engageSince: ({ at }) => at,
        restoreSince: ({ at }) => at,
        callBack: null,
        closure: null,
      },
      clocks: { ...queue.clocks, callBack: 'cancel', reopen: 'cancel' },
      tell: { ...queue.tell, owner: 'overridden' },
      effects: [tellEscalations('status')],
    }),
  ),
  on.override({
    from: served,
    event: 'overridden',
    guards: overrideGuards,
    set: overriding,
    clocks: { settle: 'meet', override: whileOverridden },
    tell: { owner: 'overridden', smManager: 'overridden' },
  }),
  // An override that ends leaves the case as it was before: served, and to be settled.
  due.override.end({
    from: served,
    event: 'overrideExpired',
    set: {
      entitlement: (scene) => asProvisional(verdictNow(scene)),
      override: ({ data, at }) => data.override && { ...data.override, overAt: at },
    },
    clocks: { settle: settling },
    tell: { smManager: 'provisional' },
  }),
];

/** The verdict anew; an override that is in force goes before it. */
function judged(scene: CaseScene, change: Parameters<typeof verdictNow>[1]): Verdict {
  const fresh = verdictNow(scene, change);
  return isOverridden(scene) ? { ...fresh, verdict: 'entitled' } : fresh;
}

/** The same for a case that was served in doubt: only people refuse it. */
export function rejudged(scene: CaseScene, change: Parameters<typeof verdictNow>[1]): Verdict {
  const fresh = judged(scene, change);
  return inDoubt(scene) ? asProvisional(fresh) : fresh;
}

function refusing({ data, payload, at }: With<{ readonly reason: string }>): Verdict {
  return { ...data.entitlement, verdict: 'refused', reason: payload.reason, at };
}

/** What is served already is not refused by a clock, nor by a call. */
function asProvisional(verdict: Verdict): Verdict {
  return verdict.verdict === 'refused' ? { ...verdict, verdict: 'provisional' } : verdict;
}

/** An override of a P1 expires; any other is for this case alone, unless its end is named. */
function expiryOf(
  data: Data,
  { expiresAt }: Overriding,
  policy: CaseScene['policy'],
  at: number,
): number | null {
  if (expiresAt !== undefined) return Date.parse(expiresAt);
  return data.priority === 'P1' ? longest(policy, at) : null;
}

function longest(policy: CaseScene['policy'], at: number): number {
  return at + policy.seniorDesk.overrideHours * HOUR_MS;
}

function answeredNow({ data, at }: CaseScene): number {
  return data.answeredAt ?? at;
}

/** At another priority the gate may say something else; a P1 is always served. */
export function mayBeServedAt(scene: CaseScene, priority: Data['priority']): boolean {
  if (!isUrgent(priority)) return true;
  return judged(scene, { priority }).verdict !== 'refused';
}
