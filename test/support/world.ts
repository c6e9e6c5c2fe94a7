/** A small world without servers: the example calendars, policy, staff and contract on the memory store. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { readContractFile, type ContractFile } from '../../domain/contract/contract-file.js';
import { servingOf, type Named } from '../../domain/contract/ownership.js';
import type { Directory, Person } from '../../domain/kernel/directory.js';
import { advance, type Registry } from '../../domain/kernel/advance.js';
import { MemoryStore, type MemoryEffect, type World } from '../../domain/kernel/memory-store.js';
import type { Fired, Inputs, MailContent } from '../../domain/kernel/state.js';
import type { Answer, StepRecord, StepTransaction } from '../../domain/kernel/store.js';
import type { Data } from '../../domain/kernel/words.js';
import { readPolicySet, type PolicySet } from '../../domain/policy/policy-set.js';
import { definitionOf, definitions } from '../../domain/processes.js';
import { readCalendarFile, type CalendarVersion } from '../../domain/time/calendar.js';
import { buildCalendarVersion } from '../../domain/time/import.js';
import { accessLooks } from './access-world.js';
import { copyFacts, escalationLook } from './escalation-world.js';
import { caseLook, drillLook } from './case-world.js';
import { away, handoverLook } from './handovers.js';
import { policyWith } from './policies.js';

export const registry: Registry = { definitions, hashes: {}, zoneData: 'test' };
export const TENANT = 'northwind';

const examples = new Map<string, unknown>();

/** A file of the examples; read once, so it is not to be changed. */
export function example(path: string): unknown {
  const known = examples.get(path);
  if (known !== undefined) return known;
  const url = new URL(`../../examples/${path}`, import.meta.url);
  const read: unknown = parse(readFileSync(fileURLToPath(url), 'utf8'));
  examples.set(path, read);
  return read;
}

function must<T>(read: { ok: true; value: T } | { ok: false; problems: unknown }): T {
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value;
}

export function exampleCalendar(id: string): CalendarVersion {
  return must(buildCalendarVersion(must(readCalendarFile(example(`calendars/${id}.yaml`))), 1));
}

const guidePolicy = must(readPolicySet(policyWith('userGuide')));

/** Only the User Guide has a process of its own, so that a world has few of them. */
export function examplePolicy(): PolicySet {
  return guidePolicy;
}

/** The example policy before items of the checklist had processes: a person attests each of them. */
export function attestedPolicy(): PolicySet {
  return must(readPolicySet(policyWith()));
}

export function exampleContract(change: Record<string, unknown> = {}): ContractFile {
  return must(readContractFile({ ...(example('contract.yaml') as object), ...change }));
}

/** Staff of the example Provider and the contacts of a contract; without one, of the example contract. */
export function exampleDirectory(contract = exampleContract()): Directory {
  const { staff } = example('provider.yaml') as {
    staff: { id: string; zone: string; grants: string[]; deputy?: string }[];
  };
  const provider = staff.map((one): Person => ({
    id: one.id,
    side: 'provider',
    grants: one.grants,
    zone: one.zone,
    language: 'en',
    calendarId: null,
    deputyId: one.deputy ?? null,
    active: true,
  }));
  const contacts = contract.contacts.map((one): Person => ({
    id: one.id,
    side: 'endUser',
    grants: [],
    zone: one.zone,
    language: one.language,
    calendarId: null,
    deputyId: one.deputy ?? null,
    active: true,
  }));
  const people = [...provider, ...contacts];
  return {
    providerCalendarId: 'berlin-office',
    people: Object.fromEntries(people.map((person) => [person.id, person])),
  };
}

const calendars = { 'berlin-office': exampleCalendar('berlin-office') };

/** The memory store, which also keeps every step whole: what an audit re-decides. */
export class RecordingStore extends MemoryStore {
  readonly steps: StepRecord[] = [];

  /** Takes over where another store stands; what was written down is never changed, so it is shared. */
  takeOver(other: RecordingStore): void {
    for (const [id, process] of other.processes) this.processes.set(id, process);
    for (const [id, tasks] of other.tasks) this.tasks.set(id, tasks);
    for (const [id, rows] of other.inbox)
      this.inbox.set(
        id,
        rows.map((row) => ({ ...row })),
      );
    this.events.push(...other.events);
    this.effects.push(...other.effects.map((effect) => ({ ...effect })));
    this.refusals.push(...other.refusals);
    this.steps.push(...other.steps);
    this.clockMs = other.clockMs;
  }

  override async step<T>(
    at: { readonly tenantId: string; readonly processId: string; readonly now: number },
    work: (tx: StepTransaction) => Promise<T>,
  ): Promise<T> {
    return super.step(at, (tx) =>
      work({
        ...tx,
        write: async (step) => {
          this.steps.push(step);
          return tx.write(step);
        },
      }),
    );
  }
}

interface DocumentVersion {
  readonly documentId: string;
  readonly version: number;
  readonly language: string;
  readonly title: string;
  readonly sha256: string;
}

/** What the decisions of one kind of process read in this world. */
export type Look = (
  world: TestWorld,
  subject: { readonly data: Data | null; readonly payload: Data },
) => Readonly<Record<string, unknown>>;

/** The matrix that serves the contracts of the End User; one that only waits for it serves nobody. */
function servingMatrix(world: TestWorld): string | null {
  const id = world.find('contactMatrix');
  return id !== null && world.stateOf(id).status !== 'shared' ? id : null;
}

/** The example world on a memory store, with the contract's process `con_1`. */
export class TestWorld {
  readonly store: RecordingStore;
  directory = exampleDirectory();
  calendars: Readonly<Record<string, CalendarVersion>> = calendars;
  policy = examplePolicy();
  /** Published versions of documents. */
  versions: Record<'userGuide' | 'outageGuideline', DocumentVersion[]> = {
    userGuide: [
      { documentId: 'user-guide', version: 1, language: 'en', title: 'User Guide', sha256: 'a'.repeat(64) },
    ],
    outageGuideline: [
      { documentId: 'outage', version: 1, language: 'en', title: 'Outages', sha256: 'c'.repeat(64) },
    ],
  };
  /** What the published versions of the outage guideline say. */
  guideline: unknown = example('outage-guidelines/northwind.en.yaml');
  /** Of kinds that read more than their contract, by slug. */
  looks: Readonly<Record<string, Look>> = {
    ...accessLooks,
    escalation: escalationLook,
    supportCase: caseLook,
    drill: drillLook,
    supportTools: (world, { data }) => ({
      contract: world.contractFacts(),
      otherSupportTools: data ? null : world.find('supportTools'),
    }),
    contactMatrix: (world, { data }) => ({
      contract: world.contractFacts(),
      serving: data ? null : servingMatrix(world),
      calendars: Object.keys(world.calendars),
    }),
  };
  /** Effects that nobody performs: a mail server that is down, a bell that is lost. */
  held: (effect: MemoryEffect) => boolean = () => false;
  now = 0;
  private rows = 0;

  constructor() {
    const world: World = {
      directory: this.directory,
      calendars: () => this.calendars,
      look: (slug, subject) => this.look(slug, subject),
    };
    this.store = new RecordingStore(world);
  }

  /** The same world once more: what happens in the one does not happen in the other. */
  copy(): TestWorld {
    const copy = new TestWorld();
    const people = copy.directory.people as Record<string, Person>;
    for (const id of Object.keys(people)) if (!(id in this.directory.people)) delete people[id];
    Object.assign(people, this.directory.people);
    const { calendars: hours, policy, guideline, looks, held, now, rows } = this;
    Object.assign(copy, { calendars: hours, policy, guideline, looks, held, now, rows });
    const { userGuide, outageGuideline } = this.versions;
    copy.versions = { userGuide: [...userGuide], outageGuideline: [...outageGuideline] };
    copyFacts(this, copy);
    copy.store.takeOver(this.store);
    return copy;
  }

  /** Starts a process at an instant and steps until nothing is due. */
  async start(
    slug: string,
    id: string,
    payload: Data,
    at: string,
    actor: string | null = 'kim-field',
  ): Promise<Answer | null> {
    const policy = { id: 'standard', version: 1, body: this.policy };
    this.store.put({
      ref: { id, tenantId: TENANT, slug, epoch: 0 },
      state: null,
      over: false,
      blocked: false,
      policy,
    });
    return this.accept(id, 'start', 'start', payload, at, actor);
  }

  async command(
    id: string,
    name: string,
    payload: Data,
    at: string,
    actor: string,
    expectedSeq: number | null = null,
  ) {
    return this.accept(id, 'command', name, payload, at, actor, expectedSeq);
  }

  async signal(id: string, name: string, payload: Data, at: string) {
    return this.accept(id, 'signal', name, payload, at, null);
  }

  /** Moves every process to an instant, performing effects as they come. */
  async runTo(at: string): Promise<void> {
    this.now = Math.max(this.now, Date.parse(at));
    for (let round = 0; round < 1000; round += 1) {
      const before = this.store.events.length;
      for (const [processId, process] of [...this.store.processes]) {
        const lastSeq = process.state?.seq ?? 0;
        await advance(this.store, registry, { tenantId: TENANT, processId, now: this.now, lastSeq });
      }
      const due = this.store.effects.filter(
        (effect) => effect.state === 'planned' && effect.intent.notBefore <= this.now && !this.held(effect),
      );
      for (const effect of due) this.store.perform(registry, effect);
      if (before === this.store.events.length && due.length === 0) return;
    }
    throw new Error('The world does not come to rest.');
  }

  stateOf(id: string) {
    const state = this.store.processes.get(id)?.state;
    if (!state) throw new Error(`${id} has not started`);
    return state;
  }

  eventsOf(id: string): string[] {
    return this.store.events.filter((event) => event.processId === id).map((event) => event.event);
  }

  /** Contents of the mails and pages of a process, oldest first; of one notice when it is named. */
  mailsOf(id: string, notice?: string): MailContent[] {
    return this.store.effects.flatMap(({ processId, intent }) =>
      processId === id &&
      (intent.kind === 'mail' || intent.kind === 'page') &&
      (notice === undefined || intent.content.notice === notice)
        ? [intent.content]
        : [],
    );
  }

  clockOf(id: string, name: string, key = '') {
    return this.stateOf(id).clocks.find((clock) => clock.name === name && clock.key === key);
  }

  /** The process of a kind that was started first. */
  idOf(slug: string): string {
    for (const [id, { ref }] of this.store.processes) if (ref.slug === slug) return id;
    throw new Error(`no process of ${slug} was started`);
  }

  /** What a decision about a process would read now. */
  async inputsOf(id: string, fired: Fired): Promise<Inputs> {
    return this.store.step({ tenantId: TENANT, processId: id, now: this.now }, async (tx) => {
      const loaded = await tx.load();
      const definition = loaded && definitionOf(loaded.ref.slug);
      if (!definition) throw new Error(`${id} is no process`);
      return tx.inputs(loaded, definition, fired);
    });
  }

  private async accept(
    id: string,
    kind: 'start' | 'command' | 'signal',
    name: string,
    payload: Data,
    at: string,
    actor: string | null,
    expectedSeq: number | null = null,
  ): Promise<Answer | null> {
    const inboxId = `ibx_${String((this.rows += 1))}`;
    const acceptedAt = Date.parse(at);
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
    await this.runTo(at);
    return this.store.answerOf(id, inboxId);
  }

  private look(
    slug: string,
    { data, payload }: { data: Data | null; payload: Data },
  ): Readonly<Record<string, unknown>> {
    const own = this.looks[slug];
    if (own) return own(this, { data, payload });
    if (slug === 'contract')
      return { family: this.family(), sameContract: data ? null : this.find('contract'), away: away(this) };
    if (slug === 'handover') return handoverLook(this, { data, payload });
    const contract = this.contractFacts();
    if (slug === 'document') {
      const kind = (data ?? payload)['kind'] as keyof TestWorld['versions'];
      const outage = {
        people: Object.keys(this.directory.people),
        sites: ['northwind-berlin'],
        picked: 'documentId' in payload ? this.guideline : null,
      };
      return { contract, versions: this.versions[kind], outage: kind === 'outageGuideline' ? outage : null };
    }
    return { contract, otherOnboarding: 'contractId' in payload ? this.find('onboarding') : null };
  }

  /** Every process that is open, apart from the contract's own. */
  private family() {
    return [...this.store.processes].flatMap(([processId, { ref, state }]) => {
      const kind = state && definitionOf(ref.slug)?.words.statuses[state.status]?.kind;
      const belongs = ref.slug !== 'contract' && ref.slug !== 'handover';
      return kind === 'open' && belongs ? [{ slug: ref.slug, processId }] : [];
    });
  }

  /** The first open process of a kind. */
  find(slug: string): string | null {
    for (const [id, { ref, state }] of this.store.processes) {
      const status = state && definitionOf(ref.slug)?.words.statuses[state.status];
      if (ref.slug === slug && status?.kind === 'open') return id;
    }
    return null;
  }

  /** What a process of the contract reads of it. */
  contractFacts() {
    const data = this.stateOf('con_1').data as unknown as Named & {
      contractId: string;
      number: string;
      calendarId: string;
      accountManagerId: string;
      contacts: { personId: string; primaryContact: boolean; authorisedCaller: boolean; approver: boolean }[];
    };
    const { contractId, number, calendarId, accountManagerId, contacts } = data;
    const { managerId, backupId, smManagerId } = servingOf(data, this.directory);
    const ids = (keep: (contact: (typeof contacts)[number]) => boolean) =>
      contacts.filter(keep).map((one) => one.personId);
    return {
      contractId,
      processId: 'con_1',
      number,
      status: this.stateOf('con_1').status,
      calendarId,
      managerId,
      backupId,
      smManagerId,
      accountManagerId,
      primaryContacts: ids((one) => one.primaryContact),
      callers: ids((one) => one.authorisedCaller),
      approvers: ids((one) => one.approver),
    };
  }
}
