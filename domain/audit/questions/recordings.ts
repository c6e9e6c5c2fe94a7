/** What was recorded about a contract, and the same as it stood at an instant: all that an auditor's question reads. */
import { definitionOf } from '../../processes.js';
import type { CalendarVersion } from '../../time/calendar.js';
import type { Directory } from '../../kernel/directory.js';
import type { EventRecord } from '../../kernel/event.js';
import type { TryOutcome } from '../../paging/ladder.js';
import type { ClockOperation, ClockState, MailContent } from '../../kernel/state.js';
import type { Data } from '../../kernel/words.js';

/** An event with its place in the audit chain. Instants are epoch milliseconds throughout. */
export interface RecordedEvent {
  readonly record: EventRecord;
  readonly number: number;
  readonly hash: string;
  /** What fired it; null where it was erased, and where nothing was said with it. */
  readonly payload: Data | null;
}

/** A look at the audit: an entry of the second chain. */
export interface RecordedAccess {
  readonly number: number;
  readonly hash: string;
  readonly at: number;
  readonly code: string;
  /** What was looked at. */
  readonly trigger: string;
  readonly person: string | null;
  readonly processId: string | null;
}

export type Proof = RecordedEvent | RecordedAccess;

/** A run of a clock, ended or not. */
export interface RecordedClock extends Pick<
  ClockState,
  'name' | 'key' | 'run' | 'promise' | 'marks' | 'pauses' | 'missedAt' | 'endedAt'
> {
  readonly processId: string;
}

export interface RecordedMail {
  readonly processId: string;
  readonly key: string;
  readonly content: Pick<MailContent, 'notice' | 'recipient'>;
  readonly decidedAt: number;
  readonly state: string;
  readonly settledAt: number | null;
  /** What the mail server gave as a receipt. */
  readonly receipt: string | null;
  /** Of a page: what became of its tries that had begun; null: it is a mail. */
  readonly tries: readonly TryOutcome[] | null;
}

/** Of one contract and every process of it. */
export interface Recordings {
  readonly contractId: string;
  readonly now: number;
  /** In the order of the chain, those after the instant asked about too. */
  readonly events: readonly RecordedEvent[];
  /** Data of each process after its last step up to the instant asked about; null where they were erased. */
  readonly data: Readonly<Record<string, Data | null>>;
  readonly clocks: readonly RecordedClock[];
  readonly mails: readonly RecordedMail[];
  readonly accesses: readonly RecordedAccess[];
  /** The people as the last of these steps saw them. */
  readonly directory: Directory | null;
  /** Versions of calendars by which cases were opened, as `id@version`. */
  readonly calendars: Readonly<Record<string, CalendarVersion>>;
}

export interface PastProcess {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly status: string;
  readonly closed: boolean;
  readonly ownerId: string | null;
  readonly data: Data;
  readonly started: RecordedEvent;
  /** The step that made it what it was. */
  readonly last: RecordedEvent;
}

export interface PastClock extends RecordedClock {
  readonly process: PastProcess;
  /** As people read it, with its key. */
  readonly label: string;
  readonly started: RecordedEvent;
  readonly paused: boolean;
  /** The instant of its mark `due`, or of its first mark; null where it had none then. */
  readonly dueAt: number | null;
}

/** The state of a contract at an instant. */
export interface Past extends Recordings {
  readonly at: number;
  readonly processes: readonly PastProcess[];
  /** Runs that had started, also those that had ended. */
  readonly clocks: readonly PastClock[];
}

/** What stood at the instant; business instants count, also of what was recorded later. */
export function pastOf(recordings: Recordings, at: number): Past {
  const events = recordings.events.filter(({ record }) => record.at <= at);
  const processes = processesOf(events, recordings.data);
  return {
    ...recordings,
    at,
    events,
    processes,
    clocks: recordings.clocks.flatMap((clock) => clockThen(clock, { recordings, events, processes, at })),
    mails: recordings.mails.flatMap((mail) => {
      if (mail.decidedAt > at) return [];
      const settled = mail.settledAt !== null && mail.settledAt <= at;
      return [settled ? mail : { ...mail, state: 'planned', settledAt: null, receipt: null }];
    }),
    accesses: recordings.accesses.filter((access) => access.at <= at),
  };
}

/** Events of a process by their own names, without the kind of process before them. */
export function eventsOf(past: Past, process: PastProcess, ...names: readonly string[]): RecordedEvent[] {
  return past.events.filter(
    ({ record }) => record.processId === process.id && names.includes(ownName(record.event)),
  );
}

export function ofKind(past: Past, ...slugs: readonly string[]): PastProcess[] {
  return past.processes.filter(({ slug }) => slugs.includes(slug));
}

export function ownName(event: string): string {
  return event.slice(event.indexOf('.') + 1);
}

export function payloadText(event: RecordedEvent, field: string): string | null {
  const value = event.payload?.[field];
  return typeof value === 'string' ? value : null;
}

/** The step that decided a mail: its record names the key. */
export function decidedBy(past: Past, mail: Pick<RecordedMail, 'processId' | 'key'>): RecordedEvent[] {
  return past.events.filter(
    ({ record }) =>
      record.processId === mail.processId && record.effects.some((effect) => effect.key === mail.key),
  );
}

/** What was done to a clock, with the steps that did it. */
export function operationsOn(
  events: readonly RecordedEvent[],
  clock: Pick<RecordedClock, 'processId' | 'name' | 'key' | 'run'>,
): readonly { readonly event: RecordedEvent; readonly operation: ClockOperation }[] {
  return events.flatMap((event) =>
    event.record.processId === clock.processId
      ? event.record.operations
          .filter((one) => one.clock === clock.name && one.key === clock.key && one.run === clock.run)
          .map((operation) => ({ event, operation }))
      : [],
  );
}

/** Whether something was done by its deadline; null while neither has come. */
export function inTime(
  { at }: Pick<Past, 'at'>,
  doneAt: number | null,
  dueAt: number | null,
): boolean | null {
  if (dueAt === null) return null;
  if (doneAt !== null) return doneAt <= dueAt;
  return at > dueAt ? false : null;
}

function processesOf(events: readonly RecordedEvent[], data: Recordings['data']): PastProcess[] {
  const byId = new Map<string, { started: RecordedEvent; last: RecordedEvent }>();
  for (const event of events) {
    // Late information moves nothing: it is no step.
    if (event.record.to === null) continue;
    const started = byId.get(event.record.processId)?.started ?? event;
    byId.set(event.record.processId, { started, last: event });
  }
  return [...byId].map(([id, { started, last }]) => {
    const { slug, to, ownerId } = last.record;
    const words = definitionOf(slug)?.words;
    return {
      id,
      slug,
      title: words?.title ?? slug,
      status: to ?? '',
      closed: words?.statuses[to ?? '']?.kind === 'closed',
      ownerId,
      data: data[id] ?? {},
      started,
      last,
    };
  });
}

interface Then {
  readonly recordings: Recordings;
  readonly events: readonly RecordedEvent[];
  readonly processes: readonly PastProcess[];
  readonly at: number;
}

function clockThen(clock: RecordedClock, { recordings, events, processes, at }: Then): PastClock[] {
  const process = processes.find(({ id }) => id === clock.processId);
  const started = operationsOn(events, clock).find(({ operation }) => operation.op === 'started')?.event;
  if (!process || !started) return [];
  const before = (instant: number | null) => (instant !== null && instant <= at ? instant : null);
  const label = definitionOf(process.slug)?.words.clocks[clock.name]?.label ?? clock.name;
  const later = recordings.events.filter(({ record }) => record.at > at);
  const moved = (step: string) =>
    operationsOn(later, clock).find(({ operation }) => operation.op === 'moved' && operation.step === step);
  // What a later calendar moved stood where the move says that it stood before.
  const marks = clock.marks.map((mark) => {
    const move = moved(mark.step)?.operation;
    return move ? { ...mark, dueAt: move.before ?? null } : mark;
  });
  const due = marks.find(({ step }) => step === 'due') ?? marks[0];
  return [
    {
      ...clock,
      process,
      started,
      label: clock.key === '' ? label : `${label} (${clock.key})`,
      marks,
      missedAt: before(clock.missedAt),
      endedAt: before(clock.endedAt),
      paused: clock.pauses.some(({ fromMs, toMs }) => fromMs <= at && (toMs === null || toMs > at)),
      dueAt: due?.dueAt ?? null,
    },
  ];
}
