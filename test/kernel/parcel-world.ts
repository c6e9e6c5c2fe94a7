/** The parcel of the kernel's tests on the memory store: hours count around the clock, people keep office hours. */
import { advance, type AdvanceResult, type Registry } from '../../domain/kernel/advance.js';
import type { Directory } from '../../domain/kernel/directory.js';
import type { Answer } from '../../domain/kernel/store.js';
import type { Data } from '../../domain/kernel/words.js';
import { exampleCalendar, exampleDirectory, RecordingStore, TENANT } from '../support/world.js';
import { parcelRules } from './fixtures/parcel.js';

export const registry: Registry = { definitions: { parcel: parcelRules }, hashes: {}, zoneData: 'test' };
/** A Monday at 09:00 in Berlin. */
export const MONDAY = Date.parse('2026-11-23T08:00:00Z');
const calendar = exampleCalendar('berlin-office');

/** An instant as hours after the start. */
export const hour = (hours: number) => MONDAY + hours * 3_600_000;

export class ParcelWorld {
  readonly directory: Directory = exampleDirectory();
  depotOpen = true;
  readonly store = new RecordingStore({
    directory: this.directory,
    calendars: () => ({ [calendar.id]: calendar }),
    look: () => ({ depot: { open: this.depotOpen } }),
  });
  private rows = 0;

  /** Opens a parcel at `MONDAY`; `pack` is its target in hours. */
  static async open(options: { id?: string; pack?: number; openedAt?: number; receivers?: string[] } = {}) {
    const world = new ParcelWorld();
    await world.open(options);
    return world;
  }

  async open({ id = 'par_1', pack = 4, openedAt = MONDAY, receivers = ['maria-stone', 'jan-reed'] } = {}) {
    const policy = { id: 'toy', version: 1, body: { pack } };
    const ref = { id, tenantId: TENANT, slug: 'parcel', epoch: 0 };
    this.store.put({ ref, state: null, over: false, blocked: false, policy });
    this.row('start', 'start', { receivers, openedAt }, MONDAY, 'sam-rivers', id);
    await this.step(MONDAY, id);
  }

  /** Accepts a row at an instant without stepping. */
  row(
    kind: 'start' | 'command' | 'signal' | 'system',
    name: string,
    payload: Data,
    acceptedAt: number,
    actor: string | null = 'sam-rivers',
    id = 'par_1',
    expectedSeq: number | null = null,
  ): string {
    const inboxId = `ibx_${String((this.rows += 1))}`;
    this.store.accept(id, {
      id: inboxId,
      kind,
      name,
      payload,
      actor,
      onBehalfOf: null,
      acceptedAt,
      expectedSeq,
    });
    return inboxId;
  }

  /** One step at an instant. */
  async step(now: number, processId = 'par_1'): Promise<AdvanceResult> {
    const lastSeq = this.store.processes.get(processId)?.state?.seq ?? 0;
    return advance(this.store, registry, { tenantId: TENANT, processId, now, lastSeq });
  }

  /** Steps until nothing is due at an instant. */
  async runTo(now: number, id = 'par_1'): Promise<void> {
    for (let round = 0; round < 100; round += 1) {
      const before = this.store.events.length + this.store.refusals.length;
      await this.step(now, id);
      if (this.store.events.length + this.store.refusals.length === before) return;
    }
    throw new Error('The parcel does not come to rest.');
  }

  async command(name: string, payload: Data, at: number, actor = 'sam-rivers'): Promise<Answer | null> {
    const inboxId = this.row('command', name, payload, at, actor);
    await this.runTo(at);
    return this.store.answerOf('par_1', inboxId);
  }

  get state() {
    const state = this.store.processes.get('par_1')?.state;
    if (!state) throw new Error('the parcel has not been opened');
    return state;
  }

  /** Events as `name@hours`, in order. */
  get story(): string[] {
    return this.store.events
      .filter((event) => event.processId === 'par_1')
      .map((event) => `${event.event.replace('parcel.', '')}@${String((event.at - MONDAY) / 3_600_000)}`);
  }

  clock(name: string, key = '') {
    return this.state.clocks.find((clock) => clock.name === name && clock.key === key);
  }
}
