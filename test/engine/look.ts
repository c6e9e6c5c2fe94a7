/** What tests look at in the database, and how they wait for it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from './bench.js';
import { TENANT } from './bench.js';

type Reading = Pick<Bench, 'database'>;

/** Each look costs the machine that is being looked at. */
const POLL_MS = 100;
const MOST_SHOWN = 20;

export interface Standing {
  readonly status: string;
  readonly seq: number;
  readonly over: boolean;
  readonly closed: boolean;
  readonly blocked: boolean;
  readonly data: Readonly<Record<string, unknown>> | null;
}

export async function statusOf(bench: Reading, processId: string): Promise<Standing | null> {
  return bench.database.as('step', { tenant: TENANT }, async (trx) =>
    trx.row<Standing>(
      'select status, seq, over, closed, is_blocked as blocked, data from processes where id = :processId',
      {
        processId,
      },
    ),
  );
}

/** The names of the events, oldest first. */
export async function eventsOf(bench: Reading, processId: string): Promise<readonly string[]> {
  return bench.database.as('step', { tenant: TENANT }, async (trx) => {
    const rows = await trx.rows<{ event: string; seq: number }>(
      'select event, seq from events where process_id = :processId order by seq',
      { processId },
    );
    rows.forEach((row, index) => {
      if (row.seq !== index + 1) throw new Error(`Event ${index + 1} of ${processId} is missing.`);
    });
    return rows.map((row) => row.event);
  });
}

/** The outcomes of rows; null for one that is not decided. */
export async function answersOf(
  bench: Reading,
  inboxIds: readonly string[],
): Promise<readonly (string | null)[]> {
  return bench.database.as('step', { tenant: TENANT }, async (trx) => {
    const rows = await trx.rows<{ id: string; outcome: string | null }>(
      `select id, answer ->> 'outcome' as outcome from inbox where id = any(:inboxIds::text[])`,
      { inboxIds },
    );
    return inboxIds.map((id) => rows.find((row) => row.id === id)?.outcome ?? null);
  });
}

export interface EffectRow {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly key: string;
  readonly attempts: number;
}

export async function effectsOf(bench: Reading, processId: string): Promise<readonly EffectRow[]> {
  return bench.database.as('step', { tenant: TENANT }, async (trx) =>
    trx.rows<EffectRow>(
      'select id, kind, state, key, attempts from effects where process_id = :processId order by key',
      { processId },
    ),
  );
}

/** Waits for a condition, and says which one when it does not come. */
export async function until(
  what: string,
  condition: () => Promise<boolean>,
  withinMs = 30_000,
): Promise<void> {
  const ends = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > ends) throw new Error(`Within ${withinMs / 1000} s it did not happen: ${what}.`);
    await pause(POLL_MS);
  }
}

/** Waits until nothing is found any more; what was found last is in the failure. */
export async function untilNone(
  what: string,
  look: () => Promise<readonly string[]>,
  withinMs = 30_000,
): Promise<void> {
  let found: readonly string[] = [];
  const none = async () => (found = await look()).length === 0;
  await until(what, none, withinMs).catch((late: unknown) => {
    throw new Error([(late as Error).message, ...found.slice(0, MOST_SHOWN)].join('\n'), { cause: late });
  });
}

export async function untilOver(bench: Reading, processId: string, withinMs = 30_000): Promise<void> {
  await until(
    `${processId} is over`,
    async () => (await statusOf(bench, processId))?.over === true,
    withinMs,
  );
}

/** Tasks for an operator: what was parked, and effects whose outcome nobody knows. */
export async function attentionOf(
  bench: Reading,
  processId: string,
): Promise<readonly { readonly label: string }[]> {
  return bench.database.as('step', { tenant: TENANT }, async (trx) =>
    trx.rows<{ label: string }>(
      `select label from tasks where process_id = :processId and kind = 'attention' order by id`,
      { processId },
    ),
  );
}

export interface ChildRow {
  readonly id: string;
  readonly slug: string;
  readonly status: string;
  readonly policyVersion: number;
}

export async function childrenOf(bench: Reading, parentId: string): Promise<readonly ChildRow[]> {
  return bench.database.as('step', { tenant: TENANT }, async (trx) =>
    trx.rows<ChildRow>(
      `select id, slug, status, policy_version as "policyVersion" from processes where data ->> 'parentId' = :parentId`,
      { parentId },
    ),
  );
}

/** How many processes have begun. */
export async function begunCount(bench: Reading): Promise<number> {
  return bench.database.as('step', { tenant: TENANT }, async (trx) => {
    const row = await trx.row<{ count: number }>(
      'select count(*)::integer as count from processes where seq > 0',
    );
    return row?.count ?? 0;
  });
}
