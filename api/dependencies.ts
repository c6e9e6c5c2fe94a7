/** What the API is composed of; main.ts and the tests bring the real parts. */
import type { Logger } from 'pino';
import type { Database } from '../db/connection.js';
import type { InputsReader } from '../db/store/inputs.js';
import type { WorkStore } from '../db/store/types.js';
import type { Registry } from '../domain/kernel/advance.js';
import type { Ringer } from '../messages/ringer.js';

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

export interface Limits {
  /** How long a caller waits for the answer to his command before he is given its address. */
  readonly answerMs: number;
  readonly requestsPerMinute: number;
  readonly linksPerMinute: number;
}

export const defaultLimits: Limits = { answerMs: 5_000, requestsPerMinute: 3_000, linksPerMinute: 120 };

export interface Dependencies {
  readonly database: Database;
  readonly work: WorkStore;
  readonly ringer: Ringer;
  readonly registry: Registry;
  readonly inputs: InputsReader;
  readonly readMailReport: (raw: Buffer) => Promise<MailReport>;
  /** Starts the recalculation of every running clock of a calendar; false when the engine cannot be reached. */
  readonly startFanOut: (calendar: {
    readonly tenantId: string;
    readonly calendarId: string;
    readonly version: number;
  }) => Promise<boolean>;
  readonly log: Logger;
  /** `dev` also takes the header X-Careplus-As instead of a key. */
  readonly profile: 'dev' | 'production';
  /** Expected in X-Careplus-Mail-Secret; null: reports are taken over the loopback interface only. */
  readonly mailSecret: string | null;
  readonly limits: Limits;
  /** For tests: an answer that its own documentation does not cover is a defect. */
  readonly checkAnswers?: boolean;
}
