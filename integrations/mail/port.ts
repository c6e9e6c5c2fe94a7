/** What the rest of the product may ask of mail, and the four things that can come of asking. */
import { createHash } from 'node:crypto';

/** One message to one recipient. `key` is the business key: at most one automatic message bears it. */
export interface OutgoingMail {
  /** Printable ASCII without spaces, at most 400 characters; goes into Message-ID and X-Careplus-Key. */
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly replyTo?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A calendar entry that mail programs act on. */
  readonly calendar?: CalendarPart;
}

/** iCalendar text and the method that it names (RFC 6047 §2.4). */
export interface CalendarPart {
  readonly method: 'REQUEST' | 'CANCEL';
  readonly content: string;
}

/**
 * What became of one attempt.
 * - `sent`: the server took responsibility for the message.
 * - `rejected`: the server refused this message for good (5xx); never tried again.
 * - `deferred`: surely not accepted (no connection, 4xx, lost before the end of the message); may be tried again.
 *   `away`: the server takes nothing from anybody (no connection, no greeting, no login), so others need not try.
 * - `unknown`: the end of the message was written and no answer came; it may or may not have been accepted.
 *   Never sent again by itself: a person decides.
 */
export type MailOutcome =
  | { readonly kind: 'sent'; readonly messageId: string }
  | { readonly kind: 'rejected'; readonly code: number; readonly text: string }
  | { readonly kind: 'deferred'; readonly text: string; readonly away?: true }
  | { readonly kind: 'unknown'; readonly text: string };

export interface MailPort {
  /** Tries once. Resolves with the outcome whatever the server does; throws only for a malformed key. */
  send(mail: OutgoingMail, signal?: AbortSignal): Promise<MailOutcome>;
  close(): Promise<void>;
}

/** Carries the business key, so that reports which quote the original headers can be matched. */
export const KEY_HEADER = 'X-Careplus-Key';

/** The right side of every Message-ID, unless the installation names its own. */
export const DEFAULT_MESSAGE_ID_DOMAIN = 'mail.careplus.invalid';

const MAX_KEY_CHARS = 400;
const MAX_ADDRESS_CHARS = 254;

/** The Message-ID of a business key: the same key always gives the same id, and the id discloses nothing. */
export function messageIdOf(key: string, domain: string = DEFAULT_MESSAGE_ID_DOMAIN): string {
  return `<${createHash('sha256').update(key, 'utf8').digest('hex').slice(0, 40)}@${domain}>`;
}

/** Throws for a key that could not travel in a header: that is a bug of the caller, not a failure of mail. */
export function assertMailKey(key: string): void {
  if (!/^[\x21-\x7e]+$/.test(key) || key.length > MAX_KEY_CHARS) {
    throw new TypeError(`mail key must be 1 to ${MAX_KEY_CHARS} printable ASCII characters without spaces`);
  }
}

/** The bare address of `Name <address>` or `address`, or undefined when it is no address that mail can carry. */
export function bareAddress(value: string): string | undefined {
  const bracketed = /<([^<>]*)>\s*$/.exec(value);
  const address = (bracketed?.[1] ?? value).trim();
  // Control characters and spaces are refused rather than removed: a changed address is another person's.
  const wellFormed = /^[^\s@<>(),;:"\\\p{Cc}]+@[^\s@<>(),;:"\\\p{Cc}]+$/u.test(address);
  return wellFormed && address.length <= MAX_ADDRESS_CHARS && !/[\r\n]/.test(value) ? address : undefined;
}

/** The refusal for a sender or recipient that no server would take, decided before any connection is made. */
export function refusedAddress(mail: OutgoingMail): Extract<MailOutcome, { kind: 'rejected' }> | undefined {
  const bad = [mail.from, mail.to].find((address) => bareAddress(address) === undefined);
  return bad === undefined ? undefined : { kind: 'rejected', code: 553, text: 'not a mail address' };
}
