/** The entitlement gate: may a request be served, and why not (service spec §3 R1, §3a "R10 and R1"). Pure. */
import { z } from 'zod';
import { prioritySchema, type Priority } from '../priority.js';

/** Raised with every change of the rule below; a stored verdict says which one it was judged by. */
export const RULE_VERSION = 1;

/** What the install base says about the device: `notRecorded`: nothing, so that the contract alone decides. */
export const deviceCover = z.enum(['noDevice', 'covered', 'notCovered', 'notRecorded']);

const gateInputs = z.strictObject({
  priority: prioritySchema,
  contractStatus: z.string(),
  tier: z.string(),
  /** Tiers that include what is asked for; empty: every tier does. */
  tiersServed: z.array(z.string()),
  device: deviceCover,
  callerAuthorised: z.boolean(),
});
export type GateInputs = z.infer<typeof gateInputs>;

export const doubts = [
  'contractNotActive',
  'tierWithoutFeature',
  'deviceNotCovered',
  'callerNotAuthorised',
] as const;
export type Doubt = (typeof doubts)[number];

export const verdictSchema = z.strictObject({
  rule: z.number().int(),
  inputs: gateInputs,
  /** `provisional`: served, or called back, before it is settled. */
  verdict: z.enum(['entitled', 'provisional', 'refused']),
  doubts: z.array(z.enum(doubts)),
  reason: z.string(),
  /** Epoch milliseconds. */
  at: z.number().int(),
});
export type Verdict = z.infer<typeof verdictSchema>;

/** Serving states of a contract: it runs, also while its end is near. */
const serving = ['active', 'expiring'];

const words: Readonly<Record<Doubt, string>> = {
  contractNotActive: 'the contract is not active',
  tierWithoutFeature: 'the tier of the contract does not include the Senior Desk',
  deviceNotCovered: 'the device has no valid base contract',
  callerNotAuthorised: 'the caller is not known as an authorised caller',
};

/** Doubts that calling back can dispel; the others are facts of the contract. */
const ofTheCall: readonly Doubt[] = ['callerNotAuthorised'];

/**
 * Judges a request. A P1 call is never refused on the spot: whatever is in doubt, it is served and settled afterwards,
 * also after the end of the contract. Other calls in which only the caller is in doubt are called back.
 */
export function judge(inputs: GateInputs, at: number): Verdict {
  const found = doubtsIn(inputs);
  const reason =
    found.length === 0 ? 'Nothing is in doubt.' : `${found.map((one) => words[one]).join('; ')}.`;
  return {
    rule: RULE_VERSION,
    inputs,
    verdict: verdictOf(inputs.priority, found),
    doubts: found,
    reason,
    at,
  };
}

function doubtsIn({ contractStatus, tier, tiersServed, device, callerAuthorised }: GateInputs): Doubt[] {
  const broken: Readonly<Record<Doubt, boolean>> = {
    contractNotActive: !serving.includes(contractStatus),
    tierWithoutFeature: tiersServed.length > 0 && !tiersServed.includes(tier),
    deviceNotCovered: device === 'notCovered',
    callerNotAuthorised: !callerAuthorised,
  };
  return doubts.filter((doubt) => broken[doubt]);
}

function verdictOf(priority: Priority, found: readonly Doubt[]): Verdict['verdict'] {
  if (found.length === 0) return 'entitled';
  if (priority === 'P1') return 'provisional';
  return found.every((doubt) => ofTheCall.includes(doubt)) ? 'provisional' : 'refused';
}
