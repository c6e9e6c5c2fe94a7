/** What the rest of the program asks of the database, over Postgres. */
import type { Answer } from '../../domain/kernel/store.js';
import type { Database } from '../connection.js';
import { accept } from './accept.js';
import { claim, settle } from './effects.js';
import { park } from './park.js';
import { acceptRecalculations } from './recalculate.js';
import type { InboxView, WorkStore } from './types.js';
import { notOver, waitingEffects, waitingRows } from './waiting.js';

/** The work store on a pool. */
export function createWorkStore(database: Database): WorkStore {
  return {
    accept: async (work) => accept(database, work),
    readInbox: async (tenantId, inboxId) => readInbox(database, tenantId, inboxId),
    claim: async (tenantId, effectId, now, claimMs) => claim(database, tenantId, effectId, now, claimMs),
    settle: async (held, settlement, signal) => settle(database, held, settlement, signal),
    park: async (at, trigger, problem) => park(database, at, trigger, problem),
    acceptRecalculations: async (limit) => acceptRecalculations(database, limit),
    waitingRows: async (olderThanMs, urgentOnly, limit) =>
      waitingRows(database, olderThanMs, urgentOnly, limit),
    waitingEffects: async (olderThanMs, limit) => waitingEffects(database, olderThanMs, limit),
    notOver: async (after, limit) => notOver(database, after, limit),
  };
}

interface InboxRead {
  readonly processId: string;
  readonly state: InboxView['state'];
  readonly name: string;
  readonly acceptedAt: Date;
  readonly answer: Answer | null;
}

async function readInbox(database: Database, tenantId: string, inboxId: string): Promise<InboxView | null> {
  return database.as('step', { tenant: tenantId }, async (trx) => {
    const row = await trx.row<InboxRead>(
      `select process_id as "processId", state, name, accepted_at as "acceptedAt", answer
         from inbox where tenant_id = :tenantId and id = :inboxId`,
      { tenantId, inboxId },
    );
    return row && { ...row, inboxId, acceptedAt: row.acceptedAt.getTime() };
  });
}
