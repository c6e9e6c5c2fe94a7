/** What an escalation says to whom. Urgent goes to people who must act at once; what informs waits for their hours. */
import { isUrgent } from '../priority.js';
import type { EscalationData } from './data.js';

interface Scene {
  readonly data: EscalationData;
  readonly key: string;
}

function facts({ data }: Scene) {
  return {
    contract: data.contractNumber,
    about: data.about,
    category: data.category,
    ...(data.priority === null ? {} : { priority: data.priority }),
    level: data.level,
  };
}

const due = (clock: string) => (scene: Scene) => ({ ...facts(scene), due: { due: clock } });

/** A P1 and a P2 are worked on round the clock; of others a message says it. */
const atAnyHour = ({ data }: Scene) => isUrgent(data.priority);

export const notices = {
  raised: {
    label: 'An escalation is to be acknowledged',
    urgent: true,
    page: atAnyHour,
    pageWhile: () => 'acknowledge',
    show: due('acknowledge'),
  },
  managerInformed: { label: 'An escalation of your customer', show: facts },
  endUserInformed: { label: 'An escalation is with this level', show: facts },
  joined: {
    label: 'Somebody joined an escalation',
    show: (scene: Scene) => {
      const last = scene.data.askers.at(-1);
      return { ...facts(scene), askedBy: { person: last?.personId ?? '' }, reason: last?.reason ?? '' };
    },
  },
  acknowledgementMissed: {
    label: 'Nobody acknowledged an escalation',
    urgent: true,
    page: atAnyHour,
    pageWhile: () => 'acknowledge',
    show: due('acknowledge'),
  },
  planDue: { label: 'An escalation needs an owner and a plan', urgent: true, show: due('plan') },
  planMissed: { label: 'An escalation has no plan', urgent: true, show: due('plan') },
  updateMissed: { label: 'A status update is missing', urgent: true, show: due('update') },
  restoreMissed: { label: 'Service is not restored in time', urgent: true, show: due('restore') },
  levelReached: {
    label: 'An escalation has reached your level',
    urgent: true,
    page: atAnyHour,
    pageWhile: (scene: Scene) => `accept/${scene.data.level}`,
    show: (scene: Scene) => ({ ...facts(scene), due: { due: `accept/${scene.data.level}` } }),
  },
  levelSilent: {
    label: 'A level has not accepted an escalation',
    urgent: true,
    page: atAnyHour,
    show: (scene: Scene) => ({ ...facts(scene), silent: scene.key }),
  },
  topAgain: { label: 'An escalation stands at the top level', urgent: true, show: facts },
  handedOver: { label: 'You own an escalation', urgent: true, show: due('update') },
  planSet: {
    label: 'The plan of an escalation',
    show: (scene: Scene) => ({
      ...facts(scene),
      action: scene.data.plan?.action ?? '',
      nextUpdate: scene.data.plan ? { instant: scene.data.plan.nextUpdateAt } : '',
    }),
  },
  statusUpdate: {
    label: 'Status update of an escalation',
    show: (scene: Scene) => ({ ...facts(scene), update: scene.data.lastUpdate?.text ?? '' }),
  },
  priorityChanged: { label: 'The priority of an escalation has changed', urgent: true, show: facts },
  loweredSilently: { label: 'A case was lowered without the agreement of the End User', show: facts },
  caseClosedOutside: { label: 'The case is closed, its escalation is open', show: facts },
  dependencyChased: {
    label: 'An escalation waits for this',
    show: (scene: Scene) => {
      const last = scene.data.dependencies.at(-1);
      return { ...facts(scene), owedBy: last?.owedBy ?? '', what: last?.what ?? '', due: { due: 'wait' } };
    },
  },
  waitOver: { label: 'The time to wait is over, the work goes on', urgent: true, show: facts },
  goesOn: { label: 'What was waited for is there', urgent: true, show: facts },
  mitigated: { label: 'Service is back, or a workaround is accepted', show: facts },
  stoodDown: { label: 'An escalation was stood down', show: facts },
  unsolved: {
    label: 'An escalation is not solved',
    urgent: true,
    show: due('update'),
  },
  closureAsked: {
    label: 'May this escalation be closed?',
    show: (scene: Scene) => ({
      ...facts(scene),
      rootCause: scene.data.resolution?.rootCause ?? scene.data.resolution?.why ?? '',
    }),
    link: { command: 'agreeClosure', payload: () => ({}) },
  },
  closureUndecided: { label: 'The End User is silent: decide whether to close', show: facts },
  closedInSilence: { label: 'An escalation was closed without an answer; it can be reopened', show: facts },
  closed: { label: 'An escalation is closed', show: facts },
  satisfactionAsked: { label: 'How satisfied are you?', show: facts },
  reportAsked: { label: 'A post-incident report is asked for', show: due('report') },
  reportMissed: { label: 'A post-incident report is missing', reminder: true, show: due('report') },
  reportDelivered: {
    label: 'Post-incident report',
    show: (scene: Scene) => ({ ...facts(scene), report: scene.data.report.reference ?? '' }),
  },
  declined: {
    label: 'An escalation was declined',
    show: (scene: Scene) => ({
      ...facts(scene),
      reason: scene.data.declined?.reason ?? '',
      due: { due: 'appeal' },
    }),
  },
  appealed: { label: 'An appeal against a declined escalation', urgent: true, show: due('acknowledge') },
  requestWithdrawn: { label: 'Somebody no longer asks for an escalation', show: facts },
  withdrawn: {
    label: 'An escalation was withdrawn',
    show: (scene: Scene) => ({ ...facts(scene), reason: scene.data.withdrawnBecause ?? '' }),
  },
} as const;
