/**
 * The decision: what one trigger does to a process under a policy, calendars, lookups and people.
 * Pure. Together with evolve.ts it is the only code that interprets a definition.
 */
import type { z } from 'zod';
import { nextOpening } from '../time/business.js';
import type { CalendarVersion } from '../time/calendar.js';
import { undeliverablePayload } from './common.js';
import { activeOnly } from './directory.js';
import { sha256 } from './hash.js';
import { refuse, refuseBy } from './refusals.js';
import type { Definition, ErasedRow, Trigger } from './rules.js';
import { ClockBench, clockPath } from './clock-bench.js';
import { promiseDueAt } from './clocks.js';
import type {
  Accepted,
  ClockState,
  Decision,
  EffectIntent,
  Fired,
  Inputs,
  MailContent,
  ProcessRef,
  ProcessState,
  Refused,
} from './state.js';
import type { Data, ErasedScene, Shown } from './words.js';

/** A scene with what the trigger brings: payload, key and repeat of a mark. */
type TriggerScene = ErasedScene & {
  readonly payload: Data;
  readonly repeat: number;
};

/**
 * Decides one trigger. `state` is null for a start.
 * @throws Error for what only a bug or a broken policy can cause; the caller parks the trigger (poison).
 */
export function decide(
  definition: Definition,
  ref: ProcessRef,
  state: ProcessState | null,
  fired: Fired,
  inputs: Inputs,
): Decision {
  if (fired.kind === 'system') return decideSystem(definition, ref, required(state, ref), fired, inputs);
  const refusal = refusedEarly(definition, state, fired);
  if (refusal) return refusal;
  const payload = readPayload(definition, fired);
  if (payload.kind === 'refused') return payload;
  const scene = sceneOf(ref, state, fired, inputs, payload.value);
  if (fired.kind === 'command' && !holdsRole(definition, fired.name, scene)) return refuse('ROLE');
  const row = chooseRow(definition, state?.status ?? null, fired, scene);
  if (!row) {
    if (fired.kind === 'mark')
      throw new Error(`No rule for ${fired.clock}.${fired.step} in status ${state?.status}.`);
    if (fired.kind === 'signal')
      return { kind: 'late', event: `${definition.words.slug}.late.${fired.name}` };
    return refuse('CASE');
  }
  const failed = row.guards?.find(
    (guard) => !(guard.holds?.(scene) ?? true) || !(guard.given?.(scene) ?? true),
  );
  if (failed) return refuseBy(definition.words, failed.code);
  return applyRow(definition, ref, state, fired, inputs, scene, row);
}

type Rowed = Exclude<Fired, { kind: 'system' }> | { readonly kind: 'command'; readonly name: string };

/** The rows of a trigger that apply in a status, before `when` is asked. */
export function rowsFor(definition: Definition, status: string | null, fired: Rowed): readonly ErasedRow[] {
  return definition.rows.filter((row) => {
    if (fired.kind === 'start') return row.trigger.kind === 'start';
    return row.from.includes(status ?? '') && moves(fired, row.trigger);
  });
}

function moves(fired: Exclude<Rowed, { kind: 'start' }>, trigger: Trigger): boolean {
  if (fired.kind === 'mark') {
    return trigger.kind === 'mark' && trigger.name === fired.clock && trigger.step === fired.step;
  }
  return trigger.kind === fired.kind && trigger.name === fired.name;
}

/** Whether the actor of the scene holds one of the command's roles. */
export function holdsRole(definition: Definition, command: string, scene: ErasedScene): boolean {
  const { actor } = scene;
  if (actor === null) return false;
  const roles = definition.words.commands[command]?.by ?? [];
  return roles.some((role) => definition.words.roles[role]?.who(scene).includes(actor) ?? false);
}

/** The scene of a process at an instant, for views: no payload, no key. */
export function viewScene(
  state: ProcessState,
  inputs: Inputs,
  at: number,
  actor: string | null,
): ErasedScene {
  const { look, directory } = inputs;
  return {
    processId: state.id,
    key: '',
    data: state.data,
    policy: inputs.policy.body,
    look,
    directory,
    at,
    actor,
  };
}

function refusedEarly(definition: Definition, state: ProcessState | null, fired: Fired): Refused | null {
  // A process begins once; a second start would wipe out what it has become.
  if (fired.kind === 'start') return state ? refuse('STATUS') : null;
  // The start comes first in every inbox: without a state it was refused, and there is nothing to be late for.
  if (fired.kind === 'signal') return state ? null : refuse('STATUS');
  if (fired.kind !== 'command') return null;
  if (!Object.hasOwn(definition.words.commands, fired.name)) return refuse('COMMAND');
  if (!state) return refuse('STATUS');
  if (fired.expectedSeq !== null && fired.expectedSeq !== state.seq) return refuse('STALE');
  if (rowsFor(definition, state.status, fired).length > 0 || commonRow(fired, state.status)) return null;
  return refuse(definition.words.statuses[state.status]?.kind === 'closed' ? 'CLOSED' : 'STATUS');
}

function readPayload(definition: Definition, fired: Fired): { kind: 'payload'; value: Data } | Refused {
  if (fired.kind === 'mark' || fired.kind === 'system') return { kind: 'payload', value: {} };
  const schema = payloadSchema(definition, fired);
  if (!schema) return { kind: 'payload', value: {} };
  const read = schema.safeParse(fired.payload);
  if (read.success) return { kind: 'payload', value: read.data };
  if (fired.kind === 'signal')
    throw new Error(`Signal ${fired.name} does not fit its schema: ${read.error.message}`);
  return refuse('PAYLOAD', problemsOf(read.error));
}

function payloadSchema(
  definition: Definition,
  fired: Exclude<Fired, { kind: 'mark' | 'system' }>,
): z.ZodObject | undefined {
  if (fired.kind === 'start') return definition.words.start.payload;
  if (fired.kind === 'command') return definition.words.commands[fired.name]?.payload;
  if (fired.name === 'undeliverable') return undeliverablePayload;
  return definition.words.signals[fired.name]?.payload;
}

/** Where a value does not fit its schema, one line a problem. */
export function problemsOf(error: z.ZodError): { path: string; problem: string }[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ path: pathText(issue.path), problem: issue.message }];
    return issue.keys.map((key) => ({
      path: pathText([...issue.path, key]),
      problem: 'there is no such field',
    }));
  });
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map(String).join('.') || '(whole)';
}

function sceneOf(
  ref: ProcessRef,
  state: ProcessState | null,
  fired: Fired,
  inputs: Inputs,
  payload: Data,
): TriggerScene {
  return {
    data: state?.data ?? {},
    policy: inputs.policy.body,
    look: inputs.look,
    directory: inputs.directory,
    at: fired.at,
    actor: fired.actor,
    payload,
    key: fired.kind === 'mark' ? fired.key : '',
    repeat: fired.kind === 'mark' ? fired.repeat : 0,
    processId: ref.id,
  };
}

function chooseRow(
  definition: Definition,
  status: string | null,
  fired: Exclude<Fired, { kind: 'system' }>,
  scene: TriggerScene,
): ErasedRow | undefined {
  return (
    rowsFor(definition, status, fired).find((row) => row.when?.(scene) ?? true) ?? commonRow(fired, status)
  );
}

function applyRow(
  definition: Definition,
  ref: ProcessRef,
  state: ProcessState | null,
  fired: Fired,
  inputs: Inputs,
  before: TriggerScene,
  row: ErasedRow,
): Accepted {
  const { words } = definition;
  const data = words.data.parse(row.init ? row.init(before) : changed(before, row)) as Data;
  const scene = { ...before, data };
  const to = row.to ?? state?.status;
  if (to === undefined) throw new Error(`The start of ${words.slug} names no status.`);
  const bench = new ClockBench(definition, state, inputs, scene);
  if (fired.kind === 'mark') bench.fire(fired);
  bench.applyColumn(row.clocks ?? {}, row.event);
  // Entering it does; what happens inside it (a note, a bounce) leaves its windows and reports running.
  if (to !== state?.status && words.statuses[to]?.kind === 'closed') bench.cancelAllBut(row.clocks ?? {});
  const told = whoIsTold(definition, scene, row.tell ?? {});
  const reference = fired.kind === 'mark' ? markReference(fired) : `e${(state?.seq ?? 0) + 1}`;
  const ownerId = ownerOf(definition, scene);
  const effects = [
    ...mailEffects(definition, ref, scene, inputs, told, bench.result().clocks, fired, reference),
    ...processEffects(ref, scene, row, reference),
    ...(fired.kind === 'signal' && fired.name === 'undeliverable'
      ? insteadEffects(definition, ref, scene, inputs, ownerId)
      : []),
  ];
  return {
    kind: 'accepted',
    event: `${words.slug}.${row.event}`,
    from: state?.status ?? null,
    via: row.via ?? null,
    to,
    data,
    ownerId,
    ...bench.result(),
    effects: [...new Map(effects.map((effect) => [effect.key, effect])).values()],
    told,
  };
}

function changed(scene: TriggerScene, row: ErasedRow): Data {
  const set = Object.entries(row.set ?? {}).map(([field, value]): [string, unknown] => [
    field,
    typeof value === 'function' ? (value as (scene: TriggerScene) => unknown)(scene) : value,
  ]);
  return { ...(scene.data as Data), ...Object.fromEntries(set) };
}

function ownerOf(definition: Definition, scene: ErasedScene): string {
  const owner = definition.words.roles[definition.words.owner]?.who(scene)[0];
  if (!owner) throw new Error(`Nobody owns the process: role ${definition.words.owner} is empty.`);
  return owner;
}

function whoIsTold(
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
  definition: Definition,
  ref: ProcessRef,
  scene: TriggerScene,
  inputs: Inputs,
  told: Accepted['told'],
  clocks: readonly ClockState[],
  fired: Fired,
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

function processEffects(
  ref: ProcessRef,
  scene: TriggerScene,
  row: ErasedRow,
  reference: string,
): EffectIntent[] {
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

/** What every process does with these triggers where its own rules say nothing. */
function commonRow(fired: Fired, from: string | null): ErasedRow | undefined {
  if (fired.kind !== 'command' && fired.kind !== 'signal') return undefined;
  const common = commonTriggers.find(({ kind, name }) => kind === fired.kind && name === fired.name);
  if (!common || from === null) return undefined;
  return { trigger: { kind: common.kind, name: common.name }, from: [from], event: common.event };
}
const commonTriggers = [
  { kind: 'command', name: 'note', event: 'noted' },
  { kind: 'signal', name: 'undeliverable', event: 'undeliverable' },
] as const;

/** A failed delivery tries the recipient's deputy once, then the owner (service spec §3 R5, §3a). */
function insteadEffects(
  definition: Definition,
  ref: ProcessRef,
  scene: TriggerScene,
  inputs: Inputs,
  ownerId: string,
): EffectIntent[] {
  const { effectKey: failed, content } = undeliverablePayload.parse(scene.payload);
  const tried = [...content.instead, content.recipient];
  const first = content.instead.length === 0;
  const deputy = first ? inputs.directory.people[content.recipient]?.deputyId : null;
  const next = activeOnly(inputs.directory, [deputy, ownerId]).find((person) => !tried.includes(person));
  if (next === undefined) return [];
  const instead: MailContent = { ...content, recipient: next, instead: tried, link: null };
  return [{ ...mailEffect(definition, ref, scene, inputs, instead, ''), key: `${failed}|instead|${next}` }];
}

function decideSystem(
  definition: Definition,
  ref: ProcessRef,
  state: ProcessState,
  fired: Extract<Fired, { kind: 'system' }>,
  inputs: Inputs,
): Accepted {
  const scene = sceneOf(ref, state, fired, inputs, {});
  const bench = new ClockBench(definition, state, inputs, scene);
  if (fired.name === 'recalculate') bench.recalculate();
  else bench.skipMark(fired.payload);
  return {
    kind: 'accepted',
    event: `${definition.words.slug}.${fired.name === 'recalculate' ? 'recalculated' : 'markSkipped'}`,
    from: state.status,
    via: null,
    to: state.status,
    data: state.data,
    ownerId: ownerOf(definition, scene),
    ...bench.result(),
    effects: [],
    told: [],
  };
}

function required(state: ProcessState | null, ref: ProcessRef): ProcessState {
  if (!state) throw new Error(`Process ${ref.id} has not started.`);
  return state;
}
