/** What came of a request, as an answer over HTTP. */
import { z } from 'zod';
import type { InboxView } from '../../db/store/types.js';
import type { Answer } from '../../domain/kernel/store.js';
import { problem, problemReply, type Place } from '../http/problems.js';
import type { Reply } from '../http/reply.js';
import type { Submitted } from './submit.js';

export const outcomeOut = z
  .object({
    processId: z.string(),
    inboxId: z.string(),
    outcome: z.enum(['accepted', 'late']),
    status: z.string().nullable(),
    seq: z.int(),
    event: z.string().optional(),
  })
  .meta({ id: 'Outcome' });

export const acceptedOut = z
  .object({ processId: z.string(), inboxId: z.string(), state: z.literal('pending'), location: z.string() })
  .meta({ id: 'AcceptedForLater' });

/** The status of a refusal; what is not named here is a conflict with the state of the process. */
const statusOfRefusal: Readonly<Record<string, number>> = {
  PROCESS_ROLE: 403,
  PROCESS_COMMAND: 404,
  PROCESS_STALE: 412,
  PROCESS_PAYLOAD: 422,
};

/** Statuses that refusals are answered with. */
export const refusalStatuses = [...Object.values(statusOfRefusal), 409].sort((a, b) => a - b);

interface RefusalWords {
  readonly code?: string | undefined;
  readonly text?: string | undefined;
  readonly remedy?: string | undefined;
  readonly problems?: readonly Place[] | undefined;
}

/** A refusal of a process as a problem. */
export function refusalReply({ code = '', text = '', remedy = '', problems }: RefusalWords): Reply {
  const status = statusOfRefusal[code] ?? 409;
  const title = 'The process has refused this.';
  return problemReply(status, { code, title, detail: text, remedy }, problems ? { problems } : {});
}

/** `success`: the status of an accepted request. */
export function submittedReply(submitted: Submitted, success: 200 | 201): Reply {
  switch (submitted.kind) {
    case 'answered':
      return answeredReply(submitted.row, success);
    case 'refused':
      return refusalReply(submitted.refused);
    case 'pending': {
      const { inboxId, processId } = submitted;
      const location = `/v1/inbox/${inboxId}`;
      const body = { processId, inboxId, state: 'pending', location };
      return { status: 202, body, headers: { location, 'retry-after': '2' }, log: { processId, inboxId } };
    }
    case 'conflict':
      return problem('IDEMPOTENCY_KEY_REUSED');
    case 'busy':
      return problem('PROCESS_BUSY', { headers: { 'retry-after': '1' } });
    case 'gone':
      return problem('NOT_FOUND');
  }
}

function answeredReply({ answer, inboxId, processId }: InboxView, success: 200 | 201): Reply {
  if (!answer) throw new Error(`Inbox row ${inboxId} has no answer.`);
  const log = { processId, inboxId, ...(answer.event === undefined ? {} : { event: answer.event }) };
  if (answer.outcome === 'refused') return { ...refusalReply(answer), log };
  if (answer.outcome === 'skipped') return { ...problem('SKIPPED', skippedExtras(answer)), log };
  const { outcome, seq, status, event } = answer;
  const body = { processId, inboxId, outcome, status, seq, ...(event === undefined ? {} : { event }) };
  const location = `/v1/processes/${processId}`;
  const headers = { etag: `"${String(seq)}"`, ...(success === 201 ? { location } : {}) };
  return { status: success, body, headers, log };
}

function skippedExtras({ text }: Answer) {
  return text === undefined ? {} : { detail: text };
}
