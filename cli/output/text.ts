/** Text for a terminal: its width, breaking it into lines, and making foreign text harmless. */

/** Two columns wide: the wide and full-width blocks and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const MARK = /\p{Mark}|\u200d|\ufe0f/u;
const COLOUR = /\u001b\[[0-9;]*m/g;

/** Columns that a line of text takes; colours take none. */
export function widthOf(line: string): number {
  let width = 0;
  for (const letter of line.replace(COLOUR, '')) width += MARK.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1;
  return width;
}

/**
 * Text that came from elsewhere, without control characters and without marks that change the direction of writing:
 * a note of somebody else must not move the cursor or colour the screen. Line breaks stay.
 */
export function harmless(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ' ');
}

/** Breaks text into lines of at most `width` columns, at spaces where there are some. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => wrapLine(paragraph, Math.max(1, width)));
}

function wrapLine(paragraph: string, width: number): string[] {
  if (widthOf(paragraph) <= width) return [paragraph];
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (widthOf(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = chopped(word, width);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? '';
  }
  if (line !== '') lines.push(line);
  return lines;
}

function chopped(word: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const letter of word) {
    if (piece !== '' && widthOf(piece + letter) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += letter;
  }
  return [...pieces, piece];
}

/** Wrapped text whose lines begin with `indent`. */
export function indented(text: string, indent: string, width: number): string {
  return wrap(text, width - widthOf(indent))
    .map((line) => `${indent}${line}`.trimEnd())
    .join('\n');
}

/** `1 problem`, `3 problems`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}

/**
 * A command line to copy: broken at spaces outside quotes with a backslash, so that it still runs when it is pasted.
 * Later lines are indented further.
 */
export function commandText(line: string, indent: string, width: number): string {
  const words = line.match(/(?:'[^']*'|\\.|[^\s'])+/g) ?? [];
  const lines: string[] = [];
  let here = indent;
  for (const word of words) {
    const begun = here.trim() !== '';
    if (begun && widthOf(here) + widthOf(word) + 3 > width) {
      lines.push(`${here} \\`);
      here = `${indent}  ${word}`;
    } else {
      here += begun ? ` ${word}` : word;
    }
  }
  return [...lines, here].join('\n');
}
