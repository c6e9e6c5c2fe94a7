/** The table, as text for the screen and as Markdown for the page. */
import Table from 'cli-table3';
import { passes, type Row } from './rows.js';

const HEAD = ['', 'What', 'Ours', 'Against', 'Theirs', 'Ratio', 'Spread', 'Gate', ''];

export function screenTable(rows: readonly Row[]): string {
  const table = new Table({ head: HEAD, style: { head: [], border: [] } });
  table.push(...rows.map(cells));
  return table.toString();
}

export function markdownTable(rows: readonly Row[]): string {
  const lines = [HEAD, HEAD.map(() => '---'), ...rows.map(cells)];
  return lines.map((line) => `| ${line.map(escaped).join(' | ')} |`).join('\n');
}

function cells(row: Row): string[] {
  const { letter, what, unit, ours, other, ratio, gate } = row;
  const passed = passes(row);
  return [
    letter,
    what,
    quantity(ours, unit),
    other?.name ?? '',
    other ? quantity(other.value, unit) : '',
    ratio ? ratio.median.toFixed(2) : '',
    ratio ? `${ratio.least.toFixed(2)} to ${ratio.most.toFixed(2)}` : '',
    gate ? `${gate.kind === 'atMost' ? 'at most' : 'at least'} ${gate.value.toFixed(2)}` : '',
    passed === null ? '' : passed ? 'pass' : 'FAIL',
  ];
}

/** Three significant digits are more than two cores give. */
function quantity(value: number, unit: string): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`;
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|');
}
