/** A small world without servers: the example calendars, policy, staff and contract on the memory store. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { readContractFile, type ContractFile } from '../../domain/contract/contract-file.js';
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

const standardPolicy = must(readPolicySet(example('policies/standard.yaml')));

export function examplePolicy(): PolicySet {
  return standardPolicy;
}

export function exampleContract(change: Record<string, unknown> = {}): ContractFile {
  return must(readContractFile({ ...(example('contract.yaml') as object), ...change }));
}

/** Staff of the example Provider and the contacts of the example contract. */
export function exampleDirectory(): Directory {
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
  const contacts = exampleContract().contacts.map((one): Person => ({
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

/** The example world on a memory store, with the contract's process `con_1`. */
export class TestWorld {
  readonly store: RecordingStore;
  directory = exampleDirectory();
  calendars: Readonly<Record<string, CalendarVersion>> = calendars;
  guides: { documentId: string; version: number; language: string; title: string; sha256: string }[] = [
    { documentId: 'user-guide', version: 1, language: 'en', title: 'User Guide', sha256: 'a'.repeat(64) },
  ];
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

  /** Starts a process at an instant and steps until nothing is due. */
  async start(
    slug: string,
    id: string,
    payload: Data,
    at: string,
    actor: string | null = 'kim-field',
  ): Promise<Answer | null> {
    const policy = { id: 'standard', version: 1, body: examplePolicy() };
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

  /** Contents of the mails of a process, oldest first; of one notice when it is named. */
  mailsOf(id: string, notice?: string): MailContent[] {
    return this.store.effects.flatMap(({ processId, intent }) =>
      processId === id && intent.kind === 'mail' && (notice === undefined || intent.content.notice === notice)
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
    const family = this.find('onboarding');
    const guide = this.find('userGuide');
    if (slug === 'contract')
      return {
        family: { onboardingId: family, userGuideId: guide },
        sameContract: data ? null : this.find('contract'),
      };
    const contract = this.contractFacts();
    if (slug === 'userGuide') return { contract, guides: this.guides };
    return { contract, otherOnboarding: 'contractId' in payload ? family : null };
  }

  private find(slug: string): string | null {
    for (const [id, { ref, state }] of this.store.processes) {
      const status = state && definitionOf(ref.slug)?.words.statuses[state.status];
      if (ref.slug === slug && status?.kind === 'open') return id;
    }
    return null;
  }

  private contractFacts() {
    const data = this.stateOf('con_1').data as {
      contractId: string;
      number: string;
      calendarId: string;
      managerId: string | null;
      backupId: string | null;
      smManagerId: string;
      accountManagerId: string;
      contacts: { personId: string; primaryContact: boolean; authorisedCaller: boolean; approver: boolean }[];
    };
    const { contractId, number, calendarId, managerId, backupId, smManagerId, accountManagerId, contacts } =
      data;
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
