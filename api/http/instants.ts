/** Instants at the edge: the kernel counts epoch milliseconds, JSON says ISO 8601 in UTC, people read local time. */
import { formatLocal } from '../../domain/time/business.js';

export function iso(ms: number): string;
export function iso(ms: number | null): string | null;
export function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** In the reader's zone, with the offset. */
export function local(ms: number | null, zone: string): string | null {
  return ms === null ? null : formatLocal(ms, zone);
}

const DAY_MS = 86_400_000;

/** Whole days, for people. */
export function daysBetween(fromMs: number, toMs: number): number {
  return Math.max(0, Math.floor((toMs - fromMs) / DAY_MS));
}

/** Instants before this one (in 1973) are no instants but counts. */
const LEAST_INSTANT = 100_000_000_000;
const MOST_INSTANT = 253_402_300_799_999;

/** The data of a process for readers: by convention, numbers in fields named `at` or `…At` are instants. */
export function withIsoInstants(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withIsoInstants);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      isInstant(name, member) ? iso(member) : withIsoInstants(member),
    ]),
  );
}

function isInstant(name: string, value: unknown): value is number {
  if (typeof value !== 'number' || !Number.isInteger(value)) return false;
  return /(^at|At)$/.test(name) && value >= LEAST_INSTANT && value <= MOST_INSTANT;
}
