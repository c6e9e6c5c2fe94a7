/** What the product may ask of whoever sends short messages, places calls and takes chat messages. */
import type { SignedWebhook } from '../webhooks/signed.js';

/** One message to one number. */
export interface OutgoingPage {
  /** The id of the try: the gateway takes one message under it, and reports about it. */
  readonly key: string;
  readonly channel: 'sms' | 'voice';
  /** An international number that begins with +. */
  readonly to: string;
  readonly language: string;
  /** Plain text; spoken where the channel is `voice`. */
  readonly text: string;
}

/** One message to a chat room. */
export interface OutgoingChat {
  readonly key: string;
  /** The address of the room's webhook. */
  readonly url: string;
  readonly text: string;
  readonly data: Readonly<Record<string, string | boolean>>;
}

/**
 * What became of one attempt.
 * - `taken`: the receiver took responsibility; `final`: nothing more will be heard of it.
 * - `refused`: surely not sent (a bad number, no connection, an address that may not be called).
 * - `unknown`: it was on its way and no answer came, or the receiver failed in between.
 */
export type PageOutcome =
  | { readonly kind: 'taken'; readonly messageId: string | null; readonly final: boolean }
  | { readonly kind: 'refused'; readonly text: string }
  | { readonly kind: 'unknown'; readonly text: string };

/** Tries once; resolves with the outcome whatever the receiver does. Problems name no number and no address. */
export interface PagingPort {
  send(page: OutgoingPage, limit: TryLimit): Promise<PageOutcome>;
}
export interface ChatPort {
  post(message: OutgoingChat, limit: TryLimit): Promise<PageOutcome>;
}

export interface TryLimit {
  /** How long the whole attempt may take. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** What a gateway says became of a message. */
export interface PageReport {
  /** The gateway's own id of the report: the same however often it is sent. */
  readonly id: string;
  /** Of the message that it is about. */
  readonly key: string;
  readonly status: 'delivered' | 'failed';
  /** When it happened (epoch ms). */
  readonly at: number;
}

export type PageReportReader = (signed: SignedWebhook) => ReportRead;

export type ReportRead =
  | { readonly kind: 'report'; readonly report: PageReport }
  /** The signature does not fit, or its time is too far from now. */
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'unreadable'; readonly problem: string };
