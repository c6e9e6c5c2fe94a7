/** Pages of long lists: a cursor names the last row by its instant and its id. */

export interface PageRequest {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** For the page that follows; null on the last one. */
  readonly next: string | null;
}

/** The largest page that anybody gets. */
export const MOST_ROWS = 100;

/** What a statement needs for its page; it asks for one row more than it gives, to know whether others follow. */
export function pageBindings(page: PageRequest): {
  readonly afterMs: number | null;
  readonly afterId: string | null;
  readonly rows: number;
} {
  const rows = Math.max(1, Math.min(page.limit, MOST_ROWS)) + 1;
  const cut = page.cursor?.indexOf('|') ?? -1;
  const afterMs = Number(page.cursor?.slice(0, cut));
  if (page.cursor === undefined || cut < 1 || !Number.isSafeInteger(afterMs)) {
    return { afterMs: null, afterId: null, rows };
  }
  return { afterMs, afterId: page.cursor.slice(cut + 1), rows };
}

/** Cuts off the row that was asked for too many. */
export function pageOf<Row>(
  rows: readonly Row[],
  asked: number,
  place: (row: Row) => { readonly ms: number; readonly id: string },
): Page<Row> {
  const kept = rows.slice(0, asked - 1);
  const last = kept.at(-1);
  if (rows.length < asked || last === undefined) return { rows: kept, next: null };
  const { ms, id } = place(last);
  return { rows: kept, next: `${ms}|${id}` };
}
