/** The gateway for short messages and calls: one HTTP request a message, signed reports back (docs/paging.md). */
import { z } from 'zod';
import { post, type Posted } from './post.js';
import type { PageOutcome, PagingPort } from './port.js';

export interface GatewayOptions {
  readonly url: string;
  /** Sent as a bearer token. */
  readonly token: string | null;
  /** Where the gateway reports what became of a message. */
  readonly reportTo: string;
}

const taken = z.object({ id: z.string().min(1).max(200) });

export function pagingGateway({ url: text, token, reportTo }: GatewayOptions): PagingPort {
  const url = new URL(text);
  return {
    async send(page, { limitMs, signal }) {
      const headers = {
        'content-type': 'application/json',
        // A gateway that honours it takes the same message once.
        'idempotency-key': page.key,
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      };
      const body = JSON.stringify({ ...page, reportTo });
      return outcomeOf(await post({ url, headers, body, limitMs, signal }));
    },
  };
}

function outcomeOf(posted: Posted): PageOutcome {
  if (posted.kind === 'notSent') return { kind: 'refused', text: posted.text };
  if (posted.kind === 'unknown') return posted;
  const { status, body } = posted;
  const text = `the gateway answered ${String(status)}`;
  if (status >= 200 && status < 300) return { kind: 'taken', messageId: idIn(body), final: false };
  // A gateway that failed in between may have sent it; one that refuses has not.
  return status >= 500 ? { kind: 'unknown', text } : { kind: 'refused', text };
}

function idIn(body: string): string | null {
  const read = taken.safeParse(parsed(body));
  return read.success ? read.data.id : null;
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
