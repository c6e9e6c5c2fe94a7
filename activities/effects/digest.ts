/** What one message about several reminders shows: each with its reason, its link and a way to answer. */
import type { Registry } from '../../domain/kernel/advance.js';
import type { EffectIntent } from '../../domain/kernel/state.js';
import type { MailContext } from './mail-facts.js';
import { mailVariables, type Variables } from './mail-variables.js';

export interface DigestReminder {
  readonly slug: string;
  readonly processId: string;
  readonly intent: Pick<Extract<EffectIntent, { kind: 'mail' }>, 'content' | 'topic'>;
  readonly context: MailContext;
}

/**
 * One entry for each thing that is reminded of: the newest reminder of it, and when the earlier ones of the same were
 * decided. Latest thing last, in the order in which they came up.
 */
export function entriesOf<R extends Pick<DigestReminder, 'intent'>>(
  reminders: readonly R[],
): readonly { readonly newest: R; readonly earlier: readonly number[] }[] {
  const byTopic = new Map<unknown, R[]>();
  const inTime = [...reminders].sort((a, b) => a.intent.content.at - b.intent.content.at);
  for (const reminder of inTime) {
    const topic = reminder.intent.topic ?? reminder;
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), reminder]);
  }
  return [...byTopic.values()].flatMap((same) => {
    const newest = same.at(-1);
    const earlier = same.slice(0, -1).map(({ intent }) => intent.content.at);
    return newest ? [{ newest, earlier }] : [];
  });
}

/** The variables of the template `digest`; those of an entry are those of its notice. */
export function digestVariables(
  reminders: readonly DigestReminder[],
  source: { readonly registry: Registry; readonly publicUrl: string },
): Variables {
  const entries = entriesOf(reminders).map(({ newest, earlier }) => {
    const { slug, processId, intent, context } = newest;
    const { content } = intent;
    const variables = mailVariables({ ...source, slug, processId, content, context, linkUrl: null });
    const step = stepOf(source.registry, newest);
    return { ...variables, step, earlier: earlier.map((at) => new Date(at).toISOString()) };
  });
  const [first] = entries;
  if (!first) throw new Error('A digest without a reminder.');
  const { customer, person } = first as Variables;
  return { customer, person, count: entries.length, entries, tasksUrl: source.publicUrl };
}

/** Several reminders of a process may have the same title: the clock tells them apart. */
function stepOf({ definitions }: Registry, { slug, intent }: DigestReminder): string | null {
  const clock = intent.topic?.split('|')[2]?.split('/')[0] ?? '';
  return definitions[slug]?.words.clocks[clock]?.label ?? null;
}
