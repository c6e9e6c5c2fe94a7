/** Names whoever makes the changes of a transaction, for the columns that say who gave something. */
import type { Trx } from '../connection.js';

/** Until the end of the transaction; null for what the program does by itself. */
export async function actAs(trx: Trx, actor: string | null): Promise<void> {
  await trx.rows(`select set_config('app.actor', :actor, true)`, { actor: actor ?? '' });
}
