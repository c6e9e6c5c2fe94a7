/** Measurements side by side: every variant once in each block, in alternating order, so that all meet the same machine. */

export interface Variant {
  readonly name: string;
  /** One measurement; what it means is the letter's affair. */
  readonly run: (block: number) => Promise<number>;
}

/** Values of one variant, one for each block. */
export type Series = readonly number[];

/**
 * Runs `blocks` blocks. Even blocks take the variants in the order given, odd ones backwards.
 * `note` is told what runs, for whoever watches.
 */
export async function interleaved(
  variants: readonly Variant[],
  blocks: number,
  note: (sentence: string) => void,
): Promise<Readonly<Record<string, Series>>> {
  const values = new Map<string, number[]>(variants.map(({ name }) => [name, []]));
  for (let block = 0; block < blocks; block += 1) {
    const order = block % 2 === 0 ? variants : [...variants].reverse();
    for (const { name, run } of order) {
      note(`block ${String(block + 1)} of ${String(blocks)}: ${name}`);
      values.get(name)?.push(await run(block));
    }
  }
  return Object.fromEntries(values);
}

export function median(values: Series): number {
  return percentile(values, 50);
}

/** Nearest-rank percentile for 0 < `percent` <= 100; of an even number of values the median is the mean of the middle two. */
export function percentile(values: Series, percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  const at = sorted[rank - 1];
  if (at === undefined) throw new Error('There is nothing to take a percentile of.');
  const above = sorted[rank];
  return percent === 50 && sorted.length % 2 === 0 && above !== undefined ? (at + above) / 2 : at;
}

/** How many times as much `ours` is as `other`: the median over the blocks, each against its neighbour. */
export function ratioOf(ours: Series, other: Series): { readonly median: number; readonly all: Series } {
  const all = ours.map((value, block) => value / (other[block] ?? Number.NaN));
  return { median: median(all), all };
}
