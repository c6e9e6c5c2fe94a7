// Pauses of a clock: checked, ordered, and cut out of spans of time.

/** Time that does not count, `fromMs` inside and `toMs` outside; `toMs` null while the pause lasts (§3 R3). */
export interface Pause {
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly cause: string;
}

/** A pause that has ended. */
export interface EndedPause {
  readonly fromMs: number;
  readonly toMs: number;
  readonly cause: string;
}

/** A piece of a span: paused where it has a cause. */
interface Piece {
  readonly fromMs: number;
  readonly toMs: number;
  readonly cause: string | undefined;
}

/**
 * Orders pauses and joins those that overlap. `openEndMs` ends pauses that still last; without it they are refused,
 * since a clock that stands has no due instant. Throws RangeError for a pause that ends before it begins.
 */
export function endedPauses(pauses: readonly Pause[], openEndMs?: number): EndedPause[] {
  const ended: EndedPause[] = [];
  const sorted = pauses.map((pause) => end(pause, openEndMs)).sort((a, b) => a.fromMs - b.fromMs);
  for (const pause of sorted) {
    const last = ended.at(-1);
    if (last === undefined || pause.fromMs > last.toMs) {
      ended.push(pause);
      continue;
    }
    const cause = last.cause === pause.cause ? last.cause : `${last.cause}; ${pause.cause}`;
    ended[ended.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, pause.toMs), cause };
  }
  return ended.filter((pause) => pause.fromMs < pause.toMs);
}

function end(pause: Pause, openEndMs: number | undefined): EndedPause {
  const toMs = pause.toMs ?? (openEndMs === undefined ? undefined : Math.max(openEndMs, pause.fromMs));
  if (toMs === undefined) {
    throw new RangeError(`the pause "${pause.cause}" has not ended: a clock that stands has no due instant`);
  }
  if (!Number.isSafeInteger(pause.fromMs) || !Number.isSafeInteger(toMs) || toMs < pause.fromMs) {
    throw new RangeError(`the pause "${pause.cause}" must run from an instant to a later one`);
  }
  return { fromMs: pause.fromMs, toMs, cause: pause.cause };
}

/** Cuts a span at the pauses that touch it. `toMs` may be Infinity; the last piece is then endless. */
export function piecesOf(fromMs: number, toMs: number, pauses: readonly EndedPause[]): Piece[] {
  const pieces: Piece[] = [];
  let atMs = fromMs;
  for (const pause of pauses) {
    if (pause.toMs <= atMs || pause.fromMs >= toMs) continue;
    if (pause.fromMs > atMs) pieces.push({ fromMs: atMs, toMs: pause.fromMs, cause: undefined });
    const stopMs = Math.min(pause.toMs, toMs);
    pieces.push({ fromMs: Math.max(pause.fromMs, atMs), toMs: stopMs, cause: pause.cause });
    atMs = stopMs;
  }
  if (atMs < toMs) pieces.push({ fromMs: atMs, toMs, cause: undefined });
  return pieces;
}
