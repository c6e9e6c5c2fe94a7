// Instants as people write them: date, time and offset.

const SHAPE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/i;

/**
 * Reads "2026-12-23T15:00+01:00" or "2026-12-23T14:00Z" as epoch milliseconds. An instant needs its offset: the same
 * text without one means another instant on every machine. A date that does not exist is refused, not moved.
 */
export function parseInstant(text: string): { ok: true; value: number } | { ok: false; problem: string } {
  const ms = SHAPE.test(text) ? Date.parse(text) : Number.NaN;
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  const real = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
  if (!Number.isNaN(ms) && real) return { ok: true, value: ms };
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return {
    ok: false,
    problem: `"${shown}" is not an instant; write date, time and offset, such as 2026-12-23T15:00+01:00`,
  };
}

/** A local day runs up to 14 hours ahead of UTC. */
const AHEAD_OF_UTC_MS = 14 * 3_600_000;

/** Whether a day ('2026-03-02') has begun anywhere on earth at an instant (epoch milliseconds). */
export function dayHasBegun(day: string, atMs: number): boolean {
  return Date.parse(`${day}T00:00:00Z`) <= atMs + AHEAD_OF_UTC_MS;
}
