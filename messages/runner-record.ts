/**
 * What the engine remembers of a process: the last step that its runners saw, the effects that they had done, the rows
 * that they were rung for. Read from histories, so no worker is needed; references only, as all that is in them.
 */
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { workflowTypeOf } from '../workflows/messages.js';

export interface RememberedEffect {
  readonly kind: string;
  /** Of its last attempt; `attempted` when that never said what became of it. */
  readonly outcome: string;
}

export interface RunnerRecord {
  readonly processId: string;
  readonly tenantId: string | null;
  readonly slug: string | null;
  /** Whether its last run runs still. */
  readonly running: boolean;
  /** Its last run belongs to a line of history that a restore has given up; what such runs have seen is left out. */
  readonly givenUp: boolean;
  /** The highest event that a run has seen. */
  readonly lastSeq: number;
  /** By the id of the effect. */
  readonly effects: ReadonlyMap<string, RememberedEffect>;
  /** Rows of the inbox that it was rung for, with the answer it gave: null for none. */
  readonly rows: ReadonlyMap<string, string | null>;
}

export interface RunnerRuns {
  readonly processId: string;
  /** Newest first. */
  readonly runIds: readonly string[];
  readonly running: boolean;
}

const LIST_PAGE = 1_000;
const HISTORY_PAGE = 1_000;
/** Histories are short (the runner begins a new one at about 1,000 events); a bound all the same. */
const MOST_PAGES = 50;
/** Runs of one process that are read, the newest. */
const MOST_RUNS = 20;
const DEADLINE_MS = 20_000;

/** Every runner of a task queue that the engine lists, ended ones too, with its runs. */
export async function listRunnerRuns(
  client: Client,
  taskQueue: string,
  slugs: readonly string[],
): Promise<readonly RunnerRuns[]> {
  const types = new Set(slugs.map(workflowTypeOf));
  const found = new Map<string, { runIds: { id: string; at: number }[]; running: boolean }>();
  const query = `TaskQueue = '${taskQueue}'`;
  await client.connection.withDeadline(Date.now() + DEADLINE_MS, async () => {
    for await (const run of client.workflow.list({ query, pageSize: LIST_PAGE })) {
      if (!types.has(run.type)) continue;
      const known = found.get(run.workflowId) ?? { runIds: [], running: false };
      known.runIds.push({ id: run.runId, at: run.startTime.getTime() });
      known.running ||= run.status.name === 'RUNNING';
      found.set(run.workflowId, known);
    }
  });
  return [...found].map(([processId, { runIds, running }]) => ({
    processId,
    running,
    runIds: runIds.sort((a, b) => b.at - a.at).map(({ id }) => id),
  }));
}

/** What the runs of one process remember of this epoch; null when the engine knows none of that id. */
export async function readRunnerRecord(
  client: Client,
  runs: { readonly processId: string; readonly runIds?: readonly string[] },
  epoch: number,
): Promise<RunnerRecord | null> {
  const { processId } = runs;
  const newest = await describe(client, processId);
  // A list may be late: the newest run is asked for by the id of the process.
  const runIds = [...new Set([...(newest ? [newest.runId] : []), ...(runs.runIds ?? [])])];
  if (runIds.length === 0) return null;
  const read: RunRecord[] = [];
  for (const runId of runIds.slice(0, MOST_RUNS)) read.push(await readRun(client, processId, runId));
  const counted = read.filter((run) => run.epoch >= epoch);
  // Newest first: the word of a later run about an effect or a row counts.
  const oldestFirst = [...counted].reverse();
  return {
    processId,
    running: newest?.running ?? false,
    givenUp: (read[0]?.epoch ?? epoch) < epoch,
    tenantId: read.find((run) => run.tenantId !== null)?.tenantId ?? null,
    slug: read.find((run) => run.slug !== null)?.slug ?? null,
    lastSeq: Math.max(0, ...counted.map((run) => run.lastSeq)),
    effects: new Map(oldestFirst.flatMap((run) => [...run.effects])),
    rows: new Map(oldestFirst.flatMap((run) => [...run.rows])),
  };
}

const NOT_FOUND = 'WorkflowNotFoundError';

async function describe(
  client: Client,
  processId: string,
): Promise<{ readonly runId: string; readonly running: boolean } | null> {
  try {
    const { runId, status } = await client.connection.withDeadline(Date.now() + DEADLINE_MS, () =>
      client.workflow.getHandle(processId).describe(),
    );
    return { runId, running: status.name === 'RUNNING' };
  } catch (error) {
    if (error instanceof Error && error.name === NOT_FOUND) return null;
    throw error;
  }
}

type Page = Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistory']>>;
type HistoryEvent = NonNullable<NonNullable<Page['history']>['events']>[number];

async function readRun(client: Client, processId: string, runId: string): Promise<RunRecord> {
  const run = new RunRecord();
  let nextPageToken: Uint8Array = new Uint8Array();
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await client.connection.withDeadline(Date.now() + DEADLINE_MS, () =>
      client.workflowService.getWorkflowExecutionHistory({
        namespace: client.options.namespace,
        execution: { workflowId: processId, runId },
        maximumPageSize: HISTORY_PAGE,
        nextPageToken,
      }),
    );
    for (const event of answer.history?.events ?? []) run.take(event);
    nextPageToken = answer.nextPageToken;
    if (nextPageToken.length === 0) break;
  }
  return run;
}

/** One run, event by event. */
class RunRecord {
  tenantId: string | null = null;
  slug: string | null = null;
  lastSeq = 0;
  /** Of runs that do not say it: the first. */
  epoch = 1;
  readonly effects = new Map<string, RememberedEffect>();
  readonly rows = new Map<string, string | null>();
  /** Activities by the event that scheduled them, rings by the event that accepted them. */
  private readonly scheduled = new Map<string, { readonly effectId: string; readonly kind: string }>();
  private readonly rung = new Map<string, string>();

  take(event: HistoryEvent): void {
    const { workflowExecutionStartedEventAttributes: started, markerRecordedEventAttributes: marker } = event;
    if (started) this.start(record(decode(started.input?.payloads)));
    const { details, failure, markerName } = marker ?? {};
    if (markerName === 'core_local_activity' && !failure)
      this.step(record(decode(details?.['result']?.payloads)));
    this.takeEffect(event);
    this.takeRing(event);
  }

  private start(input: ReadonlyMap<string, unknown>): void {
    this.tenantId ??= text(input.get('tenantId'));
    this.slug ??= text(input.get('slug'));
    this.step(new Map([...input, ['seq', input.get('lastSeq')]]));
  }

  private step(report: ReadonlyMap<string, unknown>): void {
    const seq = report.get('seq');
    const epoch = report.get('epoch');
    if (typeof epoch === 'number') this.epoch = epoch;
    if (typeof seq === 'number') this.lastSeq = Math.max(this.lastSeq, seq);
  }

  private takeEffect(event: HistoryEvent): void {
    const { activityTaskScheduledEventAttributes: asked, activityTaskCompletedEventAttributes: done } = event;
    if (asked) {
      const effectId = text(record(decode(asked.input?.payloads)).get('effectId'));
      if (effectId === null) return;
      const kind = asked.activityType?.name ?? '';
      this.scheduled.set(String(event.eventId), { effectId, kind });
      this.say(effectId, { kind, outcome: 'attempted' });
    }
    const of = done && this.scheduled.get(String(done.scheduledEventId));
    const outcome = of && text(record(decode(done.result?.payloads)).get('outcome'));
    // `nothing`: it was not due, or somebody else did it; that says nothing about the effect.
    if (of && outcome) this.say(of.effectId, { kind: of.kind, outcome });
  }

  private say(effectId: string, effect: RememberedEffect): void {
    const before = this.effects.get(effectId);
    const known = before !== undefined && before.outcome !== 'attempted';
    if (known && (effect.outcome === 'nothing' || effect.outcome === 'attempted')) return;
    this.effects.set(effectId, effect);
  }

  private takeRing(event: HistoryEvent): void {
    const accepted = event.workflowExecutionUpdateAcceptedEventAttributes;
    const completed = event.workflowExecutionUpdateCompletedEventAttributes;
    const inboxId = text(decode(accepted?.acceptedRequest?.input?.args?.payloads));
    if (inboxId !== null) {
      this.rung.set(String(event.eventId), inboxId);
      if (!this.rows.has(inboxId)) this.rows.set(inboxId, null);
    }
    const answered = completed && this.rung.get(String(completed.acceptedEventId));
    const answer = text(decode(completed?.outcome?.success?.payloads));
    if (answered !== undefined && answered !== null && answer !== null) this.rows.set(answered, answer);
  }
}

type Payload = Parameters<typeof defaultPayloadConverter.fromPayload>[0];

/** The first of a list of payloads. */
function decode(payloads: readonly Payload[] | null | undefined): unknown {
  const [first] = payloads ?? [];
  return first ? defaultPayloadConverter.fromPayload<unknown>(first) : null;
}

function record(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
