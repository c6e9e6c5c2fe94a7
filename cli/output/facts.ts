/** Any JSON as short indented lines, for answers that have no table of their own. */
import type { Session } from '../shell.js';
import { harmless } from './text.js';

const MOST_LINES = 200;

/** Names and values, one a line; groups and lists indented below their name. */
export function factsText(value: unknown, session: Session, indent = '  '): string {
  const lines = linesOf(value, session, indent);
  return lines.length > MOST_LINES
    ? [
        ...lines.slice(0, MOST_LINES),
        `${indent}… ${String(lines.length - MOST_LINES)} more lines; --json shows all`,
      ].join('\n')
    : lines.join('\n');
}

function linesOf(value: unknown, session: Session, indent: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((each: unknown) => {
      const [first = '', ...rest] = linesOf(each, session, `${indent}  `);
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, each]: [string, unknown]) => {
      if (each === undefined || each === null) return [];
      if (typeof each !== 'object') return [session.prose(`${harmless(name)}: ${plain(each)}`, indent)];
      const inner = linesOf(each, session, `${indent}  `);
      return inner.length === 0
        ? [`${indent}${harmless(name)}: none`]
        : [`${indent}${harmless(name)}:`, ...inner];
    });
  }
  return value === undefined ? [] : [session.prose(plain(value), indent)];
}

function plain(value: unknown): string {
  return harmless(typeof value === 'string' ? value : JSON.stringify(value));
}
