/** What the rest of the program asks of the database, over Postgres. */
import type { Answer } from '../../domain/kernel/store.js';
import type { Database } from '../connection.js';
import { accept } from './accept.js';
import { StorePulse } from '../restore/pulse.js';
import { enterRestoredMode, readStoreState } from '../restore/mode.js';
import { acceptBounces } from './bounces.js';
import { claim } from './claim.js';
import { settle } from './effects.js';
import { mailRoute, openMailRoute, waitingMail } from './mail-route.js';
import { park } from './park.js';
import { acceptRecalculations } from './recalculate.js';
import type { InboxView, WorkStore } from './types.js';
import { notOver, waitingEffects, waitingRows } from './waiting.js';

/** The work store on a pool; `pulse` remembers how new the store was seen. */
export function createWorkStore(database: Database, pulse = new StorePulse(database)): WorkStore {
  return {
    accept: async (work) => accept(database, work),
    readInbox: async (tenantId, inboxId) => readInbox(database, tenantId, inboxId),
    claim: async (tenantId, effectId, now, claimMs, inOrder = false) =>
      claim(database, { tenantId, effectId, now, claimMs, inOrder }),
    settle: async (held, settlement, signal) => settle(database, held, settlement, signal),
    mailRoute: async () => mailRoute(database),
    waitingMail: async (limit) => waitingMail(database, limit),
    openMailRoute: async () => openMailRoute(database),
    alive: async () => pulse.alive(),
    beat: async () => pulse.beat(),
    epoch: async () => (await readStoreState(database)).epoch,
    behind: async (evidence) => {
      await enterRestoredMode(database, 'runner', evidence);
    },
    park: async (at, trigger, problem) => park(database, at, trigger, problem),
    acceptRecalculations: async (limit) => acceptRecalculations(database, limit),
    acceptBounces: async (limit) => acceptBounces(database, limit),
    waitingRows: async (which, olderThanMs, limit) => waitingRows(database, which, olderThanMs, limit),
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
  return database.as('step', { tenant: tenantId, reads: true }, async (trx) => {
    const row = await trx.row<InboxRead>(
      `select process_id as "processId", state, name, accepted_at as "acceptedAt", answer
         from inbox where tenant_id = :tenantId and id = :inboxId`,
      { tenantId, inboxId },
    );
    return row && { ...row, inboxId, acceptedAt: row.acceptedAt.getTime() };
  });
}
