/** Writes what one step decided: process, clocks, effects, tasks, details, the answer of the inbox row. */
import { nextDue, promiseDueAt } from '../../domain/kernel/clocks.js';
import { canonical, canonicalOnce, sha256 } from '../../domain/kernel/hash.js';
import { effectId } from '../../domain/kernel/memory-store.js';
import type { ClockState } from '../../domain/kernel/state.js';
import type { Answer, PlannedEffect, StepRecord } from '../../domain/kernel/store.js';
import type { Trx } from '../connection.js';
import { inOrder } from '../in-order.js';
import { instant, instantText } from '../instants.js';

/** Writes all but the event itself, whose chain comes last. Gives the effects that are new. */
export async function writeStep(
  trx: Trx,
  step: StepRecord,
  calendarTenants: Readonly<Record<string, string>>,
): Promise<readonly PlannedEffect[]> {
  const [added] = await inOrder([
    writeEffects(trx, step),
    writeProcess(trx, step),
    writeClocks(trx, step, calendarTenants),
    writeDetails(trx, step),
    writeTasks(trx, step),
    step.row ? answerRow(trx, step.event.tenantId, step.row.id, step.answer) : Promise.resolve(),
  ]);
  return added;
}

/** Notes marked as internal, reports about deliveries, and repairs are for the Provider's side only. */
export function isInternal({ fired }: StepRecord): boolean {
  if (fired.kind === 'system') return true;
  if (fired.kind === 'signal') return fired.name === 'undeliverable';
  return fired.kind === 'command' && fired.name === 'note' && fired.payload['internal'] !== false;
}

/** Stores the answer of a pending row. */
export async function answerRow(trx: Trx, tenantId: string, inboxId: string, answer: Answer): Promise<void> {
  const answered = await trx.run(
    `update inbox set state = 'answered', answer = :answer, answered_at = business_now(), touched_at = business_now()
      where tenant_id = :tenantId and id = :inboxId and state = 'pending'`,
    { tenantId, inboxId, answer: JSON.stringify(answer) },
  );
  if (answered !== 1) throw new Error(`Inbox row ${inboxId} is not pending.`);
}

async function writeProcess(trx: Trx, { definition, before, after }: StepRecord): Promise<void> {
  const { words } = definition;
  const due = after.clocks.map((clock) => nextDue(clock)?.dueAt ?? Infinity);
  const nextDueAt = Math.min(Infinity, ...due);
  const updated = await trx.run(
    `update processes set status = :status, data = :data, seq = :seq, last_at = :lastAt, runs = :runs,
         status_since = case when status = :status then status_since else :lastAt end, owner_id = :ownerId,
         contract_id = :contractId, headline = :headline, closed = :closed, over = over and :closed,
         next_due_at = :nextDueAt
      where tenant_id = :tenantId and id = :id and seq = :beforeSeq`,
    {
      tenantId: after.tenantId,
      id: after.id,
      beforeSeq: before?.seq ?? 0,
      seq: after.seq,
      status: after.status,
      data: JSON.stringify(after.data),
      lastAt: instant(after.lastAt),
      runs: JSON.stringify(after.runs),
      ownerId: after.ownerId,
      contractId: words.contractId(after.data),
      headline: words.headline(after.data),
      closed: words.statuses[after.status]?.kind === 'closed',
      nextDueAt: instant(Number.isFinite(nextDueAt) ? nextDueAt : null),
    },
  );
  if (updated !== 1 || after.seq !== (before?.seq ?? 0) + 1) {
    throw new Error(`Process ${after.id} does not stand at event ${before?.seq ?? 0}.`);
  }
}

/** Clocks that ended come first: a run that takes the place of another one starts after it. */
const UPSERT_CLOCKS = `
  insert into clocks (tenant_id, process_id, name, key, run, position, promise, calendar_tenant_id, calendar_id,
      calendar_version, started_at, marks, pauses, outcome, due_at, due_step, promise_due_at, missed_at, ended_at,
      policy_path)
    select :tenantId, :processId, c.name, c.key, c.run, c.position, c.promise, c.calendar_tenant_id, c.calendar_id,
      c.calendar_version, c.started_at, c.marks, c.pauses, c.outcome, c.due_at, c.due_step, c.promise_due_at,
      c.missed_at, c.ended_at, c.policy_path
      from jsonb_to_recordset(:clocks::jsonb) as c (name text, key text, run integer, position integer, promise boolean,
        calendar_tenant_id text, calendar_id text, calendar_version integer, started_at timestamptz, marks jsonb,
        pauses jsonb, outcome text, due_at timestamptz, due_step text, promise_due_at timestamptz,
        missed_at timestamptz, ended_at timestamptz, policy_path text)
     order by c.position
  on conflict (tenant_id, process_id, name, key, run) do update set position = excluded.position,
    calendar_tenant_id = excluded.calendar_tenant_id, calendar_version = excluded.calendar_version,
    marks = excluded.marks, pauses = excluded.pauses, outcome = excluded.outcome, due_at = excluded.due_at,
    due_step = excluded.due_step, promise_due_at = excluded.promise_due_at, missed_at = excluded.missed_at,
    ended_at = excluded.ended_at`;

async function writeClocks(
  trx: Trx,
  step: StepRecord,
  calendarTenants: Readonly<Record<string, string>>,
): Promise<void> {
  const { before, after, decision } = step;
  const ended = decision.kind === 'accepted' ? decision.ended : [];
  const stood = (before?.clocks ?? []).map((clock, position) => canonical({ clock, position }));
  const running = after.clocks.flatMap((clock, position) =>
    stood.includes(canonical({ clock, position })) ? [] : [{ clock, position }],
  );
  const all = [...ended.map((clock, index) => ({ clock, position: index - ended.length })), ...running];
  if (all.length === 0) return;
  await trx.run(UPSERT_CLOCKS, {
    tenantId: after.tenantId,
    processId: after.id,
    clocks: JSON.stringify(all.map(({ clock, position }) => clockColumns(clock, position, calendarTenants))),
  });
}

function clockColumns(
  clock: ClockState,
  position: number,
  calendarTenants: Readonly<Record<string, string>>,
) {
  const next = nextDue(clock);
  return {
    name: clock.name,
    key: clock.key,
    run: clock.run,
    position,
    promise: clock.promise,
    calendar_tenant_id: calendarTenants[clock.calendarId] ?? null,
    calendar_id: clock.calendarId,
    calendar_version: clock.calendarVersion,
    started_at: instantText(clock.startedAt),
    marks: clock.marks,
    pauses: clock.pauses,
    outcome: clock.outcome,
    due_at: instantText(next?.dueAt),
    due_step: next?.step ?? null,
    promise_due_at: instantText(promiseDueAt(clock)),
    missed_at: instantText(clock.missedAt),
    ended_at: instantText(clock.endedAt),
    policy_path: clock.policyPath,
  };
}

async function writeDetails(trx: Trx, step: StepRecord): Promise<void> {
  const { event, fired, inputs, decision, after } = step;
  const directory = canonicalOnce(inputs.directory);
  const directoryHash = sha256(directory);
  // Sent as text, so that a body that is there already is not even read.
  const kept = trx.run(
    `insert into contents (tenant_id, hash, body)
       select :tenantId, :hash, :body::text::jsonb
        where not exists (select from contents where tenant_id = :tenantId and hash = :hash)
     on conflict do nothing`,
    { tenantId: event.tenantId, hash: directoryHash, body: directory },
  );
  const written = trx.run(
    `insert into event_details (tenant_id, event_id, process_id, fired, inputs_hash, look, directory_hash, calendars,
         data, internal)
       values (:tenantId, :eventId, :processId, :fired, :inputsHash, :look, :directoryHash, :calendars, :data,
         :internal)`,
    {
      tenantId: event.tenantId,
      eventId: event.id,
      processId: event.processId,
      fired: JSON.stringify(fired),
      inputsHash: event.inputsHash,
      look: JSON.stringify(inputs.look),
      directoryHash,
      calendars: JSON.stringify(event.calendars),
      data: decision.kind === 'accepted' ? JSON.stringify(after.data) : null,
      internal: isInternal(step),
    },
  );
  await inOrder([kept, written]);
}

const TASK_COLUMNS = `id text, command text, label text, subject text, clock text, clock_key text, due_at timestamptz,
  missed boolean, people text[]`;

/** Replaces the tasks by the difference only: most steps change few of them. */
async function writeTasks(trx: Trx, { after, tasks }: StepRecord): Promise<void> {
  const bindings = {
    tenantId: after.tenantId,
    processId: after.id,
    slug: after.slug,
    tasks: JSON.stringify(
      tasks.map((task) => ({
        id: task.id,
        command: task.command,
        label: task.label,
        subject: task.subject,
        clock: task.clock,
        clock_key: task.clockKey,
        due_at: instantText(task.dueAt),
        missed: task.missed,
        people: [...task.people].sort(),
      })),
    ),
  };
  await trx.run(
    `with wanted as (select * from jsonb_to_recordset(:tasks::jsonb) as t (${TASK_COLUMNS})), gone as (
       delete from tasks where tenant_id = :tenantId and process_id = :processId and kind = 'command'
          and id not in (select id from wanted))
     insert into tasks as t (tenant_id, id, process_id, slug, kind, command, label, subject, clock, clock_key, due_at,
         missed, people)
       select :tenantId, id, :processId, :slug, 'command', command, label, subject, clock, clock_key, due_at, missed,
         people from wanted
     on conflict (tenant_id, id) do update set label = excluded.label, due_at = excluded.due_at,
         missed = excluded.missed, people = excluded.people
       where (t.label, t.due_at, t.missed, t.people)
         is distinct from (excluded.label, excluded.due_at, excluded.missed, excluded.people)`,
    bindings,
  );
}

/** One row per business key and tenant, whatever is decided twice. */
async function writeEffects(trx: Trx, step: StepRecord): Promise<readonly PlannedEffect[]> {
  const { event, decision } = step;
  if (decision.kind !== 'accepted' || decision.effects.length === 0) return [];
  const effects = decision.effects.map((effect) => ({
    id: effectId(event.tenantId, effect.key),
    key: effect.key,
    kind: effect.kind,
    content: effect.content,
    recipient_id: 'recipient' in effect.content ? effect.content.recipient : null,
    topic: effect.kind === 'mail' ? (effect.topic ?? null) : null,
    digest: effect.kind === 'mail' && effect.digest === true,
    not_before: instantText(effect.notBefore),
  }));
  return trx.rows<PlannedEffect>(
    `with added as (
       insert into effects (tenant_id, id, process_id, event_id, key, kind, content, recipient_id, topic, digest,
           not_before, next_attempt_at, decided_at)
         select :tenantId, e.id, :processId, :eventId, e.key, e.kind, e.content, e.recipient_id, e.topic, e.digest,
           e.not_before, e.not_before, :decidedAt
           from jsonb_to_recordset(:effects::jsonb) as e
             (id text, key text, kind text, content jsonb, recipient_id text, topic text, digest boolean,
               not_before timestamptz)
       on conflict (tenant_id, key) do nothing
       returning id, kind, next_attempt_at)
     select id, kind, ms(next_attempt_at)::float8 as "nextAttemptAt" from added order by next_attempt_at, id`,
    {
      tenantId: event.tenantId,
      processId: event.processId,
      eventId: event.id,
      decidedAt: instant(event.at),
      effects: JSON.stringify(effects),
    },
  );
}
