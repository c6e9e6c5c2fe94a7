/** What the rules of a case share: the typed rows, sets of statuses, who is told elsewhere. */
import { rulesFor } from '../../kernel/rules.js';
import { isUrgent } from '../../priority.js';
import { verdictNow, type CaseScene } from '../scene.js';
import { supportCase } from '../words.js';

export const { start, on, hear, due, check, guard } = rulesFor(supportCase);

export type Status = keyof (typeof supportCase)['statuses'];
export type ClockName = keyof (typeof supportCase)['clocks'];
export type Data = CaseScene['data'];
export type With<Payload> = CaseScene & { readonly payload: Payload };

export const awaiting = ['awaitingEndUser', 'awaitingEngineering', 'awaitingRma'] as const;
/** With an engineer. */
export const atWork = ['sseEngaged', 'diagnosing', ...awaiting, 'workaround'] as const;
/** With the normal desk, before an engineer of it has taken the case. */
export const handedOn = ['rerouted', 'downgraded'] as const;
export const waiting = ['queued', ...handedOn] as const;
export const finishing = ['resolved', 'closurePending'] as const;
export const open = ['received', ...waiting, ...atWork, ...finishing] as const;
/** Closed for now: in these a case can be taken up again. */
export const ended = ['closed', 'abandoned', 'refused'] as const;
/** Of these, those in which it was served: its entitlement may still be in doubt. */
export const afterService = ['closed', 'abandoned'] as const;

export const isReopenable = guard('reopenOver', ({ data }) => data.reopenable);

/** A clock verb that applies where a condition holds. */
export const where = (holds: (scene: CaseScene) => boolean) => (scene: CaseScene) =>
  holds(scene) ? [''] : [];

export const urgent = ({ data }: CaseScene) => isUrgent(data.priority);
export const notUrgent = (scene: CaseScene) => !urgent(scene);
export const ofSeniorDesk = ({ data }: CaseScene) => data.desk === 'senior';
export const ofSupportCentre = ({ data }: CaseScene) => data.desk === 'supportCentre';
export const inDoubt = ({ data }: CaseScene) => data.entitlement.verdict === 'provisional';
export const counts = ({ data }: CaseScene) => !data.test;

/** The clock of an override ends with its case, and its time does not wait: a case that comes back finds what is left. */
export const isOverridden = ({ data: { override }, at }: CaseScene) =>
  override?.overAt === null && (override.expiresAt === null || at < override.expiresAt);
export const whileOverridden = {
  start: where((scene) => isOverridden(scene) && scene.data.override?.expiresAt !== null),
};

/** The entitlement is to be settled while it is in doubt; a verdict that is in order settles it. */
export const settling = {
  start: where(inDoubt),
  meet: where(({ data }) => data.entitlement.verdict === 'entitled'),
} as const;
/** The end of a case does not settle the entitlement by which it was served (service spec §3 R1); a test call has none. */
export const settledAfterwards = {
  settle: {
    start: where((scene) => inDoubt(scene) && counts(scene) && scene.data.queuedAt !== null),
    cancel: where((scene) => !counts(scene)),
  },
} as const;

/** The verdict as it stands without the doubts that were dispelled, or were overridden. */
export const isInOrder = (scene: CaseScene) => verdictNow(scene).verdict === 'entitled';

/** The open escalations of the case hear that it has changed; the case as it stands tells them what. */
export const tellEscalations = (change: 'status' | 'priority' | 'owner' | 'closedOutside') =>
  ({
    kind: 'tellProcess',
    intent: `changed.${change}`,
    signal: 'caseChanged',
    to: ({ look }: CaseScene) => look.escalations,
    payload: ({ processId }: CaseScene) => ({ processId }),
  }) as const;
