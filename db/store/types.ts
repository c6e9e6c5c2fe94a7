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
}

export type Settlement =
  | { readonly kind: 'confirmed'; readonly evidence: Data }
  | { readonly kind: 'failed'; readonly problem: string }
  /** It may or may not have happened; a person decides. */
  | { readonly kind: 'unknown'; readonly problem: string }
  /** Surely not done; to be tried again. */
  | { readonly kind: 'deferred'; readonly problem: string; readonly nextAttemptAt: number }
  /** No longer worth doing. */
  | { readonly kind: 'dropped'; readonly problem: string };

export interface Waiting {
  readonly tenantId: string;
  readonly processId: string;
  readonly slug: string;
  readonly over: boolean;
}

export interface WorkStore {
  accept(work: Acceptance): Promise<Accepted>;
  readInbox(tenantId: string, inboxId: string): Promise<InboxView | null>;

  /**
   * planned → sent with a new fence, when it is due. A claim that expired comes back as `expired`: it may or may not
   * have been done. null when there is nothing to do (settled, claimed by somebody else, not due).
   */
  claim(
    tenantId: string,
    effectId: string,
    now: number,
    claimMs: number,
  ): Promise<(Claim & { readonly expired: boolean }) | null>;
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

  /** Processes with rows untouched for longer than `olderThanMs`, oldest first; with the relay's role. */
  waitingRows(olderThanMs: number, urgentOnly: boolean, limit: number): Promise<readonly Waiting[]>;
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
      readonly cursor: string;
    })[]
  >;
}
