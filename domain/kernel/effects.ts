/** What a decided step does to the outside: mail to whom it tells, work for other processes. Pure. */
import { nextOpening } from '../time/business.js';
import type { CalendarVersion } from '../time/calendar.js';
import { clockPath } from './clock-bench.js';
import { promiseDueAt } from './clocks.js';
import { undeliverablePayload } from './common.js';
import { activeOnly } from './directory.js';
import { sha256 } from './hash.js';
import type { Definition, ErasedRow } from './rules.js';
import type { Accepted, ClockState, EffectIntent, Fired, Inputs, MailContent, ProcessRef } from './state.js';
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
    ...mailEffects(step, reference),
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

function mailEffects(
  { definition, ref, scene, inputs, told, clocks, fired }: Step,
  reference: string,
): EffectIntent[] {
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
      const effect = mailEffect(definition, ref, scene, inputs, content, reference);
      const reminds = word.reminder === true && fired.kind === 'mark';
      return reminds ? { ...effect, topic: topicOf(ref, content, fired) } : effect;
    });
  });
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

function mailEffect(
  definition: Definition,
  ref: ProcessRef,
  scene: ErasedScene,
  inputs: Inputs,
  content: MailContent,
  reference: string,
): Extract<EffectIntent, { kind: 'mail' }> {
  return {
    kind: 'mail',
    key: effectKey(ref, content.notice, reference, content.recipient),
    notBefore: content.urgent
      ? scene.at
      : nextOpening(scene.at, hoursOf(definition, scene, inputs, content.recipient)),
    content,
  };
}

/** The calendar of a person's business hours (service spec §3a "Mail"). */
function hoursOf(
  definition: Definition,
  scene: ErasedScene,
  inputs: Inputs,
  personId: string,
): CalendarVersion {
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
    if (effect.when && !effect.when(scene)) return [];
    if (effect.kind === 'tellProcess') {
      const content = { processId: effect.to(scene), signal: effect.signal, payload: effect.payload(scene) };
      return [
        {
          kind: effect.kind,
          key: effectKey(ref, effect.intent, reference, content.processId),
          notBefore: scene.at,
          content,
        },
      ];
    }
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
function insteadEffects({ definition, ref, scene, inputs, fired, ownerId }: Step): EffectIntent[] {
  if (fired.kind !== 'signal' || fired.name !== 'undeliverable') return [];
  const { effectKey: failed, content } = undeliverablePayload.parse(scene.payload);
  const tried = [...content.instead, content.recipient];
  const first = content.instead.length === 0;
  const deputy = first ? inputs.directory.people[content.recipient]?.deputyId : null;
  const next = activeOnly(inputs.directory, [deputy, ownerId]).find((person) => !tried.includes(person));
  if (next === undefined) return [];
  const instead: MailContent = { ...content, recipient: next, instead: tried, link: null };
  return [{ ...mailEffect(definition, ref, scene, inputs, instead, ''), key: `${failed}|instead|${next}` }];
}
