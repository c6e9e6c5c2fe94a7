/** The store in memory under the common handle. */
import { advance } from '../../../domain/kernel/advance.js';
import { MemoryStore } from '../../../domain/kernel/memory-store.js';
import type { Directory } from '../../../domain/kernel/directory.js';
import type { Bench, Work } from './bench.js';
import { policyBody, registry } from './parcel.js';
import { guests, round, staff, TENANT } from './world.js';

const START = Date.parse('2026-03-02T08:00:00Z');

export interface MemoryBench extends Bench {
  readonly store: MemoryStore;
  /** Accepts with an id and an instant of the caller's. */
  put(processId: string, inboxId: string, acceptedAt: number, work: Work): void;
  open(processId: string): void;
}

/** Parking is the store of record's; here the row only waits no longer. */
class ParkingStore extends MemoryStore {
  parkStart(processId: string): void {
    const [start] = this.inbox.get(processId) ?? [];
    if (start) start.answer = { outcome: 'skipped', seq: 0, status: null };
    this.block(processId, true);
  }

  block(processId: string, blocked: boolean): void {
    const process = this.processes.get(processId);
    if (process) this.put({ ...process, blocked });
  }
}

export function memoryBench(): MemoryBench {
  const directory = memoryDirectory();
  const store = new ParkingStore({
    directory,
    calendars: () => ({ round }),
    look: () => ({ sealed: false }),
  });
  let clock = START;
  let count = 0;
  // Two acceptances never share an instant here, as they hardly ever do there.
  const tick = () => (clock += 1);
  const bench: MemoryBench = {
    store,
    now: async () => clock,
    skip: async (ms) => void (clock += ms),
    open: (processId) => {
      const ref = { id: processId, tenantId: TENANT, slug: 'parcel', epoch: 1 };
      const policy = { id: 'standard', version: 1, body: policyBody };
      store.put({ ref, state: null, over: false, blocked: false, policy });
    },
    send: async (title, payload = {}) => {
      const processId = `par_${(count += 1)}`;
      bench.open(processId);
      await bench.accept(processId, { kind: 'start', name: 'start', payload: { title, ...payload } });
      return processId;
    },
    put: (processId, inboxId, acceptedAt, work) => {
      const { kind, name, payload = {}, actor = kind === 'command' ? 'olga' : null } = work;
      const expectedSeq = work.expectedSeq ?? null;
      store.accept(processId, {
        id: inboxId,
        kind,
        name,
        payload,
        actor,
        onBehalfOf: null,
        acceptedAt,
        expectedSeq,
      });
    },
    accept: async (processId, work) => {
      const taken = { inboxId: `inb_${(count += 1)}`, acceptedAt: tick() };
      bench.put(processId, taken.inboxId, taken.acceptedAt, work);
      return taken;
    },
    step: async (processId, now = clock) =>
      advance(store, registry, { tenantId: TENANT, processId, now, lastSeq: 0 }),
    answer: async (processId, inboxId) => store.answerOf(processId, inboxId),
    events: async (processId) => store.events.filter((event) => event.processId === processId),
    effects: async (processId) =>
      store.effects
        .filter((effect) => effect.processId === processId)
        .map(({ id, intent, state }) => ({ id, key: intent.key, state })),
    tasks: async (processId) => store.tasks.get(processId) ?? [],
    refusals: async (processId) =>
      store.refusals.filter((refusal) => refusal.processId === processId).map((refusal) => refusal.code),
    isOver: async (processId) => store.processes.get(processId)?.over === true,
    parkStart: async (processId) => store.parkStart(processId),
    giveUp: async (processId) => store.block(processId, false),
    confirm: async (effectId) => {
      const effect = store.effects.find((one) => one.id === effectId);
      if (effect) effect.state = 'confirmed';
    },
    close: async () => undefined,
  };
  return bench;
}

function memoryDirectory(): Directory {
  const sides = [
    ...staff.map((person) => ({ ...person, side: 'provider' as const })),
    ...(guests[TENANT] ?? []).map((person) => ({ ...person, side: 'endUser' as const })),
  ];
  const people = sides
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, side, grants, zone, language, calendarId, deputyId, active }) => ({
      id,
      side,
      grants,
      zone,
      language,
      calendarId,
      deputyId,
      active,
    }));
  return {
    providerCalendarId: 'round',
    people: Object.fromEntries(people.map((person) => [person.id, person])),
  };
}
