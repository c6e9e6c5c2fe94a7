/** Where the milliseconds of a command go: API, bell, step, statement by statement; and the same for the lists. */
import type { Client } from '@temporalio/client';
import Table from 'cli-table3';
import { median, percentile } from './blocks.js';
import { runLetter, type Context } from './context.js';
import { LISTS, openInstallation, timedCommand, timedRead, type Installation } from './installation.js';
import type { Servers } from './servers.js';
import type { ProcessTimes } from './child/statement-times.js';

const PROCESSES = 1_000;
const COMMANDS = 200;
const READS = 300;

/** Prints to standard output. Under --cpu-prof (NODE_OPTIONS of the run) the children leave profiles in var/. */
export async function profile(
  servers: Servers,
  how: Pick<Context, 'size' | 'blocks' | 'note'>,
): Promise<void> {
  await runLetter(
    async (context) => {
      const made = await openInstallation(context, 'bench_profile', PROCESSES, {
        timed: true,
        nodeOptions: ['--cpu-prof', '--cpu-prof-dir=var/bench-profiles'],
      });
      await profileCommands(context, made);
      await profileReads(context, made);
      return [];
    },
    servers,
    how,
  );
}

async function profileCommands({ note, client }: Context, made: Installation): Promise<void> {
  note('commands');
  for (let index = 0; index < 40; index += 1) await timedCommand(made, index);
  await reports(made);
  const times: number[] = [];
  for (let index = 0; index < COMMANDS; index += 1) times.push(await timedCommand(made, index));
  const { api, worker } = await reports(made);
  show(
    `A command: p50 ${median(times).toFixed(1)} ms, p90 ${percentile(times, 90).toFixed(1)} ms`,
    [
      ['API', api],
      ['worker', worker],
    ],
    COMMANDS,
  );
  const [at] = made.book.onboardings;
  if (at) process.stdout.write(`${await tasksOf(client, at.processId)}\n`);
}

async function profileReads({ note }: Context, made: Installation): Promise<void> {
  for (const { name, ours } of LISTS) {
    note(name);
    for (let index = 0; index < 50; index += 1) await timedRead(made.http, ours, made.book.authorization);
    await reports(made);
    const times: number[] = [];
    for (let index = 0; index < READS; index += 1)
      times.push(await timedRead(made.http, ours, made.book.authorization));
    const { api } = await reports(made);
    show(`${name}: p50 ${median(times).toFixed(1)} ms`, [['API', api]], READS);
  }
}

async function reports(made: Installation): Promise<{ api: ProcessTimes; worker: ProcessTimes }> {
  // Written by Stopwatch.report in the child.
  const [api, worker] = await Promise.all([made.api.report(), made.worker.report()]);
  return { api: api as ProcessTimes, worker: worker as ProcessTimes };
}

function show(title: string, parts: readonly (readonly [string, ProcessTimes])[], times: number): void {
  const table = new Table({ head: ['', 'What', 'each', 'ms each'], style: { head: [], border: [] } });
  for (const [name, { times: all, cpuMs }] of parts) {
    const statements = all.filter(({ what }) => !what.startsWith('('));
    const sum = (of: typeof all, key: 'ms' | 'count') => of.reduce((total, one) => total + one[key], 0);
    table.push([name, 'CPU', '', (cpuMs / times).toFixed(2)]);
    table.push([
      name,
      'all statements',
      (sum(statements, 'count') / times).toFixed(1),
      (sum(statements, 'ms') / times).toFixed(2),
    ]);
    for (const { what, count, ms } of [...all].sort((a, b) => b.ms - a.ms)) {
      table.push([name, what, (count / times).toFixed(1), (ms / times).toFixed(2)]);
    }
  }
  process.stdout.write(`${title}\n${table.toString()}\n`);
}

/** Temporal's own record of the last workflow tasks: scheduled to started, started to completed. */
async function tasksOf(client: Client, workflowId: string): Promise<string> {
  const { events = [] } = await client.workflow.getHandle(workflowId).fetchHistory();
  const at = (id: unknown): number => {
    const time = events?.find((event) => String(event.eventId) === String(id))?.eventTime;
    return Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;
  };
  const completed = (events ?? []).flatMap((event) => {
    const task = event.workflowTaskCompletedEventAttributes;
    if (!task) return [];
    const [scheduled, started, done] = [
      at(task.scheduledEventId),
      at(task.startedEventId),
      at(event.eventId),
    ];
    return [{ waited: started - scheduled, worked: done - started }];
  });
  const of = (key: 'waited' | 'worked') => median(completed.map((task) => task[key])).toFixed(1);
  return `Temporal: ${String(completed.length)} workflow tasks, scheduled to started p50 ${of('waited')} ms, started to completed p50 ${of('worked')} ms`;
}
