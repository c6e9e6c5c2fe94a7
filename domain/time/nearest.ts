// Near matches for a word that is not in a list, so that a refusal can name what was probably meant.

/** How many letters must change to turn one word into another (Levenshtein). */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** A choice with the names it is known by, the way it is shown last. */
export interface Choice {
  readonly shown: string;
  readonly names: readonly string[];
}

/** Up to `most` choices that are spelt nearly like the word, nearest first; none if nothing is near. */
export function nearest(word: string, choices: readonly Choice[], most = 3): string[] {
  // Both lengths are bounded by the callers' schemas; the slice keeps the table small whatever comes.
  const wanted = word.slice(0, 60).toLowerCase();
  const allowed = Math.max(1, Math.floor(wanted.length / 4));
  return choices
    .map(({ shown, names }) => ({
      shown,
      far: Math.min(...names.map((name) => farness(wanted, name.toLowerCase()))),
    }))
    .filter(({ far }) => far <= allowed)
    .sort((a, b) => a.far - b.far || a.shown.localeCompare(b.shown, 'en'))
    .slice(0, most)
    .map(({ shown }) => shown);
}

function farness(wanted: string, name: string): number {
  if (wanted.length >= 4 && name.includes(wanted)) return 0.5;
  return distance(wanted, name);
}
