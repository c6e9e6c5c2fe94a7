/** The benchmarks: everything side by side in one run on the same servers, as one table and as docs/benchmarks.md. */
import { Runtime, DefaultLogger } from '@temporalio/worker';
import { runLetter, type LetterRun } from './context.js';
import { writeDocument } from './document.js';
import { book } from './letters/book.js';
import { chain } from './letters/chain.js';
import { escalations } from './letters/escalations.js';
import { lag } from './letters/lag.js';
import { memory } from './letters/memory.js';
import { processes } from './letters/processes.js';
import { machineLines } from './machine.js';
import { readOptions, USAGE, type Letter, type Options } from './options.js';
import { profile } from './profile.js';
import { passes, type Row } from './rows.js';
import { startServers } from './servers.js';
import { screenTable } from './table.js';

/** Letters that share their servers are measured by one run. */
function runsOf(letters: readonly Letter[]): readonly { readonly name: string; readonly run: LetterRun }[] {
  const wanted = (letter: Letter, run: LetterRun) =>
    letters.includes(letter) ? [{ name: letter, run }] : [];
  const stored = letters.filter((letter) => ['b', 'c', 'd'].includes(letter));
  return [
    ...wanted('a', processes),
    ...(stored.length > 0 ? [{ name: stored.join(''), run: book(stored) }] : []),
    ...wanted('e', memory),
    ...wanted('f', lag),
    ...wanted('g', chain),
    ...wanted('h', escalations),
  ];
}

async function main(): Promise<void> {
  const options = asked();
  Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') });
  const since = performance.now();
  const say = (sentence: string): void => {
    const seconds = Math.round((performance.now() - since) / 1000);
    process.stderr.write(`${String(seconds).padStart(4)} s  ${sentence}\n`);
  };
  say('starting Postgres and Temporal');
  const servers = await startServers(say);
  const stop = once(() => servers.stop());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(130)));
  }
  // Servers outlive the process that started them, so none is left behind whatever ends this one.
  process.once('uncaughtException', (error) => {
    process.stderr.write(`${error.stack ?? error.message}\n`);
    void stop().finally(() => process.exit(1));
  });
  try {
    if (options.profile) {
      await profile(servers, { ...options, note: say });
      return;
    }
    const rows: Row[] = [];
    for (const { name, run } of runsOf(options.letters)) {
      const note = (sentence: string): void => say(`(${name}) ${sentence}`);
      rows.push(...(await runLetter(run, servers, { ...options, note })));
    }
    const minutes = (performance.now() - since) / 60_000;
    process.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : `${screenTable(rows)}\n`);
    say(`${String(rows.filter((row) => passes(row) === false).length)} lines fall short of their gate`);
    if (options.write) writeDocument({ rows, options, minutes, machine: machineLines(servers) });
  } finally {
    await stop();
  }
}

function asked(): Options {
  if (process.argv.includes('--help')) {
    process.stdout.write(`${USAGE}\n`);
    process.exit(0);
  }
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
    process.exit(64);
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}

await main();
