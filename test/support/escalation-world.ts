/** What escalations read in the world of the tests: cases, the matrix in force, who is away. */
import type { MatrixFacts } from '../../domain/contact-matrix/facts.js';
import type { Contact } from '../../domain/contact-matrix/matrix.js';
import { caseFactsFrom, type CaseFacts } from '../../domain/escalation/facts.js';
import type { Priority } from '../../domain/priority.js';
import type { Person } from '../../domain/kernel/directory.js';
import type { Data } from '../../domain/kernel/words.js';
import { definitionOf } from '../../domain/processes.js';
import type { Look, TestWorld } from './world.js';

interface Facts {
  matrix: MatrixFacts;
  readonly cases: Map<string, CaseFacts>;
  away: readonly string[];
}

const worlds = new WeakMap<TestWorld, Facts>();

/** What may be changed in the middle of a test. */
export function factsOf(world: TestWorld): Facts {
  const known = worlds.get(world) ?? { matrix: null, cases: new Map<string, CaseFacts>(), away: [] };
  worlds.set(world, known);
  return known;
}

/** Lets another world read the same, until one of them is changed. */
export function copyFacts(from: TestWorld, to: TestWorld): void {
  const known = worlds.get(from);
  if (known) worlds.set(to, { ...known, cases: new Map(known.cases) });
}

export const escalationLook: Look = (world, { data, payload }) => {
  const { matrix, cases, away } = factsOf(world);
  const caseId = (data ?? payload)['caseId'];
  return {
    contract: world.contractFacts(),
    matrix,
    case: typeof caseId === 'string' ? (cases.get(caseId) ?? caseIn(world, caseId)) : null,
    away,
    sameMatter: isOver(data) ? openFor(world, data ?? payload) : null,
  };
};

/** It is to be opened, or may come back. */
function isOver(data: Data | null): boolean {
  return data === null || data['closed'] !== null || data['declined'] !== null;
}

/** A case that is a process of this world. */
function caseIn(world: TestWorld, caseId: string): CaseFacts | null {
  const state = world.store.processes.get(caseId)?.state;
  if (!state) return null;
  const { status, ownerId } = state;
  const closed = definitionOf(state.slug)?.words.statuses[status]?.kind === 'closed';
  return caseFactsFrom({ caseId, status, closed, ownerId }, state.data);
}

/** The escalations of a case that are open. */
export function escalationsOf(world: TestWorld, caseId: string): string[] {
  return [...world.store.processes].flatMap(([id, { ref, state }]) => {
    if (ref.slug !== 'escalation' || state?.data['caseId'] !== caseId) return [];
    return definitionOf('escalation')?.words.statuses[state.status]?.kind === 'open' ? [id] : [];
  });
}

function openFor(world: TestWorld, asked: Data): string | null {
  const about = (asked['matter'] as { reference?: string } | undefined)?.reference ?? asked['about'];
  const caseId = asked['caseId'] ?? null;
  for (const [id, { ref, state }] of world.store.processes) {
    if (ref.slug !== 'escalation' || !state) continue;
    if (definitionOf('escalation')?.words.statuses[state.status]?.kind !== 'open') continue;
    const same =
      caseId === null
        ? state.data['caseId'] === null && state.data['about'] === about
        : state.data['caseId'] === caseId;
    if (same) return id;
  }
  return null;
}

/** A case of the example contract. */
export function aCase(priority: Priority, openedAt: string, change: Partial<CaseFacts> = {}): CaseFacts {
  return {
    caseId: 'cas_1',
    number: 'C-1',
    contractId: 'northwind-2026',
    priority,
    openedAt: Date.parse(openedAt),
    status: 'queued',
    closed: false,
    ownerId: 'noor-dale',
    title: 'The line is down.',
    site: 'northwind-berlin',
    restoredAt: null,
    priorityHistory: [],
    ...change,
  };
}

/** Changes the priority of a case and tells the escalation. */
export async function changePriority(
  world: TestWorld,
  to: Priority,
  at: string,
  agreedBy: string | null = null,
  id = 'esc_1',
) {
  const { cases } = factsOf(world);
  const facts = cases.get('cas_1');
  if (!facts) throw new Error('there is no case');
  const change = { at: Date.parse(at), from: facts.priority, to, agreedBy };
  cases.set('cas_1', { ...facts, priority: to, priorityHistory: [...facts.priorityHistory, change] });
  return world.signal(id, 'caseChanged', { processId: 'cas_1' }, at);
}

/** The matrix of the tests; the comment of test/tables/escalation-left-alone.ts says it in words. */
export function exampleMatrix(version = 1): NonNullable<MatrixFacts> {
  const contact = (personId: string, fields: Partial<Contact>): Contact => ({
    personId,
    side: 'provider',
    role: 'seniorEngineer',
    level: 'L0',
    zone: 'Europe/Berlin',
    hours: '24x7',
    deputyId: null,
    authorisedCaller: false,
    mayApprove: [],
    validFrom: null,
    validTo: null,
    ...fields,
  });
  const endUser = (personId: string, fields: Partial<Contact>) =>
    contact(personId, { side: 'endUser', role: 'operator', ...fields });
  const office = 'berlin-office';
  return {
    processId: 'mtx_1',
    version,
    since: Date.parse('2026-11-01T00:00:00Z'),
    staleSince: null,
    contacts: [
      contact('noor-dale', { role: 'onDutyEngineer' }),
      contact('kim-field', { level: 'L1', role: 'teamManager', hours: office }),
      contact('sam-rivers', { level: 'L1', role: 'serviceManager', hours: office }),
      contact('dana-hill', { level: 'L2', role: 'supportDirector' }),
      contact('vic-lane', { level: 'L3', role: 'vicePresident', hours: office, deputyId: 'una-park' }),
      contact('una-park', { level: 'L3', role: 'vicePresident' }),
      contact('ira-penn', { level: 'L4', role: 'executive' }),
      endUser('jan-reed', { authorisedCaller: true }),
      endUser('maria-stone', { level: 'L1', role: 'itManager', mayApprove: ['priorityChange'] }),
      endUser('lea-frost', { level: 'L2', role: 'director' }),
      endUser('max-boyd', { level: 'L3', role: 'vicePresident' }),
    ],
  };
}

/** Everybody of the matrix is known, and it is in force. */
export function withEscalations(world: TestWorld): TestWorld {
  factsOf(world).matrix = exampleMatrix();
  const people = world.directory.people as Record<string, Person>;
  const like = (id: string, model: string, side: Person['side']) => {
    const known = people[model];
    if (known) people[id] = { ...known, id, side, grants: [], deputyId: null, language: 'en' };
  };
  for (const id of ['vic-lane', 'una-park', 'ira-penn']) like(id, 'noor-dale', 'provider');
  for (const id of ['lea-frost', 'max-boyd']) like(id, 'jan-reed', 'endUser');
  return world;
}
