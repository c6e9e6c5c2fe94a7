/** (b) lists, (c) commands, (d) both again in a store thirty times as large: one set of servers for the three of them. */
import type { WorkflowHandle } from '@temporalio/client';
import { interleaved, median, type Series } from '../blocks.js';
import { openBareWorker, type Context } from '../context.js';
import { LISTS, openInstallation, timedCommand, timedRead, type Installation } from '../installation.js';
import type { Letter } from '../options.js';
import { compared, type Row } from '../rows.js';

const SMALL = 1_000;
const LARGE = { quick: 2_000, usual: 10_000, full: 30_000 };
const READS = { quick: 20, usual: 150, full: 400 };
const COMMANDS = { quick: 10, usual: 60, full: 150 };
/** Updates go round these, so that no history grows long. */
const BARE_WORKFLOWS = 14;

interface Measurement {
  readonly name: string;
  readonly run: () => Promise<number>;
}

/** The letters among b, c and d that are asked for. */
export function book(letters: readonly Letter[]): (context: Context) => Promise<readonly Row[]> {
  return async (context) => {
    const small = await openInstallation(context, 'bench_small', SMALL);
    const large = letters.includes('d')
      ? await openInstallation(context, 'bench_large', LARGE[context.size])
      : null;
    const reads = letters.includes('b') || large ? readsOf(context, small, large) : [];
    const commands = letters.includes('c') || large ? await commandsOf(context, small, large) : [];
    context.note('warming up');
    for (const { run } of [...reads, ...commands]) await run();
    const read = await interleaved(reads, context.blocks, context.note);
    const commanded = await interleaved(commands, context.blocks, context.note);
    return rowsOf(letters, small, large, { ...read, ...commanded });
  };
}

function readsOf(context: Context, small: Installation, large: Installation | null): readonly Measurement[] {
  const count = READS[context.size];
  const p50 = async (one: () => Promise<number>): Promise<number> => {
    const times: number[] = [];
    for (let index = 0; index < count; index += 1) times.push(await one());
    return median(times);
  };
  return LISTS.flatMap(({ name, ours, bare }) => [
    { name: `${name} small`, run: () => p50(() => timedRead(small.http, ours, small.book.authorization)) },
    { name: `${name} bare`, run: () => p50(() => timedRead(small.bareHttp, bare(small.book))) },
    ...(large
      ? [
          {
            name: `${name} large`,
            run: () => p50(() => timedRead(large.http, ours, large.book.authorization)),
          },
        ]
      : []),
  ]);
}

async function commandsOf(
  context: Context,
  small: Installation,
  large: Installation | null,
): Promise<readonly Measurement[]> {
  const count = COMMANDS[context.size];
  const taskQueue = 'bench-c-bare';
  await openBareWorker(context, { databaseUrl: small.url, taskQueue });
  const handles: WorkflowHandle[] = [];
  for (let index = 0; index < BARE_WORKFLOWS; index += 1) {
    const workflowId = `bare-updates-${String(index)}`;
    handles.push(await context.client.workflow.start('bareUpdates', { workflowId, taskQueue }));
  }
  const bareUpdate = async (index: number): Promise<number> => {
    const since = performance.now();
    await handles[index % handles.length]?.executeUpdate('writeRow', { args: [index] });
    return performance.now() - since;
  };
  const p50 = async (one: (index: number) => Promise<number>): Promise<number> => {
    const times: number[] = [];
    for (let index = 0; index < count; index += 1) times.push(await one(index));
    return median(times);
  };
  return [
    { name: 'command small', run: () => p50((index) => timedCommand(small, index)) },
    { name: 'command bare', run: () => p50(bareUpdate) },
    ...(large ? [{ name: 'command large', run: () => p50((index) => timedCommand(large, index)) }] : []),
  ];
}

function rowsOf(
  letters: readonly Letter[],
  small: Installation,
  large: Installation | null,
  measured: Readonly<Record<string, Series>>,
): readonly Row[] {
  const of = (name: string): Series => measured[name] ?? [];
  const gate = (value: number) => ({ kind: 'atMost', value }) as const;
  const unit = 'ms';
  const rows: Row[] = [];
  if (letters.includes('b')) {
    for (const { name } of LISTS) {
      const line = { letter: 'b', what: `${name} with key and row security, p50`, unit };
      const against = 'same SQL, bare node:http';
      rows.push(compared({ ...line, against, gate: gate(1.5) }, of(`${name} small`), of(`${name} bare`)));
    }
  }
  const command = 'command over HTTP until committed, p50';
  if (letters.includes('c')) {
    const against = 'bare Update, one activity, one row';
    const line = { letter: 'c', what: command, unit, against, gate: gate(1.2) };
    rows.push(compared(line, of('command small'), of('command bare')));
  }
  if (large) {
    const sizes = `${String(large.book.processes)} processes, ${String(large.book.open)} runners`;
    const against = `${String(small.book.processes)} processes, ${String(small.book.open)} runners`;
    for (const name of [...LISTS.map((list) => list.name), 'command']) {
      const line = { letter: 'd', what: `${name === 'command' ? command : name}: ${sizes}`, unit, against };
      rows.push(compared({ ...line, gate: gate(1.25) }, of(`${name} large`), of(`${name} small`)));
    }
  }
  return rows;
}
