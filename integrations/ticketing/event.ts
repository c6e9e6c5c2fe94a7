/** What an outside ticketing system sends: one event, with the whole ticket as it stood then (docs/ticketing.md). */
import { z } from 'zod';
import { callerPayload, placePayload } from '../../domain/support-case/commands.js';
import { outsideStates } from '../../domain/support-case/data.js';
import { prioritySchema } from '../../domain/priority.js';

/** A system that may report, with every secret that counts now: two while they are changed. */
export interface TicketingSystem {
  readonly name: string;
  /** The End User whose contracts it may name; null: the Provider's own system, which may name all. */
  readonly tenantId: string | null;
  /** `whsec_` and base64. */
  readonly secrets: readonly string[];
}

/** What each event says about the ticket; `updated` says it itself, or nothing. */
const stateOf = {
  'ticket.opened': 'open',
  'ticket.updated': null,
  'ticket.priorityChanged': null,
  'ticket.resolved': 'resolved',
  'ticket.closed': 'closed',
  'ticket.reopened': 'open',
  'ticket.note': null,
} as const;
type EventType = keyof typeof stateOf;
const types = Object.keys(stateOf) as readonly EventType[];

export const ticketEvent = z
  .strictObject({
    type: z.enum(types),
    timestamp: z.iso.datetime({ offset: true }).describe('When it happened there'),
    data: z.strictObject({
      ticket: z.string().trim().min(1).max(100).describe('The number there: of a new one a case is opened'),
      contract: z.string().trim().min(1).max(80).describe('Id or number of the contract'),
      case: z.string().trim().max(20).optional().describe('Our number, of a case that was opened here'),
      state: z.enum(outsideStates).optional().describe('With ticket.updated'),
      priority: prioritySchema,
      caller: callerPayload,
      ...placePayload,
      product: z.string().trim().min(1).max(120).optional(),
      impact: z.string().trim().min(3).max(1000),
      separate: z.boolean().default(false).describe('Not the outage for which a case is open already'),
      text: z.string().max(4000).default(''),
    }),
  })
  .refine(({ type, data }) => data.state === undefined || type === 'ticket.updated', {
    path: ['data', 'state'],
    message: 'is for ticket.updated only: the other events say it by their type',
  });
export type TicketEvent = z.infer<typeof ticketEvent>;

/** What became of the ticket; null: nothing, it is a note. */
export function stateSaid({ type, data }: TicketEvent): (typeof outsideStates)[number] | null {
  return data.state ?? stateOf[type];
}
