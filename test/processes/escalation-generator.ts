/** One generated life of an escalation: anybody does anything, the case and the matrix change, time passes at its marks. */
import { definitions } from '../../domain/processes.js';
import { levels } from '../../domain/contact-matrix/matrix.js';
import { priorities, type Priority } from '../../domain/priority.js';
import type { EscalationData } from '../../domain/escalation/data.js';
import {
  aCase,
  changePriority,
  exampleMatrix,
  factsOf,
  withEscalations,
} from '../support/escalation-world.js';
import { TestWorld } from '../support/world.js';
import { checkStep } from '../kernel/invariants.js';
import { randomOf } from '../kernel/simulation.js';
import { anActiveContract, JAN, KIM, MARIA, ROBIN, SAM } from './journeys.js';

/** Of the escalation whose life it is. */
export const ID = 'esc_1';
const DAY_MS = 86_400_000;
/** Steps of one life. */
const ACTIONS = 30;
/** Longer than five business days, and than ten, over Christmas. */
const OPEN_DAYS = 16;
const CLOSED_DAYS = 25;
const people = [
  MARIA,
  JAN,
  SAM,
  ROBIN,
  KIM,
  'noor-dale',
  'dana-hill',
  'toni-vale',
  'una-park',
  'ira-penn',
  'jo-brook',
];
const climbing = ['raised', 'acknowledged', 'owned', 'inProgress', 'awaitingEndUser', 'awaitingDelivery'];
/** What usually comes next, so that lives get further than their beginning. */
const usual: Readonly<Record<string, readonly string[]>> = {
  raised: ['acknowledge', 'acknowledge', 'decline', 'withdraw'],
  acknowledged: ['setPlan', 'setOwner'],
  owned: ['setPlan'],
  inProgress: ['postUpdate', 'wait', 'wait', 'acceptWorkaround', 'resolve', 'standDown', 'accept'],
  awaitingEndUser: ['endWait', 'postUpdate', 'acceptWorkaround'],
  awaitingDelivery: ['endWait', 'postUpdate', 'resolve'],
  mitigated: ['resolve', 'reportUnsolved', 'postUpdate'],
  resolved: ['agreeClosure', 'agreeClosure', 'closeInSilence', 'reportUnsolved'],
  closed: ['reopen', 'rate', 'deliverReport', 'askReport'],
  declined: ['appeal'],
};

const { words } = definitions.escalation;
const template = anActiveContract();

/** What happened in a life, to see that the lives are not all the same. */
export interface Told {
  readonly statuses: ReadonlySet<string>;
  readonly events: readonly string[];
}

export class Life {
  private readonly random: () => number;
  private checked = 0;
  private started = new Set<string>();
  private highest = 0;
  private readonly statuses = new Set<string>();

  constructor(
    seed: number,
    private readonly world = withEscalations(new TestWorld()),
  ) {
    this.random = randomOf(seed);
  }

  async live(): Promise<Told> {
    await this.begin();
    for (let action = 0; action < ACTIONS && this.world.store.processes.get(ID)?.state; action += 1) {
      await this.act();
      this.check();
    }
    await this.leaveAlone();
    return { statuses: this.statuses, events: this.world.eventsOf(ID) };
  }

  private async begin(): Promise<void> {
    const contract = (await template).store.processes.get('con_1');
    if (!contract) throw new Error('the contract has not started');
    this.world.store.put(contract);
    const openedAt = Date.parse('2026-12-01T00:00:00Z') + this.below(20 * DAY_MS);
    const at = openedAt + (this.chance(0.5) ? 0 : this.below(3 * DAY_MS));
    factsOf(this.world).cases.set('cas_1', aCase(this.pick(priorities), new Date(openedAt).toISOString()));
    const subject = this.chance(0.85)
      ? { caseId: 'cas_1' }
      : { matter: { reference: 'upgrade 1', text: 'In doubt.' } };
    const payload = {
      contractId: 'northwind-2026',
      reason: 'Too slow.',
      source: this.pick(['age']),
      ...subject,
    };
    const actor = this.chance(0.6) ? 'noor-dale' : null;
    const answer = await this.world.start('escalation', ID, payload, new Date(at).toISOString(), actor);
    if (answer?.outcome !== 'accepted') throw new Error(`not started: ${JSON.stringify(answer)}`);
    if (this.chance(0.5)) await this.takeInHand(at);
    this.check();
  }

  /** Half of the lives get to the work at once. */
  private async takeInHand(at: number): Promise<void> {
    const later = (minutes: number) => new Date(at + minutes * 60_000).toISOString();
    const [holder = ''] = this.holders();
    await this.world.command(ID, 'acknowledge', {}, later(1), holder);
    const plan = { ownerId: 'noor-dale', action: 'Go on.', nextUpdateAt: later(10) };
    await this.world.command(ID, 'setPlan', plan, later(2), holder);
  }

  /** Who was called for the level that was reached last. */
  private holders(): readonly string[] {
    const { levels: reached } = this.state().data as unknown as EscalationData;
    return reached.at(-1)?.people.slice(0, 1) ?? [];
  }

  private async act(): Promise<void> {
    const at = this.nextInstant();
    const what = this.random();
    if (what < 0.2) return this.world.runTo(at);
    if (what < 0.32) return this.changeCase(at);
    if (what < 0.42) return this.changePeople(at);
    const next = usual[this.state().status] ?? [];
    const command = this.pick(this.chance(0.7) && next.length > 0 ? next : Object.keys(words.commands));
    const likely = ['declined', 'resolved', 'closed'].includes(this.state().status)
      ? [MARIA]
      : [...this.holders(), this.state().ownerId, MARIA];
    const actor = this.pick(this.chance(0.7) ? likely : people);
    await this.world.command(ID, command, this.payloadOf(command, at), at, actor);
    // A refusal is no event: what is due in the same instant comes after it.
    await this.world.runTo(at);
  }

  /** Often the very instant of a mark, or a millisecond beside it. */
  private nextInstant(): string {
    const { now } = this.world;
    const next = Math.min(
      ...this.state().clocks.flatMap(({ marks }) =>
        marks.flatMap(({ dueAt, state }) => (state === 'armed' && dueAt !== null ? [dueAt] : [])),
      ),
    );
    const mark = Number.isFinite(next) ? next : now;
    const choice = this.pick([
      now + this.below(20 * 60_000),
      now + this.below(6 * 3_600_000),
      mark - 1,
      mark,
      mark + 1,
    ]);
    return new Date(Math.max(now, choice)).toISOString();
  }

  private async changeCase(at: string): Promise<void> {
    const facts = factsOf(this.world).cases.get('cas_1');
    if (!facts) return;
    if (this.chance(0.5)) {
      const restoredAt = facts.restoredAt === null ? Date.parse(at) : null;
      const change = this.pick([{ closed: !facts.closed }, { restoredAt }, { restoredAt }]);
      factsOf(this.world).cases.set('cas_1', { ...facts, ...change });
      await this.world.signal(ID, 'caseChanged', { processId: 'cas_1' }, at);
      return;
    }
    const to = this.pick(priorities.filter((one: Priority) => one !== facts.priority));
    await changePriority(this.world, to, at, this.chance(0.7) ? MARIA : null);
  }

  private async changePeople(at: string): Promise<void> {
    const facts = factsOf(this.world);
    const version = (facts.matrix?.version ?? 0) + 1;
    const matrix = exampleMatrix(version);
    const gone = this.pick(people);
    facts.matrix = this.chance(0.15)
      ? null
      : { ...matrix, contacts: matrix.contacts.filter((one) => one.personId !== gone) };
    facts.away = this.chance(0.5) ? [this.pick(['kim-field', 'noor-dale', 'dana-hill', 'una-park'])] : [];
    await this.world.runTo(at);
  }

  private payloadOf(command: string, at: string): Record<string, unknown> {
    const consent = { personId: this.pick([MARIA, MARIA, JAN, SAM]), evidence: 'Call.' };
    const soon = new Date(Date.parse(at) + this.pick([10, 55, 600]) * 60_000).toISOString();
    const own: Record<string, Record<string, unknown>> = {
      accept: { level: this.pick(levels) },
      setPlan: {
        ownerId: this.pick(this.chance(0.8) ? ['noor-dale', SAM] : people),
        action: 'Go on.',
        nextUpdateAt: soon,
      },
      setOwner: { ownerId: this.pick(people) },
      wait: {
        of: this.pick(['endUser', 'delivery']),
        owedBy: 'Somebody',
        what: 'Something',
        pause: this.chance(0.5),
        ...(this.chance(0.6) ? { consent } : {}),
      },
    };
    if (own[command]) return own[command];
    return { ...(words.commands as Record<string, { example?: object }>)[command]?.example };
  }

  /** Nothing sleeps: whatever is open is heard of again; whatever is closed comes to rest. */
  private async leaveAlone(): Promise<void> {
    const before = this.world.mailsOf(ID).length;
    await this.wait(OPEN_DAYS);
    if (kindOf(this.state().status) === 'open') {
      this.hold(this.world.mailsOf(ID).length > before, `${this.state().status} has fallen asleep`);
      return;
    }
    await this.wait(CLOSED_DAYS);
    const { status, clocks } = this.state();
    const left = clocks.map(({ name }) => name).filter((name) => name !== 'report');
    this.hold(left.length === 0, `${status} still runs ${left.join()}`);
  }

  private async wait(days: number): Promise<void> {
    await this.world.runTo(new Date(this.world.now + days * DAY_MS).toISOString());
    this.check();
  }

  private check(): void {
    for (const step of this.world.store.steps.slice(this.checked)) {
      if (step.after.id !== ID) continue;
      this.statuses.add(step.after.status);
      checkStep(step);
      this.followClocks(step.decision.kind === 'accepted' ? step.decision.operations : []);
      const running = step.after.clocks.map(({ name, key, run }) => `${name}/${key}/${String(run)}`);
      this.hold(same(running, [...this.started]), `${step.event.event}: a clock is lost`);
      this.checkOpen(step.after.data as unknown as EscalationData, step.after);
    }
    this.checked = this.world.store.steps.length;
    const { now } = this.world;
    for (const { name, marks } of this.state().clocks)
      for (const { step, state, dueAt } of marks)
        this.hold(
          state !== 'armed' || dueAt === null || dueAt > now,
          `${name}.${step} was due and did not fire`,
        );
  }

  private followClocks(operations: readonly { op: string; clock: string; key: string; run: number }[]): void {
    for (const { op, clock, key, run } of operations) {
      const path = `${clock}/${key}/${String(run)}`;
      if (op === 'started') this.started.add(path);
      if (op === 'met' || op === 'cancelled' || op === 'elapsed') this.started.delete(path);
    }
  }

  private checkOpen(data: EscalationData, after: ReturnType<Life['state']>): void {
    const level = levels.indexOf(data.level);
    const stoodDown = data.standDown !== null && data.level === 'L0';
    this.hold(level >= this.highest || stoodDown, 'a level was left without being stood down');
    this.highest = level;
    const { status } = after;
    if (kindOf(status) !== 'open') return;
    this.hold(this.world.directory.people[after.ownerId]?.active === true, `${status} has no owner`);
    const runs = (name: string) => after.clocks.find((clock) => clock.name === name);
    this.hold(
      after.clocks.some(({ outcome, name }) => outcome === 'running' && name !== 'reopening'),
      `${status} has no running clock`,
    );
    const ladder = runs('level') ?? runs('top');
    const climbs = climbing.includes(status) && data.stoppedAt === null;
    this.hold(
      climbs && data.standDown === null ? ladder !== undefined : ladder === undefined,
      `${status}: the ladder is wrong`,
    );
    const toRestore = climbs && data.priority !== null;
    this.hold(toRestore === (runs('restore') !== undefined), `${status}: the restore objective is wrong`);
    const pause = data.pauses.find(({ toMs }) => toMs === null);
    this.hold(
      (pause !== undefined) === (ladder?.outcome === 'paused') || ladder === undefined,
      `${status}: a pause is lost`,
    );
    const waits = status === 'awaitingEndUser' || status === 'awaitingDelivery';
    this.hold(waits === (runs('wait') !== undefined), `${status}: nobody chases`);
    this.hold(waits || pause === undefined, `${status} is paused without a dependency`);
    const dependency = data.dependencies.at(-1);
    const urgent = data.priority === 'P1' || data.priority === 'P2';
    if (pause && urgent) this.hold(dependency?.pause?.consent != null, `${status} is paused without consent`);
  }

  private state() {
    return this.world.stateOf(ID);
  }

  private hold(condition: boolean, text: string): void {
    if (!condition) throw new Error(text);
  }

  private chance(of: number): boolean {
    return this.random() < of;
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  private pick<T>(from: readonly T[]): T {
    const chosen = from[this.below(from.length)];
    if (chosen === undefined) throw new Error('nothing to pick from');
    return chosen;
  }
}

function kindOf(status: string): 'open' | 'closed' | undefined {
  return (words.statuses as Readonly<Record<string, { readonly kind: 'open' | 'closed' }>>)[status]?.kind;
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && [...one].sort().join() === [...other].sort().join();
}
