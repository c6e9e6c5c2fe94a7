/** What the rest of the program asks of the database: accepting work, doing effects, parking, finding what waits. */
import type { EffectIntent } from '../../domain/kernel/state.js';
import type { Answer, InboxRow } from '../../domain/kernel/store.js';
import type { Data } from '../../domain/kernel/words.js';

/** Work to accept for a process. */
export interface Acceptance {
  readonly tenantId: string;
  readonly processId: string;
  readonly kind: InboxRow['kind'];
  readonly name: string;
  readonly payload: Data;
  readonly actor: string | null;
  readonly onBehalfOf: string | null;
  readonly expectedSeq: number | null;
  readonly urgent: boolean;
  /** The request (X-Request-Id) that brings it; for the log. */
  readonly requestId?: string | null;
  /**
   * When another process of ours decided it (epoch ms): its business instant, however long the engine took to bring
   * it. Work from outside is accepted when it comes.
   */
  readonly decidedAt?: number;
  /** Unique per tenant and principal for callers' idempotency keys, per tenant for source keys of signals and system work. */
  readonly key: { readonly principal: string; readonly value: string; readonly bodyHash: string } | null;
  /** Only with kind `start`: the process row that is inserted first. */
  readonly start: {
    readonly slug: string;
    readonly policyId: string;
    readonly policyVersion: number;
    readonly ownerId: string;
  } | null;
}

export type Accepted =
  | {
      readonly kind: 'accepted';
      readonly inboxId: string;
      readonly processId: string;
      readonly acceptedAt: number;
    }
  /** The key is known with the same body: the row that it bound then. */
  | {
      readonly kind: 'known';
      readonly inboxId: string;
      readonly processId: string;
      readonly acceptedAt: number;
    }
  | { readonly kind: 'conflict'; readonly inboxId: string }
  | { readonly kind: 'noProcess' }
  /** Another step holds the process row for longer than a second. */
  | { readonly kind: 'busy' };

export interface InboxView {
  readonly inboxId: string;
  readonly processId: string;
  readonly state: 'pending' | 'answered' | 'parked' | 'skipped';
  readonly name: string;
  readonly acceptedAt: number;
  readonly answer: Answer | null;
}

/** An effect that this caller may do now; nobody else may until the claim expires. */
export interface Claim {
  readonly effectId: string;
  readonly tenantId: string;
  readonly processId: string;
  readonly slug: string;
  readonly fence: number;
  readonly attempt: number;
  readonly intent: EffectIntent;
  /** The event that decided it, and the request that brought this about; for the log. */
  readonly eventId?: string;
  readonly requestId?: string | null;
}

export type Claimed = Claim & {
  /** The attempt before this one never said what became of it. */
  readonly expired: boolean;
  /** Of a reminder: when those that it stands for were decided (epoch ms), oldest first. */
  readonly standsFor: readonly number[];
  /** Further reminders that the same message is to carry, and its key. */
  readonly together: { readonly key: string; readonly others: readonly Claim[] } | null;
  /** Of an expired one: the Message-ID of the message that has carried it, as others that it carried know. */
  readonly carriedBy: string | null;
};

/**
 * Why an effect that is due is not to be done now: mail waits for its server, a newer reminder stands for it, it no
 * longer matters, or it may have happened before a restore.
 */
export interface SetAside {
  readonly setAside: 'held' | 'superseded' | 'dropped' | 'unknown';
  /** The process is to be advanced: the effect has a new instant, or the process may be over now. */
  readonly advance: boolean;
}

export interface MailRoute {
  readonly state: 'up' | 'down' | 'draining';
  /** Down, and the next message is to try whether the server is back. */
  readonly probeDue: boolean;
}

export type Settlement =
  | { readonly kind: 'confirmed'; readonly evidence: Data }
  | { readonly kind: 'failed'; readonly problem: string }
  /** It may or may not have happened; a person decides. */
  | { readonly kind: 'unknown'; readonly problem: string }
  /** Surely not done; to be tried again. */
  | {
      readonly kind: 'deferred';
      readonly problem: string;
      readonly nextAttemptAt: number;
      /** The mail server itself cannot be used: other messages need not try. */
      readonly away?: true;
    }
  /** No longer worth doing. */
  | { readonly kind: 'dropped'; readonly problem: string };

export interface Waiting {
  readonly tenantId: string;
  readonly processId: string;
  readonly slug: string;
  readonly over: boolean;
}

/** Urgent ones, those of processes that are over, or those of all others. */
export type WaitingRows = 'urgent' | 'over' | 'notOver';

export interface WorkStore {
  accept(work: Acceptance): Promise<Accepted>;
  readInbox(tenantId: string, inboxId: string): Promise<InboxView | null>;

  /**
   * planned → sent with a new fence, when it is due. A claim that expired comes back as `expired`: it may or may not
   * have been done. null when there is nothing to do (settled, claimed by somebody else, not due). While the mail
   * server is away only who sends in the order of the queue (`inOrder`) may claim mail.
   */
  claim(
    tenantId: string,
    effectId: string,
    now: number,
    claimMs: number,
    inOrder?: boolean,
  ): Promise<Claimed | SetAside | null>;
  /**
   * Writes the outcome if the fence still holds; in the same transaction the signal to the process when its
   * definition listens (`delivered`). `fenced`: somebody else holds the effect by now, and nothing was written.
   * `advance`: the process is to be advanced, for the signal, for the new attempt, or because it may be over now.
   */
  settle(
    claim: Claim,
    settlement: Settlement,
    signal: { readonly name: string; readonly payload: Data } | null,
  ): Promise<{ readonly fenced: boolean; readonly advance: boolean }>;

  mailRoute(): Promise<MailRoute>;
  /** Mail that is due, urgent first, then the one that was due first; without what waits for an attempt of its own. */
  waitingMail(limit: number): Promise<readonly (Waiting & { readonly effectId: string })[]>;
  /** Everything that waited has gone out: from now on everybody sends freely. False when something waits still. */
  openMailRoute(): Promise<boolean>;

  /** Whether the store may be written to; false in restored mode, which begins when it is older than it was seen. */
  alive(): Promise<boolean>;
  /** Raises the pulse by which an older store is known, and remembers it. */
  beat(): Promise<void>;
  /** The line of history that the store is on. */
  epoch(): Promise<number>;
  /** Somebody has seen more than the store holds: restored mode begins. */
  behind(evidence: Readonly<Record<string, string | number>>): Promise<void>;

  /** Parks the trigger with its error and blocks the process. */
  park(
    at: { readonly tenantId: string; readonly processId: string },
    trigger:
      | { readonly inboxId: string }
      | { readonly clock: string; readonly key: string; readonly step: string }
      | null,
    problem: string,
  ): Promise<void>;

  /**
   * Accepts the recalculations that a change of people or of a contract asked for; the rows are rung for like all that
   * wait. Gives how many there were.
   */
  acceptRecalculations(limit: number): Promise<number>;
  /** Tells contact matrices of the messages to their contacts that did not arrive. Gives how many were told. */
  acceptBounces(limit: number): Promise<number>;

  /** Processes with such rows untouched for longer than `olderThanMs`, oldest first; with the relay's role. */
  waitingRows(which: WaitingRows, olderThanMs: number, limit: number): Promise<readonly Waiting[]>;
  /** Effects planned and due, or claimed and expired, for longer than `olderThanMs`. */
  waitingEffects(
    olderThanMs: number,
    limit: number,
  ): Promise<readonly (Waiting & { readonly effectId: string })[]>;
  /** Every process that is not over, next due first, after the cursor of the last row of the page before. */
  notOver(
    after: string | null,
    limit: number,
  ): Promise<
    readonly (Waiting & {
      readonly nextDueAt: number | null;
      readonly seq: number;
      /** It waits for its operator. */
      readonly blocked: boolean;
      /** Nothing is left that it waits for; its next step ends it. */
      readonly settled: boolean;
      readonly cursor: string;
    })[]
  >;
}
