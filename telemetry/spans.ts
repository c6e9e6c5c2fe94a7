/** What the program knows of spans, whoever sends them. */

export type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** One span that is open. */
export interface Span {
  set(attributes: Attributes): void;
  /** Ends it. `problem` is the name of a failure, never its text. */
  end(problem?: string): void;
  /** W3C Trace Context: what a request to somebody else carries, so that his spans hang below this one. */
  traceparent(): string | null;
}

export interface SpanOptions {
  readonly kind?: 'server' | 'internal' | 'consumer';
  readonly attributes?: Attributes;
  /** W3C Trace Context of whoever asked. */
  readonly traceparent?: string | undefined;
}

export interface Tracing {
  start(name: string, options?: SpanOptions): Span;
  /** Sends what is left; waits a few seconds at most. */
  close(): Promise<void>;
}
