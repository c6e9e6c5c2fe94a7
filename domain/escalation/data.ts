/** What an escalation keeps: ids, instants (epoch milliseconds) and what was said (service spec §4.3 "Record"). */
import { z } from 'zod';
import { levels } from '../contact-matrix/matrix.js';
import { prioritySchema } from '../priority.js';
import { priorityChange } from './facts.js';

const instant = z.number().int();
export const reason = z.string().trim().min(3).max(2000);
export const person = z.string().min(1).max(63);
export const level = z.enum(levels);
/** A case number, a project, a report: a reference without personal data. */
export const reference = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9 ._#/-]{0,79}$/,
    'a reference such as upgrade 2027-1: letters, digits, blanks, dashes',
  );

export const categories = ['support', 'readiness', 'planning'] as const;
export const sources = ['asked', 'age'] as const;

/** Consent of somebody of the End User, with what shows it (a mail, a note of a call). */
export const consent = z.strictObject({ personId: person, evidence: reason });
const given = z.strictObject({ personId: z.string(), at: instant, evidence: z.string().nullable() });
export type Given = z.infer<typeof given>;

/** Who owes what, asked when, chased when, satisfied when (service spec §3 R3). */
const dependency = z.strictObject({
  number: z.number().int().positive(),
  of: z.enum(['endUser', 'delivery']),
  owedBy: z.string(),
  what: z.string(),
  askedAt: instant,
  chasedAt: z.array(instant),
  endedAt: instant.nullable(),
  /** `limit`: five business days passed; `overtaken`: the work went on without it. */
  outcome: z.enum(['satisfied', 'limit', 'overtaken']).nullable(),
  /** Whether clocks stand meanwhile, and by whose consent. */
  pause: z.strictObject({ consent: given.nullable() }).nullable(),
});
export type Dependency = z.infer<typeof dependency>;

const reached = z.strictObject({
  level,
  at: instant,
  /** The version of the matrix that named its people; null: there was none in force. */
  matrixVersion: z.number().int().nullable(),
  people: z.array(z.string()),
  accepted: z.strictObject({ by: z.string(), at: instant }).nullable(),
});
export type Reached = z.infer<typeof reached>;

export const escalationData = z.strictObject({
  contractId: z.string(),
  contractNumber: z.string(),
  calendarId: z.string(),
  category: z.enum(categories),
  source: z.enum(sources),
  reason: z.string(),
  caseId: z.string().nullable(),
  /** The number of the case, or the reference of what it is about. */
  about: z.string(),
  text: z.string().nullable(),
  /** An earlier escalation that this one follows. */
  follows: z.string().nullable(),
  /** Everybody who asks for it: the first one, and who joined. */
  askers: z.array(
    z.strictObject({ personId: z.string(), enteredBy: z.string(), at: instant, reason: z.string() }),
  ),
  raisedAt: instant,
  /** Null: it is about no case. */
  priority: prioritySchema.nullable(),
  /** Of the case; of anything else, when it was raised. */
  openedAt: instant,
  changes: z.array(priorityChange),
  /** How many changes of the case's priority were seen, agreed or not. */
  seenChanges: z.number().int(),
  caseClosedAt: instant.nullable(),
  /** The restoring of the case that was seen last: what is reported not to be solved after it is not stopped by it again. */
  seenRestoredAt: instant.nullable().default(null),
  level,
  /** The highest level that was told, also only because another one was silent. */
  toldLevel: level,
  /** Who was told besides when nobody acknowledged. */
  alsoTold: level,
  levels: z.array(reached),
  acknowledged: z.strictObject({ by: z.string(), at: instant }).nullable(),
  leadId: z.string().nullable(),
  plan: z
    .strictObject({
      version: z.number().int().positive(),
      action: z.string(),
      by: z.string(),
      at: instant,
      nextUpdateAt: instant,
    })
    .nullable(),
  updates: z.number().int(),
  lastUpdate: z.strictObject({ by: z.string(), at: instant, text: z.string() }).nullable(),
  dependencies: z.array(dependency),
  pauses: z.array(z.strictObject({ fromMs: instant, toMs: instant.nullable(), cause: z.string() })),
  mitigation: z.strictObject({ at: instant, workaround: z.string(), consent: given }).nullable(),
  standDown: z
    .strictObject({ at: instant, by: z.string(), reason: z.string(), fromLevel: level, consent: given })
    .nullable(),
  /** Since when it does not climb because it is mitigated, resolved or closed, or its case is restored. */
  stoppedAt: instant.nullable(),
  resolution: z
    .strictObject({
      at: instant,
      by: z.string(),
      rootCause: z.string().nullable(),
      why: z.string().nullable(),
    })
    .nullable(),
  /** When the End User's silence had lasted long enough. */
  silentSince: instant.nullable(),
  closed: z
    .strictObject({
      at: instant,
      consent: given.nullable(),
      decidedBy: z.string().nullable(),
      why: z.string(),
    })
    .nullable(),
  declined: z.strictObject({ by: z.string(), at: instant, reason: z.string(), level }).nullable(),
  appeals: z.number().int(),
  reopened: z.number().int(),
  report: z.strictObject({
    askedAt: instant.nullable(),
    deliveredAt: instant.nullable(),
    reference: z.string().nullable(),
  }),
  satisfaction: z.strictObject({ score: z.number().int(), by: z.string(), at: instant }).nullable(),
  withdrawnBecause: z.string().nullable(),
});
export type EscalationData = z.infer<typeof escalationData>;
