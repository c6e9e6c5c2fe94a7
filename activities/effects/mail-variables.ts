/** The variables of a message: what the notice shows, with persons, instants and links in a form for people. */
import { readInvitation, type Invitation } from '../../domain/invitation.js';
import type { Registry } from '../../domain/kernel/advance.js';
import type { MailContent } from '../../domain/kernel/state.js';
import type { Shown, Words } from '../../domain/kernel/words.js';
import type { MailContext, PersonFacts } from './mail-facts.js';
import { ownVariables } from './mail-notices.js';

export interface VariableSource {
  readonly registry: Registry;
  readonly slug: string;
  readonly processId: string;
  readonly content: MailContent;
  readonly context: MailContext;
  readonly publicUrl: string;
  /** Address of the one-time link, when the notice has one. */
  readonly linkUrl: string | null;
  /** When the reminders were decided that this one stands for (epoch ms). */
  readonly standsFor?: readonly number[];
}

export type Variables = Readonly<Record<string, unknown>>;

/** All that a template of its own or the generic one may ask for. */
export function mailVariables(source: VariableSource): Variables {
  const { content, context, registry, slug, processId, publicUrl, linkUrl } = source;
  const words = registry.definitions[slug]?.words;
  const title = words?.notices[content.notice]?.label ?? content.notice;
  const role = words?.roles[content.role]?.label ?? content.role;
  const url = `${publicUrl}/processes/${processId}`;
  const shown = Object.fromEntries(
    Object.entries(content.show).map(([name, value]) => [name, resolved(value, context)]),
  );
  const sender = personOf(context, context.ownerId);
  const own = ownVariables[content.notice]?.(shown, publicUrl, url) ?? {};
  return {
    ...shown,
    ...own,
    sender,
    title,
    customer: context.customer,
    person: personOf(context, content.recipient),
    // The generic notice has no place of its own for the one-time link.
    process: {
      id: processId,
      title: `${words?.title ?? slug} ${context.headline}`.trim(),
      kind: words?.title ?? slug,
      headline: context.headline,
      url: linkUrl ?? url,
    },
    dueAt: instantOf(content.show[deadlineIn(content.show) ?? '']),
    paged: 'also' in content,
    linked: content.link !== null,
    actionLabel: actionLabel(words, content),
    details: detailsOf(content.show, context),
    meeting: meetingOf(readInvitation(content.show)),
    actions: [{ label: 'What can be done now', command: `careplus next ${processId}` }],
    answer: 'use the link above, or reply to this mail.',
    role,
    reason: `you are involved in this as: ${role}.`,
    summary: null,
    standsFor: (source.standsFor ?? []).map((at) => new Date(at).toISOString()),
    acknowledgeUrl: linkUrl ?? url,
  };
}

/** What the one link of a message does. */
function actionLabel(words: Words | undefined, content: MailContent): string {
  if ('also' in content) return 'Acknowledge';
  return (content.link && words?.commands[content.link.command]?.label) ?? 'Open it';
}

function meetingOf(invitation: Invitation | null) {
  if (!invitation) return null;
  const { title, place, startsAt, minutes, method, revision } = invitation;
  return {
    title,
    place,
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(startsAt + minutes * 60_000).toISOString(),
    cancelled: method === 'CANCEL',
    updated: revision > 0,
  };
}

/** The generic notice shows whatever the notice shows, as a list; its deadline has a place of its own. */
function detailsOf(show: MailContent['show'], context: MailContext) {
  const deadline = deadlineIn(show);
  return (
    Object.entries(show)
      // That it is a drill stands above everything else.
      .filter(([name, value]) => name !== 'drill' && name !== deadline && value !== '')
      .map(([name, value]) => {
        const label = labelOf(name);
        const at = instantOf(value);
        return at === null ? { label, value: textOf(value, context) } : { label, at };
      })
  );
}

/** The name of the instant by which something is to be done: others say when something begins, ends or was. */
function deadlineIn(show: MailContent['show']): string | undefined {
  const instants = Object.keys(show).filter((name) => instantOf(show[name]) !== null);
  return instants.find((name) => name === 'due') ?? instants.find((name) => name.endsWith('By'));
}

function textOf(value: Shown, context: MailContext): string {
  if (typeof value !== 'object') return String(value);
  if ('person' in value) return personOf(context, value.person).name;
  if ('instant' in value) return new Date(value.instant).toISOString();
  if ('list' in value) return value.list.map((item) => textOf(item, context)).join(', ');
  return '';
}

/** An empty text counts as true in a template; null says that there is nothing. */
function resolved(value: Shown, context: MailContext): unknown {
  if (typeof value !== 'object') return value === '' ? null : value;
  if ('person' in value) return personOf(context, value.person);
  if ('instant' in value) return new Date(value.instant).toISOString();
  if ('list' in value) return value.list.map((item) => textOf(item, context));
  return null;
}

function instantOf(value: Shown | undefined): string | null {
  return typeof value === 'object' && 'instant' in value ? new Date(value.instant).toISOString() : null;
}

/** `contractNumber` is read as "Contract number". */
function labelOf(name: string): string {
  const spaced = name.replace(
    /([a-z0-9])([A-Z])/g,
    (_all, a: string, b: string) => `${a} ${b.toLowerCase()}`,
  );
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** A person as messages show one; somebody whose row was erased has no name any more. */
function personOf(context: MailContext, id: string): { name: string; phone: string; mail: string } {
  const person: PersonFacts | undefined = context.people[id];
  return { name: person?.name ?? '(unknown person)', phone: person?.phone ?? '', mail: person?.email ?? '' };
}

/** Every person that a message names, the recipient first. */
export function peopleIn(content: MailContent): readonly string[] {
  const named = (value: Shown): string[] => {
    if (typeof value !== 'object') return [];
    if ('person' in value) return [value.person];
    return 'list' in value ? value.list.flatMap(named) : [];
  };
  return [...new Set([content.recipient, ...Object.values(content.show).flatMap(named)])];
}
