/** The benchmarks' own arithmetic: interleaving, ratios, gates, the table and the page that it is written into. */
import { describe, expect, it } from '@jest/globals';
import { interleaved, median, percentile, ratioOf } from '../../bench/blocks.js';
import { documentOf, type Run } from '../../bench/document.js';
import { readOptions } from '../../bench/options.js';
import { compared, passes, reported, type Row } from '../../bench/rows.js';
import { markdownTable, screenTable } from '../../bench/table.js';

const line = { letter: 'b', what: 'a list', unit: 'ms', against: 'bare', gate: null };
const atMost = (value: number) => ({ kind: 'atMost', value }) as const;

describe('blocks', () => {
  it('take the variants in alternating order, each once in each block', async () => {
    const order: string[] = [];
    const variant = (name: string) => ({
      name,
      run: async (block: number) => {
        order.push(`${name}${String(block)}`);
        return block;
      },
    });
    const measured = await interleaved([variant('a'), variant('b')], 3, () => undefined);
    expect(order).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2']);
    expect(measured).toEqual({ a: [0, 1, 2], b: [0, 1, 2] });
  });

  it('are compared each with its neighbour, so that a slow minute counts on both sides', () => {
    expect(ratioOf([2, 20, 3], [1, 10, 1]).median).toBe(2);
  });

  it('give medians and percentiles by nearest rank', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(percentile([1, 2, 3, 4], 99)).toBe(4);
    expect(() => median([])).toThrow('nothing to take a percentile of');
  });
});

describe('a gate', () => {
  it('is passed at its value and missed beyond it, in either direction', () => {
    const ours = [15, 15, 15];
    const other = [10, 10, 10];
    expect(passes(compared({ ...line, gate: atMost(1.5) }, ours, other))).toBe(true);
    expect(passes(compared({ ...line, gate: atMost(1.49) }, ours, other))).toBe(false);
    expect(passes(compared({ ...line, gate: { kind: 'atLeast', value: 1.5 } }, ours, other))).toBe(true);
    expect(passes(compared({ ...line, gate: { kind: 'atLeast', value: 1.6 } }, ours, other))).toBe(false);
  });

  it('is neither passed nor missed where there is none', () => {
    expect(passes(compared(line, [1], [1]))).toBeNull();
    expect(passes(reported('e', 'memory', 'MB', 1))).toBeNull();
  });
});

const rows: readonly Row[] = [
  compared({ ...line, gate: atMost(1.5) }, [16, 18, 20], [10, 10, 10]),
  reported('e', 'memory | of the worker', 'MB', 181.4),
];

describe('the table', () => {
  it('says for each line what was measured, against what, and whether it is good enough', () => {
    const text = screenTable(rows);
    for (const part of [
      'a list',
      '18.0 ms',
      '10.0 ms',
      '1.80',
      '1.60 to 2.00',
      'at most 1.50',
      'FAIL',
      '181 MB',
    ])
      expect(text).toContain(part);
  });

  it('stands in Markdown with as many cells in each line, whatever a cell holds', () => {
    const lines = markdownTable(rows).split('\n');
    const cells = lines.map((text) => text.split(/(?<!\\)\|/).length);
    expect(new Set(cells).size).toBe(1);
    expect(lines).toHaveLength(2 + rows.length);
  });
});

describe('the page', () => {
  const run: Run = { rows, options: { blocks: 5, size: 'usual' }, minutes: 9.94, machine: ['a machine'] };

  it('keeps what people wrote around the generated part', () => {
    const first = `${documentOf(run, null)}\n## What fell short\n\nBecause of this.\n`;
    const second = documentOf({ ...run, minutes: 7, machine: ['another machine'] }, first);
    expect(second).toContain('Because of this.');
    expect(second).toContain('another machine');
    expect(second).not.toContain('a machine\n');
    expect(second).toContain('7.0 minutes');
    expect(documentOf({ ...run, minutes: 7, machine: ['another machine'] }, second)).toBe(second);
  });

  it('gets the generated part at its end when somebody has removed the marks', () => {
    const page = documentOf(run, '# Benchmarks\n\nOnly words.\n');
    expect(page).toMatch(/^# Benchmarks\n\nOnly words\.\n\n<!-- generated/);
  });
});

describe('the command line', () => {
  it('writes the page only after a whole run', () => {
    expect(readOptions([])).toMatchObject({ write: true, blocks: 5, size: 'usual' });
    expect(readOptions(['--full'])).toMatchObject({ write: true, size: 'full' });
    expect(readOptions(['--quick'])).toMatchObject({ write: false, blocks: 2 });
    expect(readOptions(['--only', 'c, b'])).toMatchObject({ write: false, letters: ['b', 'c'] });
  });

  it('refuses what it does not know', () => {
    expect(() => readOptions(['--only', 'x'])).toThrow('not x');
    expect(() => readOptions(['--blocks', '0'])).toThrow('1 to 99');
    expect(() => readOptions(['--quick', '--full'])).toThrow('exclude');
    expect(() => readOptions(['--fast'])).toThrow();
  });
});
