/** The one attempt by which a page goes out on a channel. */
import type { TryResult } from '../../db/paging/tries.js';
import type { Channel } from '../../domain/paging/policy.js';
import type { MailPort } from '../../integrations/mail/port.js';
import type { ChatPort, PageOutcome, PagingPort, TryLimit } from '../../integrations/paging/port.js';
import { termsIn } from '../../integrations/mail/render.js';
import { withoutAddresses } from '../failure.js';
import type { ClaimOf } from '../perform.js';
import { answersTo, render, type MailDependencies } from './mail.js';
import type { MailContext, PersonFacts } from './mail-facts.js';
import { pageText } from './page-text.js';

export interface ChannelPorts {
  readonly mail: MailPort;
  /** Null: this installation has no gateway, so nobody is reached by its channels. */
  readonly gateway: PagingPort | null;
  /** Null: this installation signs nothing for chat rooms. */
  readonly chat: ChatPort | null;
}

export interface ChannelDependencies extends Pick<
  MailDependencies,
  'registry' | 'publicUrl' | 'log' | 'from'
> {
  readonly ports: ChannelPorts;
}

export interface Sending {
  readonly claim: ClaimOf<'page'>;
  readonly channel: Channel;
  readonly address: string;
  /** The id of the try. */
  readonly key: string;
  readonly link: string;
  readonly context: MailContext;
  readonly recipient: PersonFacts;
  readonly limit: TryLimit;
}

/** Whether the installation has what the channel needs. */
export function isSetUp(channel: Channel, { gateway, chat }: ChannelPorts): boolean {
  switch (channel) {
    case 'mail':
      return true;
    case 'chat':
      return chat !== null;
    case 'sms':
    case 'voice':
      return gateway !== null;
  }
}

export async function sendOn(deps: ChannelDependencies, sending: Sending): Promise<TryResult> {
  return sending.channel === 'mail' ? byMail(deps, sending) : resultOf(await byOther(deps, sending));
}

async function byOther(
  { ports: { gateway, chat }, registry }: ChannelDependencies,
  { claim, channel, address, key, link, context, recipient, limit }: Sending,
): Promise<PageOutcome> {
  const { slug, processId, intent } = claim;
  const words = registry.definitions[slug]?.words;
  const { notice } = intent.content;
  const { language } = recipient;
  const term = await termsIn(language);
  const title = term(words?.notices[notice]?.label ?? notice);
  const about = `${term(words?.title ?? slug)} ${context.headline}`.trim();
  if (channel === 'chat') {
    if (!chat) return { kind: 'refused', text: 'this installation signs nothing for chat rooms' };
    const text = pageText(channel, language, intent.content, { title, about, link });
    return chat.post({ key, url: address, text, data: { notice, processId, process: slug, link } }, limit);
  }
  if (!gateway || channel === 'mail') return { kind: 'refused', text: 'this installation has no gateway' };
  const text = pageText(channel, language, intent.content, { title, about, link });
  return gateway.send({ key, channel, to: address, language, text }, limit);
}

function resultOf(outcome: PageOutcome): TryResult {
  switch (outcome.kind) {
    case 'taken':
      return {
        outcome: outcome.final ? 'delivered' : 'accepted',
        problem: null,
        messageId: outcome.messageId,
      };
    case 'refused':
      return { outcome: 'failed', problem: outcome.text, messageId: null };
    case 'unknown':
      return { outcome: 'unknown', problem: outcome.text, messageId: null };
  }
}

/** The notice as any mail shows it, with the link that acknowledges it. A server that is away has not sent it. */
async function byMail(
  deps: ChannelDependencies,
  { claim, address, key, link, context, recipient, limit }: Sending,
): Promise<TryResult> {
  const rendered = await render(deps, { ...claim, standsFor: [] }, context, recipient, link);
  if (!rendered) return { outcome: 'failed', problem: 'The message could not be made.', messageId: null };
  const signal = AbortSignal.any([limit.signal, AbortSignal.timeout(limit.limitMs)]);
  const answers = answersTo([context], claim.intent.content.recipient);
  const sent = await deps.ports.mail.send(
    { key, from: deps.from, to: address, ...answers, ...rendered },
    signal,
  );
  switch (sent.kind) {
    case 'sent':
      return { outcome: 'accepted', problem: null, messageId: sent.messageId };
    case 'rejected':
      return {
        outcome: 'failed',
        problem: `${String(sent.code)} ${withoutAddresses(sent.text)}`,
        messageId: null,
      };
    case 'deferred':
      return { outcome: 'failed', problem: withoutAddresses(sent.text), messageId: null };
    case 'unknown':
      return { outcome: 'unknown', problem: withoutAddresses(sent.text), messageId: null };
  }
}
