/** Looks for what must never be seen in the store (architecture §9); tests and the production checker share the list. */
import { definitions } from '../../domain/processes.js';
import type { Definition } from '../../domain/kernel/rules.js';
import type { Database } from '../connection.js';
import type { Runners } from '../../messages/runners.js';
import { CHECKS, type Check } from './checks.js';
import type { CheckResult } from './result.js';
import { compareRunners } from './runners.js';

export interface CheckOptions {
  /** How long what is under way may take before it counts as left behind. */
  readonly graceMs?: number;
  /** The same of a page: by then it is delivered, failed or known to be unknown. */
  readonly pageMs?: number;
  readonly definitions?: Readonly<Record<string, Definition>>;
  /** Without it the store is not compared with the engine. */
  readonly runners?: Runners;
}

/** Longer than an effect may rest after an attempt that could not even say what became of it. */
const GRACE_MS = 10 * 60_000;
/** Longer than one after another of the channels takes with the seconds of the example policy. */
const PAGE_MS = 5 * 60_000;
const MOST_EXAMPLES = 5;
/** A check that takes longer than this is stopped: production goes first. */
const MOST_MS = 30_000;

/** Runs every check, one after another, each in a transaction that can write nothing. */
export async function runChecks(
  database: Database,
  { graceMs = GRACE_MS, pageMs = PAGE_MS, definitions: known = definitions, runners }: CheckOptions = {},
): Promise<readonly CheckResult[]> {
  const mayWait = waiting(known);
  const results: CheckResult[] = [];
  for (const check of CHECKS) results.push(await runCheck(database, check, { graceMs, pageMs, mayWait }));
  if (runners) results.push(...(await compareRunners(database, runners, graceMs)));
  return results;
}

async function runCheck(
  database: Database,
  { name, title, remedy, role, sql }: Check,
  bindings: { readonly graceMs: number; readonly pageMs: number; readonly mayWait: readonly string[] },
): Promise<CheckResult> {
  const since = performance.now();
  const found = await database.as(role, {}, async (trx) => {
    const clock = await trx.row<{ now: Date }>(
      `select business_now() as now, set_config('statement_timeout', :most, true),
         set_config('transaction_read_only', 'on', true)`,
      { most: String(MOST_MS) },
    );
    return trx.row<{ count: number; examples: readonly string[] }>(
      `with found as materialized (${sql})
       select (select count(*)::integer from found) as count,
         array(select what from found order by what limit ${MOST_EXAMPLES}) as examples`,
      { ...bindings, now: clock?.now },
    );
  });
  const { count = 0, examples = [] } = found ?? {};
  const ms = Math.round(performance.now() - since);
  return { name, title, remedy, count, examples, ms, skipped: null };
}

/** Statuses whose words say why they may wait for ever. */
function waiting(known: Readonly<Record<string, Definition>>): readonly string[] {
  return Object.values(known).flatMap(({ words }) =>
    Object.entries(words.statuses)
      .filter(([, status]) => status.mayWait !== undefined)
      .map(([status]) => `${words.slug}|${status}`),
  );
}
