/** Instants on their way into Postgres: the domain counts epoch milliseconds, the tables hold timestamptz. */

/** For a binding. */
export function instant(ms: number | null | undefined): Date | null {
  return ms === null || ms === undefined ? null : new Date(ms);
}

/** For a member of a JSON binding. */
export function instantText(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : new Date(ms).toISOString();
}
