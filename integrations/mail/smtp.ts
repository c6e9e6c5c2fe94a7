/** Mail by SMTP: one connection a message, and an honest answer about what became of it. */
import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { NodemailerError } from 'nodemailer/lib/errors';
import { assertMailKey, bareAddress, KEY_HEADER, messageIdOf, refusedAddress } from './port.js';
import type { MailOutcome, MailPort, OutgoingMail } from './port.js';

export interface SmtpMailOptions {
  /** `smtp://user:password@host:port`, or `smtps://` for TLS from the start; `?requireTLS=true` insists on STARTTLS. */
  readonly url: string;
  readonly messageIdDomain?: string;
  /** Limit for the connection, and again for the greeting. */
  readonly connectTimeoutMs?: number;
  /** Limit for silence of the server at any later point. */
  readonly silenceTimeoutMs?: number;
  /** Limit for one send as a whole, kept below the time-out of the effect that calls it. */
  readonly sendTimeoutMs?: number;
}

const PIECE_BYTES = 16 * 1024;

/** The mail port over any SMTP server. Connections are not pooled, so one lost connection concerns one message. */
export function createSmtpMail(options: SmtpMailOptions): MailPort {
  const open = new Set<AbortController>();
  let closed = false;
  return {
    async send(mail, signal) {
      assertMailKey(mail.key);
      const refused = refusedAddress(mail);
      if (refused !== undefined) return refused;
      if (closed) return { kind: 'deferred', text: 'the mail port is closed' };
      const closing = new AbortController();
      open.add(closing);
      const signals = [closing.signal, AbortSignal.timeout(options.sendTimeoutMs ?? 60_000)];
      try {
        const messageId = messageIdOf(mail.key, options.messageIdDomain);
        const raw = await compose(mail, messageId);
        return await attempt(
          options,
          mail,
          raw,
          messageId,
          AbortSignal.any(signal ? [signal, ...signals] : signals),
        );
      } finally {
        open.delete(closing);
      }
    },
    async close() {
      closed = true;
      for (const controller of open) controller.abort(new Error('the mail port was closed'));
    },
  };
}

async function compose(mail: OutgoingMail, messageId: string): Promise<Buffer> {
  const composer = new MailComposer({
    from: mail.from,
    to: mail.to,
    ...(mail.replyTo === undefined ? {} : { replyTo: mail.replyTo }),
    subject: mail.subject.replace(/[\r\n]+/g, ' '),
    text: mail.text,
    html: mail.html,
    // Twice: beside the text, where programs look for it, and as a file for those that do not (RFC 6047 §2.4).
    ...(mail.calendar === undefined ? {} : { icalEvent: { ...mail.calendar } }),
    messageId,
    headers: { ...mail.headers, 'Auto-Submitted': 'auto-generated', [KEY_HEADER]: mail.key },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** One conversation with the server. Settles once, whatever comes first: answer, error, or abort. */
function attempt(
  options: SmtpMailOptions,
  mail: OutgoingMail,
  raw: Buffer,
  messageId: string,
  signal: AbortSignal,
): Promise<MailOutcome> {
  // nodemailer pipes the body only after 354 and writes the closing dot when the body has ended: until
  // then the server cannot have accepted anything (RFC 5321 §4.1.1.4), from then on it may have.
  const body = Readable.from(pieces(raw), { objectMode: false });
  let reached: Reached = 'nothing';
  body.once('end', () => {
    reached = 'end';
  });
  const server = parseConnectionUrl(options.url);
  const connection = new SMTPConnection({
    ...server,
    connectionTimeout: options.connectTimeoutMs ?? 10_000,
    greetingTimeout: options.connectTimeoutMs ?? 10_000,
    dnsTimeout: options.connectTimeoutMs ?? 10_000,
    socketTimeout: options.silenceTimeoutMs ?? 30_000,
  });
  return new Promise((resolve) => {
    let settled = false;
    const settle = (outcome: MailOutcome): void => {
      if (settled) return;
      settled = true;
      signal.removeEventListener('abort', onAbort);
      resolve(outcome);
      connection.close();
    };
    const fail = (error: NodemailerError): void => settle(classifyFailure(error, reached));
    const onAbort = (): void => settle(lost(abortText(signal), reached));
    // `on`, not `once`: an error that comes after the outcome must not bring the process down.
    connection.on('error', fail);
    connection.once('end', () => settle(lost('connection closed', reached)));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) return onAbort();
    const transmit = (): void => {
      reached = 'message';
      connection.send(
        { from: bareAddress(mail.from) ?? '', to: [bareAddress(mail.to) ?? ''], size: raw.length },
        body,
        (error) => (error ? fail(error) : settle({ kind: 'sent', messageId })),
      );
    };
    connection.connect((error) => {
      if (error) return fail(error);
      const { auth } = server;
      if (auth === undefined) return transmit();
      connection.login({ ...auth }, (loginError) => (loginError ? fail(loginError) : transmit()));
    });
  });
}

/** How far a conversation has come: not to the message yet, into it, or to its end, which the server may have accepted. */
type Reached = 'nothing' | 'message' | 'end';

/** Small pieces keep the end of the body close to the end of what was really written to the socket. */
function* pieces(raw: Buffer): Generator<Buffer> {
  for (let at = 0; at < raw.length; at += PIECE_BYTES) yield raw.subarray(at, at + PIECE_BYTES);
}

/** Commands whose refusal is about this message, not about the connection or the credentials. */
const MESSAGE_COMMANDS: ReadonlySet<string> = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);
/** Answers that ask for credentials or encryption: the settings are wrong, and the message is as good as before. */
const SETTINGS_CODES: ReadonlySet<number> = new Set([530, 534, 535, 538]);

/**
 * The outcome for a failed attempt. Only an answer to MAIL FROM, RCPT TO, DATA or to the end of the message can
 * reject it; a server that refuses everybody (greeting, EHLO, login) defers it. Errors after the end of the message
 * without an answer are unknown. Source: RFC 5321 §4.2.1 and §4.5.4.
 */
export function classifyFailure(
  error: Pick<NodemailerError, 'code' | 'command' | 'responseCode' | 'message'>,
  reached: Reached,
): MailOutcome {
  const { responseCode, command } = error;
  const answered = command !== undefined && MESSAGE_COMMANDS.has(command);
  const text = bounded(error.message);
  if (answered && error.code === 'EMESSAGE' && responseCode === undefined) {
    // Larger than the SIZE that the server announced: nodemailer refuses in its stead, before DATA.
    return reached === 'end' ? { kind: 'unknown', text } : { kind: 'rejected', code: 552, text };
  }
  if (!answered || responseCode === undefined) {
    const outcome = lost(text, reached);
    // A server that has begun to take a message is there, whatever this one makes it do.
    return outcome.kind === 'deferred' && reached === 'nothing' ? { ...outcome, away: true } : outcome;
  }
  if (responseCode >= 500 && responseCode < 600 && !SETTINGS_CODES.has(responseCode)) {
    return { kind: 'rejected', code: responseCode, text };
  }
  // Asked of the sender it is asked of every message: they have one sender.
  if (SETTINGS_CODES.has(responseCode) && command === 'MAIL FROM')
    return { kind: 'deferred', text, away: true };
  if (responseCode >= 400) return { kind: 'deferred', text };
  return lost(text, reached);
}

function lost(text: string, reached: Reached): MailOutcome {
  return reached === 'end' ? { kind: 'unknown', text } : { kind: 'deferred', text };
}

function abortText(signal: AbortSignal): string {
  const reason: unknown = signal.reason;
  return bounded(reason instanceof Error ? reason.message : 'aborted');
}

function bounded(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 500);
}
