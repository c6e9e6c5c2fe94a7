/** The Mermaid text of each definition: every status, readable by Mermaid. */
import { describe, expect, it } from '@jest/globals';
import type { Definition } from '../../domain/kernel/rules.js';
import { mermaidOf } from '../../domain/kernel/views/diagram.js';
import { definitions } from '../../domain/processes.js';
import { parcelRules } from './fixtures/parcel.js';

const all = Object.entries<Definition>({ ...definitions, parcel: parcelRules });

describe.each(all)('the diagram of %s', (_slug, definition) => {
  const lines = mermaidOf(definition).trimEnd().split('\n');

  it('names every status with its label, and marks the closed ones as ends', () => {
    for (const [name, word] of Object.entries(definition.words.statuses)) {
      expect(lines).toContain(`  ${name}: ${word.label}`);
      expect(lines.includes(`  ${name} --> [*]`)).toBe(word.kind === 'closed');
    }
    expect(lines.some((line) => line.startsWith('  [*] --> '))).toBe(true);
  });

  it('has an arrow for each pair of statuses that a row joins, once', () => {
    const arrows = lines.flatMap((line) => /^ {2}(\S+ --> \S+): /.exec(line)?.[1] ?? []);
    expect(new Set(arrows).size).toBe(arrows.length);
    const pairs = definition.rows.flatMap(({ trigger, from, to }) =>
      (trigger.kind === 'start' ? ['[*]'] : from).flatMap((one) =>
        to === undefined || to === one ? [] : [`${one} --> ${to}`],
      ),
    );
    expect([...arrows].sort()).toEqual([...new Set(pairs)].sort());
  });

  it('holds no character that Mermaid reads as syntax', () => {
    expect(lines.slice(0, 2)).toEqual(['stateDiagram-v2', '  direction TB']);
    const names = ['[*]', ...Object.keys(definition.words.statuses)];
    for (const line of lines.slice(2)) {
      const read = /^ {2}(\S+?)(?: --> (\S+?))?(?:: ([^:;#{}<>[\]"\n]+))?$/.exec(line);
      expect(read?.[0]).toBe(line);
      expect(names).toContain(read?.[1]);
      if (read?.[2] !== undefined) expect(names).toContain(read[2]);
    }
    for (const name of names.slice(1)) {
      expect(name).toMatch(/^[a-z][A-Za-z]*$/);
      expect(['end', 'state', 'note', 'direction', 'as', 'class']).not.toContain(name);
    }
  });
});
