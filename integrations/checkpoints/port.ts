/** Places outside of the database that keep signed checkpoints. */

/** A checkpoint as it is kept: the exact text, one line of JSON. */
export interface KeptText {
  readonly number: number;
  readonly text: string;
}

/**
 * What became of one attempt to keep a text.
 * - `kept`: the place has it, now or since before.
 * - `conflict`: the place has another text under this number; it keeps that one.
 * - `failed`: surely or possibly not kept; to be tried again.
 */
export type KeepOutcome =
  | { readonly kind: 'kept' }
  | { readonly kind: 'conflict'; readonly held: string }
  | { readonly kind: 'failed'; readonly reason: string };

export interface CheckpointPlace {
  /** Names the place in the book of deliveries; two places of one installation have different names. */
  readonly name: string;
  /** Whether it wants every checkpoint there ever was, or those from the first that it was given. */
  readonly wants: 'all' | 'new';
  /** Keeps a text under its number. The same text once more is no error and makes no second one where that shows. */
  keep(checkpoint: KeptText, signal?: AbortSignal): Promise<KeepOutcome>;
  /** The highest number that the place holds, 0 for an empty one; null where it cannot be asked. */
  newest(): Promise<number | null>;
}
