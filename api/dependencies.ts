/** What the API is composed of; main.ts and the tests bring the real parts. */
import type { Logger } from 'pino';
import {
  defaultKeyLimits,
  defaultRequestLimits,
  type KeyLimits,
  type RequestLimits,
} from '../config/limits.js';
import type { Database } from '../db/connection.js';
import type { InputsReader } from '../db/store/inputs.js';
import type { WorkStore } from '../db/store/types.js';
import type { FileStore } from '../integrations/files/port.js';
import type { PageReportReader } from '../integrations/paging/port.js';
import type { TicketingSystem } from '../integrations/ticketing/event.js';
import type { Registry } from '../domain/kernel/advance.js';
import type { Measures } from './middleware/measure.js';
import type { Ringer } from '../messages/ringer.js';
import type { SigningPort } from '../integrations/signing/port.js';
import type { Runners } from '../messages/runners.js';
import type { TokenReader } from './middleware/tokens.js';

/** What a message that came back by mail says; the reader belongs to the mail integration. */
export type MailReport =
  | {
      readonly kind: 'bounce';
      readonly recipient: string;
      readonly status: string;
      readonly key?: string;
      readonly messageId?: string;
    }
  | { readonly kind: 'progress' | 'autoReply' | 'reply' }
  | { readonly kind: 'unreadable'; readonly problem: string };

export interface Limits extends RequestLimits, KeyLimits {
  /** How long a caller waits for the answer to his command before he is given its address. */
  readonly answerMs: number;
  /** How long a request waits in all for the store to answer; then its caller is told to come again. */
  readonly patienceMs: number;
  readonly linksPerMinute: number;
}

export const defaultLimits: Limits = {
  ...defaultRequestLimits,
  ...defaultKeyLimits,
  answerMs: 5_000,
  patienceMs: 1_000,
  linksPerMinute: 120,
};

export interface Dependencies {
  readonly database: Database;
  readonly work: WorkStore;
  readonly ringer: Ringer;
  readonly registry: Registry;
  readonly inputs: InputsReader;
  /** The bytes of uploaded files. */
  readonly files: FileStore;
  /** Which runners run, for the check of the store against the engine. */
  readonly runners: Runners;
  /** Judges what people do to sign. */
  readonly signing: SigningPort;
  readonly readMailReport: (raw: Buffer) => Promise<MailReport>;
  /** Reads what the gateway for short messages and calls reports; absent: there is none, and nothing is taken. */
  readonly readPageReport?: PageReportReader | undefined;
  /** Outside ticketing systems that may report. */
  readonly ticketing?: readonly TicketingSystem[];
  /** Starts the recalculation of every running clock of a calendar; false when the engine cannot be reached. */
  readonly startFanOut: (calendar: {
    readonly tenantId: string;
    readonly calendarId: string;
    readonly version: number;
  }) => Promise<boolean>;
  readonly log: Logger;
  /** Counts and spans of requests; absent: none. */
  readonly metrics?: Measures['metrics'];
  readonly tracing?: Measures['tracing'];
  /** `dev` also takes the header X-Careplus-As instead of a key. */
  readonly profile: 'dev' | 'production';
  /** Expected in X-Careplus-Mail-Secret; null: reports are taken over the loopback interface only. */
  readonly mailSecret: string | null;
  readonly limits: Limits;
  /** Reads access tokens of the issuer; absent where there is none. */
  readonly tokens?: TokenReader | undefined;
  /** For tests: an answer that its own documentation does not cover is a defect. */
  readonly checkAnswers?: boolean;
}
