/** Problems of a file with the line that each stands in and a mark below its column. */
import type { Colors } from 'picocolors/types.js';
import type { Located, SourceFile } from '../files/source-file.js';
import { counted, harmless, indented } from './text.js';

/** All problems of a file; the first line counts them and says that nothing was done. */
export function locatedText(
  source: SourceFile,
  problems: readonly Located[],
  paint: Colors,
  width: number,
  effect = 'nothing was stored',
): string {
  const title = `${source.name}: ${counted(problems.length, 'problem')}, ${effect}.`;
  return [paint.red(title), ...problems.map((problem) => blockOf(source, problem, paint, width))].join(
    '\n\n',
  );
}

function blockOf(
  source: SourceFile,
  { line, column, path, problem }: Located,
  paint: Colors,
  width: number,
): string {
  const place = `line ${String(line)}, column ${String(column)}`;
  const lines = [`${paint.bold(place)}  ${harmless(path)}`, indented(harmless(problem), '  ', width)];
  const text = source.lines[line - 1];
  if (text !== undefined && text.trim() !== '')
    lines.push(...excerpt(text, line, column, width).map(paint.dim));
  return lines.join('\n');
}

/** The line itself, cut around the column where it is longer than the screen. */
function excerpt(text: string, line: number, column: number, width: number): string[] {
  const margin = `  ${String(line)} | `;
  const room = width - margin.length;
  const clean = harmless(text);
  const from = column - 1 < room - 4 ? 0 : column - 1 - Math.floor(room / 2);
  const shown = clean.slice(from, from + room);
  return [`${margin}${shown}`.trimEnd(), `${' '.repeat(margin.length + column - 1 - from)}^`];
}
