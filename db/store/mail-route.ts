/**
 * Whether mail can go out. While the server is away, one message at a time finds out whether it is back; then what
 * waited goes out in its order (urgent first, then what was due first) before everybody sends freely again.
 */
import type { Database, Trx } from '../connection.js';
import type { MailRoute, Settlement, Waiting } from './types.js';

/** How long the server is left alone before the next message tries it. */
const PROBE = `interval '30 seconds'`;

/** Notes what an attempt has shown of the server. Nothing is written, hence nothing locked, while all goes well. */
export async function noteRoute(trx: Trx, settlement: Settlement): Promise<void> {
  if (settlement.kind === 'deferred' && settlement.away === true) {
    await trx.run(
      `update mail_route set state = 'down', probe_at = business_now() + ${PROBE}, problem = :problem,
         since = case when state = 'down' then since else business_now() end`,
      { problem: settlement.problem },
    );
    return;
  }
  const answered = settlement.kind === 'confirmed' || settlement.kind === 'deferred';
  if (!answered) return;
  await trx.run(
    `update mail_route set state = 'draining', since = business_now(), problem = null where state = 'down'`,
  );
}

/** See `WorkStore.mailRoute`. */
export async function mailRoute(database: Database): Promise<MailRoute> {
  return database.as('relay', {}, async (trx) => {
    const row = await trx.row<MailRoute>(
      `select state, state = 'down' and probe_at <= business_now() as "probeDue" from mail_route`,
    );
    if (!row) throw new Error('The store does not say whether mail can go out.');
    return row;
  });
}

/** What only waits for the server; a message that the server itself put off waits for its own attempt. */
const WAITS = `e.state = 'planned' and e.kind = 'mail' and e.not_before <= business_now()
  and (e.held_since is not null or e.next_attempt_at <= business_now())`;

/** See `WorkStore.waitingMail`. */
export async function waitingMail(
  database: Database,
  limit: number,
): Promise<readonly (Waiting & { readonly effectId: string })[]> {
  return database.as('relay', {}, async (trx) =>
    trx.rows<Waiting & { readonly effectId: string }>(
      `select p.tenant_id as "tenantId", p.id as "processId", p.slug, p.over, e.id as "effectId"
         from effects e join processes p on p.tenant_id = e.tenant_id and p.id = e.process_id
        where ${WAITS} order by e.urgent desc, e.not_before, e.id limit :limit`,
      { limit },
    ),
  );
}

/** See `WorkStore.openMailRoute`. */
export async function openMailRoute(database: Database): Promise<boolean> {
  return database.as('relay', {}, async (trx) => {
    const opened = await trx.run(
      `update mail_route set state = 'up', since = business_now()
        where state = 'draining' and not exists (select from effects e where ${WAITS})`,
    );
    return opened === 1;
  });
}
