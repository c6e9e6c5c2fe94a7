/** What a decision about a case sees, and what follows from it: who may call, who agrees, which verdict. Pure. */
import { z } from 'zod';
import { isValid, type Contact } from '../contact-matrix/matrix.js';
import { matrixFacts } from '../contact-matrix/facts.js';
import { contractFacts } from '../contract/facts.js';
import { ownerOf } from '../contract/ownership.js';
import { deviceCover, judge, type Verdict } from '../entitlement/gate.js';
import { isUrgent, type Priority } from '../priority.js';
import { activeOnly, staffWith } from '../kernel/directory.js';
import type { Scene } from '../kernel/words.js';
import type { CaseData } from './data.js';
import { coverFacts, dutyFacts, guidelineInForce, otherCase, skillFacts } from './facts.js';
import { seniorDeskPolicy } from './policy.js';
import { escalationPolicy } from '../escalation/policy.js';

/** Restore, updates and the age at which it climbs are promised once, with the escalations. */
export const casePolicy = z.object({ seniorDesk: seniorDeskPolicy, escalation: escalationPolicy });

export const caseLookups = {
  contract: { schema: contractFacts },
  cover: { schema: coverFacts },
  /** The contact matrix in force; without one the contract says who may call. */
  matrix: { schema: matrixFacts },
  device: { schema: deviceCover },
  guideline: { schema: guidelineInForce },
  duty: { schema: dutyFacts },
  skills: { schema: skillFacts },
  /** Open hours of the Provider around now: outside them the Duty Manager overrides. */
  providerHours: { schema: z.array(z.strictObject({ fromMs: z.number(), toMs: z.number() })) },
  /** Open escalations of this case, which are told what changes. */
  escalations: { schema: z.array(z.string()) },
  /** The open onboarding of the contract, which is told that its test call has passed. */
  onboarding: { schema: z.string().nullable() },
  /** An open P1 or P2 about the same device or site; asked at a start only. */
  sameOutage: { schema: otherCase, locked: true },
  /** The case of the same key of an outside system; asked at a start only. */
  sameSource: { schema: otherCase, locked: true },
} as const;

type Look = {
  readonly [K in keyof typeof caseLookups]: z.infer<(typeof caseLookups)[K]['schema']>;
};
export type CaseScene = Scene<CaseData, z.infer<typeof casePolicy>, Look>;
type Part<K extends keyof CaseScene> = Pick<CaseScene, K>;

function endUserContacts({ look, at }: Part<'look' | 'at'>, keep: (contact: Contact) => boolean): string[] {
  return (look.matrix?.contacts ?? [])
    .filter((contact) => contact.side === 'endUser' && isValid(contact, at) && keep(contact))
    .map((contact) => contact.personId);
}

/** Who may open a case: by the matrix in force, else by the contract. */
export function callersOf(scene: Part<'look' | 'at' | 'directory'>): readonly string[] {
  const { look, directory } = scene;
  const ids = look.matrix
    ? endUserContacts(scene, (contact) => contact.authorisedCaller)
    : look.contract.callers;
  return activeOnly(directory, ids);
}

/** Who agrees to a workaround or a closure: callers and approvers. */
export function consentersOf(scene: Part<'look' | 'at' | 'directory'>): readonly string[] {
  return activeOnly(scene.directory, [
    ...callersOf(scene),
    ...scene.look.contract.approvers,
    ...scene.look.contract.primaryContacts,
  ]);
}

/** Who agrees to a lower priority: whom the matrix names for it, else whoever may consent. */
export function priorityApprovers(scene: Part<'look' | 'at' | 'directory'>): readonly string[] {
  const named = endUserContacts(scene, ({ mayApprove }) => mayApprove.includes('priorityChange'));
  const active = activeOnly(scene.directory, named);
  return active.length > 0 ? active : consentersOf(scene);
}

/** Level 2 of the End User in the matrix in force. */
export function endUserLevel2(scene: Part<'look' | 'at' | 'directory'>): readonly string[] {
  return activeOnly(
    scene.directory,
    endUserContacts(scene, ({ level }) => level === 'L2'),
  );
}

/** Whoever answers for the case now: its engineer, who is on duty, who leads. Never nobody. */
export function caseOwnerOf({
  data,
  look,
  directory,
}: Part<'data' | 'look' | 'directory'>): readonly string[] {
  const { engineers, dutyManager } = look.duty;
  const chain = [
    data.engineerId,
    ...(data.desk === 'senior' ? [engineers[0], dutyManager] : []),
    ...ownerOf(look.contract, directory),
    ...staffWith(directory, 'dutyManager'),
  ];
  return activeOnly(directory, chain).slice(0, 1);
}

/** Whether the senior engineer is in the skill register for the product; null where there is no register or product. */
export function isSeniorFor(
  personId: string,
  product: string | null,
  { look }: Part<'look'>,
): boolean | null {
  if (product === null || Object.keys(look.skills).length === 0) return null;
  return look.skills[personId]?.some((one) => one.toLowerCase() === product.toLowerCase()) ?? false;
}

/** The verdict of the gate as things stand, for a priority and a caller. */
export function verdictFor(
  scene: Part<'look' | 'at' | 'directory' | 'policy'>,
  request: { readonly priority: Priority; readonly callerId: string | null },
): Verdict {
  const { look, policy, at } = scene;
  const { priority, callerId } = request;
  return judge(
    {
      priority,
      contractStatus: look.contract.status,
      tier: look.cover.tier,
      tiersServed: isUrgent(priority) ? policy.seniorDesk.tiers : [],
      device: look.device,
      callerAuthorised: callerId !== null && callersOf(scene).includes(callerId),
    },
    at,
  );
}

/** The same for the case as it is. */
export function verdictNow(
  scene: CaseScene,
  change: { priority?: Priority; callerId?: string } = {},
): Verdict {
  const { priority, caller } = scene.data;
  return verdictFor(scene, { priority, callerId: caller.personId, ...change });
}

/** Open hours of the Provider: then the SM manager overrides, not the Duty Manager (service spec §3a "Further roles"). */
export function inProviderHours({ look, at }: Part<'look' | 'at'>): boolean {
  return look.providerHours.some(({ fromMs, toMs }) => fromMs <= at && at < toMs);
}
