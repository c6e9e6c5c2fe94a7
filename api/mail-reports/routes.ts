/** What comes back by mail: a bounce is a fact for the process that sent the message, everything else changes nothing. */
import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { findMailedPage } from '../../db/paging/reports.js';
import { findSentMail, type SentMail } from '../../db/read/effect.js';
import { sha256 } from '../../domain/kernel/hash.js';
import type { Dependencies, MailReport } from '../dependencies.js';
import { problem } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { takePageReport } from '../pages/reports.js';
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

/** Every notice that the message carried has come back: one that carried several tells each of their processes. */
async function tell(deps: Dependencies, bounce: Bounce): Promise<Reply> {
  const { key = null, messageId = null, recipient } = bounce;
  const paged = await findMailedPage(deps.database, { key, messageId });
  if (paged) return tellPage(deps, paged, recipient);
  const sent = await findSentMail(deps.database, { key, messageId });
  // Anybody can write a report: it counts only where it names the address that the message went to.
  const carried = sent.filter(({ email }) => email?.toLowerCase() === recipient.toLowerCase());
  let reply: Reply = ok({ state: carried.length === 0 ? 'ignored' : 'known', kind: 'bounce' });
  for (const one of carried) {
    const told = await tellOne(deps, one, bounce.status);
    // Sent again it tells those that are left.
    if (told.status >= 400) return told;
    if (told.status === 202) reply = told;
  }
  return reply;
}

/** A page that came back by mail: the same as a gateway that says it was not delivered. */
async function tellPage(
  deps: Dependencies,
  { tryId: key, email }: { readonly tryId: string; readonly email: string | null },
  recipient: string,
): Promise<Reply> {
  if (email?.toLowerCase() !== recipient.toLowerCase()) return ok({ state: 'ignored', kind: 'bounce' });
  const told = await takePageReport(deps, { id: `mail:${key}`, key, status: 'failed', at: Date.now() });
  return told === 'noted'
    ? { status: 202, body: { state: 'accepted', kind: 'bounce' } }
    : ok({ state: told === null ? 'ignored' : 'known', kind: 'bounce' });
}

type Bounce = Extract<MailReport, { kind: 'bounce' }>;

/**
 * One signal per notice that was sent, under the key that a refusal by the mail server itself would have: doubled
 * reports, and a report after such a refusal, change nothing.
 */
async function tellOne(deps: Dependencies, sent: SentMail, status: string): Promise<Reply> {
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
