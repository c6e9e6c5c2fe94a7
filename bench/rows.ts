/** A line of the table: what was measured, against what, and whether that is good enough. */
import { median, ratioOf, type Series } from './blocks.js';

export interface Gate {
  readonly kind: 'atMost' | 'atLeast';
  readonly value: number;
}

export interface Row {
  readonly letter: string;
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  /** What it is held against; null: reported only. */
  readonly other: { readonly name: string; readonly value: number } | null;
  /** Ours against the other: the median of the blocks' own ratios, and the least and greatest of them. */
  readonly ratio: { readonly median: number; readonly least: number; readonly most: number } | null;
  readonly gate: Gate | null;
}

/** A line from two interleaved series. */
export function compared(
  line: Pick<Row, 'letter' | 'what' | 'unit'> & { readonly against: string; readonly gate: Gate | null },
  ours: Series,
  other: Series,
): Row {
  const { letter, what, unit, against, gate } = line;
  const ratio = ratioOf(ours, other);
  return {
    letter,
    what,
    unit,
    ours: median(ours),
    other: { name: against, value: median(other) },
    ratio: { median: ratio.median, least: Math.min(...ratio.all), most: Math.max(...ratio.all) },
    gate,
  };
}

/** A line without anything to hold it against. */
export function reported(letter: string, what: string, unit: string, ours: number): Row {
  return { letter, what, unit, ours, other: null, ratio: null, gate: null };
}

/** Null where there is no gate. */
export function passes({ ratio, gate }: Row): boolean | null {
  if (!gate || !ratio) return null;
  return gate.kind === 'atMost' ? ratio.median <= gate.value : ratio.median >= gate.value;
}
