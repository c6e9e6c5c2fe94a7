/** A session on the End User's devices: under a live agreement, or led by the End User (service spec §4.4, §3a "4.4"). */
import { z } from 'zod';
import { contractFacts, contractRoles } from '../contract/facts.js';
import { chaseMarks, chaseSteps } from '../kernel/chase.js';
import { notePayload } from '../kernel/common.js';
import { activeOnly } from '../kernel/directory.js';
import { words } from '../kernel/words.js';
import { chaseSchema } from '../policy/quantity.js';
import { accessMethod, agreementFacts } from '../remote-access/facts.js';
import { remoteAccessPolicy } from '../remote-access/policy.js';

const reason = z.string().trim().min(3).max(1000);
const what = z.string().trim().min(3).max(8000);
const instant = z.iso.datetime({ offset: true });

/** The methods of an agreement, and the one that needs none: a person of the End User shares the screen and leads. */
const sessionMethod = z.enum([...accessMethod.options, 'endUserScreenShare']);

const startPayload = z.strictObject({
  contractId: z.string(),
  caseNumber: z.string().trim().min(1).max(60),
  /** The site of the devices; devices that the agreement names one by one need none. */
  siteId: z.string().nullable().default(null),
  devices: z.array(z.string().trim().min(1).max(120)).min(1).max(200),
  engineerId: z.string(),
  /** Who consented on the End User's side, or leads; may be absent where the agreement gives standing consent. */
  approverId: z.string().nullable().default(null),
  purpose: reason,
  method: sessionMethod,
  plannedEnd: instant,
});
export type SessionStart = z.infer<typeof startPayload>;

const sessionData = z.strictObject({
  contractId: z.string(),
  contractNumber: z.string(),
  calendarId: z.string(),
  caseNumber: z.string(),
  siteId: z.string().nullable(),
  devices: z.array(z.string()),
  engineerId: z.string(),
  approverId: z.string().nullable(),
  /** `endUserLed`: no agreement is needed. */
  consent: z.enum(['given', 'standing', 'endUserLed']),
  purpose: z.string(),
  method: sessionMethod,
  /** The agreement that it was held under; null where the End User led. */
  agreement: z
    .strictObject({ processId: z.string(), version: z.number().int(), sha256: z.string() })
    .nullable(),
  /** Instants are epoch milliseconds. */
  startedAt: z.number().int(),
  plannedEndAt: z.number().int(),
  /** Consent was taken back: the agreement was revoked, or an approver stopped the session. */
  stoppedAt: z.number().int().nullable(),
  stoppedBecause: z.string().nullable(),
  agreementEndedAt: z.number().int().nullable(),
  endedAt: z.number().int().nullable(),
  endedBy: z.string().nullable(),
  changed: z.string().nullable(),
  dispute: z
    .strictObject({ by: z.string(), at: z.number().int(), text: z.string(), outcome: z.string().nullable() })
    .nullable(),
});
export type SessionData = z.infer<typeof sessionData>;

const show = ({ data }: { readonly data: SessionData }) => ({
  contract: data.contractNumber,
  caseNumber: data.caseNumber,
  devices: { list: data.devices },
  engineer: { person: data.engineerId },
  purpose: data.purpose,
  plannedEnd: { instant: data.plannedEndAt },
});

export const accessSession = words({
  slug: 'accessSession',
  prefix: 'ses',
  version: 1,
  title: 'Access session',
  summary:
    'One session on devices of the End User: who, why, with whose consent, until when, and what changed.',
  source: 'service spec §4.4, §3a',
  data: sessionData,
  policy: z.object({ chase: chaseSchema, remoteAccess: remoteAccessPolicy }),
  lookups: {
    contract: { schema: contractFacts },
    /** The agreement on remote access of the contract, held so that it cannot be revoked past a session. */
    agreement: { schema: agreementFacts, locked: true },
  },
  calendars: ({ data, directory }) => ({ main: data.calendarId, provider: directory.providerCalendarId }),
  statuses: {
    running: { label: 'Running', kind: 'open', waitsFor: 'provider' },
    overrun: { label: 'Past its planned end', kind: 'open', waitsFor: 'provider' },
    ended: { label: 'Ended', kind: 'closed' },
    leftOpen: { label: 'Contract ended, what was changed is not recorded', kind: 'closed' },
  },
  roles: {
    ...contractRoles,
    engineer: {
      label: 'Engineer of the session',
      who: ({ data, directory }) => activeOnly(directory, [data.engineerId]),
    },
    approver: {
      label: 'Approver of the session',
      who: ({ data, directory }) => activeOnly(directory, [data.approverId]),
    },
  },
  owner: 'owner',
  notices: {
    // Whoever named him wrongly is found out at once: one press ends it.
    sessionStarted: {
      label: 'A session on your devices has started with your consent',
      urgent: true,
      show,
      link: {
        command: 'stop',
        payload: () => ({ reason: 'Stopped by the link in the message about its start.' }),
      },
    },
    underWay: { label: 'An access session has started', urgent: true, show },
    ended: {
      label: 'A session on your devices has ended',
      show: ({ data }) => ({ ...show({ data }), changed: data.changed ?? '' }),
    },
    overrun: {
      label: 'A session is past its planned end',
      urgent: true,
      reminder: true,
      show,
    },
    prolonged: { label: 'A session goes on longer', urgent: true, show },
    endNow: {
      label: 'End the session: the consent to it was taken back',
      urgent: true,
      show: ({ data }) => ({ ...show({ data }), endBy: { due: 'plannedEnd' } }),
    },
    agreementExpired: {
      label: 'The agreement on remote access has ended; the session may be finished',
      urgent: true,
      show,
    },
    disputed: {
      label: 'What was changed in a session is disputed',
      show: ({ data }) => ({ ...show({ data }), dispute: data.dispute?.text ?? '' }),
    },
    disputeDue: {
      label: 'A dispute over a session is to be settled',
      reminder: true,
      show: ({ data }) => ({ contract: data.contractNumber, due: { due: 'dispute' } }),
    },
    settled: {
      label: 'The dispute over a session is settled',
      show: ({ data }) => ({ ...show({ data }), outcome: data.dispute?.outcome ?? '' }),
    },
  },
  clocks: {
    plannedEnd: {
      label: 'Planned end',
      promise: true,
      calendar: 'main',
      steps: ['due', 'again'],
      marks: ({ policy: { remoteAccess: figures } }) => ({
        due: { of: { amount: 0, unit: 'hours' } },
        again: { of: figures.session.again, every: figures.session.again },
      }),
      since: ({ data }) => data.plannedEndAt,
      policyPath: 'remoteAccess.session.again',
    },
    dispute: {
      label: 'Settle the dispute',
      promise: true,
      calendar: 'main',
      steps: chaseSteps,
      marks: ({ policy }) => chaseMarks(policy.remoteAccess.session.dispute, policy.chase),
      policyPath: 'remoteAccess.session.dispute',
    },
  },
  start: {
    label: 'Start an access session',
    payload: startPayload,
    grants: ['serviceManager', 'smManager', 'seniorDesk', 'dutyManager'],
    example: {
      contractId: 'northwind-2026',
      caseNumber: '2026-0311-0007',
      siteId: 'northwind-berlin',
      devices: ['core-1'],
      engineerId: 'noor-dale',
      approverId: 'maria-stone',
      purpose: 'Collect the state of the routing engine.',
      method: 'endUserScreenShare',
      plannedEnd: '2026-03-11T16:00:00+01:00',
    },
  },
  commands: {
    end: {
      label: 'End the session',
      by: ['engineer', 'owner', 'manager', 'backup', 'smManager', 'head'],
      payload: z.strictObject({ changed: what }),
      example: { changed: 'Nothing was changed.' },
      urgent: true,
    },
    prolong: {
      label: 'Move the planned end',
      by: ['engineer', 'owner', 'approvers'],
      payload: z.strictObject({
        plannedEnd: instant,
        approverId: z.string().nullable().default(null),
        reason,
      }),
      example: {
        plannedEnd: '2026-03-11T17:00:00+01:00',
        approverId: 'maria-stone',
        reason: 'The copy is slow.',
      },
    },
    stop: {
      label: 'Take the consent back',
      by: ['approvers', 'approver'],
      payload: z.strictObject({ reason }),
      example: { reason: 'This is not the device that we agreed on.' },
      urgent: true,
    },
    dispute: {
      label: 'Dispute what was changed',
      by: ['approvers', 'approver'],
      payload: z.strictObject({ text: reason }),
      example: { text: 'The filter was changed too.' },
    },
    settleDispute: {
      label: 'Record how the dispute was settled',
      by: ['owner', 'manager', 'backup', 'smManager'],
      payload: z.strictObject({ outcome: what }),
      example: { outcome: 'The filter was put back together; both sides agree.' },
    },
    note: {
      label: 'Add a contact note',
      by: ['engineer', 'owner', 'manager', 'backup', 'smManager', 'approvers'],
      payload: notePayload,
      example: { text: 'Maria watched on the bridge.', medium: 'phone' },
    },
  },
  signals: {
    agreementRevoked: { label: 'The agreement was revoked' },
    agreementExpired: { label: 'The agreement has ended' },
    contractEnded: { label: 'The contract has ended' },
  },
  refusals: {
    noLiveAgreement: {
      text: 'The contract has no live agreement on remote access.',
      remedy:
        'Let the End User lead and share the screen, which is logged too: careplus access session start … --method endUserScreenShare.',
    },
    otherMethod: {
      text: 'The agreement allows another method.',
      remedy:
        'Take the method that careplus access status <contract> shows, or let the End User lead: endUserScreenShare.',
    },
    engineerNotNamed: {
      text: 'The agreement does not name that engineer, or he is not active.',
      remedy: 'Take an engineer that careplus access status <contract> names, or have an approver name him.',
    },
    notInScope: {
      text: 'The agreement does not cover these devices.',
      remedy: 'See its sites and devices: careplus access status <contract>.',
    },
    mayNotConsent: {
      text: 'That person cannot consent to the session.',
      remedy:
        'Take an approver of the contract: careplus access status <contract> says who is in at this hour.',
    },
    consentMissing: {
      text: 'The agreement gives no standing consent, so the session needs the consent of an approver.',
      remedy: 'Ask an approver and name him: careplus access status <contract> says who is in at this hour.',
    },
    plannedEndPassed: {
      text: 'The planned end does not lie ahead.',
      remedy: 'Give an instant later than now.',
    },
    tooLong: {
      text: 'That is longer than a session may be planned.',
      remedy: 'Plan an earlier end; a session can be prolonged.',
    },
    stopped: {
      text: 'The consent to this session was taken back.',
      remedy: 'End the session and record what was changed.',
    },
    disputedAlready: {
      text: 'The dispute is open already.',
      remedy: 'Add a contact note.',
    },
    nothingDisputed: { text: 'No dispute is open.', remedy: 'There is nothing left to do.' },
  },
  headline: (data) => `${data.contractNumber} case ${data.caseNumber}`,
  contractId: (data) => data.contractId,
});
