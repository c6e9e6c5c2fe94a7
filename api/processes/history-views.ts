/** Events and notices as readers see them. */
import { z } from 'zod';
import type { readNotices } from '../../db/read/notices.js';
import type { readTimeline } from '../../db/read/timeline.js';
import type { Words } from '../../domain/kernel/words.js';
import { iso, local, withIsoInstants } from '../http/instants.js';
import { instantOut, localOut, personOf, personOut } from '../http/schemas.js';

type TimelineRow = Awaited<ReturnType<typeof readTimeline>>['rows'][number];
type NoticeRow = Awaited<ReturnType<typeof readNotices>>['rows'][number];
type Names = Readonly<Record<string, string>>;

export const timelineOut = z
  .object({
    seq: z.int(),
    id: z.string(),
    event: z.string(),
    trigger: z.string(),
    label: z.string().describe('What moved the process, in words'),
    from: z.string().nullable(),
    via: z.string().nullable(),
    to: z.string().nullable(),
    actor: personOut.nullable(),
    onBehalfOf: personOut.nullable(),
    at: instantOut,
    atLocal: localOut,
    recordedAt: instantOut,
    owner: personOut.nullable(),
    internal: z.boolean(),
    late: z.boolean().describe('Kept as late information; moved nothing'),
    payload: z.unknown().describe('In full; null when it was erased or there is none'),
    told: z.array(z.object({ role: z.string(), notice: z.string(), people: z.array(personOut) })),
    clocks: z.array(
      z.object({
        op: z.string(),
        clock: z.string(),
        label: z.string(),
        key: z.string(),
        run: z.int(),
        step: z.string().optional(),
        dueAt: instantOut.nullable().optional(),
        dueLocal: localOut.nullable().optional(),
        before: instantOut.nullable().optional().describe('Of `moved`: the instant before'),
        beforeLocal: localOut.nullable().optional(),
      }),
    ),
    unsent: z
      .array(
        z.object({
          id: z.string(),
          notice: z.string(),
          label: z.string(),
          recipient: personOut,
          state: z.enum(['failed', 'unknown', 'dropped', 'superseded']),
          reason: z.string().nullable(),
        }),
      )
      .describe('Notices of this event that did not reach their recipients, and why'),
    policy: z.object({ id: z.string(), version: z.int() }),
    calendars: z.record(z.string(), z.int()),
    hash: z.string(),
  })
  .meta({ id: 'TimelineItem' });

export function timelineView(
  { record, hash, internal, payload, unsent }: TimelineRow,
  names: Names,
  words: Words,
  zone: string,
) {
  const who = (id: string | null) => (id === null ? null : personOf(id, names));
  return {
    seq: record.seq,
    id: record.id,
    event: record.event,
    trigger: record.trigger,
    label: triggerLabel(record.trigger, words),
    from: record.from,
    via: record.via,
    to: record.to,
    actor: who(record.actor),
    onBehalfOf: who(record.onBehalfOf),
    at: iso(record.at),
    atLocal: local(record.at, zone),
    recordedAt: iso(record.recordedAt),
    owner: who(record.ownerId),
    internal,
    late: record.to === null,
    payload: withIsoInstants(payload ?? null),
    told: record.told.map(({ role, notice, people }) => ({
      role,
      notice,
      people: people.map((id) => personOf(id, names)),
    })),
    clocks: record.operations.map(({ dueAt, before, ...operation }) => ({
      ...operation,
      label: words.clocks[operation.clock]?.label ?? operation.clock,
      ...(dueAt === undefined ? {} : { dueAt: iso(dueAt), dueLocal: local(dueAt, zone) }),
      ...(before === undefined ? {} : { before: iso(before), beforeLocal: local(before, zone) }),
    })),
    unsent: unsent.map(({ id, notice, recipient, state, problem }) => ({
      id,
      notice,
      label: words.notices[notice]?.label ?? notice,
      recipient: personOf(recipient, names),
      state,
      reason: problem,
    })),
    policy: record.policy,
    calendars: record.calendars,
    hash,
  };
}

/** `command acknowledge`, `signal delivered`, `mark live.due`, `start`, in the words of the definition. */
function triggerLabel(trigger: string, words: Words): string {
  const [kind, name = ''] = trigger.split(' ');
  switch (kind) {
    case 'start':
      return words.start.label;
    case 'command':
      return words.commands[name]?.label ?? name;
    case 'signal':
      return words.signals[name]?.label ?? name;
    case 'mark': {
      const [clock = '', step = ''] = name.split('.');
      return `${words.clocks[clock]?.label ?? clock}: ${step}`;
    }
    case 'system':
      return name === 'recalculate' ? 'Deadlines computed again' : 'A mark was skipped by an operator';
    default:
      return trigger;
  }
}

export const noticeOut = z
  .object({
    id: z.string(),
    notice: z.string(),
    label: z.string(),
    role: z.string(),
    recipient: personOut,
    instead: z.array(z.string()).describe('Who was tried before'),
    state: z.enum(['planned', 'sent', 'confirmed', 'failed', 'unknown', 'dropped', 'superseded']),
    supersededBy: z.string().nullable().describe('The notice that stands for it'),
    urgent: z.boolean(),
    attempts: z.int(),
    decidedAt: instantOut,
    notBefore: instantOut,
    notBeforeLocal: localOut,
    nextAttemptAt: instantOut.nullable(),
    settledAt: instantOut.nullable(),
    problem: z.string().nullable(),
    about: z.string().describe('The clock mark or the event that it is about'),
  })
  .meta({ id: 'Notice' });

export function noticeView(row: NoticeRow, names: Names, words: Words, zone: string) {
  const { id, key, content, state, attempts, problem } = row;
  return {
    id,
    notice: content.notice,
    label: words.notices[content.notice]?.label ?? content.notice,
    role: content.role,
    recipient: personOf(content.recipient, names),
    instead: content.instead,
    state,
    supersededBy: row.supersededBy,
    urgent: content.urgent,
    attempts,
    decidedAt: iso(row.decidedAt),
    notBefore: iso(row.notBefore),
    notBeforeLocal: local(row.notBefore, zone),
    nextAttemptAt: state === 'planned' ? iso(row.nextAttemptAt) : null,
    settledAt: iso(row.settledAt),
    problem,
    about: key.split('|')[3] ?? '',
  };
}
