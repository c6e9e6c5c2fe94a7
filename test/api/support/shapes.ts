/** The parts of answers that tests read on. */

export interface Started {
  readonly processId: string;
  readonly inboxId: string;
  readonly status: string;
  readonly seq: number;
}

export interface Items<T> {
  readonly items: readonly T[];
  readonly next?: string | number | null;
}

export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly remedy: string;
  readonly problems?: readonly { readonly path: string; readonly problem: string }[];
  readonly diff?: readonly { readonly path: string; readonly before: unknown; readonly after: unknown }[];
}
