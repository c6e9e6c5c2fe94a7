/** What comes back by mail: a bounce is a fact for the process that sent the message, everything else changes nothing. */
import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { findSentMail } from '../../db/read/effect.js';
import { sha256 } from '../../domain/kernel/hash.js';
import type { Dependencies, MailReport } from '../dependencies.js';
import { problem } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { anybody, route } from '../http/route.js';

const SECRET_HEADER = 'x-careplus-mail-secret';

const reportOut = z.object({
  state: z.enum(['accepted', 'known', 'ignored']),
  kind: z.string().describe('What the message was read as'),
});

const report = route({
  method: 'post',
  path: '/v1/mail/reports',
  tag: 'Mail',
  summary: 'Take a message that came back: a bounce, an automatic reply',
  description:
    'For the mail server. It shows the secret of the installation in X-Careplus-Mail-Secret; in the dev profile the loopback interface is enough.',
  access: anybody,
  rawBody: 'message/rfc822',
  problems: ['UNAUTHENTICATED', 'BODY_INVALID', 'PROCESS_BUSY'],
  answers: {
    200: { description: 'Nothing follows from it', schema: reportOut },
    202: { description: 'The process is told', schema: reportOut },
  },
  handle: async ({ body, header, loopback }, deps) => {
    if (!mayReport(deps, header(SECRET_HEADER), loopback)) return problem('UNAUTHENTICATED');
    // The route takes raw bodies only.
    const read = await deps.readMailReport(body as unknown as Buffer);
    if (read.kind === 'unreadable') {
      return problem('BODY_INVALID', { problems: [{ path: '(whole)', problem: read.problem }] });
    }
    return read.kind === 'bounce' ? tell(deps, read) : ok({ state: 'ignored', kind: read.kind });
  },
});

function mayReport(deps: Dependencies, given: string | undefined, loopback: boolean): boolean {
  if (deps.mailSecret === null) return deps.profile === 'dev' && loopback;
  if (given === undefined) return false;
  // Hashes have one length, whatever was sent.
  const [one, other] = [given, deps.mailSecret].map((text) => Buffer.from(sha256(text)));
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}

/**
 * One signal per message that was sent, under the key that a refusal by the mail server itself would have: doubled
 * reports, and a report after such a refusal, change nothing.
 */
async function tell(deps: Dependencies, bounce: Extract<MailReport, { kind: 'bounce' }>): Promise<Reply> {
  const { key = null, messageId = null, recipient, status } = bounce;
  const sent = await findSentMail(deps.database, { key, messageId });
  // Anybody can write a report: it counts only where it names the address that the message went to.
  if (!sent || sent.email?.toLowerCase() !== recipient.toLowerCase())
    return ok({ state: 'ignored', kind: 'bounce' });
  const { tenantId, processId, effectId } = sent;
  const accepted = await deps.work.accept({
    tenantId,
    processId,
    kind: 'signal',
    name: 'undeliverable',
    payload: { effectKey: sent.key, content: sent.content, status },
    actor: null,
    onBehalfOf: null,
    expectedSeq: null,
    urgent: false,
    key: { principal: 'effect', value: `${effectId}|undeliverable`, bodyHash: '' },
    start: null,
  });
  if (accepted.kind === 'busy') return problem('PROCESS_BUSY', { headers: { 'retry-after': '1' } });
  if (accepted.kind !== 'accepted') return ok({ state: 'known', kind: 'bounce' });
  const { inboxId } = accepted;
  if (!sent.over) await deps.ringer.ring(processId, inboxId, { deadlineMs: 2_000 });
  return { status: 202, body: { state: 'accepted', kind: 'bounce' }, log: { processId, inboxId, effectId } };
}

export const mailReportRoutes = [report];
