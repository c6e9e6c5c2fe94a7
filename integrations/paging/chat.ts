/** Messages to chat rooms: signed as Standard Webhooks asks for it, to public addresses only. */
import { Webhook } from 'standardwebhooks';
import { post, type Posted } from './post.js';
import type { ChatPort, PageOutcome } from './port.js';
import { addressGuard, type Resolve, type Resolved } from './safe-address.js';

export interface ChatOptions {
  /** `whsec_` and base64: what receivers check the signature with. */
  readonly secret: string;
  /** Networks that are not public and allowed all the same, such as that of a chat server in the house. */
  readonly allowedNetworks: readonly string[];
  /** For tests. */
  readonly resolve?: Resolve;
}

export function chatWebhooks({ secret, allowedNetworks, resolve }: ChatOptions): ChatPort {
  const webhook = new Webhook(secret);
  const guard = addressGuard(allowedNetworks, resolve);
  return {
    async post({ key, url: text, ...message }, { limitMs, signal }) {
      const url = URL.parse(text);
      if (!url || !['https:', 'http:'].includes(url.protocol) || url.username !== '' || url.password !== '') {
        return { kind: 'refused', text: 'the address of the chat room is not one that can be called' };
      }
      const ends = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
      const resolved = await Promise.race([guard(url.hostname), nameless(ends)]);
      if (!resolved.ok) return { kind: 'refused', text: resolved.problem };
      const sentAt = new Date();
      const body = JSON.stringify({ type: 'page.sent', timestamp: sentAt.toISOString(), ...message });
      const headers = {
        'content-type': 'application/json',
        'webhook-id': key,
        'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
        'webhook-signature': webhook.sign(key, sentAt, body),
      };
      return outcomeOf(await post({ url, headers, body, limitMs, signal: ends, address: resolved.address }));
    },
  };
}

/** A name server that does not answer holds the try no longer than anything else. */
function nameless(signal: AbortSignal): Promise<Resolved> {
  const problem = 'the name server does not answer';
  return new Promise((resolve) => {
    const give = () => resolve({ ok: false, problem });
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}

/** A room that has taken a message shows it: nothing more will be heard. */
function outcomeOf(posted: Posted): PageOutcome {
  if (posted.kind === 'notSent') return { kind: 'refused', text: posted.text };
  if (posted.kind === 'unknown') return posted;
  const { status } = posted;
  if (status >= 200 && status < 300) return { kind: 'taken', messageId: null, final: true };
  const text = `the chat room answered ${String(status)}`;
  // A server that failed may have shown the message before.
  return status >= 500 ? { kind: 'unknown', text } : { kind: 'refused', text };
}
