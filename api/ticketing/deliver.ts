/** From an event of an outside ticketing system to the inbox of its case, which is opened where there is none (service spec §3 R9). */
import {
  readOutageOf,
  readTicketStanding,
  type TicketCase,
  type TicketContract,
  type TicketStanding,
} from '../../db/ticketing/read.js';
import type { Data } from '../../domain/kernel/words.js';
import { isHigher } from '../../domain/priority.js';
import { refusalCode } from '../../domain/kernel/refusals.js';
import type { CaseStart } from '../../domain/support-case/commands.js';
import { caseNumberOf } from '../../domain/support-case/number.js';
import { supportCaseRules } from '../../domain/support-case/rules.js';
import { stateSaid, type TicketEvent } from '../../integrations/ticketing/event.js';
import type { Dependencies } from '../dependencies.js';
import { problem } from '../http/problems.js';
import type { Reply } from '../http/reply.js';
import { refusalReply, submittedReply } from '../processes/answers.js';
import { submitStart } from '../processes/submit.js';

const BELL_MS = 2_000;
const SAME_OUTAGE = refusalCode('supportCase', 'sameOutage');

/** An event whose signature and contents are in order, with its place. */
export interface Delivery {
  readonly system: string;
  /** The sender's own id of the event: the same however often it is sent. */
  readonly id: string;
  readonly bodyHash: string;
  readonly event: TicketEvent;
  readonly contract: TicketContract;
}

type Found =
  | { readonly kind: 'case'; readonly of: TicketCase; readonly how: 'found' | 'opened' | 'joined' }
  | { readonly kind: 'reply'; readonly reply: Reply };

/** Takes an event once: whatever was taken under its id before has no effect. */
export async function takeTicketEvent(deps: Dependencies, delivery: Delivery): Promise<Reply> {
  const { id, bodyHash, event } = delivery;
  const standing = await standingOf(deps, delivery);
  if (standing.known) {
    return standing.known.bodyHash === bodyHash
      ? taken('known', standing.known.processId)
      : problem('IDEMPOTENCY_KEY_REUSED', { detail: 'The webhook-id was used for another event.' });
  }
  const found = await caseFor(deps, delivery, standing.found);
  if (found.kind === 'reply') return found.reply;
  const { of, how } = found;
  // The event itself comes last: until it is kept, sending it again makes up for what is missing.
  if (saysPriority(event, of)) {
    const reason = `As ${delivery.system} reports of ${event.data.ticket}.`;
    const prioritised = { to: event.data.priority, reason };
    const told = await tell(deps, delivery, of, 'priorityReported', `${eventKey(id)}/priority`, prioritised);
    if (told === 'busy') return busy();
  }
  const state = of.joined ? null : stateSaid(event);
  const reported = await tell(deps, delivery, of, 'reported', eventKey(id), {
    ...(state === null ? {} : { state }),
    text: event.data.text,
  });
  if (reported === 'busy') return busy();
  return taken(how === 'found' ? reported : how, of.processId);
}

async function standingOf(deps: Dependencies, delivery: Delivery): Promise<TicketStanding> {
  const { id, event, contract } = delivery;
  return readTicketStanding(deps.database, contract.tenantId, {
    principal: principalOf(delivery),
    eventKey: eventKey(id),
    ticketKeys: [joinKey(event), ticketKey(event)],
    contractId: contract.contractId,
    number: event.data.case?.toUpperCase() ?? null,
  });
}

/** The case that the event is about: the one found, else one that is opened, or the one about the same outage. */
async function caseFor(deps: Dependencies, delivery: Delivery, found: TicketCase | null): Promise<Found> {
  const { event, contract } = delivery;
  if (found?.refused) return refusedOrJoined(deps, delivery, found.refused);
  if (found) return { kind: 'case', of: found, how: 'found' };
  if (event.data.case !== undefined) {
    const problems = [{ path: 'data.case', problem: 'the contract has no case of this number' }];
    return { kind: 'reply', reply: problem('BODY_INVALID', { problems }) };
  }
  const { tenantId, policyId, policyVersion, ownerId } = contract;
  const submitted = await submitStart(deps, {
    tenantId,
    definition: supportCaseRules,
    payload: opening(delivery),
    actor: null,
    idempotencyKey: null,
    // Two events of a new ticket at once open one case.
    key: { principal: principalOf(delivery), value: ticketKey(event), bodyHash: '' },
    policy: { id: policyId, version: policyVersion },
    ownerId,
  });
  if (submitted.kind === 'refused') return refusedOrJoined(deps, delivery, submitted.refused);
  const isOpening = submitted.kind === 'pending' || submitted.kind === 'answered';
  if (!isOpening) return { kind: 'reply', reply: submittedReply(submitted, 201) };
  // Another event of the ticket may have opened it at the same time.
  const opened = (await standingOf(deps, delivery)).found;
  if (!opened) return { kind: 'reply', reply: busy() };
  if (opened.refused) return refusedOrJoined(deps, delivery, opened.refused);
  return { kind: 'case', of: opened, how: 'opened' };
}

/** The same outage called twice is one case: the ticket belongs to it from now on. Anything else stays refused. */
async function refusedOrJoined(
  deps: Dependencies,
  delivery: Delivery,
  refused: Parameters<typeof refusalReply>[0],
): Promise<Found> {
  const { event, contract } = delivery;
  const { device = null, siteId = null, caller, impact } = event.data;
  const { tenantId, contractId } = contract;
  const open =
    refused.code === SAME_OUTAGE
      ? await readOutageOf(deps.database, { tenantId, contractId, device, siteId })
      : null;
  if (!open) return { kind: 'reply', reply: refusalReply(refused) };
  const of = { processId: open.processId, over: false, priority: null, joined: true, refused: null };
  const told = await tell(deps, delivery, of, 'calledOutside', joinKey(event), { caller, impact });
  return told === 'busy' ? { kind: 'reply', reply: busy() } : { kind: 'case', of, how: 'joined' };
}

function opening({ system, event }: Delivery): CaseStart {
  const { ticket, priority, caller, device, siteId, product, impact, separate } = event.data;
  return {
    ...{ contractId: event.data.contract, caller, priority, device, siteId, product, impact, separate },
    ...{ source: 'outside', outside: { system, key: ticket }, test: false },
  };
}

/** Every event says which priority the ticket has: it is worth telling where it is news. */
function saysPriority({ type, data }: TicketEvent, { priority }: TicketCase): boolean {
  return type === 'ticket.priorityChanged' || priority === null || isHigher(data.priority, priority);
}

type Told = 'taken' | 'late' | 'kept' | 'known' | 'busy';

/** Accepts a signal and rings for it. `kept`: it is accepted and not decided yet. */
async function tell(
  deps: Dependencies,
  { id, bodyHash, event, contract, system }: Delivery,
  { processId, over }: TicketCase,
  name: 'reported' | 'priorityReported' | 'calledOutside',
  value: string,
  details: Data,
): Promise<Told> {
  const { tenantId } = contract;
  const accepted = await deps.work.accept({
    tenantId,
    processId,
    kind: 'signal',
    name,
    payload: { sourceKey: `${system}/${id}`, occurredAt: event.timestamp, ...details },
    actor: null,
    onBehalfOf: null,
    expectedSeq: null,
    urgent: false,
    key: { principal: `ticketing:${system}`, value, bodyHash: name === 'calledOutside' ? '' : bodyHash },
    start: null,
  });
  if (accepted.kind === 'known') return 'known';
  if (accepted.kind !== 'accepted') return 'busy';
  // A case that is over has no runner: the relay decides its rows.
  if (!over) await deps.ringer.ring(processId, accepted.inboxId, { deadlineMs: BELL_MS });
  const row = await deps.work.readInbox(tenantId, accepted.inboxId);
  if (!row?.answer) return 'kept';
  return row.answer.outcome === 'late' ? 'late' : 'taken';
}

function taken(state: string, processId: string): Reply {
  const body = { state, number: caseNumberOf(processId) };
  return { status: state === 'kept' ? 202 : 200, body, log: { processId } };
}

function busy(): Reply {
  return problem('PROCESS_BUSY', { headers: { 'retry-after': '1' } });
}

function principalOf({ system }: Pick<Delivery, 'system'>): string {
  return `ticketing:${system}`;
}
function eventKey(id: string): string {
  return `event:${id}`;
}
function ticketKey({ data }: TicketEvent): string {
  return `ticket:${data.ticket}`;
}
/** Under which a ticket was joined to a case that another one, or a call, had opened. */
function joinKey({ data }: TicketEvent): string {
  return `joined:${data.ticket}`;
}
