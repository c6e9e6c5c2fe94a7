/**
 * Invitations in notices: what a notice shows so that its mail carries a calendar entry that mail programs add, update
 * and cancel by themselves. Any process may use it; how the entry is written is the mail's affair (RFC 5545, 5546, 6047).
 */
import { z } from 'zod';
import type { Shown } from './kernel/words.js';

export interface Invitation {
  /** Tells one meeting of the process from its others; the same in every update. */
  readonly meeting: string;
  /** Rises with every change of the meeting, and with its cancellation. */
  readonly revision: number;
  readonly method: 'REQUEST' | 'CANCEL';
  readonly title: string;
  /** Epoch milliseconds. */
  readonly startsAt: number;
  readonly minutes: number;
  /** A room, a bridge, an address. */
  readonly place: string;
}

/** The values of a notice that invites to a meeting, or calls it off. */
export function showInvitation({ startsAt, ...rest }: Invitation) {
  return { ...rest, startsAt: { instant: startsAt } } satisfies Readonly<Record<string, Shown>>;
}

const shownInvitation = z.object({
  meeting: z.string().min(1),
  revision: z.int().min(0),
  method: z.enum(['REQUEST', 'CANCEL']),
  title: z.string(),
  startsAt: z.object({ instant: z.int() }),
  minutes: z.int().positive(),
  place: z.string(),
});

/** The invitation that a notice shows, or null. */
export function readInvitation(show: Readonly<Record<string, Shown>>): Invitation | null {
  const read = shownInvitation.safeParse(show);
  return read.success ? { ...read.data, startsAt: read.data.startsAt.instant } : null;
}
