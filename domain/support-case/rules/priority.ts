/** Rows of a change of priority: raised at once, lowered by consent or by the Duty Manager (service spec §3 R4, §3a, §4.16). */
import type { ClockColumn } from '../../kernel/rules.js';
import { isHigher, isUrgent } from '../../priority.js';
import { priorityApprovers, type CaseScene } from '../scene.js';
import { mayBeServedAt, rejudged } from './gate.js';
import { intoQueue, intoSupportCentre } from './queue.js';
import {
  atWork,
  awaiting,
  check,
  counts,
  guard,
  notUrgent,
  ofSeniorDesk,
  ofSupportCentre,
  on,
  settling,
  tellEscalations,
  waiting,
  where,
  type ClockName,
  type Data,
  type Status,
  type With,
} from './rows.js';
import { isShown, withoutEngineer } from './work.js';

type To = { readonly to: Data['priority'] };
type Raise = To & { readonly reason: string };
type Agreed = To & { readonly agreedBy: string };

const isRaise = check<To>('notHigher', ({ data, payload }) => isHigher(payload.to, data.priority));
const isLower = check<To>('notLower', ({ data, payload }) => isHigher(data.priority, payload.to));
const isServed = check<To>('notEntitled', (scene) => mayBeServedAt(scene, scene.payload.to));
const noneProposed = guard('proposed', ({ data }) => data.proposal === null);
const isProposed = guard('noProposal', ({ data }) => data.proposal !== null);
const isTheProposed = check<To>('otherProposal', ({ data, payload }) => data.proposal?.to === payload.to);
const isDisputed = guard('notDisputed', ({ data }) => data.proposal?.dispute != null);
const notYetDisputed = guard('disputed', ({ data }) => data.proposal?.dispute == null);
const isNotHis = guard(
  'ownProposal',
  ({ data, actor }) => actor === null || data.proposal?.askedBy !== actor,
);
const mayAgree = check<Agreed>('consentMissing', (scene) =>
  priorityApprovers(scene).includes(scene.payload.agreedBy),
);

export const priorityChanged = [tellEscalations('priority')] as const;
/** What runs is counted anew: a raise from itself, a lowering from the opening (service spec §3 R4, §3a). */
const anew = { restart: where((scene) => counts(scene) && scene.data.workaround === null) } as const;
const countedAnew = { restore: anew, age: anew } as const;

export const raised = {
  priority: ({ payload }: With<Raise>) => payload.to,
  definition: ({ payload, policy }: With<Raise>) => policy.seniorDesk.definitions[payload.to],
  outageGuideline: ({ data, payload, look }: With<Raise>) =>
    payload.to === 'P1' ? look.guideline : data.outageGuideline,
  priorityChanges: ({ data, payload, actor, at }: With<Raise>) => [
    ...data.priorityChanges,
    {
      at,
      from: data.priority,
      to: payload.to,
      askedBy: actor ?? data.source.system ?? '',
      agreedBy: null,
      reason: payload.reason,
      evidence: null,
    },
  ],
  proposal: null,
  entitlement: (scene: With<Raise>) => rejudged(scene, { priority: scene.payload.to }),
  desk: ({ payload }: With<Raise>): Data['desk'] => (isUrgent(payload.to) ? 'senior' : 'supportCentre'),
  engageSince: ({ at }: CaseScene) => at,
  restoreSince: ({ at }: CaseScene) => at,
};
const becomesSenior = (scene: With<To>) => isUrgent(scene.payload.to) && ofSupportCentre(scene);

const staysUrgent = ({ data }: CaseScene) => data.proposal !== null && isUrgent(data.proposal.to);

/** Where a lowering leads. Its `when` sees the case as it is before. */
const lowerings: readonly Lowering[] = [
  { from: 'received', clocks: { callBack: 'restart' } },
  {
    from: 'queued',
    when: (scene) => ofSeniorDesk(scene) && staysUrgent(scene),
    clocks: { engage: 'restart', ...countedAnew },
  },
  {
    from: ['queued', 'sseEngaged', 'diagnosing', ...awaiting],
    when: (scene) => ofSeniorDesk(scene) && !staysUrgent(scene),
    to: 'downgraded',
    clocks: {
      ...intoSupportCentre.clocks,
      ...countedAnew,
      update: 'cancel',
      shift: 'cancel',
      wait: 'cancel',
    },
    tell: intoSupportCentre.tell,
    leaves: true,
  },
  { from: waiting, clocks: { respond: 'restart', ...countedAnew } },
  {
    from: atWork,
    clocks: { ...countedAnew, update: 'restart', shift: { cancel: where(notUrgent) } },
  },
];

interface Lowering {
  readonly from: Status | readonly Status[];
  readonly when?: (scene: CaseScene) => boolean;
  readonly to?: Status;
  readonly clocks: Partial<Record<ClockName, ClockColumn<CaseScene>>>;
  readonly tell?: { readonly desk: 'caseWaits' };
  /** The engineer of the Senior Desk leaves the case. */
  readonly leaves?: boolean;
}

/** Where a raise leads, whether a person asks for it or an outside system reports it. */
export const raises: readonly Omit<Parameters<typeof on.raisePriority>[0], 'guards'>[] = [
  {
    from: 'received',
    when: ({ payload }) => payload.to === 'P1',
    via: 'provisional',
    to: 'queued',
    event: 'priorityRaised',
    set: { ...raised, callBack: null, queuedAt: ({ at }) => at },
    clocks: { ...intoQueue.clocks, callBack: 'cancel' },
    tell: { ...intoQueue.tell, owner: ['opened', 'provisional'] },
    effects: priorityChanged,
  },
  {
    from: 'received',
    event: 'priorityRaised',
    set: raised,
    clocks: { callBack: 'restart' },
    tell: { onDuty: 'callBackDue' },
    effects: priorityChanged,
  },
  {
    from: [...waiting, ...atWork],
    when: becomesSenior,
    to: 'queued',
    event: 'priorityRaised',
    set: { ...raised, ...withoutEngineer, workaround: null, restoredAt: null, queuedAt: ({ at }) => at },
    clocks: {
      ...intoQueue.clocks,
      restore: { restart: where(counts) },
      age: { restart: where(counts) },
      update: 'cancel',
      shift: 'cancel',
      wait: 'cancel',
    },
    tell: { ...intoQueue.tell, owner: 'priorityChanged', caller: 'priorityChanged' },
    effects: priorityChanged,
  },
  {
    from: 'queued',
    when: ofSeniorDesk,
    event: 'priorityRaised',
    set: raised,
    clocks: { engage: 'restart', ...countedAnew, settle: settling },
    tell: { onDuty: 'page', owner: 'priorityChanged', caller: 'priorityChanged' },
    effects: priorityChanged,
  },
  {
    from: waiting,
    event: 'priorityRaised',
    set: raised,
    clocks: { respond: 'restart', ...countedAnew, settle: settling },
    tell: { desk: 'caseWaits', caller: 'priorityChanged' },
    effects: priorityChanged,
  },
  {
    from: atWork,
    event: 'priorityRaised',
    set: raised,
    clocks: { ...countedAnew, update: 'restart', settle: settling },
    tell: { engineer: 'priorityChanged', owner: 'priorityChanged', caller: 'priorityChanged' },
    effects: priorityChanged,
  },
];

export const priorityRows = [
  ...raises.map((raise) => on.raisePriority({ ...raise, guards: [isRaise, isServed] })),

  on.proposePriority({
    from: ['received', ...waiting, ...atWork],
    event: 'lowerPriorityProposed',
    guards: [noneProposed, isLower],
    set: {
      proposal: ({ payload, actor, at }) => ({ ...payload, askedBy: actor ?? '', at, dispute: null }),
    },
    tell: { priorityApprovers: 'lowerAsked' },
  }),
  ...lowerings.map((lowering) =>
    on.agreePriority({
      ...columns(lowering),
      guards: [isProposed, isTheProposed, mayAgree, isShown],
      set: {
        ...lowered(
          ({ payload }) => payload.agreedBy,
          ({ payload }) => payload.evidence ?? null,
        ),
        ...(lowering.leaves ? withoutEngineer : {}),
      },
    }),
  ),
  on.disputePriority({
    from: ['received', ...waiting, ...atWork],
    event: 'priorityDisputed',
    guards: [isProposed, notYetDisputed],
    set: {
      proposal: ({ data, payload, actor, at }) =>
        data.proposal && { ...data.proposal, dispute: { by: actor ?? '', at, reason: payload.reason } },
    },
    tell: { dutyManager: 'priorityDisputed', owner: 'priorityDisputed' },
  }),
  on.decidePriority({
    from: ['received', ...waiting, ...atWork],
    when: ({ payload }) => !payload.lower,
    event: 'lowerPriorityDeclined',
    guards: [isProposed, isDisputed, isNotHis],
    set: { proposal: null },
    tell: { caseOwner: 'lowerDeclined', caller: 'lowerDeclined' },
  }),
  ...lowerings.map((lowering) =>
    on.decidePriority({
      ...columns(lowering),
      guards: [isProposed, isDisputed, isNotHis],
      set: {
        ...lowered(
          ({ actor }) => actor ?? '',
          ({ payload }) => payload.reason,
        ),
        ...(lowering.leaves ? withoutEngineer : {}),
      },
    }),
  ),
];

function columns({ leaves: _, tell, to, ...rest }: Lowering) {
  return {
    ...rest,
    ...(to === undefined ? {} : { to }),
    event: 'priorityLowered',
    tell: { ...tell, caller: 'priorityChanged', owner: 'priorityChanged' },
    effects: priorityChanged,
  } as const;
}

/** The columns of a lowering: who agreed, and what shows it. */
function lowered<Payload>(
  agreedBy: (scene: With<Payload>) => string,
  evidence: (scene: With<Payload>) => string | null,
) {
  const toOf = ({ data }: CaseScene) => data.proposal?.to ?? data.priority;
  return {
    priority: toOf,
    definition: (scene: CaseScene) => scene.policy.seniorDesk.definitions[toOf(scene)],
    priorityChanges: (scene: With<Payload>) => {
      const { data, at } = scene;
      const change = {
        at,
        from: data.priority,
        to: toOf(scene),
        askedBy: data.proposal?.askedBy ?? '',
        agreedBy: agreedBy(scene),
        reason: data.proposal?.reason ?? '',
        evidence: evidence(scene),
      };
      return [...data.priorityChanges, change];
    },
    proposal: null,
    desk: (scene: CaseScene): Data['desk'] => (isUrgent(toOf(scene)) ? 'senior' : 'supportCentre'),
    engageSince: ({ data, at }: CaseScene) => data.queuedAt ?? at,
    restoreSince: ({ data }: CaseScene) => data.openedAt,
  };
}
