/** What the command line of the benchmarks asks for. */
import { parseArgs } from 'node:util';

export const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;
export type Letter = (typeof LETTERS)[number];

/** How much each letter does: `quick` shows that everything runs, `full` takes the sizes of the aims. */
export type Size = 'quick' | 'usual' | 'full';

export interface Options {
  readonly letters: readonly Letter[];
  readonly blocks: number;
  readonly size: Size;
  readonly json: boolean;
  /** Takes the command path apart instead of comparing. */
  readonly profile: boolean;
  /** Writes docs/benchmarks.md; only a run of all letters does. */
  readonly write: boolean;
}

export const USAGE = `npm run bench [-- options]
  --only b,c     only these letters (a to h); nothing is written then
  --blocks N     interleaved blocks instead of 5
  --quick        tiny sizes, 2 blocks: does everything run?
  --full         the full sizes (npm run bench:full)
  --json         prints the rows as JSON instead of the table
  --profile      where a command spends its time; nothing is compared`;

/** @throws Error with a sentence for the person at the keyboard. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      blocks: { type: 'string' },
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  });
  const { quick, full, json, profile } = values;
  if (quick && full) throw new Error('--quick and --full exclude each other.');
  const size = quick ? 'quick' : full ? 'full' : 'usual';
  const blocks = values.blocks === undefined ? (quick ? 2 : 5) : Number(values.blocks);
  if (!Number.isInteger(blocks) || blocks < 1 || blocks > 99) throw new Error('--blocks takes 1 to 99.');
  const letters = values.only === undefined ? LETTERS : lettersOf(values.only);
  const write = values.only === undefined && !quick && !profile;
  return { letters, blocks, size, json, profile, write };
}

function lettersOf(text: string): readonly Letter[] {
  const wanted = text.split(',').map((part) => part.trim());
  const unknown = wanted.find((letter) => !LETTERS.some((known) => known === letter));
  if (unknown !== undefined)
    throw new Error(`--only takes letters from ${LETTERS.join(',')}, not ${unknown}.`);
  return LETTERS.filter((letter) => wanted.includes(letter));
}
