/** What a case holds (service spec §4.16 "Record", §6). Instants are epoch milliseconds; people stand by their ids. */
import { z } from 'zod';
import { verdictSchema } from '../entitlement/gate.js';
import { priorities } from '../priority.js';
import { guidelineInForce } from './facts.js';

const instant = z.number().int();
const priority = z.enum(priorities);

export const sources = ['api', 'cli', 'seniorDesk', 'outside'] as const;
export const waits = ['endUser', 'engineering', 'rma'] as const;
export const outsideStates = ['open', 'workaround', 'resolved', 'closed'] as const;

/** Whoever is not known by an id gave a name and a number. */
export const callerSchema = z.strictObject({
  personId: z.string().nullable(),
  name: z.string().nullable(),
  phone: z.string().nullable(),
});
export type Caller = z.infer<typeof callerSchema>;

const engineerSchema = z.strictObject({
  personId: z.string(),
  engagedAt: instant,
  leftAt: instant.nullable(),
  /** By the skill register; null: there is none. */
  senior: z.boolean().nullable(),
  /** Why somebody took it who is not in the register for the product. */
  because: z.string().nullable(),
});
export type Engineer = z.infer<typeof engineerSchema>;

const priorityChange = z.strictObject({
  at: instant,
  from: priority,
  to: priority,
  askedBy: z.string(),
  /** Who agreed to a lower one, or decided it; null: a raise needs nobody's agreement. */
  agreedBy: z.string().nullable(),
  reason: z.string(),
  evidence: z.string().nullable(),
});

const dispute = z.strictObject({ by: z.string(), at: instant, reason: z.string() });
const proposal = z.strictObject({
  to: priority,
  askedBy: z.string(),
  at: instant,
  reason: z.string(),
  dispute: dispute.nullable(),
});

const dependency = z.strictObject({
  on: z.enum(waits),
  /** Who owes it: a person or a party in words. */
  owes: z.string(),
  what: z.string(),
  askedAt: instant,
  askedBy: z.string(),
  /** Of P1 and P2 the restore clock pauses with this consent only (service spec §3 R3). */
  consent: z.strictObject({ by: z.string(), evidence: z.string() }).nullable(),
  paused: z.boolean(),
  chasedAt: z.array(instant),
  satisfiedAt: instant.nullable(),
  /** Null: it was not satisfied in time. */
  outcome: z.string().nullable(),
  /** When its longest wait was over before it was satisfied (service spec §3 R3). */
  overAt: instant.nullable().default(null),
});
export type Dependency = z.infer<typeof dependency>;

export const supportCaseData = z.strictObject({
  contractId: z.string(),
  contractNumber: z.string(),
  calendarId: z.string(),
  number: z.string(),
  /** The call that an onboarding proves the desk with: in every message, in no figure. */
  test: z.boolean(),
  source: z.strictObject({
    kind: z.enum(sources),
    /** Of a case of an outside system: which one, and its key there. */
    system: z.string().nullable(),
    key: z.string().nullable(),
  }),
  openedAt: instant,
  openedBy: z.string().nullable(),
  caller: callerSchema,
  verification: z.strictObject({ by: z.string(), at: instant, evidence: z.string() }).nullable(),
  priority,
  /** The text of the policy that the priority was chosen by. */
  definition: z.string(),
  product: z.string().nullable(),
  siteId: z.string().nullable(),
  device: z.string().nullable(),
  impact: z.string(),
  /** What holds in an outage of this kind: the guideline that was in force when the case became a P1. */
  outageGuideline: guidelineInForce.default(null),
  /** Others who called about the same outage. */
  calls: z.array(z.strictObject({ at: instant, caller: callerSchema, impact: z.string() })),
  entitlement: verdictSchema,
  override: z
    .strictObject({
      by: z.string(),
      at: instant,
      reason: z.string(),
      /** Null: for this case alone (single use). */
      expiresAt: instant.nullable(),
      /** Since when it is over. */
      overAt: instant.nullable(),
    })
    .nullable(),
  desk: z.enum(['senior', 'supportCentre']),
  engineerId: z.string().nullable(),
  engineers: z.array(engineerSchema),
  handOver: z
    .strictObject({ from: z.string(), to: z.string(), summary: z.string(), givenAt: instant })
    .nullable(),
  handOvers: z.array(
    z.strictObject({
      from: z.string(),
      to: z.string(),
      summary: z.string(),
      givenAt: instant,
      acceptedAt: instant,
    }),
  ),
  priorityChanges: z.array(priorityChange),
  proposal: proposal.nullable(),
  dependencies: z.array(dependency),
  callBack: z.strictObject({ kind: z.enum(['unknown', 'dropped']), since: instant }).nullable(),
  callBacks: z.array(
    z.strictObject({
      kind: z.enum(['unknown', 'dropped']),
      at: instant,
      by: z.string(),
      reached: z.boolean(),
    }),
  ),
  failedContacts: z.array(instant),
  queuedAt: instant.nullable(),
  answeredAt: instant.nullable(),
  engagedAt: instant.nullable(),
  /** What the engaged and the restore clock count from: a raise counts from itself, a lowering from the beginning. */
  engageSince: instant,
  restoreSince: instant,
  lastUpdate: z.strictObject({ at: instant, by: z.string(), text: z.string() }).nullable(),
  workaround: z
    .strictObject({ at: instant, text: z.string(), agreedBy: z.string(), evidence: z.string().nullable() })
    .nullable(),
  restoredAt: instant.nullable(),
  resolution: z
    .strictObject({
      at: instant,
      by: z.string(),
      rootCause: z.string().nullable(),
      unknownBecause: z.string().nullable(),
    })
    .nullable(),
  /** Since when the End User has not answered the question for closure in time. */
  silentSince: instant.nullable(),
  closure: z
    .strictObject({
      at: instant,
      how: z.enum(['consent', 'silence', 'reasoned', 'testPassed', 'contractEnded', 'abandoned', 'refused']),
      by: z.string().nullable(),
      reason: z.string(),
    })
    .nullable(),
  /** False: a new case is opened instead. */
  reopenable: z.boolean(),
  reopenings: z.number().int(),
  /** When it was last found not to be solved. */
  reopenedAt: instant.nullable(),
  /** The newest report of the outside system. */
  report: z.strictObject({ at: instant, key: z.string(), state: z.enum(outsideStates) }).nullable(),
  reportKeys: z.array(z.string()),
  /** The priority that the outside system gave it last. */
  priorityOutside: z.strictObject({ at: instant, to: priority }).nullable().default(null),
});
export type CaseData = z.infer<typeof supportCaseData>;
