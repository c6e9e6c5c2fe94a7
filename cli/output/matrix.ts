/** What an import changes in a contact matrix, person by person. */
import type { Session } from '../shell.js';
import { harmless, indented } from './text.js';

interface Change {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Lists of hundreds are cut; --json has them all. */
const MOST_PEOPLE = 40;

/** Who comes, who goes, and whose fields change. Paths are `<person>.<field>`. */
export function contactChanges(diff: readonly Change[], session: Session): string {
  if (diff.length === 0) return '  nothing changes';
  const people = new Map<string, Change[]>();
  for (const change of diff) {
    const id = change.path.split('.')[0] ?? '';
    people.set(id, [...(people.get(id) ?? []), change]);
  }
  const lines = [...people].slice(0, MOST_PEOPLE).map(([id, changes]) => personText(id, changes, session));
  const left = people.size - lines.length;
  return [...lines, ...(left > 0 ? [`  … and ${String(left)} more`] : [])].join('\n');
}

function personText(id: string, changes: readonly Change[], session: Session): string {
  const own = changes.find(({ path }) => path === `${id}.id`);
  const { red, green } = session.paint;
  const summary = () =>
    ['name', 'side', 'level', 'phone']
      .map((field) => changes.find(({ path }) => path === `${id}.${field}`))
      .map((change) => change?.after ?? change?.before)
      .filter((value) => typeof value === 'string')
      .join(', ');
  if (own && own.before === null) return green(line(`+ ${id}: ${summary()}`, session));
  if (own && own.after === null) return red(line(`- ${id}: ${summary()}`, session));
  const fields = changes.map(
    ({ path, before, after }) => `${path.slice(id.length + 1)} ${valueText(before)} -> ${valueText(after)}`,
  );
  return line(`~ ${id}: ${fields.join('; ')}`, session);
}

function line(text: string, session: Session): string {
  return indented(harmless(text), '  ', session.width);
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return '(none)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
