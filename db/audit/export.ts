/** A process as an auditor takes it away: what happened, from what, who was told, and the links of the chain. */
import type { ChainLink } from '../../domain/audit/chain.js';
import type { Database } from '../connection.js';
import { readClocks } from '../read/clocks.js';
import { readEffects, type EffectView } from '../read/effects.js';
import { readProcess, type ClockRead, type ProcessRead } from '../read/process.js';
import { readTimeline, type TimelineRead } from '../read/timeline.js';
import { recordRefusal } from '../store/refusals.js';

export interface RefusalLine {
  readonly number: number;
  readonly kind: 'refusal' | 'access' | 'change';
  readonly code: string;
  readonly principal: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface ProcessBundle {
  readonly process: ProcessRead;
  readonly timeline: TimelineRead;
  readonly clocks: readonly ClockRead[];
  /** Who was told, when it was decided, and what the receiver said. */
  readonly effects: readonly EffectView[];
  readonly refusals: readonly RefusalLine[];
  readonly chain: readonly ChainLink[];
}

/** Most events of one process that a bundle holds. */
const MOST_EVENTS = 10_000;

/**
 * The bundle of a process that the principal may see, null otherwise. The export itself is remembered in the tenant's
 * second chain before anything is handed out (service spec §3 R11).
 */
export async function exportProcess(
  database: Database,
  principal: string,
  processId: string,
): Promise<ProcessBundle | null> {
  const process = await readProcess(database, principal, processId);
  if (!process) return null;
  await recordRefusal(database, {
    tenantId: process.tenantId,
    kind: 'access',
    processId,
    code: 'audit.exported',
    trigger: `export of ${processId}`,
    principal,
  });
  const page = { afterSeq: 0, limit: MOST_EVENTS };
  const timeline = await readTimeline(database, principal, processId, page);
  const clocks = (await readClocks(database, principal, processId))?.clocks ?? [];
  const effects = await readEffects(database, principal, processId);
  return { process, timeline, clocks, effects, ...(await readChain(database, principal, processId)) };
}

async function readChain(
  database: Database,
  principal: string,
  processId: string,
): Promise<Pick<ProcessBundle, 'chain' | 'refusals'>> {
  return database.as('api', { principal }, async (trx) => ({
    refusals: await trx.rows<RefusalLine>(
      `select number::float8 as number, kind, code, principal, ms(at)::float8 as at
         from refusals where process_id = :processId order by number limit :limit`,
      { processId, limit: MOST_EVENTS },
    ),
    chain: await trx.rows<ChainLink>(
      `select chain_no::float8 as number, bytes, prev_hash as "prevHash", hash
         from events where process_id = :processId order by seq limit :limit`,
      { processId, limit: MOST_EVENTS },
    ),
  }));
}
