/** Instants and lengths of time for people: local, always with the offset. */
import { formatLocal } from '../../domain/time/local-time.js';

/** `Mon 2026-03-02 09:00 +01:00`, or the text itself when it is no instant. */
export function localTime(instant: string, zone: string): string {
  const atMs = Date.parse(instant);
  return Number.isNaN(atMs) ? instant : formatLocal(atMs, zone);
}

/** How far away an instant is: `in 3 days`, `2 hours ago`. */
export function distance(instant: string, now: number): string {
  const awayMs = Date.parse(instant) - now;
  if (Number.isNaN(awayMs)) return '';
  return awayMs >= 0 ? `in ${lengthText(awayMs)}` : `${lengthText(-awayMs)} ago`;
}

/** A length of time to the nearest fitting unit: `3 days`, `2 hours`. */
export function lengthText(lengthMs: number): string {
  const minutes = Math.round(Math.abs(lengthMs) / 60_000);
  const [amount, unit] =
    minutes < 60
      ? [minutes, 'minute']
      : minutes < 48 * 60
        ? [Math.round(minutes / 60), 'hour']
        : [Math.round(minutes / 1440), 'day'];
  return `${String(amount)} ${unit}${amount === 1 ? '' : 's'}`;
}
