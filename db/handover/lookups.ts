/** What a hand-over reads beyond itself: who else is away, and what its person serves, across all End Users. */
import type { PortfolioEntry } from '../../domain/handover/words.js';
import { holdPeople } from '../contract/lookups.js';
import type { LookupLoader, LookupSubject } from '../registry.js';

/** The other hand-overs that are not over. Its own person is held alone, his successor against leaving meanwhile. */
const absences: LookupLoader = async (trx, subject) => {
  const { processId } = subject;
  const from = personOf(subject, 'from');
  const to = personOf(subject, 'to');
  const people = [from, to].filter((id) => id !== null);
  await holdPeople(trx, people, (id) => (id === from ? 'alone' : 'shared'));
  return trx.rows(
    `select handover_id as "handoverId", person_id as "personId", ms(starts_at)::float8 as "startsAt",
       ms(ends_at)::float8 as "endsAt", begun
       from absences where tenant_id = 'provider' and handover_id <> :processId order by handover_id`,
    { processId },
  );
};

const PORTFOLIO = `
  select case when count(*) over (partition by c.id) > 1 then c.tenant_id || '.' || c.id else c.id end as key,
    c.tenant_id as "tenantId", c.id as "contractId", c.process_id as "processId", c.number,
    case when c.manager_id = :from then 'manager' else 'backup' end as place,
    c.manager_id as "managerId", c.backup_id as "backupId", c.sm_manager_id as "smManagerId",
    (select coalesce(json_agg(json_build_object('processId', p.id, 'slug', p.slug, 'headline', p.headline,
         'status', p.status, 'ownerId', p.owner_id,
         'tasks', (select coalesce(json_agg(json_build_object('command', t.command, 'label', t.label,
             'dueAt', ms(t.due_at)) order by t.due_at nulls last, t.id), '[]')
           from tasks t where t.tenant_id = p.tenant_id and t.process_id = p.id),
         'clocks', (select coalesce(json_agg(json_build_object('name', k.name, 'key', k.key, 'promise', k.promise,
             'dueAt', ms(coalesce(k.promise_due_at, k.due_at))) order by k.position), '[]')
           from clocks k where k.tenant_id = p.tenant_id and k.process_id = p.id and k.ended_at is null))
         order by p.created_at, p.id), '[]')
       from processes p
      where p.tenant_id = c.tenant_id and p.contract_id = c.id and p.seq > 0 and not p.closed) as processes
    from contracts c join processes own on own.tenant_id = c.tenant_id and own.id = c.process_id and not own.closed
   where c.manager_id = :from or c.backup_id = :from
   order by c.tenant_id, c.id`;

/** What he serves as it stands; nothing once the hand-over has begun, which keeps it from then on. */
const portfolio: LookupLoader = async (trx, subject) => {
  const from = personOf(subject, 'from');
  if (from === null || subject.data?.['begun'] === true) return [];
  return trx.rows<PortfolioEntry>(PORTFOLIO, { from });
};

/** Pinned in the data from the start on; before that the payload names him. */
function personOf({ data, payload }: LookupSubject, field: 'from' | 'to'): string | null {
  const id = data === null ? payload[field] : data[field];
  return typeof id === 'string' ? id : null;
}

export const handoverLookups = { absences, portfolio };
