/** Sends one notice to one person: facts, one-time link, message, and an honest outcome. */
import { createHash } from 'node:crypto';
import type { Claim } from '../../db/store/types.js';
import { readInvitation } from '../../domain/invitation.js';
import type { Registry } from '../../domain/kernel/advance.js';
import type { MailContent } from '../../domain/kernel/state.js';
import { calendarEntry } from '../../integrations/mail/calendar-entry.js';
import { NoticeError } from '../../integrations/mail/notice-template.js';
import type { CalendarPart, MailOutcome, MailPort } from '../../integrations/mail/port.js';
import { renderNotice } from '../../integrations/mail/render.js';
import type { NoticeInput, RenderedNotice } from '../../integrations/mail/render.js';
import { withoutAddresses } from '../failure.js';
import type { ActivityLog } from '../log.js';
import type { Attempt, ClaimOf, Done, EffectHandler } from '../perform.js';
import { MOST_ATTEMPTS, nextAttemptAt } from './back-off.js';
import type { MailContext, MailFacts, PersonFacts } from './mail-facts.js';
import { digestVariables, type DigestReminder } from './digest.js';
import { oneTimeLink, type LinkDependencies } from './one-time-link.js';
import { mailVariables, peopleIn } from './mail-variables.js';

export interface MailDependencies extends LinkDependencies {
  readonly port: MailPort;
  readonly facts: MailFacts;
  readonly registry: Registry;
  readonly log: ActivityLog;
  /** The sender of every message. */
  readonly from: string;
}

type MailClaim = ClaimOf<'mail'>;

/** Enhanced status codes (RFC 3463): no address at all; tried for too long; a fault of the message itself. */
const NO_ADDRESS = '5.1.1';
const EXPIRED = '4.4.7';
const UNMADE = '5.6.0';

export function mail(deps: MailDependencies): EffectHandler<'mail'> {
  return async (claim, attempt) => {
    const { carriedBy, together } = claim;
    if (carriedBy !== null) return doneBy(claim, attempt, { kind: 'sent', messageId: carriedBy });
    const outcome = together ? await sendTogether(deps, claim, attempt) : null;
    const of = (one: Claim, what: Outcome) => doneBy(one as MailClaim, attempt, what);
    if (outcome) {
      const others = together?.others.map((one) => ({ claim: one, done: of(one, outcome) })) ?? [];
      return { ...of(claim, outcome), others };
    }
    const alone = of(claim, await sendOne(deps, claim, attempt));
    const problem = 'It goes out by itself.';
    const later = { settlement: { kind: 'deferred', problem, nextAttemptAt: attempt.now } } as const;
    return { ...alone, others: together?.others.map((one) => ({ claim: one, done: later })) ?? [] };
  };
}

/** What came of an attempt; `unmade`: there is no message to be sent, now or later. */
type Outcome = MailOutcome | { readonly kind: 'noAddress' | 'unmade' };

async function sendOne(deps: MailDependencies, claim: MailClaim, attempt: Attempt): Promise<Outcome> {
  const { content, key } = claim.intent;
  const context = await deps.facts.read(claim.tenantId, claim.processId, peopleIn(content));
  const recipient = context?.people[content.recipient];
  if (!context || !recipient?.email) return { kind: 'noAddress' };
  const rendered = await render(
    deps,
    claim,
    context,
    recipient,
    content.link && (await oneTimeLink(deps, claim, content.recipient, content.link, attempt.now)),
  );
  if (!rendered) return { kind: 'unmade' };
  return deps.port.send(
    {
      key: mailKey(key),
      from: deps.from,
      to: recipient.email,
      ...answersTo([context], content.recipient),
      ...rendered,
      ...entryOf(deps, claim, recipient),
    },
    attempt.signal,
  );
}

/** One message for all of them, under a key of its own; null when it cannot be made, a defect that loses no reminder. */
async function sendTogether(
  deps: MailDependencies,
  claim: MailClaim,
  attempt: Attempt,
): Promise<Outcome | null> {
  const { together } = claim;
  if (!together) throw new Error('The claim has nothing to be sent together.');
  const reminders: DigestReminder[] = [];
  for (const one of [claim, ...together.others] as MailClaim[]) {
    const { tenantId, processId, slug, intent } = one;
    const context = await deps.facts.read(tenantId, processId, peopleIn(intent.content));
    if (!context) throw new Error(`Process ${processId} of a reminder is gone.`);
    reminders.push({ slug, processId, intent, context });
  }
  const recipient = reminders[0]?.context.people[claim.intent.content.recipient];
  if (!recipient?.email) return { kind: 'noAddress' };
  const { registry, publicUrl, port, from } = deps;
  const variables = digestVariables(reminders, { registry, publicUrl });
  const { zone, language } = recipient;
  const rendered = await renderNotice({ notice: 'digest', zone, language, variables }).catch(
    (error: unknown) => {
      if (!(error instanceof NoticeError)) throw error;
      deps.log.error({ err: error, effectId: claim.effectId }, 'a digest cannot be rendered');
      return null;
    },
  );
  if (!rendered) return null;
  const answers = answersTo(
    reminders.map(({ context }) => context),
    claim.intent.content.recipient,
  );
  return port.send({ key: together.key, from, to: recipient.email, ...answers, ...rendered }, attempt.signal);
}

/** The owner reads the answers, as the messages say, if all that one is about has the same; nobody writes to himself. */
export function answersTo(
  contexts: readonly MailContext[],
  recipientId: string,
): { readonly replyTo?: string } {
  const owners = new Set(contexts.map(({ ownerId, people }) => people[ownerId]?.email ?? null));
  const [owner] = owners;
  const own = contexts.some(({ ownerId }) => ownerId === recipientId);
  return owner && owners.size === 1 && !own ? { replyTo: owner } : {};
}

function doneBy(claim: Claim & Pick<MailClaim, 'intent'>, attempt: Attempt, outcome: Outcome): Done {
  const { key, content } = claim.intent;
  switch (outcome.kind) {
    case 'noAddress':
      return undeliverable(claim, NO_ADDRESS, 'The recipient has no mail address.');
    case 'unmade':
      return undeliverable(claim, UNMADE, 'The message could not be made.');
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
function undeliverable(claim: Pick<MailClaim, 'intent'>, status: string, problem: string): Done {
  const { key, content } = claim.intent;
  return {
    settlement: { kind: 'failed', problem },
    signal: { name: 'undeliverable', payload: { effectKey: key, content, status } },
  };
}

/** A notice that invites carries its calendar entry. */
function entryOf(
  deps: MailDependencies,
  claim: MailClaim,
  { name, email }: PersonFacts,
): { readonly calendar?: CalendarPart } {
  const { content } = claim.intent;
  const invitation = readInvitation(content.show);
  if (!invitation || email === null) return {};
  const { processId } = claim;
  const url = `${deps.publicUrl}/processes/${processId}`;
  const attendee = { name, email };
  const source = { invitation, processId, organizer: deps.from, attendee, decidedAt: content.at, url };
  return { calendar: calendarEntry(source) };
}

/** A template that does not fit its variables is a defect; the generic notice still reaches the person. */
export async function render(
  deps: Pick<MailDependencies, 'registry' | 'publicUrl' | 'log'>,
  claim: Pick<Claim, 'slug' | 'processId' | 'effectId'> & {
    readonly intent: { readonly content: MailContent };
    readonly standsFor: readonly number[];
  },
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
  const own = readInvitation(content.show) ? 'invitation' : content.notice;
  const input: NoticeInput = { notice: own, zone, language, variables };
  for (const notice of [own, 'task']) {
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
