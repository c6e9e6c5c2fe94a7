/** The answers of the mail catcher: bounces and out-of-office replies, and their way to whoever listens. */
import { randomUUID } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { MessageStore, StoredMessage } from './catcher-store.js';

const CATCHER_DOMAIN = 'catcher.invalid';

/** A bounce of `message` for one recipient, as RFC 3464 and RFC 6522 describe it; the original headers come along. */
export function composeBounce(message: StoredMessage, raw: Buffer, recipient: string): Buffer {
  const boundary = `report-${randomUUID()}`;
  const source = raw.toString('latin1');
  const end = source.search(/\r?\n\r?\n/);
  const originalHeaders = end < 0 ? source : source.slice(0, end);
  const lines = [
    `Return-Path: <>`,
    `From: Mail Delivery System <mailer-daemon@${CATCHER_DOMAIN}>`,
    `To: <${message.from}>`,
    `Subject: Undelivered Mail Returned to Sender`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${randomUUID()}@${CATCHER_DOMAIN}>`,
    ...(message.messageId === undefined ? [] : [`References: ${message.messageId}`]),
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=us-ascii',
    '',
    `Your message could not be delivered to <${recipient}>: no such mailbox.`,
    '',
    `--${boundary}`,
    'Content-Type: message/delivery-status',
    '',
    `Reporting-MTA: dns; ${CATCHER_DOMAIN}`,
    '',
    `Final-Recipient: rfc822; ${recipient}`,
    'Action: failed',
    'Status: 5.1.1',
    `Diagnostic-Code: smtp; 550 5.1.1 <${recipient}>: no such mailbox`,
    '',
    `--${boundary}`,
    'Content-Type: text/rfc822-headers',
    '',
    originalHeaders,
    '',
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

/** An out-of-office reply of `recipient` to `message` (RFC 3834). */
export function composeAutoReply(message: StoredMessage, recipient: string): Promise<Buffer> {
  const reference =
    message.messageId === undefined ? {} : { inReplyTo: message.messageId, references: message.messageId };
  const composer = new MailComposer({
    from: recipient,
    to: message.from,
    subject: `Automatic reply: ${message.subject}`,
    text: 'I am out of the office and will read your message when I am back.\n',
    messageId: `<${randomUUID()}@${CATCHER_DOMAIN}>`,
    headers: { 'Auto-Submitted': 'auto-replied' },
    ...reference,
  });
  return composer.compile().build();
}

export interface PostState {
  readonly state: 'none' | 'posting' | 'posted' | 'gaveUp';
  readonly attempts: number;
  readonly lastProblem?: string;
}

export interface ReportPoster {
  /** Takes a report up for posting. */
  enqueue(n: number): void;
  stateOf(n: number): PostState;
  close(): Promise<void>;
}

const MAX_ATTEMPTS = 60;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;
const POST_TIMEOUT_MS = 10_000;

interface Entry {
  attempts: number;
  nextAt: number;
  lastProblem?: string;
}

/**
 * Posts reports as message/rfc822 until a 2xx answer, with growing waits and a limit; what was owed when the catcher
 * stopped is owed again at the next start. The receiver may see one report twice.
 */
export function createReportPoster(
  store: MessageStore,
  url: string | undefined,
  headers: Readonly<Record<string, string>>,
): ReportPoster {
  const entries = new Map<number, Entry>();
  const stopping = new AbortController();
  let wake: () => void = () => undefined;

  const post = async (n: number, target: string, entry: Entry): Promise<void> => {
    entry.attempts += 1;
    try {
      const answer = await fetch(target, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'message/rfc822' },
        body: new Uint8Array(await store.raw(n)),
        redirect: 'error',
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(POST_TIMEOUT_MS)]),
      });
      await answer.body?.cancel();
      if (answer.ok) return await store.markPosted(n);
      entry.lastProblem = `HTTP ${answer.status}`;
    } catch (error) {
      entry.lastProblem = problemOf(error);
    }
    entry.nextAt = Date.now() + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (entry.attempts - 1));
  };
  const open = (): [number, Entry][] =>
    [...entries].filter(([n, entry]) => store.postsOwed(n) > 0 && entry.attempts < MAX_ATTEMPTS);
  const loop = async (target: string): Promise<void> => {
    while (!stopping.signal.aborted) {
      const [next] = open().sort(([, a], [, b]) => a.nextAt - b.nextAt);
      const waitMs = next === undefined ? undefined : next[1].nextAt - Date.now();
      if (next !== undefined && waitMs !== undefined && waitMs <= 0) await post(next[0], target, next[1]);
      else await pause(waitMs, (resolve) => (wake = resolve));
    }
  };
  const running = url === undefined ? Promise.resolve() : loop(url);

  return {
    enqueue(n) {
      entries.set(n, { attempts: 0, nextAt: 0 });
      wake();
    },
    stateOf(n) {
      const entry = entries.get(n);
      const common = {
        attempts: entry?.attempts ?? 0,
        ...(entry?.lastProblem === undefined ? {} : { lastProblem: entry.lastProblem }),
      };
      if ((store.get(n)?.posts ?? 0) === 0) return { state: 'none', ...common };
      if (store.postsOwed(n) === 0) return { state: 'posted', ...common };
      return { state: common.attempts < MAX_ATTEMPTS ? 'posting' : 'gaveUp', ...common };
    },
    async close() {
      stopping.abort();
      wake();
      await running;
    },
  };
}

/** `fetch failed` says nothing: the reason lies in the cause. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const reason =
    typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : undefined;
  return reason === undefined ? error.message : `${error.message} (${reason})`;
}

/** Until woken, or until the time is over where there is one. */
function pause(waitMs: number | undefined, register: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = waitMs === undefined ? undefined : setTimeout(resolve, waitMs);
    register(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
