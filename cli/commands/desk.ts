/** `careplus desk`: take a call, see who waits, accept a case. */
import { Option, type Command } from 'commander';
import { z } from 'zod';
import { typed, type Answer } from '../api-client.js';
import { badInput } from '../failure.js';
import { harmless } from '../output/text.js';
import { findProcess } from '../process-names.js';
import { settle } from '../settle.js';
import { group, leaf, type Session, type Shell } from '../shell.js';
import { readTimeline } from './process.js';
import { stepText } from './step.js';

interface CallOptions {
  readonly caller?: string;
  readonly name?: string;
  readonly phone?: string;
  readonly priority: string;
  readonly device?: string;
  readonly site?: string;
  readonly product?: string;
  readonly impact: string;
  readonly written?: boolean;
  readonly test?: boolean;
  readonly separate?: boolean;
}

const text = z.string();
const maybe = z.string().nullish();
const taken = z.object({
  processId: text,
  number: text,
  joined: z.boolean(),
  status: maybe,
  inboxId: maybe,
  state: maybe,
});
const queueAnswer = z.object({
  items: z.array(
    z.object({
      processId: text,
      number: text,
      priority: text,
      statusLabel: text,
      test: z.boolean(),
      endUser: text,
      device: maybe,
      siteId: maybe,
      verdict: text,
      owner: z.object({ id: text, name: text }),
      openedAt: text,
      openedLocal: maybe,
      clock: maybe,
      dueAt: maybe,
      dueLocal: maybe,
      missed: z.boolean(),
    }),
  ),
});

export function deskCommands(program: Command, shell: Shell): void {
  const desk = group(program, 'desk', 'the Senior Desk: calls, the queue, who accepts');
  leaf(desk, 'call <contract>', 'take a call: its case number is the answer', [
    "desk call northwind-2026 --caller maria-stone --priority P1 --device SN-4711 --impact 'The core router is down.' --as noor-dale",
    "desk call northwind-2026 --name 'Uwe Nord' --phone '+49 30 5550 299' --priority P2 --site northwind-berlin --impact 'No redundancy.' --as noor-dale",
  ])
    .option('--caller <person>', 'who calls, when he is known')
    .option('--name <name>', 'the name that an unknown caller gives')
    .option('--phone <number>', 'the number that he gives')
    .addOption(
      new Option('--priority <priority>', 'as the caller says')
        .choices(['P1', 'P2', 'P3', 'P4'])
        .makeOptionMandatory(),
    )
    .option('--device <serial>', 'the device that it is about')
    .option('--site <site>', 'the site, when the whole of it is concerned')
    .requiredOption('--impact <text>', 'what does not work, and what that does to the business')
    .option('--product <product>', 'for the skill register')
    .option('--written', 'it did not come by phone: the caller is to be answered')
    .option('--test', 'the test call of an onboarding')
    .option('--separate', 'it is not the outage for which a case is open already')
    .action(
      shell.action((session, contract: string, options: CallOptions) => call(session, contract, options)),
    );
  leaf(desk, 'queue', 'cases that wait for somebody to take them', ['desk queue --as noor-dale'])
    .option('--all', 'every open case')
    .action(shell.action((session, options: { all?: boolean }) => queue(session, options.all === true)));
  leaf(desk, 'accept <case>', 'take a case, by its number or its process', [
    'desk accept C-7K2M4-9XQ3T --as noor-dale',
    "desk accept cas_0190 --because 'Nobody of the region is senior for it.' --as noor-dale",
  ])
    .option('--because <reason>', 'why somebody takes it who is not senior for the product')
    .action(
      shell.action((session, reference: string, options: { because?: string }) =>
        accept(session, reference, options.because),
      ),
    );
  leaf(desk, 'reports <case>', 'what an outside ticketing system said of a case, also what came late', [
    'desk reports C-7K2M4-9XQ3T --as noor-dale',
  ]).action(shell.action((session, reference: string) => reports(session, reference)));
}

/** What an outside ticketing system said: which of them, and when it happened there. */
const report = z.object({
  trigger: z.enum(['signal reported', 'signal priorityReported', 'signal calledOutside']),
  at: text,
  atLocal: maybe,
  late: z.boolean(),
  payload: z
    .object({ sourceKey: text, occurredAt: text, state: maybe, to: maybe, text: maybe, impact: maybe })
    .nullable(),
});

async function reports(session: Session, reference: string): Promise<void> {
  const events = await readTimeline(session, await findProcess(session.api, reference));
  const items = events.flatMap((event) => report.safeParse(event).data ?? []);
  session.answer({ items }, () => {
    if (items.length === 0) return 'No outside system has reported on the case.';
    return session.table(
      [{ header: 'Happened there', whole: true }, { header: 'Said' }, { header: 'Taken here', whole: true }],
      items.map(({ payload, at, atLocal, late }) => [
        payload ? session.time(payload.occurredAt) : '(erased)',
        `${saidIn(payload)}\n${harmless(payload?.sourceKey ?? '')}`,
        `${session.time(at, atLocal)}${late ? '\nlate, moved nothing' : ''}`,
      ]),
    );
  });
}

function saidIn(payload: z.infer<typeof report>['payload']): string {
  const { state, to, impact, text: words } = payload ?? {};
  const about = state ?? (to ? `priority ${to}` : impact ? 'another call' : 'note');
  const quoted = words ?? impact;
  return quoted ? `${about}: "${harmless(quoted)}"` : about;
}

async function call(session: Session, contractId: string, options: CallOptions): Promise<void> {
  const { priority, device, site, product, impact, written, test, separate } = options;
  const sent = await session.api.send('/v1/desk/calls', {
    body: {
      contractId,
      caller: callerOf(options),
      priority,
      device,
      siteId: site,
      product,
      impact,
      ...(written ? { source: 'cli' } : {}),
      test,
      separate,
    },
  });
  // The number is what the caller waits for: it is told before the case is decided.
  if (sent.status !== 202) await settle(session, sent);
  session.answer(sent.body, () => callText(sent, session));
}

function callText({ status, body }: Answer, session: Session): string {
  const { number, processId, joined, inboxId } = typed(taken, body);
  const head = `${session.paint.green(joined ? 'Joined to' : 'Opened')}: ${number}`;
  if (status === 202)
    return [head, `It is kept and not decided yet: careplus inbox ${inboxId ?? ''}`].join('\n');
  return [head, `Process ${processId}`, `Accept it: careplus desk accept ${number}`].join('\n');
}

function callerOf({ caller, name, phone }: CallOptions) {
  if (caller !== undefined && name === undefined && phone === undefined) return { personId: caller };
  if (caller === undefined && name !== undefined && phone !== undefined) return { name, phone };
  throw badInput('Who calls?', 'Give --caller, or of somebody unknown --name and --phone.');
}

async function readQueue(session: Session, all: boolean) {
  const { body } = await session.api.get('/v1/desk/queue', all ? { all: 'true' } : {});
  return { body, items: typed(queueAnswer, body).items };
}

async function queue(session: Session, all: boolean): Promise<void> {
  const { body, items } = await readQueue(session, all);
  session.answer(body, () => {
    if (items.length === 0) return all ? 'No case is open.' : 'Nobody waits.';
    return session.table(
      [
        { header: 'Case', whole: true },
        { header: 'End User' },
        { header: 'Status, owner' },
        { header: 'Due' },
      ],
      items.map((one) => [
        `${one.number}\n${one.priority}${one.test ? ', test call' : ''}`,
        `${harmless(one.endUser)}\n${harmless(one.device ?? one.siteId ?? '')}`,
        `${one.statusLabel}${one.verdict === 'provisional' ? ', provisional' : ''}\n${harmless(one.owner.name)}`,
        session.due(one.dueAt, one.missed, one.dueLocal),
      ]),
    );
  });
}

async function accept(session: Session, reference: string, because: string | undefined): Promise<void> {
  const processId = await findProcess(session.api, reference);
  const sent = await session.api.send(`/v1/processes/${processId}/commands/accept`, {
    body: because === undefined ? {} : { because },
  });
  const { answer, body } = await settle(session, sent);
  session.answer(body, () => `${stepText(answer, processId, session)}\nNext: careplus next ${processId}`);
}
