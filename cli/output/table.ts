/** Tables that fit the width of the screen: columns of text without borders. */
import Table from 'cli-table3';
import { harmless, widthOf, wrap } from './text.js';

export interface Column {
  readonly header: string;
  /** Never narrowed: ids and instants that a person copies. */
  readonly whole?: true;
  readonly right?: true;
}

/** A cell; `paint` colours its lines after they were broken. */
export type Cell = string | { readonly text: string; readonly paint: (line: string) => string };

const GAP = '  ';
/** Narrower columns break in the middle of ordinary words. */
const NARROWEST = 8;

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: GAP,
} as const;

/** The lines of a table, at most `width` columns wide where the columns that may not break allow it. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
  paintHeader: (line: string) => string = (line) => line,
): string {
  const texts = rows.map((row) => columns.map((_, index) => harmless(textOf(row[index] ?? ''))));
  const widths = fitted(columns, texts, width);
  const drawn = new Table({
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    head: columns.map((column) => paintHeader(column.header)),
    colWidths: widths,
    colAligns: columns.map((column) => (column.right ? 'right' : 'left')),
  });
  for (const [at, row] of rows.entries()) {
    drawn.push(
      columns.map((_, index) => {
        const cell = row[index] ?? '';
        const lines = wrap(texts[at]?.[index] ?? '', widths[index] ?? width);
        return lines.map((line) => (typeof cell === 'string' ? line : cell.paint(line))).join('\n');
      }),
    );
  }
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}

/** Natural widths, the widest column that may break narrowed until all fit. */
function fitted(columns: readonly Column[], texts: readonly (readonly string[])[], width: number): number[] {
  const widths = columns.map((column, index) =>
    Math.max(
      1,
      widthOf(column.header),
      ...texts.flatMap((row) => (row[index] ?? '').split('\n').map((line) => widthOf(line))),
    ),
  );
  const gaps = GAP.length * (columns.length - 1);
  for (;;) {
    const total = widths.reduce((sum, each) => sum + each, gaps);
    if (total <= width) return widths;
    const widest = widths
      .map((each, index) => ({ each, index }))
      .filter(({ each, index }) => {
        const least = Math.max(NARROWEST, widthOf(columns[index]?.header ?? ''));
        return columns[index]?.whole !== true && each > least;
      })
      .sort((a, b) => b.each - a.each)[0];
    if (widest === undefined) return widths;
    widths[widest.index] = widest.each - 1;
  }
}
