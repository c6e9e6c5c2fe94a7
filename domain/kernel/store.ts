/** The port to the store of record: what one step reads and writes. Two implementations pass one contract suite. */
import type { Decision, EffectIntent, Fired, Inputs, ProcessRef, ProcessState } from './state.js';
import type { Definition } from './rules.js';
import type { Data } from './words.js';
import type { EventRecord } from './event.js';
import type { Task } from './tasks.js';

/** An accepted piece of work, in the order of its acceptance. */
export interface InboxRow {
  readonly id: string;
  readonly kind: 'start' | 'command' | 'signal' | 'system';
  readonly name: string;
  readonly payload: Data;
  readonly actor: string | null;
  readonly onBehalfOf: string | null;
  /** Epoch milliseconds of the business clock, read after the process row was locked. */
  readonly acceptedAt: number;
  /** Position in the inbox of the process: 1, 2, … */
  readonly number: number;
  readonly expectedSeq: number | null;
  /** The request that brought it; for the log, never for a decision. */
  readonly requestId?: string | null;
}

/** A refusal or an acceptance, as the caller reads it from the inbox row. */
export interface Answer {
  readonly outcome: 'accepted' | 'refused' | 'late' | 'skipped';
  readonly seq: number;
  readonly status: string | null;
  readonly event?: string;
  readonly code?: string;
  readonly text?: string;
  readonly remedy?: string;
  readonly problems?: readonly { readonly path: string; readonly problem: string }[];
}

export interface PlannedEffect {
  readonly id: string;
  readonly kind: EffectIntent['kind'];
  readonly nextAttemptAt: number;
}

export interface LoadedProcess {
  readonly ref: ProcessRef;
  readonly state: ProcessState | null;
  /** Accepted and not yet decided rows, oldest first; a bounded number of them. */
  readonly pending: readonly InboxRow[];
  /** Effects still to be done; `unsettled` also counts those on their way or unknown. */
  readonly planned: readonly PlannedEffect[];
  readonly unsettled: number;
  /** Parked on a trigger that cannot be decided; only `system` rows move it. */
  readonly blocked: boolean;
  readonly over: boolean;
  /** The line of history that the store is on; raised by a declared restore. Absent in memory. */
  readonly storeEpoch?: number;
}

/** All that one step writes, in one transaction with reading it. */
export interface StepRecord {
  readonly definition: Definition;
  readonly before: ProcessState | null;
  /** Equal to `before` (but for seq) when the trigger was late information. */
  readonly after: ProcessState;
  readonly event: EventRecord;
  readonly fired: Fired;
  readonly inputs: Inputs;
  readonly decision: Exclude<Decision, { kind: 'refused' }>;
  readonly tasks: readonly Task[];
  readonly row: InboxRow | null;
  readonly answer: Answer;
}

export interface StepTransaction {
  /** Locks the process row and reads what the step needs. */
  load(): Promise<LoadedProcess | null>;
  /** Business time now: what `recorded_at` says. */
  now(): Promise<number>;
  inputs(loaded: LoadedProcess, definition: Definition, fired: Fired): Promise<Inputs>;
  write(step: StepRecord): Promise<{ readonly planned: readonly PlannedEffect[] }>;
  /** Answers a refused row and writes the refusal into its own audit chain; the process is not touched. */
  refuse(loaded: LoadedProcess, row: InboxRow, answer: Answer): Promise<void>;
  /** Marks the process as over, or as not over any more because something is to be done again. */
  setOver(loaded: LoadedProcess, over: boolean): Promise<void>;
}

export interface StepStore {
  /** Runs one step in one transaction: all of its writes or none. */
  step<T>(
    at: { readonly tenantId: string; readonly processId: string; readonly now: number },
    work: (tx: StepTransaction) => Promise<T>,
  ): Promise<T>;
}
