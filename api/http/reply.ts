/** An answer as a value: what a handler returns and the route sends. */
export interface Reply {
  readonly status: number;
  /** Sent as JSON, or as it stands when it is text, bytes or a stream of bytes. Absent: no content. */
  readonly body?: unknown;
  /** Media type; `application/json` unless said otherwise. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the line in the log: references, never contents. */
  readonly log?: Readonly<Record<string, string | number>>;
}

export function ok(body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: 200, body, headers };
}
