/** The definition as a Mermaid state diagram: what people read before they read rules. */
import type { Definition, ErasedRow } from '../rules.js';

/** A `stateDiagram-v2`; edges of one pair of statuses share an arrow, steps that stay in a status are left out. */
export function mermaidOf(definition: Definition): string {
  const { statuses } = definition.words;
  const lines = ['stateDiagram-v2', '  direction TB'];
  for (const [name, word] of Object.entries(statuses)) lines.push(`  ${name}: ${word.label}`);
  for (const [edge, labels] of edgesOf(definition)) lines.push(`  ${edge}: ${[...labels].join(', ')}`);
  for (const [name, word] of Object.entries(statuses))
    if (word.kind === 'closed') lines.push(`  ${name} --> [*]`);
  return `${lines.join('\n')}\n`;
}

function edgesOf(definition: Definition): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const row of definition.rows) {
    const sources = row.trigger.kind === 'start' ? ['[*]'] : row.from;
    for (const from of sources) {
      if (row.to === undefined || row.to === from) continue;
      const edge = `${from} --> ${row.to}`;
      edges.set(edge, (edges.get(edge) ?? new Set()).add(labelOf(definition, row)));
    }
  }
  return edges;
}

/** Commands by their label, clocks and signals by what happened; no character that Mermaid reads as syntax. */
function labelOf({ words }: Definition, { trigger }: ErasedRow): string {
  const label = {
    start: words.start.label,
    command: words.commands[trigger.name]?.label,
    signal: words.signals[trigger.name]?.label,
    mark: `${words.clocks[trigger.name]?.label ?? trigger.name} (${trigger.step ?? ''})`,
  }[trigger.kind];
  return (label ?? trigger.name).replace(/[:;#]/g, ' ');
}
