/** Processes as readers see them: words of the definition, instants as text, people with their names. */
import { z } from 'zod';
import type { ClockRead, ProcessRead, TaskRead } from '../../db/read/process.js';
import type { ProcessListed } from '../../db/read/process-list.js';
import type { Definition } from '../../domain/kernel/rules.js';
import type { Words } from '../../domain/kernel/words.js';
import { definitionOf } from '../../domain/processes.js';
import { daysBetween, iso, local, withIsoInstants } from '../http/instants.js';
import { instantOut, localOut, personOf, personOut } from '../http/schemas.js';

export interface Reader {
  /** IANA name. */
  readonly zone: string;
}

export const clockOut = z
  .object({
    name: z.string(),
    key: z.string(),
    run: z.int(),
    label: z.string(),
    promise: z.boolean(),
    outcome: z.enum(['running', 'paused', 'met', 'missed', 'elapsed', 'cancelled']),
    startedAt: instantOut,
    startedLocal: localOut,
    dueAt: instantOut.nullable().describe('Of the promise; of any other clock its next mark'),
    dueLocal: localOut.nullable(),
    nextStep: z.string().nullable().describe('The mark that fires next'),
    nextAt: instantOut.nullable(),
    overdue: z.boolean(),
    missedAt: instantOut.nullable(),
    endedAt: instantOut.nullable(),
    calendar: z.object({ id: z.string(), version: z.int() }),
    policyPath: z.string(),
    explain: z.string().describe('Where the reasons for its instants are'),
  })
  .meta({ id: 'Clock' });

export function clockView(processId: string, words: Words, clock: ClockRead, now: number, { zone }: Reader) {
  const query = new URLSearchParams({ ...(clock.key ? { key: clock.key } : {}), run: String(clock.run) });
  const running = clock.outcome === 'running';
  return {
    name: clock.name,
    key: clock.key,
    run: clock.run,
    label: words.clocks[clock.name]?.label ?? clock.name,
    promise: clock.promise,
    outcome: clock.outcome,
    startedAt: iso(clock.startedAt),
    startedLocal: local(clock.startedAt, zone),
    dueAt: iso(clock.promiseDueAt),
    dueLocal: local(clock.promiseDueAt, zone),
    nextStep: clock.dueStep,
    nextAt: iso(clock.dueAt),
    overdue:
      running && (clock.missedAt !== null || (clock.promise && (clock.promiseDueAt ?? Infinity) <= now)),
    missedAt: iso(clock.missedAt),
    endedAt: iso(clock.endedAt),
    calendar: { id: clock.calendarId, version: clock.calendarVersion },
    policyPath: clock.policyPath,
    explain: `/v1/processes/${processId}/clocks/${clock.name}/explain?${query.toString()}`,
  };
}

export const taskOut = z
  .object({
    id: z.string(),
    processId: z.string(),
    slug: z.string(),
    kind: z.enum(['command', 'attention']),
    headline: z.string(),
    label: z.string(),
    command: z.string(),
    subject: z.string(),
    clock: z.string(),
    dueAt: instantOut.nullable(),
    dueLocal: localOut.nullable(),
    overdue: z.boolean(),
    missed: z.boolean(),
    people: z.array(personOut),
  })
  .meta({ id: 'Task' });

export function taskView(
  task: TaskRead,
  names: Readonly<Record<string, string>>,
  now: number,
  { zone }: Reader,
) {
  const { dueAt, people, ...rest } = task;
  return {
    ...rest,
    dueAt: iso(dueAt),
    dueLocal: local(dueAt, zone),
    overdue: task.missed || (dueAt !== null && dueAt <= now),
    people: people.map((id) => personOf(id, names)),
  };
}

const waitsForOut = z.enum(['provider', 'endUser', 'outside']).nullable().describe('Whose move it is');

export const listedOut = z
  .object({
    id: z.string(),
    slug: z.string(),
    title: z.string(),
    status: z.string(),
    statusLabel: z.string(),
    headline: z.string(),
    contractId: z.string().nullable(),
    owner: personOut,
    seq: z.int(),
    openedAt: instantOut,
    statusSince: instantOut,
    daysInStatus: z.int(),
    waitsFor: waitsForOut,
    nextDueAt: instantOut.nullable(),
    closed: z.boolean(),
    blocked: z.boolean(),
  })
  .meta({ id: 'ProcessListed' });

export function listedView(row: ProcessListed): z.input<typeof listedOut> {
  const { id, slug, status, headline, contractId, ownerId, ownerName, seq, openedAt, nextDueAt } = row;
  const words = definitionOf(slug)?.words;
  const word = words?.statuses[status];
  const since = row.statusSince ?? openedAt;
  // Written out: hundreds of rows are made a second, and copying objects is most of what that costs.
  return {
    id,
    slug,
    title: words?.title ?? slug,
    status,
    statusLabel: word?.label ?? status,
    headline,
    contractId,
    owner: { id: ownerId, name: ownerName ?? ownerId },
    seq,
    openedAt: iso(openedAt),
    statusSince: iso(since),
    daysInStatus: daysBetween(since, row.now),
    waitsFor: word?.waitsFor ?? null,
    nextDueAt: iso(nextDueAt),
    closed: row.closed,
    blocked: row.blocked,
  };
}

export const processOut = listedOut
  .omit({ nextDueAt: true })
  .extend({
    data: z
      .record(z.string(), z.unknown())
      .describe('The data of the process, as its definition describes it'),
    policy: z.object({ id: z.string(), version: z.int() }),
    over: z.boolean(),
    clocks: z.array(clockOut).describe('Those that run or are paused'),
    tasks: z.array(taskOut),
    stages: z.array(
      z.object({
        status: z.string(),
        label: z.string(),
        enteredAt: instantOut,
        leftAt: instantOut.nullable(),
        days: z.int(),
      }),
    ),
  })
  .meta({ id: 'Process' });

/** The words of a status; an unknown one (of a definition that changed) keeps its name. */
export function statusWords(words: Words | undefined, status: string) {
  const word = words?.statuses[status];
  return { statusLabel: word?.label ?? status, waitsFor: word?.waitsFor ?? null };
}

export function processView(process: ProcessRead, definition: Definition, reader: Reader) {
  const { words } = definition;
  const { id, slug, status, headline, contractId, seq, openedAt, now, names } = process;
  const since = process.statusSince ?? openedAt;
  return {
    id,
    slug,
    title: words.title,
    status,
    ...statusWords(words, status),
    headline,
    contractId,
    owner: personOf(process.ownerId, names),
    seq,
    openedAt: iso(openedAt),
    statusSince: iso(since),
    daysInStatus: daysBetween(since, now),
    closed: process.closed,
    over: process.over,
    blocked: process.blocked,
    policy: { id: process.policyId, version: process.policyVersion },
    data: withIsoInstants(process.data),
    clocks: process.clocks.map((clock) => clockView(id, words, clock, now, reader)),
    tasks: process.tasks.map((task) => taskView(task, names, now, reader)),
    stages: stagesOf(process, words),
  };
}

/** Statuses in the order in which they were entered; one that was only passed through takes no time. */
function stagesOf({ stages, now, closed }: ProcessRead, words: Words) {
  const entered = stages.flatMap(({ at, via, to }) => [
    ...(via === null ? [] : [{ status: via, at }]),
    { status: to, at },
  ]);
  return entered.map(({ status, at }, index) => {
    const leftAt = entered[index + 1]?.at ?? null;
    const untilMs = leftAt ?? (closed ? at : now);
    return {
      status,
      label: words.statuses[status]?.label ?? status,
      enteredAt: iso(at),
      leftAt: iso(leftAt),
      days: daysBetween(at, untilMs),
    };
  });
}
