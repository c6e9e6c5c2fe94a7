/** What a file would change: field by field, with rows of lists told apart by their ids. */
import { z } from 'zod';

export interface Difference {
  readonly path: string;
  /** Absent members are null. */
  readonly before: unknown;
  readonly after: unknown;
}

export const differenceOut = z
  .object({ path: z.string(), before: z.unknown(), after: z.unknown() })
  .meta({ id: 'Difference' });

/** Every leaf that differs, in the order of the file. `contacts.maria-stone.email` is a path. */
export function differences(before: unknown, after: unknown): readonly Difference[] {
  const old = leaves(before);
  const now = leaves(after);
  const paths = [...new Set([...now.keys(), ...old.keys()])];
  return paths.flatMap((path) => {
    const one = { path, before: old.get(path) ?? null, after: now.get(path) ?? null };
    return one.before === one.after ? [] : [one];
  });
}

function leaves(value: unknown, path = '', into = new Map<string, unknown>()): Map<string, unknown> {
  if (typeof value !== 'object' || value === null) {
    into.set(path, value);
    return into;
  }
  const members = Array.isArray(value)
    ? value.map((item: unknown, index): [string, unknown] => [idOf(item) ?? String(index), item])
    : Object.entries(value);
  for (const [name, member] of members) leaves(member, path === '' ? name : `${path}.${name}`, into);
  return into;
}

function idOf(item: unknown): string | undefined {
  return typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'string'
    ? item.id
    : undefined;
}
