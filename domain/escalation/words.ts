/** Escalations: who is called when, by age and by silence, until service is back (service spec §4.3, §4.19, §3a). */
import { z } from 'zod';
import { levels } from '../contact-matrix/matrix.js';
import { matrixFacts } from '../contact-matrix/facts.js';
import { contractFacts } from '../contract/facts.js';
import { activeOnly, staffWith, type Directory } from '../kernel/directory.js';
import { words } from '../kernel/words.js';
import {
  countsFrom,
  levelAbove,
  levelMarks,
  pausesOf,
  promiseMarks,
  restoreMarks,
  targetsFor,
  targetsOf,
} from './climb.js';
import { commands, startPayload } from './commands.js';
import { escalationData, type EscalationData } from './data.js';
import { caseFacts } from './facts.js';
import { priorities } from '../priority.js';
import { notices } from './notices.js';
import {
  authorisedOf,
  endUserAt,
  managerOutOfHours,
  namedAt,
  peopleAt,
  presentOrDeputy,
  serviceManager,
  type Scene as People,
} from './people.js';
import { escalationPolicy, type EscalationPolicy } from './policy.js';
import { refusals } from './refusals.js';

interface Scene extends People {
  readonly data: EscalationData;
  readonly key: string;
  readonly policy: { readonly escalation: EscalationPolicy };
}

/** Staff functions that may ask for an escalation. */
export const askingGrants = [
  'serviceManager',
  'smManager',
  'seniorDesk',
  'dutyManager',
  'supportDirector',
] as const;

export const escalation = words({
  slug: 'escalation',
  prefix: 'esc',
  version: 1,
  title: 'Escalation',
  summary:
    'A case, or a matter of readiness or planning, in the hands of managers: acknowledged, planned, kept up to date, climbing by age until service is back.',
  source: 'service spec §4.3, §4.19, §3 R2-R4, §3a',
  data: escalationData,
  policy: z.object({ escalation: escalationPolicy }),
  lookups: {
    contract: { schema: contractFacts },
    /** The contact matrix in force now. */
    matrix: { schema: matrixFacts },
    /** The case as it stands; null: it is about none, or there is none with that id. */
    case: { schema: caseFacts.nullable() },
    /** Staff who are away. */
    away: { schema: z.array(z.string()) },
    /** Another open escalation of the same case or matter; asked where this one would be opened. */
    sameMatter: { schema: z.string().nullable(), locked: true },
  },
  calendars: ({ data, directory }) => ({ main: data.calendarId, provider: directory.providerCalendarId }),
  statuses: {
    raised: { label: 'Raised', kind: 'open', waitsFor: 'provider' },
    acknowledged: { label: 'Acknowledged', kind: 'open', waitsFor: 'provider' },
    owned: { label: 'Owned', kind: 'open', waitsFor: 'provider' },
    inProgress: { label: 'In progress', kind: 'open', waitsFor: 'provider' },
    awaitingEndUser: { label: 'Waiting for the End User', kind: 'open', waitsFor: 'endUser' },
    awaitingDelivery: { label: 'Waiting for a delivery', kind: 'open', waitsFor: 'outside' },
    mitigated: { label: 'Mitigated', kind: 'open', waitsFor: 'provider' },
    resolved: { label: 'Resolved', kind: 'open', waitsFor: 'endUser' },
    closed: { label: 'Closed', kind: 'closed' },
    declined: { label: 'Declined', kind: 'closed' },
    withdrawn: { label: 'Withdrawn', kind: 'closed' },
  },
  roles: {
    owner: {
      label: 'Owner',
      who: (scene: Scene) => [...lead(scene), ...serviceManager(scene)].slice(0, 1),
    },
    lead: { label: 'Named owner', who: lead },
    manager: { label: 'Service manager', who: serviceManager },
    /** Only where L1 is concerned. */
    managerByMail: {
      label: 'Service manager, outside his hours',
      who: (scene: Scene) =>
        [scene.data.level, scene.data.alsoTold].includes('L1') ? managerOutOfHours(scene) : [],
    },
    smManager: {
      label: 'SM manager',
      who: ({ look, directory }: Scene) => activeOnly(directory, [look.contract.smManagerId]),
    },
    dutyManager: {
      label: 'Duty Manager',
      who: ({ directory }: { readonly directory: Directory }) => staffWith(directory, 'dutyManager'),
    },
    level: { label: 'Present level', who: (scene: Scene) => peopleAt(scene, scene.data.level) },
    alsoTold: { label: 'Level told besides', who: (scene: Scene) => peopleAt(scene, scene.data.alsoTold) },
    levelAbove: {
      label: 'Level above the silent one',
      who: (scene: Scene) => peopleAt(scene, aboveKey(scene)),
    },
    holders: {
      label: 'Contacts of the levels told so far',
      who: (scene: Scene) => [
        ...new Set(
          levels.slice(0, levels.indexOf(scene.data.toldLevel) + 1).flatMap((one) => namedAt(scene, one)),
        ),
      ],
    },
    endUserLevel: {
      label: 'End User contacts of the level',
      who: (scene: Scene) => endUserAt(scene, scene.data.level),
    },
    endUser: { label: 'Authorised people of the End User', who: authorisedOf },
    askers: {
      label: 'Who asks for it',
      who: ({ data, directory }: Scene) =>
        activeOnly(
          directory,
          data.askers.map(({ personId }) => personId),
        ),
    },
    mayAsk: {
      label: 'Staff who may ask',
      who: ({ directory }: { readonly directory: Directory }) => [
        ...new Set(askingGrants.flatMap((grant) => staffWith(directory, grant))),
      ],
    },
  },
  owner: 'owner',
  notices,
  clocks: {
    acknowledge: {
      label: 'Acknowledgement',
      promise: true,
      calendar: 'main',
      steps: ['due', 'again'],
      marks: (scene) => promiseMarks(targetsOf(scene).acknowledge, targetsOf(scene).again),
      policyPath: 'escalation.targets.acknowledge',
    },
    plan: {
      label: 'Owner and plan',
      promise: true,
      calendar: 'main',
      steps: ['due', 'again'],
      marks: (scene) => promiseMarks(targetsOf(scene).plan, targetsOf(scene).again),
      policyPath: 'escalation.targets.plan',
    },
    update: {
      label: 'Status update',
      promise: true,
      calendar: 'main',
      steps: ['due', 'again'],
      marks: ({ policy, data }) => {
        const { update, again } = targetsFor(policy.escalation, updatePriority(data));
        return promiseMarks(update, again);
      },
      policyPath: 'escalation.targets.update',
    },
    // The ladder first: what falls due in the same second as a level finds that level.
    level: {
      label: 'Management ladder',
      promise: false,
      calendar: 'main',
      steps: ['L1', 'L2', 'L3', 'L4'],
      marks: levelMarks,
      since: ({ data }) => countsFrom(data).since,
      pauses: ({ data }) => pausesOf(data),
      policyPath: 'escalation.targets.levels',
    },
    top: {
      label: 'Top level told again',
      promise: false,
      calendar: 'main',
      steps: ['again'],
      marks: (scene) => ({ again: { of: targetsOf(scene).again, every: targetsOf(scene).again } }),
      pauses: ({ data }) => data.pauses,
      policyPath: 'escalation.targets.again',
    },
    accept: {
      label: 'Acceptance by a level',
      promise: true,
      keyed: true,
      calendar: 'main',
      steps: ['due', 'again'],
      marks: (scene) => promiseMarks(targetsOf(scene).accept, targetsOf(scene).again),
      policyPath: 'escalation.targets.accept',
    },
    restore: {
      label: 'Restore or workaround',
      promise: true,
      calendar: 'main',
      steps: ['due', 'again'],
      marks: restoreMarks,
      since: ({ data }) => countsFrom(data).since,
      pauses: ({ data }) => pausesOf(data),
      policyPath: 'escalation.targets.restore',
    },
    wait: {
      label: 'Dependency',
      promise: false,
      calendar: 'main',
      steps: ['first', 'second', 'third', 'limit'],
      marks: ({ policy }) => ({
        first: { of: policy.escalation.wait.first },
        second: { of: policy.escalation.wait.second },
        third: { of: policy.escalation.wait.third },
        limit: { of: policy.escalation.wait.limit },
      }),
      policyPath: 'escalation.wait',
    },
    closure: {
      label: 'Consent to close',
      promise: false,
      calendar: 'main',
      steps: ['first', 'second', 'third', 'close', 'again'],
      marks: (scene) => {
        const { first, second, third, close } = scene.policy.escalation.closure;
        const { again } = targetsOf(scene);
        return {
          first: { of: first },
          second: { of: second },
          third: { of: third },
          close: { of: close },
          again: { of: close, plus: again, every: again },
        };
      },
      policyPath: 'escalation.closure',
    },
    report: {
      label: 'Post-incident report',
      promise: true,
      calendar: 'main',
      steps: ['due', 'again'],
      marks: (scene) => promiseMarks(scene.policy.escalation.report, targetsOf(scene).again),
      policyPath: 'escalation.report',
    },
    reopening: {
      label: 'May be reopened',
      promise: false,
      calendar: 'main',
      steps: ['over'],
      marks: ({ policy }) => ({ over: { of: policy.escalation.reopen } }),
      policyPath: 'escalation.reopen',
    },
    appeal: {
      label: 'May be appealed against',
      promise: false,
      calendar: 'main',
      steps: ['over'],
      marks: ({ policy }) => ({ over: { of: policy.escalation.appeal } }),
      policyPath: 'escalation.appeal',
    },
  },
  start: {
    label: 'Escalate',
    payload: startPayload,
    grants: askingGrants,
    endUser: true,
    example: {
      contractId: 'northwind-2026',
      category: 'readiness',
      matter: { reference: 'upgrade 2027-1', text: 'The window is in doubt.' },
      reason: 'Nobody answers for the window.',
    },
  },
  commands,
  signals: {
    caseChanged: {
      label: 'The case has changed; as it stands now decides',
      payload: z.strictObject({ processId: z.string() }),
    },
    contractEnded: { label: 'The contract has ended' },
  },
  refusals,
  headline: (data) => `${data.contractNumber}, ${data.about}`,
  contractId: (data) => data.contractId,
});

/** Who has it in hand: the named owner or, before there is one, who acknowledged it; his deputy while he is away. */
function lead(scene: Scene): readonly string[] {
  return presentOrDeputy(scene, scene.data.leadId ?? scene.data.acknowledged?.by);
}

function aboveKey(scene: Scene) {
  const silent = levels.find((one) => one === scene.key) ?? scene.data.level;
  return levelAbove(silent, targetsOf(scene));
}

/** With a workaround, updates keep the pace of the next lower priority (service spec §4.19). */
export function updatePriority({ priority, mitigation }: EscalationData): EscalationData['priority'] {
  if (priority === null || mitigation === null) return priority;
  return priorities[priorities.indexOf(priority) + 1] ?? priority;
}
