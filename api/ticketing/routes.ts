/** What outside ticketing systems report: Standard Webhooks in, read only after their signature has been checked. */
import { z } from 'zod';
import { findTicketContract } from '../../db/ticketing/read.js';
import { sha256 } from '../../domain/kernel/hash.js';
import { ticketEvent, type TicketEvent, type TicketingSystem } from '../../integrations/ticketing/event.js';
import { isSignedWith } from '../../integrations/webhooks/signed.js';
import type { Dependencies } from '../dependencies.js';
import { uncleanPlaces } from '../http/clean-json.js';
import { places } from '../http/places.js';
import { problem, type Place } from '../http/problems.js';
import type { Reply } from '../http/reply.js';
import { anybody, route } from '../http/route.js';
import { refuseSecrets, secretPlaces } from '../http/secret-places.js';
import { takeTicketEvent } from './deliver.js';

/** As of Standard Webhooks; longer ones would not be keys. */
const WEBHOOK_ID = /^[\x21-\x7e]{1,70}$/;
/** What is said to happen later than it was sent would make late information of everything that follows. */
const MOST_AHEAD_MS = 300_000;

const unsigned = {
  detail:
    'The signature fits no secret of a system of this name, or webhook-timestamp is more than five minutes from now.',
  remedy:
    'Sign as Standard Webhooks asks for it, with the secret that the installation has for the system (CAREPLUS_TICKETING_SYSTEMS), and check both clocks: docs/ticketing.md.',
};

const event = route({
  method: 'post',
  path: '/v1/ticketing/{system}/events',
  tag: 'Ticketing',
  summary: 'Take an event of an outside ticketing system',
  description:
    'Signed as Standard Webhooks asks for it: webhook-id, webhook-timestamp, webhook-signature. The body is `{ type, timestamp, data }`, its fields are in docs/ticketing.md. The first event of a ticket opens a case, or is joined to the open one about the same outage. An event that was taken before changes nothing; what is older than what stands is kept as late information.',
  access: anybody,
  params: z.object({ system: z.string().max(80) }),
  rawBody: 'application/json',
  refusals: true,
  problems: [
    'UNAUTHENTICATED',
    'HEADER_INVALID',
    'BODY_NOT_JSON',
    'BODY_INVALID',
    'SECRET_FOUND',
    'IDEMPOTENCY_KEY_REUSED',
    'PROCESS_BUSY',
  ],
  answers: {
    200: {
      description: 'Taken now or before',
      schema: z.object({
        state: z.enum(['opened', 'joined', 'taken', 'late', 'known']),
        number: z.string().describe('Of the case'),
      }),
    },
    202: {
      description: 'Kept; the engine is away',
      schema: z.object({ state: z.literal('kept'), number: z.string() }),
    },
  },
  handle: async ({ params, body, header }, deps) => {
    const system = deps.ticketing?.find(({ name }) => name === params.system);
    // The route takes raw bodies only.
    const raw = body as unknown as Buffer;
    const id = header('webhook-id') ?? '';
    const timestamp = header('webhook-timestamp');
    const signed = { raw, id, timestamp, signature: header('webhook-signature') };
    if (!system || !isSignedWith(system.secrets, signed)) return problem('UNAUTHENTICATED', unsigned);
    if (!WEBHOOK_ID.test(id)) {
      const problems = [{ path: 'webhook-id', problem: 'is longer than 70 characters' }];
      return problem('HEADER_INVALID', { problems });
    }
    return takeBody(deps, { system, id, raw, sentAt: Number(timestamp) * 1000 });
  },
});

interface Sent {
  readonly system: TicketingSystem;
  readonly id: string;
  readonly raw: Buffer;
  /** Epoch milliseconds. */
  readonly sentAt: number;
}

async function takeBody(deps: Dependencies, { system, id, raw, sentAt }: Sent): Promise<Reply> {
  const json = parsed(raw);
  if (!json.ok) return problem('BODY_NOT_JSON', { detail: 'The body is not JSON.' });
  const unclean = uncleanPlaces(json.value);
  if (unclean.length > 0) return invalid(unclean);
  const secrets = secretPlaces(json.value);
  if (secrets.length > 0) return refuse(deps, system, secrets);
  const read = ticketEvent.safeParse(json.value);
  if (!read.success) return invalid(places(read.error));
  if (Date.parse(read.data.timestamp) > sentAt + MOST_AHEAD_MS)
    return invalid([{ path: 'timestamp', problem: 'is later than webhook-timestamp' }]);
  const { tenantId } = system;
  const contract = await findTicketContract(deps.database, { contract: read.data.data.contract, tenantId });
  if (!contract)
    return invalid([{ path: 'data.contract', problem: 'there is no contract of this id or number' }]);
  const event: TicketEvent = { ...read.data, data: { ...read.data.data, contract: contract.contractId } };
  return takeTicketEvent(deps, {
    system: system.name,
    id,
    bodyHash: sha256(raw.toString('utf8')),
    event,
    contract,
  });
}

/** Kept in the chain of the End User whose system it is, else of the Provider. */
async function refuse(deps: Dependencies, system: TicketingSystem, found: readonly Place[]): Promise<Reply> {
  const sender = { id: `ticketing:${system.name}`, tenantId: system.tenantId ?? 'provider' };
  return refuseSecrets(deps, sender, 'post /v1/ticketing/{system}/events', found);
}

function invalid(problems: readonly Place[]): Reply {
  return problem('BODY_INVALID', { problems });
}

function parsed(raw: Buffer): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  try {
    return { ok: true, value: JSON.parse(raw.toString('utf8')) as unknown };
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false };
    throw error;
  }
}

export const ticketingRoutes = [event];
