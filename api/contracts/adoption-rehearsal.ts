/** What an adoption would make: its contract, onboarding and User Guide hand-over, decided on the memory store. */
import type { AdoptionFile } from '../../domain/contract/adoption.js';
import type { ContractFacts } from '../../domain/contract/facts.js';
import { advance, type Registry } from '../../domain/kernel/advance.js';
import { MemoryStore, type MemoryEffect } from '../../domain/kernel/memory-store.js';
import type { Inputs, ProcessState } from '../../domain/kernel/state.js';
import type { Answer } from '../../domain/kernel/store.js';

export interface Guide {
  readonly documentId: string;
  readonly version: number;
  readonly language: string;
  readonly title: string;
  readonly sha256: string;
}

export interface Rehearsal {
  /** The first refusal; nothing else was looked at then. */
  readonly refused: Answer | null;
  /** By slug. */
  readonly processes: Readonly<Record<string, ProcessState>>;
}

const CONTRACT = 'contract';
/** What an adoption describes; other processes of the checklist begin as they always do. */
const FOLLOWING = ['onboarding', 'document userGuide'];
/** Contract, onboarding, guide, and what the guide tells the onboarding; with room to spare. */
const MOST_ROUNDS = 10;

export async function rehearse(
  registry: Registry,
  at: {
    readonly file: AdoptionFile;
    readonly inputs: Inputs;
    readonly guides: readonly Guide[];
    readonly now: number;
    readonly actor: string;
  },
): Promise<Rehearsal> {
  const { file, inputs, now, actor } = at;
  const tenantId = file.endUser.id;
  const contract = factsOf(file);
  const store = new MemoryStore({
    directory: withContacts(file, inputs),
    calendars: () => inputs.calendars,
    look: (slug) => (slug === CONTRACT ? inputs.look : lookOf(contract, at.guides)),
  });
  const ref = { id: CONTRACT, tenantId, slug: CONTRACT, epoch: 1 };
  store.put({ ref, state: null, over: false, blocked: false, policy: inputs.policy });
  const row = {
    id: 'adoption',
    kind: 'start',
    name: 'start',
    payload: file,
    actor,
    acceptedAt: now,
  } as const;
  store.accept(CONTRACT, { ...row, onBehalfOf: null, expectedSeq: null });
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    for (const processId of store.processes.keys())
      await advance(store, registry, { tenantId, processId, now, lastSeq: 0 });
    const next = store.effects.filter((effect) => effect.state === 'planned' && concerns(store, effect));
    if (next.length === 0) break;
    for (const effect of next) store.perform(registry, effect);
  }
  const states = [...store.processes.values()].flatMap(({ ref: { slug }, state }) =>
    state ? [[slug, state]] : [],
  );
  return {
    refused: refusalIn(store, row.id),
    processes: Object.fromEntries(states) as Rehearsal['processes'],
  };
}

function concerns(store: MemoryStore, { intent }: MemoryEffect): boolean {
  if (intent.kind === 'startProcess') {
    const { slug, payload } = intent.content;
    return FOLLOWING.includes('kind' in payload ? `${slug} ${String(payload['kind'])}` : slug);
  }
  return intent.kind === 'tellProcess' && store.processes.has(intent.content.processId);
}

function lookOf(contract: ContractFacts, guides: readonly Guide[]) {
  return { contract, otherOnboarding: null, versions: guides };
}

/** The contacts of the file become people with the contract. */
function withContacts(file: AdoptionFile, { directory }: Inputs): Inputs['directory'] {
  const contacts = file.contacts.map(({ id, zone, language, deputy }) => ({
    ...{ id, zone, language, deputyId: deputy ?? null },
    ...({ side: 'endUser', grants: [], calendarId: null, active: true } as const),
  }));
  return {
    ...directory,
    people: { ...directory.people, ...Object.fromEntries(contacts.map((contact) => [contact.id, contact])) },
  };
}

/** The answers to the start of the contract and to the starts that follow from it. */
function refusalIn(store: MemoryStore, rowId: string): Answer | null {
  const followed = store.effects.flatMap(({ intent }) =>
    intent.kind === 'startProcess' ? [store.answerOf(intent.content.processId, intent.key)] : [],
  );
  const answers = [store.answerOf(CONTRACT, rowId), ...followed];
  return answers.find((answer) => answer?.outcome === 'refused') ?? null;
}

/** What the others read of the contract once it stands. */
function factsOf(file: AdoptionFile): ContractFacts {
  const { provider, contacts } = file;
  const ids = (role: 'primaryContact' | 'authorisedCaller' | 'approver') =>
    contacts.filter((contact) => contact[role]).map(({ id }) => id);
  return {
    contractId: file.id,
    processId: CONTRACT,
    number: file.number,
    status: 'active',
    calendarId: file.calendar,
    managerId: provider.serviceManager ?? null,
    backupId: provider.backup ?? null,
    smManagerId: provider.smManager,
    accountManagerId: provider.accountManager,
    primaryContacts: ids('primaryContact'),
    callers: ids('authorisedCaller'),
    approvers: ids('approver'),
  };
}
