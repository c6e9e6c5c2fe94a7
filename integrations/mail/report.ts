/** Reads what comes back by mail: bounces (RFC 3464), automatic answers (RFC 3834), and answers of people. */
import PostalMime from 'postal-mime';
import type { Email } from 'postal-mime';
import { KEY_HEADER } from './port.js';

/** The message that a report speaks of, as far as it says. Anybody can write these: match them with the recipient. */
interface Original {
  readonly key?: string;
  readonly messageId?: string;
}

export type MailReport =
  /** Delivery ended in failure. `permanent` is false for 4.x.x, where the server gave up after trying. */
  | ({
      readonly kind: 'bounce';
      readonly recipient: string;
      readonly status: string;
      readonly action: string;
      readonly diagnostic?: string;
      readonly permanent: boolean;
    } & Original)
  /** A report that is not a failure (delayed, delivered, relayed, expanded): nothing follows from it. */
  | ({
      readonly kind: 'progress';
      readonly recipient: string;
      readonly status: string;
      readonly action: string;
    } & Original)
  /** Written by a machine: neither an answer nor an acknowledgement (service spec §3.1, Mail). */
  | ({ readonly kind: 'autoReply'; readonly from: string; readonly subject: string } & Original)
  | ({
      readonly kind: 'reply';
      readonly from: string;
      readonly subject: string;
      readonly text: string;
    } & Original)
  | { readonly kind: 'unreadable'; readonly problem: string };

/** RFC 3464, and RFC 6533 for addresses beyond ASCII. */
const STATUS_TYPES: ReadonlySet<string> = new Set([
  'message/delivery-status',
  'message/global-delivery-status',
]);
const MAX_REPORT_BYTES = 5 * 1024 * 1024;
const MAX_TEXT_CHARS = 20_000;

/** Reads one message as it came by HTTP or from a mailbox. Never throws: what cannot be read says why. */
export async function readMailReport(raw: Buffer | string): Promise<MailReport> {
  if (Buffer.byteLength(raw) > MAX_REPORT_BYTES) return unreadable('larger than 5 MiB');
  let mail: Email;
  try {
    mail = await PostalMime.parse(raw, {
      forceRfc822Attachments: true,
      attachmentEncoding: 'utf8',
      maxNestingDepth: 20,
    });
  } catch (error) {
    return unreadable(error instanceof Error ? error.message : 'not a message');
  }
  if (mail.headers.length === 0) return unreadable('no headers');
  const deliveryStatus = mail.attachments.find((part) => STATUS_TYPES.has(part.mimeType));
  if (deliveryStatus !== undefined) return readDeliveryStatus(mail, textOf(deliveryStatus.content));
  if (isDeliveryReport(mail)) return unreadable('a delivery report without its delivery-status part');
  const from = mailbox(mail);
  if (from === undefined) return unreadable('no sender');
  const common = { from, subject: mail.subject ?? '', ...originalFrom(answeredId(mail), undefined) };
  if (isAutomatic(mail)) return { kind: 'autoReply', ...common };
  return { kind: 'reply', ...common, text: (mail.text ?? '').slice(0, MAX_TEXT_CHARS) };
}

/** RFC 3464 §2: one block of fields for the message, then one for each recipient; a failed one decides. */
function readDeliveryStatus(mail: Email, content: string): MailReport {
  const blocks = content
    .replace(/\r\n?/g, '\n')
    .split(/\n[ \t]*\n/)
    .map(fields)
    .filter((block) => block.has('final-recipient') || block.has('original-recipient'));
  const reads = blocks.map(readRecipient);
  const chosen = reads.find((read) => read.action === 'failed') ?? reads[0];
  if (chosen === undefined) return unreadable('a delivery report that names no recipient');
  const original = originalHeaders(mail);
  const identity = originalFrom(original.get('message-id'), original.get(KEY_HEADER.toLowerCase()));
  const { recipient, status, action, diagnostic } = chosen;
  if (action !== 'failed') return { kind: 'progress', recipient, status, action, ...identity };
  return {
    kind: 'bounce',
    recipient,
    status,
    action,
    permanent: !status.startsWith('4.'),
    ...(diagnostic === undefined ? {} : { diagnostic }),
    ...identity,
  };
}

interface RecipientRead {
  readonly recipient: string;
  readonly status: string;
  readonly action: string;
  readonly diagnostic: string | undefined;
}

function readRecipient(block: ReadonlyMap<string, string>): RecipientRead {
  // The original one is whom we wrote to; the final one may be where his own server sends it on to (RFC 3464 §2.3.1).
  const named = ['original-recipient', 'final-recipient'].map((name) => addressIn(block.get(name) ?? ''));
  const recipient = named.find((address) => address.includes('@')) ?? named[1] ?? '';
  const statusWord = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(block.get('status') ?? '')?.[0];
  const word = /^[a-z]+/i.exec(block.get('action') ?? '')?.[0]?.toLowerCase();
  // Some servers leave Action out: a permanent status then means failure, everything else is not held against it.
  const action = word ?? (statusWord?.startsWith('5.') === true ? 'failed' : 'delayed');
  const status = statusWord ?? (action === 'failed' ? '5.0.0' : '4.0.0');
  const diagnostic = block.get('diagnostic-code');
  return {
    recipient,
    status,
    action,
    diagnostic: diagnostic === undefined ? undefined : afterType(diagnostic),
  };
}

/** `rfc822; a@b.test` → `a@b.test`. */
function afterType(value: string): string {
  return value
    .replace(/^[\w-]+\s*;\s*/, '')
    .trim()
    .slice(0, 500);
}

/** The address after its type; some servers put it in angle brackets. */
function addressIn(value: string): string {
  return afterType(value).replace(/^<(.*)>$/, '$1');
}

/** Header-like lines as a map of lower-case names to unfolded values; the first of a name counts. */
function fields(block: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of block.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const match = /^([!-9;-~]+):[ \t]*(.*)$/.exec(line);
    const name = match?.[1]?.toLowerCase();
    if (name !== undefined && !found.has(name)) found.set(name, (match?.[2] ?? '').trim());
  }
  return found;
}

function originalHeaders(mail: Email): ReadonlyMap<string, string> {
  const kinds = ['message/rfc822', 'text/rfc822-headers', 'message/global', 'message/global-headers'];
  const part = mail.attachments.find(({ mimeType }) => kinds.includes(mimeType));
  const text = part === undefined ? '' : textOf(part.content).replace(/\r\n?/g, '\n');
  return fields(text.split('\n\n', 1)[0] ?? '');
}

function isDeliveryReport(mail: Email): boolean {
  const type = header(mail, 'content-type')?.toLowerCase() ?? '';
  return type.startsWith('multipart/report') && type.includes('delivery-status');
}

/** RFC 3834 §5, and the older marks that answering machines still use. A reply to nobody (`<>`) is automatic too. */
function isAutomatic(mail: Email): boolean {
  const submitted = header(mail, 'auto-submitted')?.toLowerCase().trim();
  if (submitted !== undefined && !/^no\b/.test(submitted)) return true;
  const precedence = header(mail, 'precedence')?.toLowerCase().trim() ?? '';
  return (
    ['x-autoreply', 'x-autorespond', 'x-autoresponder'].some((name) => header(mail, name) !== undefined) ||
    /^(auto[_-]reply|bulk|junk|list)$/.test(precedence) ||
    header(mail, 'return-path')?.trim() === '<>'
  );
}

function answeredId(mail: Email): string | undefined {
  const ids = `${mail.inReplyTo ?? ''} ${mail.references ?? ''}`.match(/<[^<>\s]+>/g);
  return ids?.[0];
}

function originalFrom(messageId: string | undefined, key: string | undefined): Original {
  return {
    ...(messageId === undefined || messageId === '' ? {} : { messageId: messageId.slice(0, 500) }),
    ...(key === undefined || key === '' ? {} : { key: key.slice(0, 500) }),
  };
}

function mailbox(mail: Email): string | undefined {
  const address = mail.from?.address ?? mail.sender?.address;
  return address === undefined || address === '' ? undefined : address;
}

function header(mail: Email, name: string): string | undefined {
  return mail.headers.find(({ key }) => key === name)?.value;
}

function textOf(content: ArrayBuffer | Uint8Array | string): string {
  return typeof content === 'string' ? content : new TextDecoder().decode(content);
}

function unreadable(problem: string): MailReport {
  return { kind: 'unreadable', problem };
}
