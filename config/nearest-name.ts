// Finds the name that a misspelt one was probably meant to be.

/** More differences than this are another word, not a slip. */
const MOST_DIFFERENCES = 3;

/** The known name nearest to `name` (insertions, deletions, substitutions), or none when all are far. */
export const nearestName = (name: string, known: readonly string[]): string | undefined => {
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(name, candidate);
    if (distance <= MOST_DIFFERENCES && distance < (best?.distance ?? Infinity))
      best = { candidate, distance };
  }
  return best?.candidate;
};

const editDistance = (left: string, right: string): number => {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
};
