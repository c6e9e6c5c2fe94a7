/** What differs between two policy sets, key by key and in words: durations as text, lists by the keys of their items. */
import { durationSchema, formatDuration } from '../time/duration.js';

export interface PolicyChange {
  /** Dotted, such as `onboarding.kickoff` or `onboarding.checklist.testCall.label`. */
  readonly path: string;
  /** Null: the key is new, or is gone. */
  readonly before: string | null;
  readonly after: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

/** What the store writes into a body beside what its author wrote. */
const NOT_CONTENT = ['id', 'version'];

/** Every difference, in the order of the keys of the older set; none when both say the same. */
export function policyChanges(before: Fields, after: Fields): readonly PolicyChange[] {
  const content = (body: Fields) =>
    Object.fromEntries(Object.entries(body).filter(([name]) => !NOT_CONTENT.includes(name)));
  return changesOf('', content(before), content(after));
}

function changesOf(path: string, before: unknown, after: unknown): readonly PolicyChange[] {
  if (isGroup(before) && isGroup(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => changesOf(joined(path, name), before[name], after[name]));
  }
  if (isKeyed(before) && isKeyed(after)) return listChanges(path, before, after);
  const [old, now] = [wordsOf(before), wordsOf(after)];
  return old === now ? [] : [{ path, before: old, after: now }];
}

type Keyed = readonly (Fields & { readonly key: string })[];

/** A list whose items have keys: what was added, taken away, changed, and another order of those that stay. */
function listChanges(path: string, before: Keyed, after: Keyed): readonly PolicyChange[] {
  const keys = [...new Set([...before, ...after].map(({ key }) => key))];
  const changes = keys.flatMap((key) =>
    changesOf(
      joined(path, key),
      before.find((item) => item.key === key),
      after.find((item) => item.key === key),
    ),
  );
  const order = (list: Keyed, other: Keyed) =>
    list
      .map(({ key }) => key)
      .filter((key) => other.some((item) => item.key === key))
      .join(', ');
  const [old, now] = [order(before, after), order(after, before)];
  return old === now ? changes : [...changes, { path: `${path} (order)`, before: old, after: now }];
}

function isGroup(value: unknown): value is Fields {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !durationSchema.safeParse(value).success
  );
}

function isKeyed(value: unknown): value is Keyed {
  if (!Array.isArray(value)) return false;
  return value.every((item: unknown) => isGroup(item) && typeof item['key'] === 'string');
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function wordsOf(value: unknown): string | null {
  if (value === undefined) return null;
  const duration = durationSchema.safeParse(value);
  if (duration.success) return formatDuration(duration.data);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (isGroup(value)) {
    return Object.entries(value)
      .filter(([name]) => name !== 'key')
      .map(([name, member]) => `${name}: ${wordsOf(member) ?? 'nothing'}`)
      .join(', ');
  }
  if (Array.isArray(value)) return value.map((item) => wordsOf(item) ?? 'nothing').join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
