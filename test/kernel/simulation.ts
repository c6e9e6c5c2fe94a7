/** One seeded world of a contract, its onboarding and its User Guide, and the scheduler that maltreats it. */
import { advance } from '../../domain/kernel/advance.js';
import type { MemoryEffect } from '../../domain/kernel/memory-store.js';
import type { StepRecord, StepTransaction } from '../../domain/kernel/store.js';
import type { Data } from '../../domain/kernel/words.js';
import { definitionOf } from '../../domain/processes.js';
import { exampleContract, registry, TENANT, TestWorld } from '../support/world.js';
import { checkStep, checkWorld, type Accepted } from './invariants.js';

export const HOUR = 3_600_000;
const START = Date.parse('2026-11-23T08:00:00Z');
const STEPS = 30;
const everybody = [
  'sam-rivers',
  'robin-lake',
  'kim-field',
  'toni-vale',
  'maria-stone',
  'jan-reed',
  'alex-shore',
  'noor-dale',
];
export const faultNames = [
  'doubled',
  'reordered',
  'bellLost',
  'crashBefore',
  'crashAfter',
  'refused',
  'late',
] as const;
type Fault = (typeof faultNames)[number];

class Crash extends Error {}

export class Simulation {
  readonly faults: Record<Fault, number> = {
    doubled: 0,
    reordered: 0,
    bellLost: 0,
    crashBefore: 0,
    crashAfter: 0,
    refused: 0,
    late: 0,
  };
  readonly world = new TestWorld();
  protected readonly people: readonly string[] = everybody;
  private readonly accepted: Accepted[] = [];
  protected readonly random: () => number;
  protected now = START;
  /** How far time passes at most at once. */
  protected readonly mostDays: number = 20;
  private rows = 0;

  constructor(seed: number) {
    this.random = randomOf(seed);
  }

  /** The whole life of a world; throws with what was violated. */
  async run(): Promise<void> {
    await this.begin();
    for (let step = 0; step < STEPS; step += 1) {
      this.act();
      await this.work();
      this.check();
    }
    await this.end();
  }

  protected async begin(): Promise<void> {
    const staffed = this.chance(0.7);
    const short = this.chance(0.3);
    const { provider } = exampleContract();
    const file = exampleContract({
      ...(staffed
        ? {}
        : { provider: { smManager: provider.smManager, accountManager: provider.accountManager } }),
      ...(short ? { endsOn: '2027-02-10' } : {}),
    });
    const world = this.world;
    const at = new Date(START).toISOString();
    await world.start('contract', 'con_1', file, at);
    await world.command('con_1', 'activate', { portalRegisteredOn: '2026-11-02' }, at, 'kim-field');
    await world.start('onboarding', 'onb_1', { contractId: 'northwind-2026' }, at);
    world.versions.userGuide.push({ ...world.versions.userGuide[0]!, version: 2 });
    if (staffed && this.chance(0.6)) await this.onTheWay();
  }

  /** Half of the worlds begin far along: after the kickoff, with few items open, with the guide out. */
  private async onTheWay(): Promise<void> {
    const kickoff = { heldOn: '2026-11-23', attendees: ['maria-stone'], minutes: 'Walked through it.' };
    this.accept('onb_1', 'command', 'recordKickoff', kickoff, 'sam-rivers', null);
    const { items } = this.world.stateOf('onb_1').data as { items: { key: string }[] };
    const settled = items.slice(1).filter(() => this.chance(0.9));
    for (const { key: item } of settled)
      this.accept(
        'onb_1',
        'command',
        'markNotApplicable',
        { item, reason: 'None here.' },
        'sam-rivers',
        null,
      );
    const guide = this.world.idOf('document');
    const version = { documentId: 'user-guide', version: 1, language: 'en' };
    this.accept(guide, 'command', 'pick', version, 'sam-rivers', null);
    if (this.chance(0.8)) this.accept(guide, 'command', 'release', {}, 'robin-lake', null);
    await this.rest();
  }

  /** One thing that happens: somebody asks, the outside reports, or time passes. */
  protected act(): void {
    const kind = this.random();
    if (kind < 0.55) this.command();
    else if (kind < 0.7) this.signal();
    else this.now += Math.floor(this.random() ** 3 * this.mostDays * 24 * HOUR) + 1;
    if (this.chance(0.15)) this.repeat();
  }

  private command(): void {
    const { id, slug } = this.pick(this.concerned());
    const words = definitionOf(slug)?.words;
    // Mostly what is on somebody's list of tasks; else anything by anybody.
    const tasks = this.world.store.tasks.get(id) ?? [];
    const task = tasks.length > 0 && this.chance(0.6) ? this.pick(tasks) : undefined;
    const names = Object.keys(words?.commands ?? {}).filter(
      // Endings come at the end, and now and then before it.
      (name) => !['terminate', 'renew', 'cancel', 'withdraw'].includes(name) || this.chance(0.03),
    );
    const name = task?.command ?? this.pick(names);
    const word = words?.commands[name];
    const payload = this.payloadOf(id, name, word?.example ?? {});
    const subject = task && word?.eachField ? { [word.eachField]: task.subject } : {};
    const actor = this.pick(task?.people ?? this.people);
    this.accept(id, 'command', name, { ...payload, ...subject }, actor, this.chance(0.05) ? 1 : null);
  }

  protected payloadOf(id: string, name: string, example: Data): Data {
    if (name === 'amend') {
      const file = exampleContract({ endsOn: this.pick(['2028-10-31', '2027-02-10', '2027-04-30']) });
      const [first, second] = file.contacts;
      return this.chance(0.5)
        ? file
        : { ...file, contacts: [first, { ...second, authorisedCaller: this.chance(0.5) }] };
    }
    const day = new Date(this.now).toISOString().slice(0, 10);
    const state = this.world.store.processes.get(id)?.state;
    const items = (state?.data['items'] ?? []) as { key: string }[];
    const recipients = Object.keys(state?.data['recipients'] ?? {});
    const version = (state?.data['sent'] as { version: number } | null | undefined)?.version ?? 1;
    const changes: Record<string, unknown> = {
      ...('item' in example ? { item: this.pick(items)?.key } : {}),
      ...('doneOn' in example ? { doneOn: day } : {}),
      ...('heldOn' in example ? { heldOn: day } : {}),
      ...('contactedOn' in example ? { contactedOn: day } : {}),
      ...('personId' in example ? { personId: this.pick(['sam-rivers', 'robin-lake', 'kim-field']) } : {}),
      ...('recipient' in example ? { recipient: this.pick([...recipients, 'maria-stone']) } : {}),
      ...(name === 'acknowledge' ? { version } : {}),
      ...(name === 'pick' ? { version: this.pick([1, 1, 2]) } : {}),
      ...(name === 'note' ? { answer: this.chance(0.5) } : {}),
    };
    return this.chance(0.03) ? { ...example, surprise: true } : { ...example, ...changes };
  }

  protected signal(): void {
    const { id, slug } = this.pick(this.concerned());
    const mail = this.world.store.effects.findLast(
      (effect) => effect.processId === id && effect.intent.kind === 'mail',
    );
    const [name, payload] =
      mail && this.chance(0.4)
        ? ([
            'undeliverable',
            {
              effectKey: mail.intent.key,
              content: mail.intent.kind === 'mail' ? mail.intent.content : null,
              status: '5.1.1',
            },
          ] as const)
        : this.pick(this.signals()[slug] ?? []);
    this.accept(id, 'signal', name, payload, null, null);
  }

  /** What the outside and other processes may say, by the kind of process that hears it. */
  protected signals(): Readonly<Record<string, readonly (readonly [string, Data])[]>> {
    return {
      contract: [['managerNamed', { personId: 'sam-rivers' }]],
      onboarding: [
        ['endUserAnswered', { processId: 'x' }],
        ['itemSettled', { item: 'userGuide', processId: 'x', outcome: 'done', reason: 'Acknowledged.' }],
        ['managerAssigned', { personId: 'robin-lake' }],
      ],
      remoteAccess: [
        ['sessionStarted', { processId: 'x' }],
        ['peopleLeft', { people: ['noor-dale'] }],
      ],
      accessSession: [
        ['agreementRevoked', {}],
        ['agreementExpired', {}],
      ],
      document: [
        ['newVersion', { documentId: 'user-guide', version: this.pick([1, 2]) }],
        [
          'delivered',
          {
            effectKey: 'x',
            notice: 'guideDelivered',
            recipient: this.pick(this.people),
            decidedAt: this.world.now,
          },
        ],
        [
          'callersChanged',
          { callers: ['maria-stone', this.pick(this.people)], primaryContacts: ['maria-stone'] },
        ],
      ],
    };
  }

  /** The same row comes once more, as a retry does: nothing may change by it. */
  private repeat(): void {
    const row = this.accepted[Math.floor(this.random() * this.accepted.length)];
    if (!row) return;
    this.world.store.accept(row.processId, { ...row.row, acceptedAt: this.now });
    this.faults.doubled += 1;
  }

  protected accept(
    processId: string,
    kind: 'start' | 'command' | 'signal',
    name: string,
    payload: Data,
    actor: string | null,
    expectedSeq: number | null,
  ): void {
    const id = `sim_${String((this.rows += 1))}`;
    const row = { id, kind, name, payload, actor, onBehalfOf: null, acceptedAt: this.now, expectedSeq };
    this.world.store.accept(processId, row);
    this.accepted.push({ processId, row });
  }

  /** Rings some bells, in any order, and does some of what is planned, in any order. */
  private async work(): Promise<void> {
    for (const { id } of this.shuffled(this.processes())) {
      if (this.chance(0.3)) {
        this.faults.bellLost += 1;
        continue;
      }
      await this.settle(id, true);
    }
    const due = this.due();
    const some = this.shuffled(due).filter(() => this.chance(0.7));
    if (some.some((effect, index) => effect !== due[index])) this.faults.reordered += 1;
    for (const effect of some) this.perform(effect);
  }

  protected perform(effect: MemoryEffect): void {
    this.world.store.perform(registry, effect);
  }

  private async settle(processId: string, crashes: boolean): Promise<boolean> {
    const { store } = this.world;
    let moved = false;
    for (let step = 0; step < 500; step += 1) {
      const count = store.events.length + store.refusals.length;
      await this.step(processId, crashes);
      if (store.events.length + store.refusals.length === count) return moved;
      moved = true;
    }
    throw new Error(`${processId} does not come to rest`);
  }

  /** One step, which may die before its commit or just after it; then it is simply taken again. */
  private async step(processId: string, crashes: boolean): Promise<void> {
    const { store } = this.world;
    const before = store.processes.get(processId)?.state ?? null;
    const refused = store.refusals.length;
    const steps = store.steps.length;
    const fate = crashes ? this.random() : 1;
    const dying = fate < 0.05 ? 'crashBefore' : fate < 0.1 ? 'crashAfter' : null;
    try {
      const through = dying ? { step: dyingStep(store, dying) } : store;
      const at = { tenantId: TENANT, processId, now: this.now, lastSeq: before?.seq ?? 0 };
      await advance(through, registry, at);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      if (dying) this.faults[dying] += 1;
    }
    const state = store.processes.get(processId)?.state ?? null;
    if (store.refusals.length > refused || store.steps.length === steps) {
      if (state !== before) throw new Error('what was refused or undone has left a trace');
      this.faults.refused += store.refusals.length - refused;
      return;
    }
    const step = store.steps.at(-1) as StepRecord;
    if (step.decision.kind === 'late') this.faults.late += 1;
    checkStep(step);
  }

  /** What holds between two steps. */
  protected check(): void {
    checkWorld(this.world.store, this.accepted);
  }

  /** People end what is still open, and everything planned is done: every process must be over. */
  protected async end(): Promise<void> {
    await this.rest();
    const endings = [
      ['contract', 'terminate', { reason: 'The story ends.' }, 'kim-field'],
      ['document', 'withdraw', { reason: 'The story ends.' }, 'kim-field'],
      ['remoteAccess', 'confirmRemoval', {}, 'toni-vale'],
      ['remoteAccess', 'confirmRemoval', {}, 'jan-reed'],
      ['onboarding', 'cancel', { reason: 'The story ends.' }, 'kim-field'],
    ] as const;
    for (const [slug, name, payload, actor] of endings) {
      for (const process of this.processes().filter((one) => one.slug === slug))
        this.accept(process.id, 'command', name, payload, actor, null);
      await this.rest();
    }
    // The window for objections and business hours may still have to pass.
    this.now += 30 * 24 * HOUR;
    await this.rest();
    this.check();
    for (const [id, process] of this.world.store.processes) {
      // A process whose start was refused has never been one.
      if (process.state && !process.over)
        throw new Error(`${id} (${process.state?.status ?? 'not started'}) cannot be ended`);
    }
  }

  protected async rest(): Promise<void> {
    for (let round = 0; round < 200; round += 1) {
      let moved = false;
      for (const { id } of this.processes()) moved = (await this.settle(id, false)) || moved;
      const due = this.due();
      for (const effect of due) this.world.store.perform(registry, effect);
      if (!moved && due.length === 0) return;
    }
    throw new Error('the world does not come to rest');
  }

  private due(): MemoryEffect[] {
    return this.world.store.effects.filter(
      (effect) => effect.state === 'planned' && effect.intent.notBefore <= this.now,
    );
  }

  /** Of which the next one is picked that something happens to. */
  protected concerned() {
    return this.processes();
  }

  protected processes() {
    return [...this.world.store.processes].map(([id, { ref }]) => ({ id, slug: ref.slug }));
  }

  protected chance(of: number): boolean {
    return this.random() < of;
  }

  protected pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)] as T;
  }

  protected shuffled<T>(list: readonly T[]): T[] {
    return list
      .map((value) => ({ value, rank: this.random() }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ value }) => value);
  }
}

/** A transaction that rolls back at its write, or a process that dies after the commit. */
function dyingStep(
  store: TestWorld['store'],
  when: 'crashBefore' | 'crashAfter',
): TestWorld['store']['step'] {
  return (at, work) =>
    store.step(at, (tx: StepTransaction) =>
      work({
        ...tx,
        write: async (step) => {
          if (when === 'crashAfter') await tx.write(step);
          throw new Crash(when);
        },
      }),
    );
}

/** Mulberry32: a small generator whose whole state is the seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
