/** What a process is between two steps, what may move it, and what a decision says. Plain JSON throughout. */
import type { CalendarVersion } from '../time/calendar.js';
import type { Pause } from '../time/business.js';
import type { Directory } from './directory.js';
import type { Data, MarkAt, Shown } from './words.js';

export interface MarkState {
  readonly step: string;
  readonly spec: MarkAt;
  /** Null while the clock is paused. */
  readonly dueAt: number | null;
  /** `passed`: it lay before the clock's start and a later mark already stands for it. */
  readonly state: 'armed' | 'fired' | 'passed';
  /** How often a repeating mark has fired. */
  readonly repeat: number;
  /** Where the next repetition counts from. */
  readonly lastDueAt: number | null;
  /** How far `catchUp: fromNow` moved it after an outage, in milliseconds. */
  readonly shiftMs: number;
}

export interface ClockState {
  readonly name: string;
  readonly key: string;
  readonly run: number;
  readonly promise: boolean;
  readonly calendarId: string;
  readonly calendarVersion: number;
  readonly startedAt: number;
  readonly marks: readonly MarkState[];
  readonly pauses: readonly Pause[];
  readonly outcome: 'running' | 'paused' | 'met' | 'missed' | 'elapsed' | 'cancelled';
  /** When a promise was broken; it may still run its ladder. */
  readonly missedAt: number | null;
  readonly endedAt: number | null;
  readonly policyPath: string;
}

export interface ProcessState {
  readonly id: string;
  readonly tenantId: string;
  readonly slug: string;
  readonly status: string;
  readonly data: Data;
  readonly seq: number;
  readonly epoch: number;
  /** Business instant of the last event. */
  readonly lastAt: number;
  /** Running and paused clocks. */
  readonly clocks: readonly ClockState[];
  /** Highest run so far per `name` or `name/key`. */
  readonly runs: Readonly<Record<string, number>>;
  readonly ownerId: string;
  readonly policyId: string;
  readonly policyVersion: number;
}

interface Fact {
  readonly at: number;
  readonly actor: string | null;
}
export type Fired =
  | (Fact & { readonly kind: 'start'; readonly payload: Data })
  | (Fact & {
      readonly kind: 'command';
      readonly name: string;
      readonly payload: Data;
      readonly expectedSeq: number | null;
    })
  | (Fact & { readonly kind: 'signal'; readonly name: string; readonly payload: Data })
  | (Fact & {
      readonly kind: 'mark';
      readonly clock: string;
      readonly key: string;
      readonly run: number;
      readonly step: string;
      readonly repeat: number;
      readonly dueAt: number;
      /** When the engine got to it; moves nothing but the marks after an outage. */
      readonly firedAt: number;
    })
  | (Fact & { readonly kind: 'system'; readonly name: 'recalculate' | 'skipMark'; readonly payload: Data });

export interface Inputs {
  readonly policy: { readonly id: string; readonly version: number; readonly body: unknown };
  readonly calendars: Readonly<Record<string, CalendarVersion>>;
  readonly look: Readonly<Record<string, unknown>>;
  readonly directory: Directory;
}

export interface ProcessRef {
  readonly id: string;
  readonly tenantId: string;
  readonly slug: string;
  readonly epoch: number;
}

/** Content of a notice; the message itself is made when it is sent. */
export interface MailContent {
  readonly notice: string;
  readonly role: string;
  readonly recipient: string;
  /** People tried before, when this goes to a deputy. */
  readonly instead: readonly string[];
  readonly show: Readonly<Record<string, Shown>>;
  readonly link: { readonly command: string; readonly payload: Data } | null;
  readonly urgent: boolean;
  /** The instant that the notice is about, for ordering and staleness. */
  readonly at: number;
}

/** Content of a page: of the first notice by which a step pages somebody. */
export interface PageContent extends MailContent {
  /** Further notices of the same step to the same person, which this page stands for. */
  readonly also: readonly string[];
  /** The clock (`name` or `name/key`) without which it is not sent any more; null: it ends with the process. */
  readonly during: string | null;
}

export type EffectIntent = {
  /** Business key: no clock of the machine and no random in it. */
  readonly key: string;
  /** Not to be done before this instant. */
  readonly notBefore: number;
} & (
  | {
      readonly kind: 'mail';
      readonly content: MailContent;
      /** Of a reminder: what it reminds of. The newest of a topic stands for older ones that could not be sent. */
      readonly topic?: string;
      /** It may go out as one message with others of its recipient. */
      readonly digest?: true;
    }
  | { readonly kind: 'page'; readonly content: PageContent }
  | {
      readonly kind: 'startProcess';
      readonly content: { readonly slug: string; readonly processId: string; readonly payload: Data };
    }
  | {
      readonly kind: 'tellProcess';
      readonly content: { readonly processId: string; readonly signal: string; readonly payload: Data };
    }
);

export interface ClockOperation {
  readonly op:
    'started' | 'met' | 'missed' | 'elapsed' | 'cancelled' | 'paused' | 'resumed' | 'fired' | 'moved';
  readonly clock: string;
  readonly key: string;
  readonly run: number;
  readonly step?: string;
  readonly dueAt?: number | null;
  /** Of `moved`: the instant before. */
  readonly before?: number | null;
}

export interface Accepted {
  readonly kind: 'accepted';
  readonly event: string;
  readonly from: string | null;
  readonly via: string | null;
  readonly to: string;
  readonly data: Data;
  readonly ownerId: string;
  readonly operations: readonly ClockOperation[];
  /** Clocks that run or are paused after the step. */
  readonly clocks: readonly ClockState[];
  /** Clocks that ended in it. */
  readonly ended: readonly ClockState[];
  readonly effects: readonly EffectIntent[];
  /** Who was told, by role and notice; also when nobody holds the role. */
  readonly told: readonly {
    readonly role: string;
    readonly notice: string;
    readonly people: readonly string[];
  }[];
}
export interface Refused {
  readonly kind: 'refused';
  readonly code: string;
  readonly text: string;
  readonly remedy: string;
  readonly problems?: readonly { readonly path: string; readonly problem: string }[];
}
export interface Late {
  readonly kind: 'late';
  readonly event: string;
}
export type Decision = Accepted | Refused | Late;
