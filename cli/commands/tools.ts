/** `careplus tools`: who has which account in the web support tools, and how far the callers are covered. */
import type { Command } from 'commander';
import { z } from 'zod';
import { typed } from '../api-client.js';
import { counted, harmless } from '../output/text.js';
import { group, leaf, type Session, type Shell } from '../shell.js';

const toolsAnswer = z.object({
  tools: z
    .object({
      processId: z.string(),
      callers: z.number(),
      verified: z.number(),
      percent: z.number().nullable(),
      leavers: z.object({ accounts: z.number(), overdue: z.number() }),
      portalLinkedAt: z.string().nullable(),
      walkthrough: z.object({ startsAt: z.string(), place: z.string(), invited: z.number() }).nullable(),
      tools: z.array(z.object({ key: z.string(), label: z.string(), accounts: z.string() })),
      people: z.array(
        z.object({
          person: z.object({ name: z.string() }),
          caller: z.boolean(),
          verified: z.boolean(),
          walkedThroughAt: z.string().nullable(),
          accounts: z.array(z.object({ tool: z.string(), state: z.string() })),
        }),
      ),
    })
    .nullable(),
});
type Tools = NonNullable<z.infer<typeof toolsAnswer>['tools']>;

export function toolsCommands(program: Command, shell: Shell): void {
  const tools = group(program, 'tools', 'who can use the web support tools');
  leaf(tools, 'coverage <contract>', 'accounts of every person, verified callers, accounts of leavers', [
    'tools coverage northwind-2026',
  ]).action(shell.action((session, contract: string) => coverage(session, contract)));
}

async function coverage(session: Session, contract: string): Promise<void> {
  const { body } = await session.api.get(`/v1/contracts/${encodeURIComponent(contract)}/tools`);
  session.answer(body, () => {
    const { tools } = typed(toolsAnswer, body);
    if (!tools)
      return session.prose(
        `Nobody looks after the tools of ${contract} yet. Its onboarding starts that, or: POST /v1/processes/supportTools.`,
      );
    return [headText(tools, session), peopleTable(tools, session), toolsTable(tools, session)].join('\n\n');
  });
}

function headText(tools: Tools, session: Session): string {
  const { paint } = session;
  const { callers, verified, percent, leavers, walkthrough } = tools;
  const full = percent === 100;
  const share = `${String(verified)} of ${counted(callers, 'caller')}${percent === null ? '' : `, ${String(percent)} %`}`;
  const left = `${counted(leavers.accounts, 'account')}, ${String(leavers.overdue)} overdue`;
  return [
    `  Verified     ${full ? paint.green(share) : share}`,
    `  Leavers      ${leavers.overdue > 0 ? paint.red(left) : left}`,
    `  Portal       ${tools.portalLinkedAt ? `linked ${session.time(tools.portalLinkedAt)}` : 'not linked to the contract'}`,
    `  Walkthrough  ${walkthrough ? `${session.time(walkthrough.startsAt)}, ${counted(walkthrough.invited, 'person', 'people')} invited` : 'none planned'}`,
    `  Process      ${tools.processId}`,
  ].join('\n');
}

/** What is verified needs no attention, so that only the rest is named. */
function peopleTable({ people, tools }: Tools, session: Session): string {
  const labelOf = (key: string) => harmless(tools.find((tool) => tool.key === key)?.label ?? key);
  return session.table(
    [
      { header: 'Person' },
      { header: 'Caller' },
      { header: 'Walked through', whole: true },
      { header: 'Accounts' },
    ],
    people.map((one) => {
      const states = new Map<string, string[]>();
      for (const { tool, state } of one.accounts)
        states.set(state, [...(states.get(state) ?? []), labelOf(tool)]);
      const all = [...states].map(([state, labels]) =>
        state === 'verified' ? `${String(labels.length)} verified` : `${state}: ${labels.join(', ')}`,
      );
      return [
        harmless(one.person.name),
        one.caller ? (one.verified ? 'verified' : 'not verified') : 'no',
        one.walkedThroughAt ? dayOf(session.time(one.walkedThroughAt)) : '-',
        all.length === 0 ? 'none' : all.join('\n'),
      ];
    }),
  );
}

/** `Mon 2026-03-02` of an instant: the hour of a walkthrough matters to nobody afterwards. */
function dayOf(time: string): string {
  return time.split(' ').slice(0, 2).join(' ');
}

function toolsTable({ tools }: Tools, session: Session): string {
  return session.table(
    [{ header: 'Tool' }, { header: 'Name in commands' }, { header: 'Accounts' }],
    tools.map(({ key, label, accounts }) => [
      harmless(label),
      key,
      accounts === 'everyCaller' ? 'every caller' : 'on request',
    ]),
  );
}
