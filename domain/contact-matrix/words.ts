/** Contact matrix: whom each side calls, level by level, agreed by both and kept right (service spec §4.2, §3 R5/R7, §3a). */
import { z } from 'zod';
import { contractFacts, contractRoles } from '../contract/facts.js';
import { personId } from '../contract/contract-file.js';
import { chaseMarks, chaseSteps } from '../kernel/chase.js';
import { notePayload, undeliverablePayload } from '../kernel/common.js';
import { activeOnly } from '../kernel/directory.js';
import { words, type ClockWord, type RefusalWord } from '../kernel/words.js';
import { chaseSchema, type Chase } from '../policy/quantity.js';
import type { Duration } from '../time/duration.js';
import { contactRowSchema, contactRowsSchema } from './contact-file.js';
import { coverageRules, levels, nextChange, sides, versionSchema, type CoverageRule } from './matrix.js';
import { contactMatrixPolicy } from './policy.js';

const text = z.string().trim().min(3).max(1000);
/** What somebody was to be reached for: a reference such as a case number, no personal data. */
const about = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9 ._#-]{0,79}$/,
    'a reference such as case 4711: letters, digits, blanks and dashes',
  );
const instant = z.number().int();
const bySide = z.strictObject({ provider: z.string().nullable(), endUser: z.string().nullable() });

/** A contract that this matrix serves. */
const servedSchema = z.strictObject({
  contractId: z.string(),
  contractNumber: z.string(),
  contractProcessId: z.string(),
  calendarId: z.string(),
  onboardingId: z.string().nullable(),
  /** When its onboarding was told that a matrix is in force. */
  settledAt: instant.nullable(),
});
export type Served = z.infer<typeof servedSchema>;

const defectSchema = z.strictObject({
  kind: z.enum(['bounce', 'notReached', 'callDown', 'coverage']),
  /** Whose entry is wrong; null: the matrix as a whole lacks somebody. */
  personId: z.string().nullable(),
  openedAt: instant,
  mendedAt: instant.nullable(),
});
export type Defect = z.infer<typeof defectSchema>;

/** Somebody was to be reached and was not: who was tried instead, when. */
const callSchema = z.strictObject({
  side: z.enum(sides),
  level: z.enum(levels),
  about,
  tries: z.array(
    z.strictObject({
      personId: z.string(),
      at: instant,
      as: z.enum(['first', 'deputy', 'nextLevel']),
      outcome: z.enum(['pending', 'notReached', 'reached']),
    }),
  ),
});
export type Call = z.infer<typeof callSchema>;

const contactMatrixData = z.strictObject({
  contractId: z.string(),
  contractNumber: z.string(),
  onboardingId: z.string().nullable(),
  calendarId: z.string(),
  /** The process whose matrix serves this contract; null: this one is it. */
  servedBy: z.string().nullable(),
  served: z.array(servedSchema),
  draft: versionSchema.nullable(),
  inForce: versionSchema.nullable(),
  lastVersion: z.number().int(),
  /** Who has re-confirmed the matrix in force in the present round. */
  confirmed: bySide,
  /** When both sides last agreed to it or re-confirmed it. */
  confirmedAt: instant.nullable(),
  staleSince: instant.nullable(),
  /** Who is reported to leave, and who takes his place. */
  leavers: z.record(
    z.string(),
    z.strictObject({ successorId: z.string().nullable(), removedAt: instant.nullable() }),
  ),
  /** Who has left the End User, and who took his place in what pointed at him. */
  left: z.record(z.string(), z.string().nullable()),
  /** Results of the call-down test that runs. */
  callDown: z.record(z.string(), z.enum(['reached', 'notReached'])),
  defects: z.record(z.string(), defectSchema),
  calls: z.record(z.string(), callSchema),
});
export type MatrixData = z.infer<typeof contactMatrixData>;

type Policy = { readonly chase: Chase; readonly contactMatrix: z.infer<typeof contactMatrixPolicy> };
type Targets = {
  [K in keyof Policy['contactMatrix']]: Policy['contactMatrix'][K] extends Duration ? K : never;
}[keyof Policy['contactMatrix']];

/** A promise that is chased by R5. */
function chased(label: string, target: Targets) {
  return {
    label,
    promise: true,
    calendar: 'main',
    steps: chaseSteps,
    marks: ({ policy }: { readonly policy: Policy }) =>
      chaseMarks(policy.contactMatrix[target], policy.chase),
    policyPath: `contactMatrix.${target}`,
  } as const satisfies Omit<ClockWord<never>, 'marks'> & { readonly marks: unknown };
}

const coverageText = (rule: CoverageRule): RefusalWord => {
  const { side, levels: counted, least } = coverageRules[rule];
  const where = `${counted.join(' and ')} of the ${side === 'provider' ? 'Provider' : 'End User'}`;
  const people = least === 1 ? 'nobody' : `fewer than ${String(least)} people`;
  return {
    text: `The matrix has ${people} on ${where}.`,
    remedy: 'Name them in the table and import it again: careplus matrix import.',
  };
};

const contract = ({ data }: { readonly data: MatrixData }) => ({ contract: data.contractNumber });
const person = (id: string) => (id === '' ? '' : { person: id });

export const contactMatrix = words({
  slug: 'contactMatrix',
  prefix: 'mtx',
  version: 1,
  title: 'Contact matrix',
  summary:
    'Whom each side calls, level by level: drafted, agreed by both sides, in force, re-confirmed, tested and mended.',
  source: 'service spec §4.2, §3 R5/R7, §3a',
  data: contactMatrixData,
  policy: z.object({ chase: chaseSchema, contactMatrix: contactMatrixPolicy }),
  lookups: {
    contract: { schema: contractFacts },
    /** The matrix of the same End User that runs already; asked at the start only. */
    serving: { schema: z.string().nullable(), locked: true },
    /** The calendars named by the hours of the trigger that exist. */
    calendars: { schema: z.array(z.string()) },
  },
  calendars: ({ data, directory }) => ({ main: data.calendarId, provider: directory.providerCalendarId }),
  statuses: {
    draft: { label: 'Draft', kind: 'open', waitsFor: 'provider' },
    sharedForReview: { label: 'Shared for review', kind: 'open', waitsFor: 'endUser' },
    agreed: { label: 'Agreed', kind: 'open' },
    inForce: { label: 'In force', kind: 'open' },
    stale: { label: 'Stale', kind: 'open', waitsFor: 'endUser' },
    shared: {
      label: 'Served by the matrix of another contract',
      kind: 'open',
      mayWait: 'The matrix of another contract of the End User serves this one and runs every clock.',
    },
    superseded: { label: 'Superseded', kind: 'closed' },
  },
  roles: {
    ...contractRoles,
    /** Whom this very step tries instead of somebody who was not reached. */
    triedNow: {
      label: 'Tried instead',
      who: ({ data, directory, at }) =>
        activeOnly(
          directory,
          Object.values(data.calls).flatMap(({ tries }) =>
            tries.filter((one) => one.at === at && one.outcome === 'pending').map((one) => one.personId),
          ),
        ),
    },
    contacts: {
      label: 'Contacts of the matrix in force',
      who: ({ data, directory }) =>
        activeOnly(
          directory,
          (data.inForce?.contacts ?? []).map((contact) => contact.personId),
        ),
    },
  },
  owner: 'owner',
  notices: {
    prepareDue: {
      label: 'The contact matrix is to be drafted and shared',
      reminder: true,
      show: ({ data }) => ({ ...contract({ data }), due: { due: 'prepare' } }),
    },
    agreementAsked: {
      label: 'Please agree to the contact matrix',
      show: ({ data }) => ({
        ...contract({ data }),
        version: data.draft?.version ?? 0,
        contacts: data.draft?.contacts.length ?? 0,
        agreeBy: { due: 'review' },
      }),
      link: { command: 'agree', payload: ({ data }) => ({ version: data.draft?.version ?? 0 }) },
    },
    reviewDue: {
      label: 'The contact matrix waits for the agreement of both sides',
      reminder: true,
      show: ({ data }) => ({
        ...contract({ data }),
        version: data.draft?.version ?? 0,
        due: { due: 'review' },
      }),
    },
    sentBack: {
      label: 'The contact matrix was sent back',
      show: ({ data }) => ({ ...contract({ data }), version: data.draft?.version ?? 0 }),
    },
    inForce: {
      label: 'A contact matrix is in force',
      show: ({ data }) => ({
        ...contract({ data }),
        version: data.inForce?.version ?? 0,
        contacts: data.inForce?.contacts.length ?? 0,
        sha256: data.inForce?.sha256 ?? '',
      }),
    },
    confirmDue: {
      label: 'The contact matrix is to be re-confirmed',
      reminder: true,
      show: ({ data }) => ({
        ...contract({ data }),
        version: data.inForce?.version ?? 0,
        due: { due: 'confirm' },
      }),
    },
    confirmAsked: {
      label: 'Is your contact matrix still right?',
      show: ({ data }) => ({
        ...contract({ data }),
        version: data.inForce?.version ?? 0,
        confirmBy: { due: 'confirm' },
      }),
      link: { command: 'confirm', payload: ({ data }) => ({ version: data.inForce?.version ?? 0 }) },
    },
    stale: {
      label: 'The contact matrix is stale',
      show: ({ data }) => ({
        ...contract({ data }),
        version: data.inForce?.version ?? 0,
        confirmedAt: { instant: data.confirmedAt ?? 0 },
      }),
    },
    joinerReported: {
      label: 'A joiner was reported; the draft lists him',
      show: ({ data }) => ({ ...contract({ data }), version: data.draft?.version ?? 0 }),
    },
    joinerDue: {
      label: 'A joiner is not yet in the contact matrix in force',
      reminder: true,
      show: ({ data, key }) => ({ ...contract({ data }), joiner: key, due: { due: `joiner/${key}` } }),
    },
    leaverReported: {
      label: 'A leaver was reported',
      show: ({ data }) => ({
        ...contract({ data }),
        leavers: { list: leaving(data).map((id) => ({ person: id })) },
      }),
    },
    leaverDue: {
      label: 'A leaver is to be taken out of the contact matrix',
      reminder: true,
      show: ({ data, key }) => ({
        ...contract({ data }),
        leavers: { list: leaving(data).map((id) => ({ person: id })) },
        due: { due: `leaver/${key}` },
      }),
    },
    callDownDue: {
      label: 'The call-down test of the contact matrix is due',
      reminder: true,
      show: ({ data }) => ({ ...contract({ data }), due: { due: 'callDownDone' } }),
    },
    defectOpen: {
      label: 'The contact matrix has a defect',
      reminder: true,
      show: ({ data, key }) => ({
        ...contract({ data }),
        contacts: {
          list: openDefects(data).map(([, { personId: id }]) =>
            id === null ? 'a level without the people it needs' : { person: id },
          ),
        },
        due: { due: `defect/${key}` },
      }),
    },
    callInstead: {
      label: 'You are called because somebody else was not reached',
      urgent: true,
      show: ({ data, at }) => {
        const now = Object.values(data.calls).find(({ tries }) => tries.at(-1)?.at === at);
        return {
          ...contract({ data }),
          about: now?.about ?? '',
          level: now?.level ?? '',
          insteadOf: person(now?.tries.at(-2)?.personId ?? ''),
        };
      },
    },
    nobodyReached: {
      label: 'Nobody of the contact matrix was reached',
      urgent: true,
      show: ({ data, key }) => ({
        ...contract({ data }),
        about: data.calls[key]?.about ?? '',
        level: data.calls[key]?.level ?? '',
        tried: { list: (data.calls[key]?.tries ?? []).map((one) => ({ person: one.personId })) },
      }),
    },
  },
  clocks: {
    prepare: chased('Draft the matrix and share it', 'prepare'),
    review: chased('Agreement of both sides', 'review'),
    takeEffect: {
      label: 'The agreed version takes effect',
      promise: false,
      calendar: 'main',
      steps: ['start'],
      marks: () => ({ start: { of: { amount: 0, unit: 'minutes' } } }),
      since: ({ data, at }) => data.draft?.from ?? at,
      policyPath: 'contactMatrix',
    },
    confirm: chased('Re-confirm the matrix', 'confirm'),
    stale: {
      label: 'The matrix goes stale',
      promise: false,
      calendar: 'main',
      steps: ['due'],
      marks: ({ policy }) => ({
        due: { of: policy.contactMatrix.confirm, plus: policy.contactMatrix.stale },
      }),
      policyPath: 'contactMatrix.stale',
    },
    validity: {
      label: 'A contact begins or ends',
      promise: false,
      calendar: 'main',
      steps: ['change'],
      marks: () => ({ change: { of: { amount: 0, unit: 'minutes' } } }),
      since: ({ data, at }) => nextChange(data.inForce?.contacts ?? [], at) ?? at,
      policyPath: 'contactMatrix',
    },
    joiner: { ...chased('A joiner stands in the matrix', 'joiner'), keyed: true },
    leaver: { ...chased('A leaver is out of the matrix', 'leaver'), keyed: true },
    callDown: {
      label: 'Yearly call-down test',
      promise: false,
      calendar: 'main',
      steps: ['due'],
      marks: ({ policy }) => ({ due: { of: policy.contactMatrix.callDown } }),
      policyPath: 'contactMatrix.callDown',
    },
    callDownDone: chased('Call everybody in the matrix', 'callDownDone'),
    defect: { ...chased('Mend the matrix', 'defect'), keyed: true },
    reach: {
      label: 'Somebody else is reached',
      promise: false,
      keyed: true,
      calendar: 'main',
      steps: ['deputy', 'nextLevel', 'head', 'again'],
      marks: ({ policy }) => {
        const { reach, reachAgain } = policy.contactMatrix;
        return {
          deputy: { of: reach.deputy },
          nextLevel: { of: reach.nextLevel },
          head: { of: reach.head },
          again: { of: reach.head, plus: reachAgain, every: reachAgain },
        };
      },
      policyPath: 'contactMatrix.reach',
    },
  },
  start: {
    label: 'Start a contact matrix',
    payload: z.strictObject({ contractId: z.string(), onboardingId: z.string().nullable().default(null) }),
    grants: ['serviceManager', 'smManager'],
    example: { contractId: 'northwind-2026' },
  },
  commands: {
    import: {
      label: 'Import the contacts as a draft',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({
        contacts: contactRowsSchema,
        /** In force from this instant; without it as soon as both sides have agreed. */
        from: z.iso.datetime({ offset: true }).optional(),
        /** It is meant that so many contacts are gone. */
        dropMany: z.boolean().default(false),
      }),
    },
    reportJoiner: {
      label: 'Report a joiner',
      by: ['manager', 'backup', 'smManager', 'primaryContact', 'approvers', 'contacts'],
      payload: z.strictObject({ contact: contactRowSchema }),
      example: {
        contact: {
          id: 'noa-lind',
          side: 'endUser',
          role: 'operator',
          level: 'L0',
          name: 'Noa Lind',
          phone: '+49 30 5550 203',
          email: 'noa.lind@northwind.example',
          zone: 'Europe/Berlin',
          hours: '24x7',
        },
      },
    },
    share: { label: 'Share the draft for review', by: ['manager', 'backup', 'smManager'] },
    agree: {
      label: 'Agree to the version shared',
      by: ['manager', 'backup', 'smManager', 'primaryContact', 'approvers'],
      payload: z.strictObject({ version: z.int().positive() }),
      example: { version: 1 },
    },
    sendBack: {
      label: 'Send the version back to draft',
      by: ['manager', 'backup', 'smManager', 'primaryContact', 'approvers'],
      payload: z.strictObject({ reason: text }),
      example: { reason: 'Two numbers are wrong.' },
    },
    discard: {
      label: 'Discard the draft and keep the matrix in force',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({ reason: text }),
      example: { reason: 'The reorganisation was called off.' },
    },
    confirm: {
      label: 'Confirm that the matrix is still right',
      by: ['manager', 'backup', 'smManager', 'primaryContact', 'approvers'],
      payload: z.strictObject({ version: z.int().positive() }),
      example: { version: 1 },
    },
    reportLeaver: {
      label: 'Report a leaver',
      by: ['manager', 'backup', 'smManager', 'primaryContact', 'approvers', 'contacts'],
      payload: z.strictObject({ personId, successorId: personId.optional() }),
      each: ({ data }) => entriesOf(data),
      eachField: 'personId',
      example: { personId: 'jan-reed' },
    },
    removeLeaver: {
      label: 'Take a leaver out of the matrix in force',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({ personId, successorId: personId.optional() }),
      each: ({ data }) => entriesOf(data),
      eachField: 'personId',
      example: { personId: 'jan-reed' },
    },
    recordCall: {
      label: 'Record a result of the call-down test',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({ personId, outcome: z.enum(['reached', 'notReached']) }),
      each: ({ data }) => entriesOf(data).filter(({ key }) => data.callDown[key] === undefined),
      eachField: 'personId',
      example: { personId: 'maria-stone', outcome: 'reached' },
    },
    resolveDefect: {
      label: 'Mend a defect',
      by: ['manager', 'backup', 'smManager'],
      payload: z.strictObject({ defect: z.string().max(80), resolution: text }),
      each: ({ data }) => openDefects(data).map(([key]) => ({ key, label: key })),
      eachField: 'defect',
      example: { defect: 'jan-reed', resolution: 'The address was corrected and a mail was answered.' },
    },
    callNotReached: {
      label: 'Say that somebody was not reached',
      by: ['manager', 'backup', 'smManager', 'head', 'callers', 'contacts'],
      urgent: true,
      payload: z.strictObject({ personId, about }),
      example: { personId: 'jan-reed', about: 'case 4711' },
    },
    recordReached: {
      label: 'Say who was reached',
      by: ['manager', 'backup', 'smManager', 'head', 'callers', 'contacts'],
      urgent: true,
      payload: z.strictObject({ call: z.string().max(80), personId }),
      each: ({ data }) => Object.keys(data.calls).map((key) => ({ key, label: key })),
      eachField: 'call',
      example: { call: 'case 4711', personId: 'maria-stone' },
    },
    note: {
      label: 'Add a contact note',
      by: [
        'owner',
        'manager',
        'backup',
        'smManager',
        'accountManager',
        'primaryContact',
        'approvers',
        'contacts',
      ],
      payload: notePayload,
      example: { text: 'Read the matrix through on the phone.', medium: 'phone' },
    },
  },
  signals: {
    contractJoined: {
      label: 'Another contract is served by this matrix',
      payload: servedSchema.omit({ settledAt: true }).extend({
        /** The process of that contract that is served. */
        processId: z.string(),
      }),
    },
    contractLeft: {
      label: 'A contract is served no longer',
      payload: z.strictObject({ contractId: z.string() }),
    },
    servingEnded: { label: 'The matrix that served this contract has ended' },
    contractEnded: { label: 'The contract has ended' },
    undeliverable: { label: 'A message could not be delivered', payload: undeliverablePayload },
    messageBounced: {
      label: 'A message of another process did not reach a contact',
      payload: z.strictObject({
        personId: z.string(),
        /** Somebody must be reached now: the deputy and the next level are tried. */
        urgent: z.boolean(),
        about,
      }),
    },
    notReached: {
      label: 'Another process did not reach a contact',
      payload: z.strictObject({ personId: z.string(), about }),
    },
    reached: {
      label: 'Another process reached a contact',
      payload: z.strictObject({ personId: z.string(), about }),
    },
  },
  refusals: {
    ...(Object.fromEntries(
      (Object.keys(coverageRules) as CoverageRule[]).map((rule) => [rule, coverageText(rule)]),
    ) as Record<CoverageRule, RefusalWord>),
    contractNotActive: { text: 'The contract is not active.', remedy: 'Activate the contract first.' },
    nothingDrafted: {
      text: 'There is no draft.',
      remedy: 'Import the contacts first: careplus matrix import contacts.csv.',
    },
    noneInForce: {
      text: 'No matrix is in force yet.',
      remedy: 'Share the draft and have both sides agree to it.',
    },
    otherVersion: {
      text: 'That is not the version asked about.',
      remedy: 'Read the version that is shared or in force now: careplus matrix show.',
    },
    selfApproval: {
      text: 'Nobody agrees to what he wrote or asked for himself.',
      remedy: 'Ask somebody else of the same side; careplus next <process> names them.',
    },
    sideHasAgreed: {
      text: 'Your side has agreed already.',
      remedy: 'The other side is still to answer: careplus show <process>.',
    },
    manyGone: {
      text: 'So many contacts of the matrix in force are missing from the import that it looks like an accident.',
      remedy: 'Import the whole table, or say that it is meant: careplus matrix import --drop-many.',
    },
    unknownHours: {
      text: 'The hours of a contact name a calendar that does not exist.',
      remedy: 'Take 24x7 or a calendar that careplus calendar list shows.',
    },
    notStaff: {
      text: 'A contact of the Provider is not an active person of its staff, or one of the End User is.',
      remedy: 'Add the person first (careplus staff), or correct the side.',
    },
    startsInPast: {
      text: 'The version would be in force from an instant that has passed.',
      remedy: 'Leave the instant out: then it is in force as soon as both sides have agreed.',
    },
    unknownContact: {
      text: 'The matrix in force has no such contact.',
      remedy: 'Take one that careplus matrix show <contract> lists.',
    },
    alreadyListed: {
      text: 'That person stands in the matrix already.',
      remedy: 'Import the table with the changed entry instead.',
    },
    unknownDefect: {
      text: 'The matrix has no such defect.',
      remedy: 'Take one that careplus next <process> lists.',
    },
    unknownCall: {
      text: 'Nobody is being called about that.',
      remedy: 'Take a reference that careplus show <process> lists.',
    },
  },
  headline: (data) => data.contractNumber,
  contractId: (data) => data.contractId,
});

function entriesOf(data: MatrixData): { key: string; label: string }[] {
  return (data.inForce?.contacts ?? []).map((contact) => ({
    key: contact.personId,
    label: contact.personId,
  }));
}

/** Who is reported to leave and still stands in the matrix. */
function leaving(data: MatrixData): string[] {
  return Object.keys(data.leavers).filter((id) => data.leavers[id]?.removedAt === null);
}

export function openDefects(data: MatrixData): [string, Defect][] {
  return Object.entries(data.defects).filter(([, defect]) => defect.mendedAt === null);
}
