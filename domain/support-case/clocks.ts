/** The clocks of a case (service spec §4.16, §3 R1, §3a "4.16 ladder", "Nothing sleeps"). All figures are the policy's. */
import type { Duration } from '../time/duration.js';
import type { MarkAt } from '../kernel/words.js';
import { countsFrom, levelMarks, type Ageing } from '../escalation/climb.js';
import { isUrgent } from '../priority.js';
import { ladderMarks } from './on-duty.js';
import { type CaseScene } from './scene.js';

const lowerBy: Readonly<Record<CaseScene['data']['priority'], CaseScene['data']['priority']>> = {
  P1: 'P2',
  P2: 'P3',
  P3: 'P4',
  P4: 'P4',
};

/** What its age is counted from; what is not solved begins again. */
const ageing = ({ data }: Pick<CaseScene, 'data'>): Ageing => {
  const openedAt = data.reopenedAt ?? data.openedAt;
  const changes = data.priorityChanges.filter(({ at }) => at >= openedAt);
  return { priority: data.priority, openedAt, changes, pauses: [] };
};

/** How long until the last party told is told again. */
const againAfter = ({ data, policy }: CaseScene) =>
  isUrgent(data.priority) ? policy.seniorDesk.again.urgent : policy.seniorDesk.again.other;

/** A promise that stays on the agenda after it was missed. */
const kept = (target: Duration, scene: CaseScene): Readonly<Record<'due' | 'again', MarkAt>> => ({
  due: { of: target },
  again: { of: target, plus: againAfter(scene), every: againAfter(scene) },
});

const DUE_AGAIN = ['due', 'again'] as const;

const promise = (label: string, policyPath: string, target: (scene: CaseScene) => Duration) =>
  ({
    label,
    promise: true,
    calendar: 'main',
    steps: DUE_AGAIN,
    marks: (scene: CaseScene) => kept(target(scene), scene),
    policyPath,
  }) as const;

const once = (label: string, policyPath: string, target: (scene: CaseScene) => Duration) =>
  ({
    label,
    promise: false,
    calendar: 'main',
    steps: ['end'],
    marks: (scene: CaseScene) => ({ end: { of: target(scene) } }),
    policyPath,
  }) as const;

export const caseClocks = {
  answer: promise('Answer the call', 'seniorDesk.answer', ({ policy }) => policy.seniorDesk.answer),
  engage: {
    ...promise(
      'A senior engineer is engaged',
      'seniorDesk.engage',
      ({ data, policy }) => policy.seniorDesk.engage[data.priority === 'P1' ? 'P1' : 'P2'],
    ),
    since: ({ data }: CaseScene) => data.engageSince,
  },
  page: {
    label: 'Page ladder',
    promise: false,
    calendar: 'main',
    steps: ['second', 'dutyManager', 'director', 'again'],
    marks: (scene: CaseScene) => {
      const { seniorDesk } = scene.policy;
      const again = againAfter(scene);
      return {
        ...ladderMarks(seniorDesk),
        again: { of: seniorDesk.page.director, plus: again, every: again },
      };
    },
    // A page that is late because nobody could be paged must not fire its whole ladder in one second.
    catchUp: 'fromNow',
    policyPath: 'seniorDesk.page',
  },
  respond: promise(
    'First response',
    'seniorDesk.respond',
    ({ data, policy }) => policy.seniorDesk.respond[data.priority === 'P4' ? 'P4' : 'P3'],
  ),
  restore: {
    ...promise(
      'Restore, or a workaround',
      'escalation.targets.restore',
      ({ data, policy }) => policy.escalation.targets[data.priority].restore,
    ),
    since: ({ data }: CaseScene) => data.restoreSince,
  },
  /** The age at which the first level of the ladder holds it: it becomes an escalation by itself (service spec §4.3). */
  age: {
    label: 'Escalated by its age',
    promise: false,
    calendar: 'main',
    steps: ['reached'],
    marks: ({ data, policy }: CaseScene): Readonly<Record<string, MarkAt>> => {
      const { L1 } = levelMarks({ policy, data: { ...ageing({ data }), level: 'L0' } });
      return L1 ? { reached: L1 } : {};
    },
    since: (scene: CaseScene) => countsFrom(ageing(scene)).since,
    pauses: (scene: CaseScene) => countsFrom(ageing(scene)).lower,
    policyPath: 'escalation.targets.levels',
  },
  /** With a workaround in place updates follow at the pace of the next lower priority (service spec §4.19). */
  update: promise('Update to the caller', 'escalation.targets.update', ({ data, policy }) => {
    const paced = data.workaround === null ? data.priority : lowerBy[data.priority];
    return policy.escalation.targets[paced].update;
  }),
  callBack: promise('Call back', 'seniorDesk.callBack', ({ data, policy }) => {
    const { P2, other, dropped } = policy.seniorDesk.callBack;
    if (data.callBack?.kind === 'dropped') return dropped;
    return isUrgent(data.priority) ? P2 : other;
  }),
  settle: {
    ...promise('Settle the entitlement', 'seniorDesk.settle', ({ policy }) => policy.seniorDesk.settle),
    // A duty inside the Provider (service spec §3a "Which calendar").
    calendar: 'provider',
  },
  override: {
    label: 'The override expires',
    promise: false,
    calendar: 'main',
    steps: ['end'],
    marks: () => ({ end: { of: { amount: 0, unit: 'minutes' } as const } }),
    since: ({ data, at }: CaseScene) => data.override?.expiresAt ?? at,
    policyPath: 'seniorDesk.overrideHours',
  },
  shift: promise('Hand over with the shift', 'seniorDesk.shift', ({ policy }) => policy.seniorDesk.shift),
  wait: once('Longest wait', 'seniorDesk.wait', ({ policy }) => policy.seniorDesk.wait),
  monitor: once(
    'Watch it after the restore',
    'seniorDesk.monitor',
    ({ policy }) => policy.seniorDesk.monitor,
  ),
  closure: {
    label: 'Consent to closure',
    promise: false,
    calendar: 'main',
    steps: ['first', 'second', 'due', 'again'],
    marks: (scene: CaseScene) => {
      const { first, second, end } = scene.policy.seniorDesk.closure;
      const { urgent } = scene.policy.seniorDesk.again;
      return {
        first: { of: first },
        second: { of: second },
        due: { of: end },
        again: { of: end, plus: urgent, every: urgent },
      };
    },
    policyPath: 'seniorDesk.closure',
  },
  reopen: once('It can be opened again', 'seniorDesk.reopen', ({ policy }) => policy.seniorDesk.reopen),
} as const;
