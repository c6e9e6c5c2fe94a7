/** `careplus contract`: import a contract file, look at contracts, activate one. */
import type { Command } from 'commander';
import { z } from 'zod';
import { nameOf } from '../answers.js';
import { allPages, typed } from '../api-client.js';
import { findProcess } from '../process-names.js';
import { settle } from '../settle.js';
import { group, leaf, type Session, type Shell } from '../shell.js';
import { importFile, type ImportOptions } from './contract-import.js';
import { stepText } from './step.js';

const person = z.object({ id: z.string(), name: z.string().nullish() }).nullish();
const contractRow = z.object({
  contractId: z.string(),
  number: z.string(),
  endUser: z.object({ name: z.string() }),
  status: z.string(),
  statusLabel: z.string().nullish(),
  startsOn: z.string(),
  endsOn: z.string(),
  processId: z.string(),
  manager: person,
  backup: person,
});
const contractRows = z.object({ items: z.array(contractRow) });
const contractView = contractRow.extend({
  processes: z
    .array(z.object({ id: z.string(), slug: z.string(), status: z.string(), closed: z.boolean().nullish() }))
    .default([]),
});

export function contractCommands(program: Command, shell: Shell): void {
  const contract = group(program, 'contract', 'import, list, show and activate contracts');
  leaf(contract, 'import <file>', 'read a contract file and store it, or say what is wrong where', [
    'contract import examples/contract.yaml --as kim-field',
    'contract import examples/contract.yaml --check',
  ])
    .option('--check', 'say what is wrong and what would change; store nothing')
    .option('--approve', 'amend a known contract without asking')
    .action(
      shell.action((session, file: string, options: ImportOptions) => importFile(session, file, options)),
    );
  leaf(contract, 'list', 'the contracts that you may see', ['contract list']).action(
    shell.action((session) => list(session)),
  );
  leaf(contract, 'show <contract>', 'one contract', ['contract show northwind-2026']).action(
    shell.action((session, id: string) => show(session, id)),
  );
  leaf(contract, 'activate <contract>', 'activate a contract', [
    'contract activate northwind-2026 --registered 2026-11-02',
  ])
    .requiredOption('--registered <date>', 'the day on which the End User registered at the portal')
    .action(
      shell.action((session, id: string, options: { registered: string }) =>
        activate(session, id, options.registered),
      ),
    );
}

async function list(session: Session): Promise<void> {
  const body = await allPages(session.api, '/v1/contracts');
  const { items } = typed(contractRows, body);
  session.answer(body, () =>
    items.length === 0
      ? 'No contract that you may see.\nNext: careplus contract import examples/contract.yaml'
      : session.table(
          [
            { header: 'Contract', whole: true },
            { header: 'Number' },
            { header: 'End User' },
            { header: 'Status' },
            { header: 'Ends', whole: true },
          ],
          items.map((row) => [
            session.bold(row.contractId),
            row.number,
            row.endUser.name,
            row.statusLabel ?? row.status,
            row.endsOn,
          ]),
        ),
  );
}

async function show(session: Session, id: string): Promise<void> {
  const { body } = await session.api.get(`/v1/contracts/${encodeURIComponent(id)}`);
  const row = typed(contractView, body);
  session.answer(body, () =>
    [
      `${session.paint.bold(row.number)}  ${row.endUser.name}`,
      `  Status    ${row.statusLabel ?? row.status}`,
      `  Term      ${row.startsOn} to ${row.endsOn}`,
      `  Manager   ${nameOf(row.manager)}, backup ${nameOf(row.backup)}`,
      ...row.processes.map(({ id: process, slug, status }) => `  ${slug.padEnd(10)}${process}  ${status}`),
      `Next: careplus next ${id}/contract`,
    ].join('\n'),
  );
}

async function activate(session: Session, id: string, registered: string): Promise<void> {
  const processId = await findProcess(session.api, `${id}/contract`);
  const sent = await session.api.send(`/v1/processes/${processId}/commands/activate`, {
    body: { portalRegisteredOn: registered },
  });
  const { answer, body } = await settle(session, sent);
  session.answer(
    body,
    () => `${stepText(answer, processId, session)}\nNext: careplus onboarding start ${id}`,
  );
}
