/** What people are told about a case. Pages and what cannot wait are urgent: they go at any hour. */
import type { CaseScene } from './scene.js';

type Told = CaseScene & { readonly recipient: string };

/** Shown in every message; a test call says in each of them that it is one. */
const about = ({ data }: Pick<CaseScene, 'data'>) => ({
  ...(data.test ? { testCall: true } : {}),
  contract: data.contractNumber,
  case: data.number,
  priority: data.priority,
  device: data.device ?? '',
  site: data.siteId ?? '',
  impact: data.impact,
  ...(data.outageGuideline
    ? { outageGuideline: `${data.outageGuideline.title}, version ${String(data.outageGuideline.version)}` }
    : {}),
});

const due = (clock: string) => (scene: CaseScene) => ({ ...about(scene), due: { due: clock } });
const plain = (label: string) => ({ label, show: about }) as const;
const urgent = (label: string) => ({ label, urgent: true, show: about }) as const;
const waiting = ({ data }: CaseScene) => data.dependencies.at(-1);

export const caseNotices = {
  page: {
    label: 'Senior Desk: a case waits to be accepted',
    urgent: true,
    page: true,
    pageWhile: () => 'engage',
    show: (scene: CaseScene) => ({ ...about(scene), meaning: scene.data.definition, due: { due: 'engage' } }),
  },
  pageTold: { label: 'Senior Desk: nobody has accepted a case yet', urgent: true, show: due('engage') },
  engageMissed: urgent('Senior Desk: no senior engineer was engaged in time'),
  answerDue: { label: 'A call is to be answered', urgent: true, show: due('answer') },
  opened: plain('A case was opened'),
  received: {
    label: 'Your case was opened',
    urgent: true,
    show: (scene: CaseScene) => ({ ...about(scene), meaning: scene.data.definition }),
  },
  rerouted: {
    label: 'Your case is with the Support Centre',
    urgent: true,
    show: (scene: CaseScene) => ({
      ...about(scene),
      meaning: scene.data.definition,
      due: { due: 'respond' },
    }),
  },
  caseWaits: { label: 'A case waits for an engineer', show: due('respond') },
  respondDue: { label: 'The first response to a case is overdue', show: due('respond') },
  refused: {
    label: 'The call is not covered by the contract',
    show: (scene: CaseScene) => ({ ...about(scene), why: scene.data.entitlement.reason }),
  },
  callBackDue: { label: 'A caller is to be called back', urgent: true, show: due('callBack') },
  provisional: {
    label: 'A case is served provisionally: its entitlement is to be settled',
    show: (scene: CaseScene) => ({
      ...about(scene),
      why: scene.data.entitlement.reason,
      due: { due: 'settle' },
    }),
  },
  overridden: {
    label: 'The entitlement of a case was overridden',
    show: (scene: CaseScene) => ({
      ...about(scene),
      by: { person: scene.data.override?.by ?? '' },
      why: scene.data.override?.reason ?? '',
    }),
  },
  joined: {
    label: 'Another call about the same outage',
    urgent: true,
    show: (scene: CaseScene) => ({ ...about(scene), again: scene.data.calls.at(-1)?.impact ?? '' }),
  },
  engaged: {
    label: 'A senior engineer works on your case',
    urgent: true,
    show: (scene: CaseScene) => ({ ...about(scene), engineer: { person: scene.data.engineerId ?? '' } }),
  },
  update: {
    label: 'Update on your case',
    urgent: true,
    show: (scene: CaseScene) => ({
      ...about(scene),
      update: scene.data.lastUpdate?.text ?? '',
      next: { due: 'update' },
    }),
  },
  updateDue: { label: 'An update to the caller is due', urgent: true, show: due('update') },
  restoreMissed: { label: 'The objective to restore was missed', urgent: true, show: due('restore') },
  notReached: urgent('The End User cannot be reached about a case'),
  handOver: {
    label: 'A case is handed over to you',
    urgent: true,
    show: (scene: CaseScene) => ({
      ...about(scene),
      from: { person: scene.data.handOver?.from ?? '' },
      summary: scene.data.handOver?.summary ?? '',
    }),
    link: { command: 'acceptHandOver', payload: () => ({}) },
  },
  handOverDue: { label: 'A case is to be handed over with the shift', urgent: true, show: due('shift') },
  assigned: urgent('A case was given to you'),
  dependencyAsked: {
    label: 'Your case waits for you',
    urgent: true,
    show: (scene: CaseScene) => ({ ...about(scene), what: waiting(scene)?.what ?? '', due: { due: 'wait' } }),
  },
  waitOver: {
    label: 'A case has waited too long for somebody else',
    urgent: true,
    show: (scene: CaseScene) => ({
      ...about(scene),
      owes: waiting(scene)?.owes ?? '',
      what: waiting(scene)?.what ?? '',
    }),
  },
  priorityChanged: {
    label: 'The priority of a case has changed',
    urgent: true,
    show: (scene: CaseScene) => ({
      ...about(scene),
      meaning: scene.data.definition,
      why: scene.data.priorityChanges.at(-1)?.reason ?? '',
    }),
  },
  priorityDiffers: {
    label: 'The outside system gives a case another priority',
    show: (scene: CaseScene) => ({ ...about(scene), there: scene.data.priorityOutside?.to ?? '' }),
  },
  lowerAsked: {
    label: 'May the priority of your case be lowered?',
    urgent: true,
    show: (scene: CaseScene) => ({
      ...about(scene),
      to: scene.data.proposal?.to ?? '',
      why: scene.data.proposal?.reason ?? '',
    }),
    link: {
      command: 'agreePriority',
      payload: ({ data, recipient }: Told) => ({
        to: data.proposal?.to ?? data.priority,
        agreedBy: recipient,
      }),
    },
  },
  priorityDisputed: {
    label: 'A lower priority is disputed: the Duty Manager decides',
    urgent: true,
    show: (scene: CaseScene) => ({
      ...about(scene),
      to: scene.data.proposal?.to ?? '',
      why: scene.data.proposal?.dispute?.reason ?? '',
    }),
  },
  lowerDeclined: urgent('The priority of a case stays as it is'),
  workaround: {
    label: 'A workaround is in place',
    urgent: true,
    show: (scene: CaseScene) => ({ ...about(scene), workaround: scene.data.workaround?.text ?? '' }),
  },
  closureAsked: {
    label: 'May your case be closed?',
    show: (scene: CaseScene) => ({
      ...about(scene),
      cause: scene.data.resolution?.rootCause ?? scene.data.resolution?.unknownBecause ?? '',
      due: { due: 'closure' },
    }),
    link: {
      command: 'consentClosure',
      payload: ({ recipient }: Told) => ({ agreedBy: recipient }),
    },
  },
  reasonedClose: {
    label: 'The End User does not answer: close the case with a reason, or go on',
    show: about,
  },
  closed: {
    label: 'Your case is closed',
    show: (scene: CaseScene) => ({
      ...about(scene),
      how: scene.data.closure?.reason ?? '',
      reopenBy: { due: 'reopen' },
    }),
  },
  notSolved: urgent('A case is not solved'),
  closedOutside: urgent('The outside system has closed a case'),
} as const;
