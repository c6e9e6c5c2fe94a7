/** The immutable record of one step: ids and content hashes only, so that it can be kept when contents are erased. */
import { canonical, canonicalOnce, sha256 } from './hash.js';
import type { Accepted, ClockOperation, Fired, Inputs, Late, ProcessRef } from './state.js';

export interface EventRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly processId: string;
  readonly slug: string;
  readonly seq: number;
  readonly epoch: number;
  readonly event: string;
  readonly from: string | null;
  readonly via: string | null;
  readonly to: string | null;
  readonly trigger: string;
  readonly inboxId: string | null;
  readonly actor: string | null;
  readonly onBehalfOf: string | null;
  /** Business instant and instant of recording, both epoch milliseconds. */
  readonly at: number;
  readonly recordedAt: number;
  readonly definition: { readonly version: number; readonly hash: string };
  readonly policy: { readonly id: string; readonly version: number };
  /** Versions of the calendars that were at hand, by id. */
  readonly calendars: Readonly<Record<string, number>>;
  readonly zoneData: string;
  readonly payloadHash: string;
  readonly inputsHash: string;
  readonly dataHash: string;
  readonly ownerId: string | null;
  readonly operations: readonly ClockOperation[];
  readonly told: Accepted['told'];
  /** Business keys of the effects with the hash of each one's content. */
  readonly effects: readonly { readonly key: string; readonly kind: string; readonly hash: string }[];
}

export interface EventSource {
  readonly ref: ProcessRef;
  readonly seq: number;
  readonly fired: Fired;
  readonly inputs: Inputs;
  readonly decision: Accepted | Late;
  readonly recordedAt: number;
  readonly inboxId: string | null;
  readonly onBehalfOf: string | null;
  readonly definition: { readonly version: number; readonly hash: string };
  readonly zoneData: string;
}

/** The record of a decision. */
export function eventOf(source: EventSource): EventRecord {
  const { ref, seq, fired, inputs, decision } = source;
  return {
    id: `${ref.id}:${ref.epoch}:${seq}`,
    tenantId: ref.tenantId,
    processId: ref.id,
    slug: ref.slug,
    seq,
    epoch: ref.epoch,
    trigger: triggerName(fired),
    inboxId: source.inboxId,
    actor: fired.actor,
    onBehalfOf: source.onBehalfOf,
    at: fired.at,
    recordedAt: source.recordedAt,
    definition: source.definition,
    policy: { id: inputs.policy.id, version: inputs.policy.version },
    calendars: Object.fromEntries(
      Object.values(inputs.calendars).map((calendar) => [calendar.id, calendar.version]),
    ),
    zoneData: source.zoneData,
    payloadHash: sha256('payload' in fired ? fired.payload : {}),
    inputsHash: hashOfInputs(inputs),
    ...outcomeOf(decision),
  };
}

/** Of the canonical JSON of `{ directory, look }`; the directory is large and the same for many events. */
function hashOfInputs({ look, directory }: Inputs): string {
  return sha256(`{"directory":${canonicalOnce(directory)},"look":${canonical(look)}}`);
}

/** What a decision says, without the contents: two decisions are the same when these are. */
export function outcomeOf(decision: Accepted | Late) {
  if (decision.kind === 'late') {
    return {
      event: decision.event,
      from: null,
      via: null,
      to: null,
      dataHash: '',
      ownerId: null,
      operations: [],
      told: [],
      effects: [],
    };
  }
  return {
    event: decision.event,
    from: decision.from,
    via: decision.via,
    to: decision.to,
    dataHash: sha256(decision.data),
    ownerId: decision.ownerId,
    operations: decision.operations,
    told: decision.told,
    effects: decision.effects.map((effect) => ({ key: effect.key, kind: effect.kind, hash: sha256(effect) })),
  };
}

/** `command acknowledge`, `mark level/l2`, … : what moved the process, for people. */
export function triggerName(fired: Fired): string {
  switch (fired.kind) {
    case 'start':
      return 'start';
    case 'mark':
      return `mark ${fired.clock}.${fired.step}`;
    default:
      return `${fired.kind} ${fired.name}`;
  }
}
