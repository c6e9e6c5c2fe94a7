/** Where a page of a list ended, as a text that callers hand back unread. */
import { z } from 'zod';

const cursorSchema = z.tuple([z.number(), z.string().max(100)]);

export interface Cursor {
  readonly ms: number;
  readonly id: string;
}

export function writeCursor({ ms, id }: Cursor): string {
  return Buffer.from(JSON.stringify([ms, id])).toString('base64url');
}

/** Undefined for a text that is no cursor. */
export function readCursor(text: string): Cursor | undefined {
  try {
    const read = cursorSchema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return read.success ? { ms: read.data[0], id: read.data[1] } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The address of the next page (RFC 8288). */
export function nextLink(
  path: string,
  query: Readonly<Record<string, string | number | boolean | undefined>>,
  next: string,
): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) parameters.set(name, String(value));
  }
  parameters.set('cursor', next);
  return `<${path}?${parameters.toString()}>; rel="next"`;
}
