/** Every process that is not over has a running runner, and every runner's process is not over (architecture §9, 3). */
import type { Runners } from '../../messages/runners.js';
import type { Database } from '../connection.js';
import type { CheckResult } from './result.js';

/** Most differences that are confirmed one by one; the list of the engine may be a little late. */
const MOST_CONFIRMED = 50;
const MOST_EXAMPLES = 5;

const MISSING = {
  name: 'runnerMissing',
  title: 'A process that is not over has no running runner',
  remedy: 'Restart a worker: its reconciler starts the runners that are missing, next due first.',
};
const STRAY = {
  name: 'runnerStray',
  title: 'A runner runs for a process that is over or not in the store',
  remedy:
    'Never end it by hand: run careplus ops attention, and see whether the store was restored from a backup.',
};

/** Both checks, for whoever lists the names of all. */
export const RUNNER_CHECKS = [MISSING, STRAY] as const;

interface Standing {
  readonly id: string;
  readonly over: boolean;
  /** Nothing has happened to it for longer than what is under way may take. */
  readonly settled: boolean;
}

/** Compares store and engine. Where the engine cannot be asked both are skipped: the store alone proves nothing. */
export async function compareRunners(
  database: Database,
  runners: Runners,
  graceMs: number,
): Promise<readonly CheckResult[]> {
  const since = performance.now();
  const running = await runners.list();
  if (!running) return RUNNER_CHECKS.map((check) => skipped(check, since));
  const processes = await standing(database, graceMs);
  const missing = processes.filter((one) => !one.over && one.settled && !running.has(one.id));
  const alive = new Set(processes.filter((one) => !one.over || !one.settled).map((one) => one.id));
  const stray = [...running].filter((id) => !alive.has(id));
  return [
    await confirmed({ check: MISSING, ids: missing.map((one) => one.id), runners, wrong: false, since }),
    await confirmed({ check: STRAY, ids: stray, runners, wrong: true, since }),
  ];
}

async function standing(database: Database, graceMs: number): Promise<readonly Standing[]> {
  return database.as('relay', {}, async (trx) =>
    trx.rows<Standing>(
      `select id, over,
         greatest(created_at, last_at) < (select business_now()) - make_interval(secs => :graceMs / 1000.0) as settled
         from processes`,
      { graceMs },
    ),
  );
}

/** Takes out what a second look, process by process, does not find. */
async function confirmed(asked: {
  readonly check: typeof MISSING;
  readonly ids: readonly string[];
  readonly runners: Runners;
  readonly wrong: boolean;
  readonly since: number;
}): Promise<CheckResult> {
  const { check, runners, wrong, since } = asked;
  const ids: string[] = [];
  for (const [index, id] of [...asked.ids].sort().entries()) {
    // Of very many, the rest is what the list says.
    const found = index < MOST_CONFIRMED ? await runners.runs(id) : wrong;
    if (found === null) return skipped(check, since);
    if (found === wrong) ids.push(id);
  }
  const ms = Math.round(performance.now() - since);
  return { ...check, count: ids.length, examples: ids.slice(0, MOST_EXAMPLES), ms, skipped: null };
}

function skipped(check: typeof MISSING, since: number): CheckResult {
  const ms = Math.round(performance.now() - since);
  return { ...check, count: 0, examples: [], ms, skipped: 'Temporal cannot be asked' };
}
