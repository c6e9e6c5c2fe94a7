/** What a decided step does to the outside: mail and pages to whom it tells, work for other processes. Pure. */
import { digestInstant, digestOf } from '../policy/mail.js';
import { nextOpening } from '../time/business.js';
import type { CalendarVersion } from '../time/calendar.js';
import { clockPath } from './clock-bench.js';
import { promiseDueAt } from './clocks.js';
import { undeliverablePayload } from './common.js';
import { activeOnly } from './directory.js';
import { sha256 } from './hash.js';
import type { Definition, ErasedRow } from './rules.js';
import type {
  Accepted,
  ClockState,
  EffectIntent,
  Fired,
  Inputs,
  MailContent,
  PageContent,
  ProcessRef,
} from './state.js';
import type { ErasedScene, Shown, TriggerScene } from './words.js';

/** A step whose row has been applied: `clocks` as they stand after it, `seq` the number of its event. */
interface Step {
  readonly definition: Definition;
  readonly ref: ProcessRef;
  readonly scene: TriggerScene;
  readonly inputs: Inputs;
  readonly fired: Fired;
  readonly seq: number;
  readonly clocks: readonly ClockState[];
  readonly told: Accepted['told'];
  readonly row: ErasedRow;
  readonly ownerId: string;
}

/** Each effect once, by its key. */
export function effectsOf(step: Step): EffectIntent[] {
  const { fired, seq } = step;
  const reference = fired.kind === 'mark' ? markReference(fired) : `e${seq}`;
  const effects = [
    ...onePageEach(step, noticeEffects(step, reference), reference),
    ...processEffects(step, reference),
    ...insteadEffects(step),
  ];
  return [...new Map(effects.map((effect) => [effect.key, effect])).values()];
}

/** Whom a row tells what, by role, as the people stand now. */
export function whoIsTold(
  definition: Definition,
  scene: ErasedScene,
  tell: Readonly<Record<string, string | readonly string[]>>,
) {
  return Object.entries(tell).flatMap(([role, notices]) =>
    [notices]
      .flat()
      .map((notice) => ({ role, notice, people: definition.words.roles[role]?.who(scene) ?? [] })),
  );
}

function noticeEffects(step: Step, reference: string): EffectIntent[] {
  const { definition, ref, scene, told, clocks, fired } = step;
  return told.flatMap(({ role, notice, people }) => {
    const word = definition.words.notices[notice];
    if (!word) throw new Error(`${definition.words.slug} has no notice named ${notice}.`);
    return people.map((recipient): EffectIntent => {
      const content: MailContent = {
        notice,
        role,
        recipient,
        instead: [],
        show: withDueInstants(word.show?.({ ...scene, recipient }) ?? {}, clocks),
        link: word.link
          ? { command: word.link.command, payload: word.link.payload({ ...scene, recipient }) }
          : null,
        urgent: word.urgent ?? false,
        at: scene.at,
      };
      const key = effectKey(ref, notice, reference, recipient);
      const pages = typeof word.page === 'function' ? word.page({ ...scene, recipient }) : word.page;
      if (pages) {
        const during = word.pageWhile?.({ ...scene, recipient }) ?? null;
        return pageEffect(scene.at, { ...content, also: [], during }, key);
      }
      return word.reminder && fired.kind === 'mark'
        ? reminder(step, content, key, topicOf(ref, content, fired))
        : mailEffect(step, content, key);
    });
  });
}

function pageEffect(notBefore: number, content: PageContent, key: string): EffectIntent {
  return { kind: 'page', key, notBefore, content: { ...content, urgent: true, link: null } };
}

/** However many rows and roles of a step point at a person, he is paged once by it. */
function onePageEach({ ref }: Step, effects: readonly EffectIntent[], reference: string): EffectIntent[] {
  const pages = new Map<string, Extract<EffectIntent, { kind: 'page' }>>();
  for (const effect of effects) {
    if (effect.kind !== 'page') continue;
    const { recipient, notice } = effect.content;
    const first = pages.get(recipient);
    const key = effectKey(ref, 'page', reference, recipient);
    if (!first) pages.set(recipient, { ...effect, key });
    else if (notice !== first.content.notice && !first.content.also.includes(notice))
      pages.set(recipient, {
        ...first,
        content: { ...first.content, also: [...first.content.also, notice] },
      });
  }
  return [...effects.filter(({ kind }) => kind !== 'page'), ...pages.values()];
}

/** One run of a clock, one notice, one recipient. */
function topicOf(
  ref: ProcessRef,
  { notice, recipient }: MailContent,
  { clock, key, run }: Extract<Fired, { kind: 'mark' }>,
): string {
  return [ref.id, notice, `${clock}/${key}/${run}`, recipient].join('|');
}

/** A notice that shows when something is due gets the instant that its clock stands at after the step. */
function withDueInstants(show: Readonly<Record<string, Shown>>, clocks: readonly ClockState[]) {
  const resolved = Object.entries(show).map(([name, value]): [string, Shown] => {
    if (typeof value !== 'object' || !('due' in value)) return [name, value];
    const clock = clocks.find((candidate) => clockPath(candidate.name, candidate.key) === value.due);
    const instant = clock ? promiseDueAt(clock) : null;
    return [name, instant === null ? '' : { instant }];
  });
  return Object.fromEntries(resolved);
}

function mailEffect(step: Step, content: MailContent, key: string) {
  const { at } = step.scene;
  const notBefore = content.urgent ? at : nextOpening(at, hoursOf(step, content.recipient));
  return { kind: 'mail', key, notBefore, content } as const;
}

/** Unless it is urgent it comes with the others of its day, where the policy says so. */
function reminder(step: Step, content: MailContent, key: string, topic: string): EffectIntent {
  const { scene, inputs } = step;
  const digest = content.urgent ? null : digestOf(inputs.policy.body);
  const effect = { ...mailEffect(step, content, key), topic };
  if (!digest) return effect;
  const zone = inputs.directory.people[content.recipient]?.zone ?? 'UTC';
  const notBefore = digestInstant(scene.at, digest, zone, hoursOf(step, content.recipient));
  return { ...effect, notBefore, digest: true };
}

/** The calendar of a person's business hours (service spec §3a "Mail"). */
function hoursOf({ definition, scene, inputs }: Step, personId: string): CalendarVersion {
  const person = inputs.directory.people[personId];
  const own = definition.words.calendars(scene);
  const id =
    person?.calendarId ?? (person?.side === 'provider' ? inputs.directory.providerCalendarId : own.main);
  const calendar = inputs.calendars[id];
  if (!calendar) throw new Error(`Calendar ${id} is not loaded.`);
  return calendar;
}

function processEffects({ ref, scene, row }: Step, reference: string): EffectIntent[] {
  return (row.effects ?? []).flatMap((effect): EffectIntent[] => {
    if (effect.kind === 'tellProcess') {
      return effect.to(scene).map((processId) => ({
        kind: effect.kind,
        key: effectKey(ref, effect.intent, reference, processId),
        notBefore: scene.at,
        content: { processId, signal: effect.signal, payload: effect.payload(scene) },
      }));
    }
    if (effect.when && !effect.when(scene)) return [];
    const key = effectKey(ref, effect.intent, effect.once ? effect.once(scene) : reference, effect.slug);
    const content = {
      slug: effect.slug,
      processId: childId(ref.tenantId, key),
      payload: effect.payload(scene),
    };
    return [{ kind: effect.kind, key, notBefore: scene.at, content }];
  });
}

function effectKey(ref: ProcessRef, intent: string, reference: string, receiver: string): string {
  return [ref.id, ref.epoch, intent, reference, receiver].join('|');
}

/** The id of a process that another one starts: the same however often the effect is done. */
function childId(tenantId: string, key: string): string {
  return `prc_${sha256([tenantId, key]).slice(0, 26)}`;
}

function markReference(fired: Extract<Fired, { kind: 'mark' }>): string {
  return `${fired.clock}/${fired.key}/${fired.run}/${fired.step}/${fired.repeat}`;
}

/** A failed delivery tries the recipient's deputy once, then the owner (service spec §3 R5, §3a). */
function insteadEffects(step: Step): EffectIntent[] {
  const { scene, inputs, fired, ownerId } = step;
  if (fired.kind !== 'signal' || fired.name !== 'undeliverable') return [];
  const { effectKey: failed, content } = undeliverablePayload.parse(scene.payload);
  const tried = [...content.instead, content.recipient];
  const first = content.instead.length === 0;
  const deputy = first ? inputs.directory.people[content.recipient]?.deputyId : null;
  const next = activeOnly(inputs.directory, [deputy, ownerId]).find((person) => !tried.includes(person));
  if (next === undefined) return [];
  const instead: MailContent = { ...content, recipient: next, instead: tried, link: null };
  const key = `${failed}|instead|${next}`;
  return [
    'also' in instead ? pageEffect(scene.at, instead as PageContent, key) : mailEffect(step, instead, key),
  ];
}
