/** The invariants of the store as queries: each lists what breaks it, by id. */

export interface Check {
  /** Never renamed: it stands in alerts and runbooks. */
  readonly name: string;
  /** What is wrong where it finds something. */
  readonly title: string;
  readonly remedy: string;
  /** `relay` sees ids, states and times; `admin` only where what is compared stands in contents. */
  readonly role: 'relay' | 'admin';
  /**
   * Rows `what`: the id of each violation. May use `:now` (business time), `:graceMs` (how long what is under way may
   * take), `:pageMs` (the same of a page) and `:mayWait` (statuses that may wait for ever, as `slug|status`).
   */
  readonly sql: string;
}

/** The instant before which what is still open is late. */
const LATE = `:now::timestamptz - make_interval(secs => :graceMs / 1000.0)`;

const book: readonly Check[] = [
  {
    name: 'seqGap',
    title: 'The events of a process have a gap',
    remedy: 'Run careplus audit verify; an event that is gone comes back only from a backup.',
    role: 'relay',
    sql: `select process_id as what from events group by tenant_id, process_id
      having count(*) <> max(seq) or min(seq) <> 1`,
  },
  {
    name: 'headDiffers',
    title: 'A process stands at another event than its last one',
    remedy:
      'Somebody wrote to the tables by hand: compare the process with its history before anybody acts on it.',
    role: 'relay',
    sql: `select p.id as what from processes p
      left join (select tenant_id, process_id, max(seq) as seq from events group by 1, 2) e
        on e.tenant_id = p.tenant_id and e.process_id = p.id
      where p.seq <> coalesce(e.seq, 0)`,
  },
  {
    name: 'chainHead',
    title: 'The head of an audit chain is not its last entry',
    remedy: 'Run careplus audit verify for the tenant against the last checkpoint kept elsewhere.',
    role: 'relay',
    sql: `select h.tenant_id || ' ' || h.kind as what from chain_heads h
      left join lateral (select chain_no as number, hash from events e
         where h.kind = 'event' and e.tenant_id = h.tenant_id order by chain_no desc limit 1) e on true
      left join lateral (select number, hash from refusals r
         where h.kind = 'refusal' and r.tenant_id = h.tenant_id order by number desc limit 1) r on true
      where h.number <> coalesce(e.number, r.number, 0)
         or (h.number > 0 and h.hash is distinct from coalesce(e.hash, r.hash))`,
  },
  {
    name: 'stillborn',
    title: 'A process was accepted and nothing is left that could start it',
    remedy: 'Start it again under the same key; report it, because accepting writes both rows or none.',
    role: 'relay',
    sql: `select p.id as what from processes p where p.seq = 0 and not p.over and not exists (
      select from inbox i where i.tenant_id = p.tenant_id and i.process_id = p.id and i.state in ('pending', 'parked'))`,
  },
  {
    name: 'asleep',
    title: 'An open process waits without a clock that runs and without a stated reason',
    remedy: 'Look at it with careplus show; careplus lint names the rule that lets it sleep.',
    role: 'relay',
    sql: `select p.id as what from processes p
      where p.seq > 0 and not p.closed and not p.is_blocked and p.slug || '|' || p.status <> all(:mayWait::text[])
        and not exists (select from clocks c
          where c.tenant_id = p.tenant_id and c.process_id = p.id and c.outcome = 'running')`,
  },
  {
    name: 'settledNotOver',
    title: 'A closed process has nothing left to do and is not over',
    remedy:
      'See that a worker runs and that Temporal can be reached: the reconciler wakes its runner within a minute.',
    role: 'relay',
    sql: `select p.id as what from processes p
      where p.closed and not p.over and not p.is_blocked and p.last_at < ${LATE}
        and not exists (select from clocks c
          where c.tenant_id = p.tenant_id and c.process_id = p.id and c.ended_at is null)
        and not exists (select from effects e where e.tenant_id = p.tenant_id and e.process_id = p.id
          and (e.state in ('planned', 'sent', 'unknown') or e.settled_at >= ${LATE}))`,
  },
  {
    name: 'overUnsettled',
    title: 'A process is over with a running clock or an unsettled effect',
    remedy: 'Nobody drives it any more: take its clock or effect up by hand, and report it.',
    role: 'relay',
    sql: `select p.id as what from processes p
      where p.over and (exists (select from clocks c
          where c.tenant_id = p.tenant_id and c.process_id = p.id and c.ended_at is null)
        or exists (select from effects e where e.tenant_id = p.tenant_id and e.process_id = p.id
          and e.state in ('planned', 'sent', 'unknown')))`,
  },
  {
    name: 'blockedUnseen',
    title: 'A process is blocked and no operator has a task for it',
    remedy: 'Run careplus ops retry for it: what still cannot be decided is parked again, with its task.',
    role: 'relay',
    sql: `select p.id as what from processes p where p.is_blocked and not exists (
      select from tasks t where t.tenant_id = p.tenant_id and t.process_id = p.id and t.kind = 'attention')`,
  },
];

const people: readonly Check[] = [
  {
    name: 'ownerMissing',
    title: 'A process that is not over is owned by nobody that is known',
    remedy:
      'Name the owner in the contract (careplus contract import), which asks its processes to look again.',
    role: 'relay',
    sql: `select p.id as what from processes p
      where not p.over and not exists (select from people o where o.id = p.owner_id)`,
  },
  {
    name: 'ownerInactive',
    title: 'An open process is owned by a person who is not active',
    remedy:
      'Save the person once more (careplus staff import), which asks the processes to look again; see their contract.',
    role: 'relay',
    sql: `select p.id as what from processes p join people o on o.id = p.owner_id and not o.active
      where p.seq > 0 and not p.closed and not p.is_blocked
        and not exists (select from recalculations r where r.tenant_id = p.tenant_id and r.process_id = p.id)
        and not exists (select from inbox i where i.tenant_id = p.tenant_id and i.process_id = p.id
          and i.state = 'pending')`,
  },
  {
    name: 'ownerAway',
    title: 'An open process of a contract is owned by somebody who is away by a hand-over',
    remedy: 'See the hand-over (careplus handover list) and whether its messages have reached the contract.',
    role: 'relay',
    sql: `select p.id as what from processes p
      join absences a on a.person_id = p.owner_id and a.begun and a.starts_at < ${LATE}
      where p.seq > 0 and not p.closed and not p.is_blocked and p.tenant_id <> 'provider' and p.last_at < ${LATE}`,
  },
];

const clocks: readonly Check[] = [
  {
    name: 'clockWithoutMark',
    title: 'A clock runs although all of its marks have passed',
    remedy: 'It will never end by itself: report it with the definition of its process.',
    role: 'relay',
    sql: `select process_id || ' ' || name as what from clocks
      where ended_at is null and outcome = 'running' and due_at is null`,
  },
  {
    name: 'clockLost',
    title: 'A clock was started and is not there any more',
    remedy:
      'Compare the process with its history (careplus show); its owner acts by hand until the clock runs again.',
    role: 'admin',
    sql: `select p.id || ' ' || r.path as what from processes p cross join lateral jsonb_each_text(p.runs) r (path, run)
      where not exists (select from clocks c where c.tenant_id = p.tenant_id and c.process_id = p.id
        and c.name || case c.key when '' then '' else '/' || c.key end = r.path and c.run = r.run::integer)`,
  },
  {
    name: 'markNotTaken',
    title: 'A mark fell due and nobody took it',
    remedy:
      'See that a worker runs and that Temporal can be reached: the reconciler wakes its runner within a minute.',
    role: 'relay',
    sql: `select c.process_id || ' ' || c.name as what from clocks c
      join processes p on p.tenant_id = c.tenant_id and p.id = c.process_id
      where c.ended_at is null and c.due_at < ${LATE} and not p.is_blocked`,
  },
  {
    name: 'nextDueDiffers',
    title: 'A process is to be woken at another instant than its first mark',
    remedy: 'Its runner knows better; after the next step they agree. Report it when it comes back.',
    role: 'relay',
    sql: `select p.id as what from processes p
      left join (select tenant_id, process_id, min(due_at) as due_at from clocks where ended_at is null group by 1, 2) c
        on c.tenant_id = p.tenant_id and c.process_id = p.id
      where not p.over and p.seq > 0 and p.next_due_at is distinct from c.due_at`,
  },
  {
    name: 'missedUntold',
    title: 'A promise was missed and nobody was told',
    remedy: 'Tell the owner by hand; see who holds the roles that the definition tells (careplus show).',
    role: 'admin',
    sql: `select c.process_id || ' ' || c.name as what from clocks c
      where c.missed_at is not null and not exists (
        select from events e
         cross join lateral jsonb_array_elements(e.bytes::jsonb -> 'operations') o
         where e.tenant_id = c.tenant_id and e.process_id = c.process_id and e.trigger like 'mark ' || c.name || '.%'
           and o ->> 'op' = 'missed' and o ->> 'clock' = c.name and o ->> 'key' = c.key
           and (o ->> 'run')::integer = c.run
           and jsonb_path_exists(e.bytes::jsonb, '$.told[*].people[*]'))`,
  },
  {
    name: 'calendarOutdated',
    title: 'A running clock still counts by an older version of its calendar',
    remedy: 'Approve the version once more, or restart the fan-out of the calendar in Temporal.',
    role: 'relay',
    sql: `select c.process_id || ' ' || c.name as what from clocks c
      join calendar_heads h on h.tenant_id = c.calendar_tenant_id and h.id = c.calendar_id and h.version > c.calendar_version
      join calendars v on v.tenant_id = h.tenant_id and v.id = h.id and v.version = h.version
      join processes p on p.tenant_id = c.tenant_id and p.id = c.process_id
      where c.ended_at is null and not p.is_blocked and v.approved_at < ${LATE}`,
  },
];

const queues: readonly Check[] = [
  {
    name: 'inboxUnanswered',
    title: 'A row was accepted and nobody answered it',
    remedy:
      'See that a worker runs; its relay decides what Temporal does not. A blocked process is in careplus ops.',
    role: 'relay',
    sql: `select i.id as what from inbox i join processes p on p.tenant_id = i.tenant_id and p.id = i.process_id
      where i.state = 'pending' and i.accepted_at < ${LATE} and not p.is_blocked`,
  },
  {
    name: 'inboxEvents',
    title: 'A row that was decided has not exactly one event, or an event has no row',
    remedy: 'Run careplus audit verify; do not repeat the work of the row before its history was read.',
    role: 'admin',
    sql: `with decided as (
        select tenant_id, process_id, id, (answer ->> 'seq')::integer as seq from inbox
         where state = 'answered' and answer ->> 'outcome' in ('accepted', 'late')
      ), brought as (
        select tenant_id, process_id, seq, id from events
         where trigger ~ '^(start$|command |signal |system (recalculate|skipMark)$)')
      select coalesce(d.id, b.id) as what from decided d full join brought b using (tenant_id, process_id, seq)
       where d.id is null or b.id is null
      union all
      select max(id) from decided group by tenant_id, process_id, seq having count(*) > 1`,
  },
  {
    name: 'effectOverdue',
    title: 'An effect is far past its time and nobody tried it',
    remedy:
      'See that a worker runs and that its relay reports no trouble; the effect is tried as soon as one does.',
    role: 'relay',
    sql: `select id as what from effects where state = 'planned' and next_attempt_at < ${LATE}`,
  },
  {
    name: 'claimExpired',
    title: 'An effect is on its way for longer than its claim',
    remedy: 'Its worker was killed; see that another one runs, whose relay takes it up.',
    role: 'relay',
    sql: `select id as what from effects where state = 'sent' and claimed_until < ${LATE}`,
  },
  {
    name: 'doubleKey',
    title: 'Two effects have one business key',
    remedy:
      'One of them is a double: read both, give one up with careplus ops decide, and restore the constraint.',
    role: 'relay',
    sql: `select max(id) as what from effects group by tenant_id, key having count(*) > 1`,
  },
  {
    name: 'unknownUnseen',
    title: 'Nobody knows whether an effect happened, and no operator has a task for it',
    remedy: 'Find out at the receiver and decide it: careplus ops decide.',
    role: 'relay',
    sql: `select e.id as what from effects e where e.state = 'unknown' and not exists (
      select from tasks t where t.tenant_id = e.tenant_id and t.process_id = e.process_id
        and t.kind = 'attention' and t.subject = e.id)`,
  },
  {
    name: 'pageUnsettled',
    title: 'Of a page nobody knows in time whether it was delivered, failed, or cannot be known',
    remedy:
      'Call the people (careplus page show names them); see that a worker runs, and that the gateway reports deliveries.',
    role: 'relay',
    // Of a mail nothing more is heard than that the server has taken it.
    sql: `select e.id as what from effects e
      where e.kind = 'page' and e.state in ('planned', 'sent')
        and e.decided_at < :now::timestamptz - make_interval(secs => :pageMs / 1000.0)
        and not exists (select from page_tries t where t.tenant_id = e.tenant_id and t.effect_id = e.id
          and (t.outcome in ('delivered', 'failed', 'unknown') or (t.outcome = 'accepted' and t.channel = 'mail')))`,
  },
  {
    name: 'rotaEnds',
    title: 'A rota is soon over, or was over lately, and has no next version',
    remedy: 'Draft its next version and have it approved: careplus rota import.',
    role: 'admin',
    sql: `select id as what from (
        select distinct on (id) id, body from rotas where state = 'approved' order by id, version desc) r
      where abs((body ->> 'lastDay')::date - (:now::timestamptz)::date) < (body ->> 'renewDays')::integer`,
  },
  {
    name: 'jobSilent',
    title: 'A system job has not succeeded for three of its intervals',
    remedy: 'See the log of the workers for it, and its Schedule in Temporal.',
    role: 'relay',
    // On the wall clock: jobs are started by the engine in real time.
    sql: `select name as what from job_heartbeats
      where coalesce(last_success_at, declared_at) < clock_timestamp() - make_interval(secs => 3 * every_ms / 1000.0)`,
  },
];

/** Every invariant (architecture §9) that one query can check. */
export const CHECKS: readonly Check[] = [...book, ...people, ...clocks, ...queues];
