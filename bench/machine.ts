/** The machine and the programs of a run, and the memory of a process. */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { codeOf } from '../workers/servers/failure.js';
import { commandLineOf } from '../workers/servers/processes.js';
import { POSTGRES_SETTINGS } from './servers.js';
import type { Servers } from './servers.js';
import { SETTINGS } from './context.js';

/** Lines for the head of the page: what the numbers were measured on. */
export function machineLines(servers: Servers): readonly string[] {
  const [cpu] = cpus();
  const postgres = Object.entries(POSTGRES_SETTINGS).map(([name, value]) => `${name}=${value}`);
  return [
    `${String(cpus().length)} × ${cpu?.model.trim() ?? 'unknown processor'}, ${String(Math.round(totalmem() / 2 ** 30))} GB, ${process.platform} ${release()}`,
    `Node ${process.versions.node}, Postgres ${servers.postgresVersion} (embedded; ${postgres.join(', ')}), Temporal dev server with a file store`,
    `pool ${String(SETTINGS.poolSize)} connections in each process, ${String(SETTINGS.workflowTasks)} workflow tasks at once, cache ${String(SETTINGS.cachedWorkflows)} workflows, unless a line says otherwise`,
  ];
}

/** Memory of a process that belongs to it alone, plus its share of what it shares, MB. */
export function memoryMb(pid: number): number {
  const text = readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8');
  const kb = /^Pss:\s+(\d+) kB/m.exec(text)?.[1];
  if (kb === undefined) throw new Error(`The memory of process ${String(pid)} cannot be read.`);
  return Number(kb) / 1024;
}

/** The postmaster and its children; shared buffers count once. */
export function postgresMemoryMb(postmaster: number): number {
  // A vacuum that happens to run has nothing to do with what is measured.
  const lasting = childrenOf(postmaster).filter((pid) => !commandLineOf(pid).includes('autovacuum worker'));
  return lasting.reduce((sum, pid) => sum + memoryMb(pid), memoryMb(postmaster));
}

function childrenOf(parent: number): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => parentOf(pid) === parent).map(Number);
}

function parentOf(pid: string): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch (error) {
    // It ended between the listing and the look.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return null;
    throw error;
  }
}
