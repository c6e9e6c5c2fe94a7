/** Priorities of cases and of what is escalated: P1 is the highest (service spec §4.3, §4.16). */
import { z } from 'zod';

export const priorities = ['P1', 'P2', 'P3', 'P4'] as const;
export const prioritySchema = z.enum(priorities);
export type Priority = z.infer<typeof prioritySchema>;

/** Whether a priority is more urgent than another one. */
export function isHigher(one: Priority, than: Priority): boolean {
  return priorities.indexOf(one) < priorities.indexOf(than);
}

/** P1 and P2 are worked on round the clock (service spec §3 R2); null: what is no case. */
export function isUrgent(priority: Priority | null): boolean {
  return priority === 'P1' || priority === 'P2';
}
