/** What an escalation reads of the case that it is about. Instants are epoch milliseconds. */
import { z } from 'zod';
import { isHigher, prioritySchema, type Priority } from '../priority.js';

export const priorityChange = z.strictObject({
  at: z.number().int(),
  from: prioritySchema,
  to: prioritySchema,
  /** Who of the End User agreed to a lowering; null: nobody. */
  agreedBy: z.string().nullable(),
});
export type PriorityChange = z.infer<typeof priorityChange>;

/** The case as it stands. */
export const caseFacts = z.strictObject({
  caseId: z.string(),
  number: z.string(),
  contractId: z.string(),
  priority: prioritySchema,
  openedAt: z.number().int(),
  /** Since when service is back, by workaround or resolution. */
  restoredAt: z.number().int().nullable(),
  status: z.string(),
  /** Here, or by an outside system while the End User is still asked. */
  closed: z.boolean(),
  ownerId: z.string().nullable(),
  title: z.string(),
  site: z.string().nullable(),
  priorityHistory: z.array(priorityChange),
});
export type CaseFacts = z.infer<typeof caseFacts>;

/** Of the data of a case, what an escalation reads; the rest is the case's own. */
const caseData = z.object({
  contractId: z.string(),
  number: z.string(),
  priority: prioritySchema,
  openedAt: z.number().int(),
  restoredAt: z.number().int().nullable(),
  siteId: z.string().nullable(),
  priorityChanges: z.array(z.object(priorityChange.shape)),
  report: z.object({ state: z.string() }).nullable(),
});

/** The facts of a case from its process; null when these are not the data of a case. */
export function caseFactsFrom(
  process: Pick<CaseFacts, 'caseId' | 'status' | 'closed' | 'ownerId'>,
  data: unknown,
): CaseFacts | null {
  const read = caseData.safeParse(data);
  if (!read.success) return null;
  const { siteId: site, priorityChanges: priorityHistory, report, ...rest } = read.data;
  const closedOutside = process.status === 'closurePending' && report?.state === 'closed';
  const closed = process.closed || closedOutside;
  return { ...process, closed, ...rest, title: rest.number, site, priorityHistory };
}

/**
 * The changes that count: every raise, and a lowering only with the End User's agreement (service spec §3 R4). One
 * that does not count leaves the priority as it was, and so do the next ones up to it.
 */
export function agreedChanges(history: readonly PriorityChange[]): readonly PriorityChange[] {
  const counted: PriorityChange[] = [];
  for (const change of history) {
    const from = counted.at(-1)?.to ?? history[0]?.from ?? change.from;
    const silent = isHigher(from, change.to) && change.agreedBy === null;
    if (change.to !== from && !silent) counted.push({ ...change, from });
  }
  return counted;
}

/** The priority that an escalation of the case goes by. */
export function agreedPriority(facts: CaseFacts): Priority {
  return agreedChanges(facts.priorityHistory).at(-1)?.to ?? facts.priorityHistory[0]?.from ?? facts.priority;
}
