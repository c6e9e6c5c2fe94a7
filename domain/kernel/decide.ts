/**
 * The decision: what one trigger does to a process under a policy, calendars, lookups and people.
 * Pure. Together with evolve.ts it is the only code that interprets a definition.
 */
import type { z } from 'zod';
import { undeliverablePayload } from './common.js';
import { effectsOf, whoIsTold } from './effects.js';
import { inOrder } from './hash.js';
import { refuse, refuseBy } from './refusals.js';
import type { Definition, ErasedRow, Trigger } from './rules.js';
import { ClockBench } from './clock-bench.js';
import type { Accepted, Decision, Fired, Inputs, ProcessRef, ProcessState, Refused } from './state.js';
import type { Data, ErasedScene, TriggerScene } from './words.js';

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
  if (fired.kind === 'system') {
    // Its start was given up before.
    return state ? decideSystem(definition, ref, state, fired, inputs) : refuse('STATUS');
  }
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
  if (failed) return refuseBy(definition.words, failed.code, failed.wrong?.(scene));
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
  const { look, directory, calendars } = inputs;
  return {
    processId: state.id,
    key: '',
    data: state.data,
    policy: inputs.policy.body,
    look,
    directory,
    calendars,
    at,
    actor,
  };
}

function refusedEarly(definition: Definition, state: ProcessState | null, fired: Fired): Refused | null {
  // A process begins once; a second start would wipe out what it has become.
  if (fired.kind === 'start') return state ? refuse('STATUS') : null;
  // The start comes first in every inbox: without a state it was refused or given up, and there is nothing to be late for.
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
    data: inOrder(state?.data ?? {}),
    policy: inputs.policy.body,
    look: inOrder(inputs.look),
    directory: inputs.directory,
    calendars: inputs.calendars,
    at: fired.at,
    actor: fired.actor,
    payload: inOrder(payload),
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
  const data = inOrder(words.data.parse(row.init ? row.init(before) : changed(before, row)) as Data);
  const scene = { ...before, data };
  const to = row.to ?? state?.status;
  if (to === undefined) throw new Error(`The start of ${words.slug} names no status.`);
  const bench = new ClockBench(definition, state, inputs, scene);
  if (fired.kind === 'mark') bench.fire(fired);
  bench.applyColumn(row.clocks ?? {}, row.event);
  // Entering it does; what happens inside it (a note, a bounce) leaves its windows and reports running.
  if (to !== state?.status && words.statuses[to]?.kind === 'closed') bench.cancelAllBut(row.clocks ?? {});
  const told = whoIsTold(definition, scene, row.tell ?? {});
  const ownerId = ownerOf(definition, scene);
  const { clocks } = bench.result();
  const seq = (state?.seq ?? 0) + 1;
  const effects = effectsOf({ definition, ref, scene, inputs, fired, seq, clocks, told, row, ownerId });
  return {
    kind: 'accepted',
    event: `${words.slug}.${row.event}`,
    from: state?.status ?? null,
    via: row.via ?? null,
    to,
    data,
    ownerId,
    ...bench.result(),
    effects,
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
