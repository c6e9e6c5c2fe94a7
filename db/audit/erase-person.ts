/** Erases a person: name, address, telephone and everything he wrote, while every chain and checkpoint still verifies. */
import type { Database, Trx } from '../connection.js';
import { logChange } from '../provision/log.js';
import { PROVIDER, refreshAccess } from '../provision/tenants.js';
import { givenUpBy } from '../store/park.js';
import { askConcerned } from '../store/recalculate.js';
import { eraseEnded, eraseSignatures, redactEffects, redactInbox } from './erase.js';
import { ERASED } from './redact.js';

export type Erasure =
  | {
      readonly kind: 'erased';
      /** Ended processes whose contents were erased as a whole. */
      readonly processes: number;
      /** Events whose contents were erased, of ended and of running processes. */
      readonly events: number;
    }
  /** Nobody has this id. */
  | { readonly kind: 'unknown' }
  /** The reason names the person; it is kept for ever, so it must not. */
  | { readonly kind: 'reasonNames' }
  /** Running processes that still work with what he wrote, or with his name in their data. */
  | { readonly kind: 'running'; readonly processes: readonly string[] };

interface Subject {
  readonly tenantId: string;
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
}

/** Listed when the erasure is refused. */
const MOST_LISTED = 50;

/**
 * Erases all or nothing. Ended processes in which he acted or stands are erased as a whole; in running ones only what
 * merely mentions him. His id stays: it is in the chain, and says nothing without the row that is emptied here.
 */
export async function erasePerson(
  database: Database,
  asked: { readonly personId: string; readonly reason: string },
  actor: string,
): Promise<Erasure> {
  const { personId, reason } = asked;
  return database.as('admin', {}, async (trx) => {
    await holdMatrices(trx, personId);
    const subject = await trx.row<Subject>(
      'select tenant_id as "tenantId", id, name, email, phone from people where id = :personId for update',
      { personId },
    );
    if (!subject) return { kind: 'unknown' };
    // One that has begun to name him meanwhile.
    await holdMatrices(trx, personId);
    const needles = needlesOf(subject);
    if (namesHim(reason, subject)) return { kind: 'reasonNames' };
    const running = await runningWith(trx, subject, needles);
    if (running.length > 0) return { kind: 'running', processes: running };
    const ended = await endedWith(trx, subject, needles);
    let events = 0;
    for (const at of ended) events += await eraseEnded(trx, at, needles);
    events += await eraseMentions(trx, subject, needles);
    await eraseReasons(trx, subject);
    await erasePersonRow(trx, subject);
    const tenants = new Set([subject.tenantId, ...ended.map((at) => at.tenantId)]);
    for (const tenantId of [...tenants].sort())
      await logChange(trx, { tenantId, what: `person.erased ${subject.id}: ${reason}`, actor });
    return { kind: 'erased', processes: ended.length, events };
  });
}

/**
 * A step of a matrix carries names from one version into the next and to the people: it does so before this, or reads
 * what is left after it. Held before his row, as the steps do. Whatever else writes people brings them in its payload,
 * which counts as running until it is decided.
 */
async function holdMatrices(trx: Trx, personId: string): Promise<void> {
  await trx.rows(
    `select p.id from processes p
      where exists (select from matrix_contacts k
         where k.tenant_id = p.tenant_id and k.process_id = p.id and k.person_id = :personId)
      order by p.tenant_id, p.id for no key update of p`,
    { personId },
  );
}

/** Lower-case texts that name him beyond doubt. An erased person has none, so erasing twice changes nothing. */
function needlesOf({ name, email, phone }: Subject): readonly string[] {
  return [name, email, phone]
    .filter((text): text is string => text !== null && text !== ERASED && text.trim().length > 2)
    .map((text) => text.trim().toLowerCase());
}

/** Stricter than the needles: no part of the name either. */
function namesHim(reason: string, subject: Subject): boolean {
  const low = reason.toLowerCase();
  const parts = subject.name === ERASED ? [] : subject.name.toLowerCase().split(/\s+/);
  return [...needlesOf(subject), ...parts.filter((part) => part.length > 2)].some((text) =>
    low.includes(text),
  );
}

/** In a JSON text a needle stands with its quotes and backslashes escaped. */
function likeOf(needles: readonly string[]): string[] {
  return needles.map((needle) => {
    const inJson = JSON.stringify(needle).slice(1, -1);
    return `%${inJson.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
  });
}

/** Provider staff work in every tenant, people of an End User in their own. */
const TENANTS = `(:tenantId = '${PROVIDER}' or p.tenant_id = :tenantId)`;
const MINE = `(:tenantId = '${PROVIDER}' or tenant_id = :tenantId)`;
const NAMED = `like any (:like::text[])`;

const RUNNING = `
  select p.id from processes p
   where not p.over and ${TENANTS} and (
     lower(p.data::text) ${NAMED} or lower(p.headline) ${NAMED} or lower(p.blocked::text) ${NAMED}
     or exists (select from inbox i where i.tenant_id = p.tenant_id and i.process_id = p.id
          and i.state in ('pending', 'parked') and (lower(i.payload::text) ${NAMED} or i.actor = :id))
     or exists (select from effects f where f.tenant_id = p.tenant_id and f.process_id = p.id
          and f.state in ('planned', 'sent') and (lower(f.content::text) ${NAMED} or f.recipient_id = :id))
     or exists (select from events e join event_details d on d.tenant_id = e.tenant_id and d.event_id = e.id
         where e.tenant_id = p.tenant_id and e.process_id = p.id and e.actor = :id
           and coalesce(d.fired -> 'payload', '{}') <> '{}'))
   order by p.id limit ${String(MOST_LISTED)}`;

async function runningWith(
  trx: Trx,
  { tenantId, id }: Subject,
  needles: readonly string[],
): Promise<readonly string[]> {
  const rows = await trx.rows<{ id: string }>(RUNNING, { tenantId, id, like: likeOf(needles) });
  return rows.map((row) => row.id);
}

const ENDED = `
  select p.tenant_id as "tenantId", p.id as "processId" from processes p
   where p.over and ${TENANTS} and (
     lower(p.data::text) ${NAMED} or lower(p.headline) ${NAMED}
     or exists (select from events e where e.tenant_id = p.tenant_id and e.process_id = p.id
          and :id in (e.actor, e.on_behalf_of))
     or exists (select from inbox i where i.tenant_id = p.tenant_id and i.process_id = p.id
          and (i.actor = :id or lower(i.payload::text) ${NAMED}))
     or exists (select from effects f where f.tenant_id = p.tenant_id and f.process_id = p.id
          and (f.recipient_id = :id or lower(f.content::text) ${NAMED}))
     or exists (select from event_details d where d.tenant_id = p.tenant_id and d.process_id = p.id
          and (lower(d.fired::text) ${NAMED} or lower(d.look::text) ${NAMED} or lower(d.data::text) ${NAMED})))
   order by p.tenant_id, p.id
     for no key update of p`;

interface At {
  readonly tenantId: string;
  readonly processId: string;
}

async function endedWith(
  trx: Trx,
  { tenantId, id }: Subject,
  needles: readonly string[],
): Promise<readonly At[]> {
  return trx.rows<At>(ENDED, { tenantId, id, like: likeOf(needles) });
}

/** What running processes have seen of him and do not need any more; their present state does not hold it. */
async function eraseMentions(trx: Trx, subject: Subject, needles: readonly string[]): Promise<number> {
  const { tenantId, id } = subject;
  const like = likeOf(needles);
  const events = await trx.run(
    `update event_details p set fired = null, look = null, directory_hash = null, data = null,
         erased_at = business_now()
      where ${TENANTS} and p.erased_at is null
        and (lower(p.fired::text) ${NAMED} or lower(p.look::text) ${NAMED} or lower(p.data::text) ${NAMED})`,
    { tenantId, like },
  );
  const of = { tenantId, id };
  for (const needle of [null, ...likeOf(needles)]) {
    const named = needle === null ? null : { ...of, needle };
    await redactInbox(
      trx,
      `${MINE} and state <> 'pending' and ${named ? '(lower(payload::text) like :needle or lower(answer::text) like :needle)' : 'actor = :id'}`,
      named ?? of,
      needles,
    );
    await redactEffects(
      trx,
      `${MINE} and ${named ? '(lower(content::text) like :needle or lower(evidence::text) like :needle or lower(problem) like :needle)' : 'recipient_id = :id'}`,
      named ?? of,
      needles,
    );
  }
  return events;
}

/** Why he decided, as an operator, what belongs to others; what he decided stays. */
async function eraseReasons(trx: Trx, { tenantId, id }: Subject): Promise<void> {
  await trx.run(
    `update effects set evidence = jsonb_set(evidence, '{decisions}', (
         select jsonb_agg(case when one ->> 'by' = :id then one || jsonb_build_object('reason', :erased::text) else one end
                          order by place)
           from jsonb_array_elements(evidence -> 'decisions') with ordinality as all_of(one, place)))
      where ${MINE} and evidence -> 'decisions' @> jsonb_build_array(jsonb_build_object('by', :id::text))`,
    { tenantId, id, erased: ERASED },
  );
  await trx.run(
    `update inbox set answer = answer || jsonb_build_object('text', :begins || :erased::text)
      where ${MINE} and state = 'skipped' and starts_with(answer ->> 'text', :begins::text)`,
    { tenantId, begins: givenUpBy(id), erased: ERASED },
  );
}

async function erasePersonRow(trx: Trx, { tenantId, id }: Subject): Promise<void> {
  const person = { tenantId, id };
  await trx.run(
    `update people set name = :erased, email = null, phone = null, active = false, deputy_id = null, grants = '{}'
      where tenant_id = :tenantId and id = :id`,
    { ...person, erased: ERASED },
  );
  await trx.run(
    `update matrix_contacts set name = :erased, phone = null, email = null where person_id = :id`,
    { id, erased: ERASED },
  );
  await trx.run(
    `update api_keys set label = :erased, revoked_at = coalesce(revoked_at, business_now())
      where tenant_id = :tenantId and person_id = :id`,
    { ...person, erased: ERASED },
  );
  await trx.run('delete from contact_channels where tenant_id = :tenantId and person_id = :id', person);
  await eraseSignatures(trx, 'person_id = :id', { id });
  await trx.run('delete from external_identities where tenant_id = :tenantId and person_id = :id', person);
  await refreshAccess(trx, tenantId);
  await askConcerned(trx, [id]);
}
