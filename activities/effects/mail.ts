/** Sends one notice to one person: facts, one-time link, message, and an honest outcome. */
import { createHash, createHmac } from 'node:crypto';
import type { Claim } from '../../db/store/types.js';
import type { Registry } from '../../domain/kernel/advance.js';
import { NoticeError } from '../../integrations/mail/notice-template.js';
import type { MailOutcome, MailPort } from '../../integrations/mail/port.js';
import { renderNotice } from '../../integrations/mail/render.js';
import type { NoticeInput, RenderedNotice } from '../../integrations/mail/render.js';
import { withoutAddresses } from '../failure.js';
import type { ActivityLog } from '../log.js';
import type { Attempt, ClaimOf, Done, EffectHandler } from '../perform.js';
import { MOST_ATTEMPTS, nextAttemptAt } from './back-off.js';
import type { MailContext, MailFacts, PersonFacts } from './mail-facts.js';
import { mailVariables, peopleIn } from './mail-variables.js';

export interface MailDependencies {
  readonly port: MailPort;
  readonly facts: MailFacts;
  readonly registry: Registry;
  readonly log: ActivityLog;
  /** The sender of every message. */
  readonly from: string;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  /** Makes the tokens of one-time links; the same on every worker. */
  readonly linkSecret: string;
  /** How long a one-time link can be used. */
  readonly linkLifetimeMs: number;
}

type MailClaim = ClaimOf<'mail'>;

/** Enhanced status codes (RFC 3463): no address at all; tried for too long. */
const NO_ADDRESS = '5.1.1';
const EXPIRED = '4.4.7';

export function mail(deps: MailDependencies): EffectHandler<'mail'> {
  return async (claim, attempt) => {
    const { content } = claim.intent;
    const context = await deps.facts.read(claim.tenantId, claim.processId, peopleIn(content));
    const recipient = context?.people[content.recipient];
    if (!context || !recipient?.email)
      return undeliverable(claim, NO_ADDRESS, 'The recipient has no mail address.');
    const rendered = await render(deps, claim, context, recipient, await linkOf(deps, claim, attempt.now));
    if (!rendered) return { settlement: { kind: 'failed', problem: 'The message could not be made.' } };
    const key = mailKey(claim.intent.key);
    const outcome = await deps.port.send(
      { key, from: deps.from, to: recipient.email, ...rendered },
      attempt.signal,
    );
    return doneBy(claim, attempt, outcome);
  };
}

function doneBy(claim: MailClaim, attempt: Attempt, outcome: MailOutcome): Done {
  const { key, content } = claim.intent;
  switch (outcome.kind) {
    case 'sent': {
      const evidence = { messageId: outcome.messageId };
      const { notice, recipient, at: decidedAt } = content;
      const payload = { effectKey: key, notice, recipient, decidedAt };
      return { settlement: { kind: 'confirmed', evidence }, signal: { name: 'delivered', payload } };
    }
    case 'rejected': {
      const status = /\b[45]\.\d{1,3}\.\d{1,3}\b/.exec(outcome.text)?.[0] ?? '5.0.0';
      return undeliverable(claim, status, `${outcome.code} ${withoutAddresses(outcome.text)}`);
    }
    case 'deferred': {
      if (outcome.away)
        return { settlement: { ...later(claim, attempt, 'The mail server is away.'), away: true } };
      if (claim.attempt >= MOST_ATTEMPTS) return undeliverable(claim, EXPIRED, 'Tried for too long.');
      return { settlement: later(claim, attempt, withoutAddresses(outcome.text)) };
    }
    case 'unknown':
      return { settlement: { kind: 'unknown', problem: withoutAddresses(outcome.text) } };
  }
}

function later(claim: Claim, attempt: Attempt, problem: string) {
  return { kind: 'deferred' as const, problem, nextAttemptAt: nextAttemptAt(attempt.now, claim.attempt) };
}

/** The process hears of it and tells somebody else (service spec §3 R5). */
function undeliverable(claim: MailClaim, status: string, problem: string): Done {
  const { key, content } = claim.intent;
  return {
    settlement: { kind: 'failed', problem },
    signal: { name: 'undeliverable', payload: { effectKey: key, content, status } },
  };
}

/** Keeps the hash of the link's token; the token follows from the key, so a second attempt bears the same link. */
async function linkOf(deps: MailDependencies, claim: MailClaim, now: number): Promise<string | null> {
  const { key, content } = claim.intent;
  if (!content.link) return null;
  const token = createHmac('sha256', deps.linkSecret)
    .update(`${claim.tenantId}\n${key}`, 'utf8')
    .digest('base64url');
  await deps.facts.keepLink({
    tenantId: claim.tenantId,
    tokenHash: createHash('sha256').update(token, 'utf8').digest('hex'),
    processId: claim.processId,
    command: content.link.command,
    payload: content.link.payload,
    personId: content.recipient,
    effectId: claim.effectId,
    expiresAt: now + deps.linkLifetimeMs,
  });
  return `${deps.publicUrl}/l/${token}`;
}

/** A template that does not fit its variables is a defect; the generic notice still reaches the person. */
async function render(
  deps: MailDependencies,
  claim: MailClaim,
  context: MailContext,
  recipient: PersonFacts,
  linkUrl: string | null,
): Promise<RenderedNotice | null> {
  const { slug, processId } = claim;
  const { content } = claim.intent;
  const { registry, publicUrl } = deps;
  const { standsFor } = claim;
  const variables = mailVariables({
    registry,
    slug,
    processId,
    content,
    context,
    publicUrl,
    linkUrl,
    standsFor,
  });
  const { zone, language } = recipient;
  const input: NoticeInput = { notice: content.notice, zone, language, variables };
  for (const notice of [content.notice, 'task']) {
    try {
      return await renderNotice({ ...input, notice });
    } catch (error) {
      if (!(error instanceof NoticeError)) throw error;
      deps.log.error({ err: error, notice, effectId: claim.effectId }, 'a notice cannot be rendered');
    }
  }
  return null;
}

/** A key that cannot travel in a header goes as its hash. */
function mailKey(key: string): string {
  const fits = /^[\x21-\x7e]{1,400}$/.test(key);
  return fits ? key : `sha256:${createHash('sha256').update(key, 'utf8').digest('hex')}`;
}
