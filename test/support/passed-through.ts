/** Statuses in which a process never stands: a step passes through them, and its event names them. */
import type { Definition } from '../../domain/kernel/rules.js';

export function passedThrough({ rows }: Definition): readonly string[] {
  const ends = new Set(rows.map(({ to }) => to));
  const passed = rows.flatMap(({ via }) => (via === undefined || ends.has(via) ? [] : [via]));
  return [...new Set(passed)];
}
