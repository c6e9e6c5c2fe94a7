/** Parking what cannot be decided, and the operator's ways out of it. */
import { canonical } from '../../domain/kernel/hash.js';
import type { Answer } from '../../domain/kernel/store.js';
import type { Database, Trx } from '../connection.js';
import { logChange } from '../provision/log.js';
import { closeAttention, openAttention } from './attention.js';
import { newId } from './ids.js';

export interface ProcessAt {
  readonly tenantId: string;
  readonly processId: string;
}

/** What was being decided when it broke; null when not even that is known. */
export type ParkedTrigger =
  | { readonly inboxId: string }
  | { readonly clock: string; readonly key: string; readonly step: string }
  | null;

export interface Parked extends ProcessAt {
  readonly slug: string;
  readonly trigger: ParkedTrigger;
  readonly problem: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Longest error text that is kept. */
const PROBLEM_LIMIT = 2_000;

/** Parks the trigger and blocks its process; a second report of the same changes nothing but the text. */
export async function park(
  database: Database,
  at: ProcessAt,
  trigger: ParkedTrigger,
  problem: string,
): Promise<void> {
  const text = problem.slice(0, PROBLEM_LIMIT);
  await database.as('step', { tenant: at.tenantId }, async (trx) => {
    await lock(trx, at);
    const inboxId = trigger !== null && 'inboxId' in trigger ? trigger.inboxId : null;
    if (inboxId !== null) {
      const parked = await trx.run(
        `update inbox set state = 'parked', problem = :text, touched_at = business_now()
          where tenant_id = :tenantId and id = :inboxId and process_id = :processId and state = 'pending'`,
        { tenantId: at.tenantId, processId: at.processId, inboxId, text },
      );
      // Decided meanwhile by somebody else: there is nothing to park.
      if (parked === 0) return;
    }
    await trx.run(
      `update processes set blocked = jsonb_build_object('trigger', :trigger::jsonb, 'problem', :text::text,
           'at', ms(business_now())) where tenant_id = :tenantId and id = :processId`,
      { tenantId: at.tenantId, processId: at.processId, trigger: JSON.stringify(trigger), text },
    );
    await openAttention(trx, {
      ...at,
      id: attentionId(at),
      label: 'A step cannot be decided',
      subject: inboxId ?? (trigger === null ? '' : canonical(trigger)),
    });
  });
}

/** Processes that are blocked, those of one tenant or of all, oldest first. */
export async function listParked(
  database: Database,
  tenantId: string | null,
  limit: number,
): Promise<readonly Parked[]> {
  return database.as('admin', {}, async (trx) =>
    trx.rows<Parked>(
      `select tenant_id as "tenantId", id as "processId", slug, blocked -> 'trigger' as trigger,
         blocked ->> 'problem' as problem, (blocked ->> 'at')::float8 as at
         from processes where is_blocked and (:tenantId::text is null or tenant_id = :tenantId)
        order by blocked ->> 'at', id limit :limit`,
      { tenantId, limit },
    ),
  );
}

/** Unblocks the process; the same trigger is tried again. False when it was not blocked. `actor` is the operator. */
export async function retryParked(database: Database, at: ProcessAt, actor: string): Promise<boolean> {
  return database.as('step', { tenant: at.tenantId }, async (trx) => {
    const trigger = await unblock(trx, at);
    if (trigger === undefined) return false;
    if (trigger !== null && 'inboxId' in trigger) {
      await trx.run(
        `update inbox set state = 'pending' where tenant_id = :tenantId and id = :inboxId and state = 'parked'`,
        { tenantId: at.tenantId, inboxId: trigger.inboxId },
      );
    }
    await logChange(trx, { tenantId: at.tenantId, what: `trigger.retried ${at.processId}`, actor });
    return true;
  });
}

/**
 * Gives the trigger up and unblocks the process: a row is answered as skipped, a mark is taken out of its clock by the
 * system row `skipMark`. `actor` is the operator. False when the process was not blocked.
 */
export async function skipParked(
  database: Database,
  at: ProcessAt,
  actor: string,
  reason: string,
): Promise<boolean> {
  return database.as('step', { tenant: at.tenantId }, async (trx) => {
    const trigger = await unblock(trx, at);
    if (trigger === undefined) return false;
    if (trigger !== null && 'inboxId' in trigger) await skipRow(trx, at, trigger.inboxId, actor, reason);
    else if (trigger !== null) await skipMark(trx, at, trigger, actor, reason);
    await logChange(trx, { tenantId: at.tenantId, what: `trigger.skipped ${at.processId}`, actor });
    return true;
  });
}

/** The next step takes the mark out of its clock, before anything else. */
async function skipMark(
  trx: Trx,
  at: ProcessAt,
  mark: { readonly clock: string; readonly key: string; readonly step: string },
  actor: string,
  reason: string,
): Promise<void> {
  await trx.run(
    `with added as (
       insert into inbox (tenant_id, id, process_id, number, kind, name, payload, actor, accepted_at, urgent, problem)
         select :tenantId, :inboxId, id, inbox_number + 1, 'system', 'skipMark', :payload, :actor, business_now(), false,
           :reason
           from processes where tenant_id = :tenantId and id = :processId
       returning process_id, number)
     update processes p set inbox_number = added.number from added
      where p.tenant_id = :tenantId and p.id = added.process_id`,
    {
      tenantId: at.tenantId,
      processId: at.processId,
      inboxId: newId('inb'),
      payload: JSON.stringify({ clock: mark.clock, key: mark.key, step: mark.step }),
      actor,
      reason,
    },
  );
}

/** How the answer to a row that somebody gave up begins; his reason follows. */
export function givenUpBy(actor: string): string {
  return `Given up by ${actor}: `;
}

async function skipRow(
  trx: Trx,
  at: ProcessAt,
  inboxId: string,
  actor: string,
  reason: string,
): Promise<void> {
  const process = await trx.row<{ seq: number; status: string }>(
    'select seq, status from processes where tenant_id = :tenantId and id = :processId',
    { tenantId: at.tenantId, processId: at.processId },
  );
  const answer: Answer = {
    outcome: 'skipped',
    seq: process?.seq ?? 0,
    status: process?.status ? process.status : null,
    text: `${givenUpBy(actor)}${reason}`,
  };
  await trx.run(
    `update inbox set state = 'skipped', answer = :answer, answered_at = business_now()
      where tenant_id = :tenantId and id = :inboxId and state = 'parked'`,
    { tenantId: at.tenantId, inboxId, answer: JSON.stringify(answer) },
  );
}

async function lock(
  trx: Trx,
  at: ProcessAt,
): Promise<{ readonly blocked: { trigger: ParkedTrigger } | null }> {
  const row = await trx.row<{ blocked: { trigger: ParkedTrigger } | null }>(
    'select blocked from processes where tenant_id = :tenantId and id = :processId for no key update',
    { tenantId: at.tenantId, processId: at.processId },
  );
  if (!row) throw new Error(`There is no process ${at.processId}.`);
  return row;
}

/** What the process was blocked by; undefined when it was not. */
async function unblock(trx: Trx, at: ProcessAt): Promise<ParkedTrigger | undefined> {
  const { blocked } = await lock(trx, at);
  if (blocked === null) return undefined;
  await trx.run('update processes set blocked = null where tenant_id = :tenantId and id = :processId', {
    tenantId: at.tenantId,
    processId: at.processId,
  });
  await closeAttention(trx, at.tenantId, attentionId(at));
  return blocked.trigger;
}

function attentionId(at: ProcessAt): string {
  return `parked|${at.processId}`;
}
