/** What went wrong, for people (code, text, remedy, problems) and for programs. */
import type { Colors } from 'picocolors/types.js';
import type { FailureFacts } from '../failure.js';
import { commandText, harmless, indented } from './text.js';

/** The text of a failure; the first line names its code. */
export function failureText(facts: FailureFacts, paint: Colors, width: number): string {
  const lines = [`${paint.red('error')} ${paint.bold(harmless(facts.code))}`];
  lines.push(indented(harmless(facts.text), '  ', width));
  if (facts.problems && facts.problems.length > 0) {
    lines.push('  What is wrong:');
    for (const { path, problem } of facts.problems) {
      const place = path === '' || path === '(whole)' ? '' : `${harmless(path)}: `;
      const [first = '', ...rest] = indented(`${place}${harmless(problem)}`, '    ', width - 2).split('\n');
      lines.push(`  - ${first.trimStart()}`, ...rest);
    }
  }
  if (facts.remedy) lines.push(indented(`What to do: ${harmless(facts.remedy)}`, '  ', width));
  if (facts.example) lines.push('  For example:', commandText(harmless(facts.example), '    ', width));
  return lines.join('\n');
}

/** The same as one JSON object: the API's own document when there is one. */
export function failureJson(facts: FailureFacts): unknown {
  return (
    facts.document ?? {
      code: facts.code,
      detail: facts.text,
      ...(facts.remedy === undefined ? {} : { remedy: facts.remedy }),
      ...(facts.problems === undefined ? {} : { problems: facts.problems }),
      ...(facts.example === undefined ? {} : { example: facts.example }),
    }
  );
}
