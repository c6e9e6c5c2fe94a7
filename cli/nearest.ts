/** What a misspelt word was probably meant to be. */
import { nearestName } from '../config/nearest-name.js';

/** The known word nearest to `word`; short words that share few letters are different words, not slips. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const wanted = word.slice(0, 60).toLowerCase();
  const alike = known.filter(
    (each) => sharedLetters(wanted, each.toLowerCase()) * 2 > Math.max(wanted.length, each.length),
  );
  const byLower = new Map(alike.map((each) => [each.toLowerCase(), each]));
  const found = nearestName(wanted, [...byLower.keys()]);
  return found === undefined ? undefined : byLower.get(found);
}

/** `; did you mean zone?`, or what is known, or nothing. */
export function didYouMean(word: string, known: readonly string[], listKnown = false): string {
  const near = nearestWord(word, known);
  if (near !== undefined) return `; did you mean ${near}?`;
  return listKnown && known.length > 0 ? `; known here: ${known.slice(0, 30).join(', ')}` : '';
}

function sharedLetters(left: string, right: string): number {
  const rest = [...right];
  let shared = 0;
  for (const letter of left) {
    const at = rest.indexOf(letter);
    if (at < 0) continue;
    rest.splice(at, 1);
    shared += 1;
  }
  return shared;
}
