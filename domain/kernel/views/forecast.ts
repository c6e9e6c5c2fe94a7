/** What happens next if nobody acts: the processes run on a virtual clock in the memory store. */
import { advance, type Registry } from '../advance.js';
import type { MemoryEffect, MemoryStore } from '../memory-store.js';

export type ForecastItem =
  | {
      readonly kind: 'event';
      readonly at: number;
      readonly processId: string;
      readonly slug: string;
      readonly event: string;
      readonly trigger: string;
      readonly from: string | null;
      readonly to: string | null;
    }
  | {
      readonly kind: 'notice';
      /** When it is decided, and when it is sent. */
      readonly at: number;
      readonly sendAt: number;
      readonly processId: string;
      readonly slug: string;
      readonly notice: string;
      readonly role: string;
      readonly recipient: string;
      /** What it is about: `clock/key/run/step/repeat`, or `e<seq>` for an event. */
      readonly about: string;
    };

export interface Forecast {
  readonly items: readonly ForecastItem[];
  readonly assumptions: readonly string[];
  /** The horizon was not reached: the limit of steps was. */
  readonly truncated: boolean;
}

export interface ForecastRequest {
  readonly tenantId: string;
  readonly from: number;
  readonly until: number;
  /** Waited for between instants: whoever serves others lets them in. */
  readonly breathe?: () => Promise<void>;
}

/** More steps than a year of the busiest ladder takes; a definition that needs more is wrong. */
const STEP_LIMIT = 20_000;

const assumptions = [
  'Nobody acts, and nothing is reported from outside.',
  'Contract, people, calendars and policy stay as they are now.',
  'Every message is delivered when it is sent; processes that are started or told answer at once.',
];

/** Runs every process of the store from `from` to `until` (epoch ms, exclusive). The store is used up by it. */
export async function forecast(
  registry: Registry,
  store: MemoryStore,
  request: ForecastRequest,
): Promise<Forecast> {
  const firstEvent = store.events.length;
  const firstEffect = store.effects.length;
  let now = request.from;
  let steps = 0;
  await settle(registry, store, request.tenantId, now);
  for (; steps < STEP_LIMIT; steps += 1) {
    const next = await nextInstant(registry, store, request.tenantId, now);
    if (next === null || next >= request.until) break;
    now = Math.max(now, next);
    await request.breathe?.();
    await settle(registry, store, request.tenantId, now);
  }
  const items = [
    ...store.events.slice(firstEvent).map((event): ForecastItem => {
      const { at, processId, slug, trigger, from, to } = event;
      return { kind: 'event', at, processId, slug, event: event.event, trigger, from, to };
    }),
    ...store.effects.slice(firstEffect).flatMap((effect) => noticeOf(store, effect)),
  ];
  return { items: items.sort((a, b) => a.at - b.at), assumptions, truncated: steps >= STEP_LIMIT };
}

/** Steps every process until nothing is due at `now`, doing effects as they come. */
async function settle(registry: Registry, store: MemoryStore, tenantId: string, now: number): Promise<void> {
  for (let round = 0; round < STEP_LIMIT; round += 1) {
    let moved = false;
    for (const processId of [...store.processes.keys()]) {
      const before = store.events.length;
      const seq = store.processes.get(processId)?.state?.seq ?? 0;
      await advance(store, registry, { tenantId, processId, now, lastSeq: seq });
      moved ||= store.events.length > before;
    }
    moved = performDue(registry, store, now) || moved;
    if (!moved) return;
  }
  throw new Error('The forecast does not come to rest: processes move each other without time passing.');
}

function performDue(registry: Registry, store: MemoryStore, now: number): boolean {
  const due = store.effects.filter((effect) => effect.state === 'planned' && effect.intent.notBefore <= now);
  for (const effect of due) store.perform(registry, effect);
  return due.length > 0;
}

async function nextInstant(
  registry: Registry,
  store: MemoryStore,
  tenantId: string,
  now: number,
): Promise<number | null> {
  let first: number | null = null;
  for (const [processId, process] of store.processes) {
    const { nextDueAt } = await advance(store, registry, {
      tenantId,
      processId,
      now,
      lastSeq: process.state?.seq ?? 0,
    });
    if (nextDueAt !== null && (first === null || nextDueAt < first)) first = nextDueAt;
  }
  return first;
}

function noticeOf(store: MemoryStore, effect: MemoryEffect): ForecastItem[] {
  const { intent, processId, decidedAt } = effect;
  if (intent.kind !== 'mail' && intent.kind !== 'page') return [];
  const slug = store.processes.get(processId)?.ref.slug ?? '';
  const { notice, role, recipient } = intent.content;
  const about = intent.key.split('|')[3] ?? '';
  return [
    {
      kind: 'notice',
      at: decidedAt,
      sendAt: intent.notBefore,
      processId,
      slug,
      notice,
      role,
      recipient,
      about,
    },
  ];
}
