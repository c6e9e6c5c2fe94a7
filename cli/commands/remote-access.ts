/** `careplus access status`, `sign`, `session …`: whether the Provider may come in, signatures, and who came in. */
import type { Command } from 'commander';
import { z } from 'zod';
import { processRows, processView, stepAnswer } from '../answers.js';
import { typed } from '../api-client.js';
import { CliFailure } from '../failure.js';
import { instant } from '../options.js';
import { harmless } from '../output/text.js';
import { findProcess, namesProcess } from '../process-names.js';
import { settle } from '../settle.js';
import { group, leaf, type Session, type Shell } from '../shell.js';
import { stepText } from './step.js';

const text = z.string();
const named = z.object({ id: text, name: text });

const accessAnswer = z.object({
  processId: text.nullish(),
  at: text,
  atLocal: text.nullish(),
  basis: text.nullish(),
  usable: z.boolean(),
  statusLabel: text,
  agreement: z
    .object({
      title: text,
      version: z.number(),
      method: text,
      sites: z.array(named),
      devices: z.array(text),
      standingConsent: z.boolean(),
      endsAt: text,
      endsLocal: text.nullish(),
    })
    .nullable(),
  engineers: z.array(named),
  consent: z.array(named.extend({ inHours: z.boolean().nullable() })),
  lastTest: z.object({ testedOn: text, passed: z.boolean(), text, by: named }).nullable(),
  alternative: text.nullable(),
});
type AccessAnswer = z.infer<typeof accessAnswer>;

const signable = z.object({ title: text, version: z.number(), sha256: text });
const sessionData = z.object({
  caseNumber: text,
  engineerId: text,
  approverId: text.nullable(),
  consent: text,
  method: text,
  devices: z.array(text),
  startedAt: text,
  plannedEndAt: text,
  endedAt: text.nullable(),
  changed: text.nullable(),
});

interface StartOptions {
  readonly case: string;
  readonly device: readonly string[];
  readonly site?: string;
  readonly engineer: string;
  readonly approver?: string;
  readonly purpose: string;
  readonly method: string;
  readonly until: string;
}

export function remoteAccessCommands(access: Command, shell: Shell): void {
  leaf(access, 'status <contract>', 'may the Provider come in: how, where, who, with whose consent', [
    'access status northwind-2026 --at 2026-12-24T03:00+01:00',
  ])
    .option('--at <instant>', 'any instant, past or to come (default: now)', instant)
    .action(
      shell.action((session, contract: string, options: { at?: string }) =>
        showStatus(session, contract, options),
      ),
    );
  leaf(access, 'sign <process>', 'sign what a process asks for, with your own name', [
    "access sign northwind-2026/remoteAccess --name 'Maria Stone' --as maria-stone",
  ])
    .requiredOption('--name <name>', 'your full name, as messages to you write it')
    .option('--counter', 'counter-sign for the Provider')
    .action(
      shell.action((session, reference: string, options: { name: string; counter?: boolean }) =>
        sign(session, reference, options),
      ),
    );
  const sessions = group(access, 'session', 'who is on whose devices, and why');
  leaf(sessions, 'start <contract>', 'start a session under the agreement, or one that the End User leads', [
    "access session start northwind-2026 --case 2026-0311-0007 --site northwind-berlin --device core-1 --engineer noor-dale --approver maria-stone --purpose 'Read the logs.' --method jumpHost --until 2026-03-11T16:00+01:00",
  ])
    .requiredOption('--case <number>', 'the case that it is for')
    .requiredOption('--device <name...>', 'each device, by name or serial')
    .option('--site <id>', 'the site of the devices')
    .requiredOption('--engineer <person>', 'who works')
    .option('--approver <person>', 'who consented; needless with standing consent')
    .requiredOption('--purpose <text>', 'what it is for')
    .requiredOption('--method <method>', 'vpn, jumpHost, screenShare, or endUserScreenShare')
    .requiredOption('--until <instant>', 'its planned end', instant)
    .action(
      shell.action((session, contract: string, options: StartOptions) =>
        startSession(session, contract, options),
      ),
    );
  leaf(sessions, 'end <session>', 'end a session, and say what was changed', [
    "access session end ses_0190 --changed 'Nothing was changed.'",
  ])
    .requiredOption('--changed <text>', 'what was changed on which device')
    .action(
      shell.action((session, reference: string, options: { changed: string }) =>
        endSession(session, reference, options.changed),
      ),
    );
  leaf(sessions, 'list [contract]', 'sessions, newest first', ['access session list northwind-2026']).action(
    shell.action((session, contract?: string) => listSessions(session, contract)),
  );
}

async function showStatus(session: Session, contract: string, { at }: { at?: string }): Promise<void> {
  const path = `/v1/contracts/${encodeURIComponent(contract)}/access`;
  const { body } = await session.api.get(path, at === undefined ? {} : { at });
  session.answer(body, () => statusText(typed(accessAnswer, body), contract, session));
}

function statusText(found: AccessAnswer, contract: string, session: Session): string {
  const { agreement, lastTest } = found;
  const { paint } = session;
  const verdict = found.usable ? paint.green('may be used') : paint.red('may not be used');
  const basis = found.basis === 'forecast' ? ', if nobody acts' : '';
  const line = (label: string, value: string) => session.prose(`${label.padEnd(13)}${harmless(value)}`, '  ');
  const people = (list: readonly { id: string; name: string }[]) =>
    list.map(({ id, name }) => `${name} (${id})`).join(', ') || 'nobody';
  const hours = (inHours: boolean | null) =>
    inHours === null ? ', hours not known' : inHours ? ', in hours' : ', out of hours';
  const where = agreement && [
    ...agreement.sites.map(({ id, name }) => `${name} (${id})`),
    ...(agreement.devices.length > 0 ? [`devices ${agreement.devices.join(', ')}`] : []),
  ];
  return [
    `${paint.bold(contract)}: remote access ${verdict}  ${found.statusLabel}`,
    line('At', `${session.time(found.at, found.atLocal)}${basis}`),
    ...(agreement
      ? [
          line('Agreement', `${agreement.title}, version ${String(agreement.version)}`),
          line('Until', session.time(agreement.endsAt, agreement.endsLocal)),
          line('Method', agreement.method),
          line('Where', where?.join('; ') ?? ''),
          line('Engineers', people(found.engineers)),
        ]
      : []),
    ...(agreement?.standingConsent ? [line('Consent', 'standing, by the agreement')] : []),
    line(
      'May consent',
      found.consent.map((one) => `${one.name} (${one.id})${hours(one.inHours)}`).join('; ') || 'nobody',
    ),
    ...(lastTest
      ? [
          line(
            'Last test',
            `${lastTest.testedOn}, ${lastTest.passed ? 'passed' : 'failed'}: ${lastTest.text}`,
          ),
        ]
      : []),
    ...(found.alternative ? ['', session.prose(found.alternative)] : []),
  ].join('\n');
}

async function sign(
  session: Session,
  reference: string,
  { name, counter }: { readonly name: string; readonly counter?: boolean },
): Promise<void> {
  const processId = await findProcess(
    session.api,
    namesProcess(reference) ? reference : `${reference}/remoteAccess`,
  );
  const { data } = typed(processView, (await session.api.get(`/v1/processes/${processId}`)).body);
  const under = signable.safeParse(data['proposal'] ?? data['note']);
  if (!under.success) {
    throw new CliFailure({
      exitCode: 1,
      code: 'NOTHING_TO_SIGN',
      text: 'The process asks for no signature.',
      remedy: `See where it stands: careplus show ${reference}`,
    });
  }
  const { title, version, sha256 } = under.data;
  session.remark(session.prose(`${harmless(title)}, version ${String(version)}, SHA-256 ${sha256}`));
  const sent = await session.api.send(`/v1/processes/${processId}/signatures`, {
    body: { title, version, sha256, command: counter ? 'counterSign' : 'sign', typedName: name },
  });
  const { answer, body } = await settle(session, sent);
  session.answer(body, () => stepText(answer, processId, session));
}

async function startSession(session: Session, contractId: string, options: StartOptions): Promise<void> {
  const sent = await session.api.send('/v1/processes/accessSession', {
    body: {
      contractId,
      caseNumber: options.case,
      siteId: options.site ?? null,
      devices: options.device,
      engineerId: options.engineer,
      approverId: options.approver ?? null,
      purpose: options.purpose,
      method: options.method,
      plannedEnd: options.until,
    },
  });
  const given = sent.status === 202 ? undefined : typed(stepAnswer, sent.body);
  const { answer, body } = await settle(session, sent);
  const processId = answer.processId ?? given?.processId ?? '';
  session.answer(body, () =>
    [
      `${session.paint.green('Started')}: ${processId}, until ${session.time(options.until)}`,
      `End it: careplus access session end ${processId} --changed '…'`,
    ].join('\n'),
  );
}

async function endSession(session: Session, reference: string, changed: string): Promise<void> {
  const processId = await findProcess(session.api, reference);
  const sent = await session.api.send(`/v1/processes/${processId}/commands/end`, { body: { changed } });
  const { answer, body } = await settle(session, sent);
  session.answer(body, () => stepText(answer, processId, session));
}

/** Most sessions that a list looks into. */
const MOST_LISTED = 20;

async function listSessions(session: Session, contract: string | undefined): Promise<void> {
  const query = { slug: 'accessSession', contract, limit: MOST_LISTED };
  const { items, next } = typed(processRows, (await session.api.get('/v1/processes', query)).body);
  const views: z.infer<typeof processView>[] = [];
  for (const { id } of items)
    views.push(typed(processView, (await session.api.get(`/v1/processes/${id}`)).body));
  session.answer({ items: views }, () => {
    if (views.length === 0) return 'No session yet.';
    const table = session.table(
      [
        { header: 'Session' },
        { header: 'Case' },
        { header: 'Who, with whose consent' },
        { header: 'From, until' },
      ],
      views.map((view) => {
        const data = sessionData.parse(view.data);
        return [
          `${view.id}\n${view.statusLabel ?? ''}`,
          `${data.caseNumber}\n${data.devices.join(', ')}`,
          `${data.engineerId}, ${data.method}\n${data.approverId ?? ''} ${data.consent}`.trim(),
          `${session.time(data.startedAt)}\n${session.time(data.endedAt ?? data.plannedEndAt)}`,
        ];
      }),
    );
    return next ? `${table}\nThe newest ${String(MOST_LISTED)} are shown.` : table;
  });
}
