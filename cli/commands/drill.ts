/** `careplus drill`: page the ladder as for a Priority 1, marked as a drill, and see who was reached. */
import type { Command } from 'commander';
import { z } from 'zod';
import { nameOf, stepAnswer } from '../answers.js';
import { typed } from '../api-client.js';
import { harmless } from '../output/text.js';
import type { Column } from '../output/table.js';
import { findProcess, namesProcess } from '../process-names.js';
import { settle } from '../settle.js';
import { group, leaf, type Session, type Shell } from '../shell.js';

const text = z.string();
const person = z.object({ id: text, name: text });
const answer = z.object({ by: person, at: text });
const report = z.object({
  id: text,
  contractNumber: text,
  statusLabel: text,
  startedAt: text,
  startedBy: person.nullable(),
  ended: z.object({ at: text, how: text, by: person.nullable() }).nullable(),
  desk: answer.nullable(),
  levels: z.array(
    z.object({ level: text, at: text, people: z.array(person), acknowledged: z.array(answer) }),
  ),
  people: z.array(
    z.object({
      person,
      reached: text,
      acknowledged: z.object({ channel: text.nullable(), afterSeconds: z.number() }).nullable(),
      channels: z.array(z.object({ channel: text, triedAt: text, outcome: text })),
    }),
  ),
  channels: z.array(
    z.object({
      channel: text,
      tried: z.number(),
      delivered: z.number(),
      accepted: z.number(),
      failed: z.number(),
      unknown: z.number(),
      acknowledged: z.number(),
    }),
  ),
  notReached: z.array(person),
});
type Report = z.infer<typeof report>;

const ENDS: Readonly<Record<string, string>> = {
  ended: 'ended by hand',
  timeUp: 'its time was up',
  contractEnded: 'the contract has ended',
};

export function drillCommands(program: Command, shell: Shell): void {
  const drill = group(program, 'drill', 'fire drills: page the ladder, and see who was reached');
  leaf(drill, 'start <contract>', 'page the desk and the levels as for a Priority 1, marked as a drill', [
    'drill start northwind-2026 --as dana-hill',
  ]).action(shell.action((session, contract: string) => start(session, contract)));
  leaf(drill, 'show <drill>', 'who was reached by which channel, and who acknowledged after how long', [
    'drill show northwind-2026 --as dana-hill',
    'drill show drl_0190 --json',
  ]).action(shell.action((session, reference: string) => show(session, reference)));
  leaf(drill, 'end <drill>', 'end a drill before its time', [
    'drill end northwind-2026 --as dana-hill',
  ]).action(shell.action((session, reference: string) => end(session, reference)));
}

async function start(session: Session, contractId: string): Promise<void> {
  const sent = await session.api.send('/v1/processes/drill', { body: { contractId } });
  const given = sent.status === 202 ? undefined : typed(stepAnswer, sent.body);
  const { answer: done, body } = await settle(session, sent);
  const id = done.processId ?? given?.processId ?? '';
  session.answer(body, () =>
    [
      `${session.paint.green('Started')}: ${id}. Every message says that it is a drill.`,
      `See who answers: careplus drill show ${id}`,
    ].join('\n'),
  );
}

async function show(session: Session, reference: string): Promise<void> {
  const { body } = await session.api.get(`/v1/drills/${await drillOf(session, reference)}`);
  session.answer(body, () => reportText(typed(report, body), session));
}

async function end(session: Session, reference: string): Promise<void> {
  const id = await drillOf(session, reference);
  const { body } = await settle(
    session,
    await session.api.send(`/v1/processes/${id}/commands/end`, { body: {} }),
  );
  session.answer(body, () => `${session.paint.green('Ended')}: ${id}. Nobody is paged by it any more.`);
}

/** A drill by its id; by its contract the one that runs, else the last one. */
async function drillOf(session: Session, reference: string): Promise<string> {
  return findProcess(session.api, namesProcess(reference) ? reference : `${reference}/drill`);
}

function reportText(drill: Report, session: Session): string {
  const { id, contractNumber, statusLabel, startedAt, startedBy, ended, notReached } = drill;
  const nobody = notReached.map(nameOf).map(harmless).join(', ');
  return [
    `${session.paint.bold(`Fire drill ${id}`)} (${harmless(contractNumber)}): ${statusLabel}`,
    `  begun ${session.time(startedAt)}${startedBy ? ` by ${harmless(nameOf(startedBy))}` : ''}`,
    ...(ended ? [`  over  ${session.time(ended.at)}: ${ENDS[ended.how] ?? ended.how}`] : []),
    '',
    ladderTable(drill, session),
    '',
    peopleTable(drill, session),
    '',
    channelTable(drill, session),
    '',
    nobody === ''
      ? session.paint.green('Nobody was out of reach.')
      : session.paint.red(session.prose(`Not reached: ${nobody}`)),
  ].join('\n');
}

/** The outcome of the ladder: the desk, then each level. */
function ladderTable({ desk, levels, startedAt }: Report, session: Session): string {
  const rows = [
    ['desk', session.time(startedAt), '', desk ? answeredText(desk, startedAt) : 'nobody'],
    ...levels.map(({ level, at, people, acknowledged }) => [
      level,
      session.time(at),
      people.map(nameOf).map(harmless).join(', '),
      acknowledged.map((one) => answeredText(one, at)).join(', ') || 'nobody',
    ]),
  ];
  const columns: readonly Column[] = [
    { header: 'Level', whole: true },
    { header: 'Paged', whole: true },
    { header: 'People' },
    { header: 'Acknowledged' },
  ];
  return session.table(columns, rows);
}

function answeredText({ by, at }: z.infer<typeof answer>, since: string): string {
  return `${harmless(nameOf(by))} after ${duration((Date.parse(at) - Date.parse(since)) / 1000)}`;
}

function peopleTable({ people }: Report, session: Session): string {
  const rows = people.flatMap(({ person: who, reached, acknowledged, channels }) => {
    const name = harmless(nameOf(who));
    if (channels.length === 0) return [[name, '-', '-', reached, '']];
    return channels.map(({ channel, triedAt, outcome }, index) => {
      const here = acknowledged && (acknowledged.channel ?? channels[0]?.channel) === channel;
      const after = here ? `after ${duration(acknowledged.afterSeconds)}` : '';
      return [
        index === 0 ? name : '',
        channel,
        session.time(triedAt),
        outcome === 'nobody' ? 'failed' : outcome,
        after,
      ];
    });
  });
  const columns: readonly Column[] = [
    { header: 'Person' },
    { header: 'By', whole: true },
    { header: 'Tried', whole: true },
    { header: 'Outcome', whole: true },
    { header: 'Acknowledged' },
  ];
  return session.table(columns, rows);
}

function channelTable({ channels }: Report, session: Session): string {
  const columns: readonly Column[] = [
    { header: 'By' },
    ...['Tried', 'Delivered', 'Accepted', 'Failed', 'Unknown', 'Acknowledged'].map((header): Column => ({
      header,
      right: true,
    })),
  ];
  const rows = channels.map(({ channel, tried, delivered, accepted, failed, unknown, acknowledged }) => [
    channel,
    ...[tried, delivered, accepted, failed, unknown, acknowledged].map(String),
  ]);
  return session.table(columns, rows);
}

/** `40 s`, `3 min`, `1 h 5 min`. */
function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${String(whole)} s`;
  const minutes = Math.round(whole / 60);
  return minutes < 60
    ? `${String(minutes)} min`
    : `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}
