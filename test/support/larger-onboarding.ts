/**
 * The larger demonstration customer brought to Live, the onboarding being started: every step of the package's own
 * processes and of the checklist, by whoever must do it. What the steps are done with is up to the caller.
 */
import type { ItemProcess } from '../../domain/onboarding/policy.js';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const CONTRACT = 'tailspin-2026';

/** The kinds of processes by the names under which a person finds them. */
export type Name =
  | 'onboarding'
  | 'userGuide'
  | 'outageGuideline'
  | 'contactMatrix'
  | 'remoteAccess'
  | 'supportTools'
  | 'supportCase'
  | 'contract';

/** What the steps are done with: the HTTP API, the command line. Each throws unless it is accepted. */
export interface Hands {
  readonly command: (person: string, process: Name, command: string, payload: object) => Promise<void>;
  readonly importMatrix: (person: string) => Promise<void>;
  readonly publishGuideline: (person: string) => Promise<void>;
  /** A call to the Senior Desk, marked as a test. */
  readonly testCall: (person: string, caller: string) => Promise<void>;
  readonly sign: (person: string, fullName: string, counter: boolean) => Promise<void>;
  readonly data: (person: string, process: Name) => Promise<Readonly<Record<string, unknown>>>;
  readonly status: (person: string, process: Name) => Promise<string>;
  /** Looks until it is so. */
  readonly until: (what: string, look: () => Promise<boolean>) => Promise<void>;
}

const SM = 'robin-lake';
const BACKUP = 'sam-rivers';
const LEAD = 'kim-field';
const CHRIS = 'chris-bell';

export function exampleText(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../examples/${path}`, import.meta.url)), 'utf8');
}

/** `today`: the date in the contract's zone. */
export async function bringToLive(hands: Hands, today: string): Promise<void> {
  await kickOff(hands, today);
  await agreeMatrix(hands);
  await allowAccess(hands, today);
  await handOver(hands, 'userGuide', { documentId: 'user-guide', version: 1, language: 'en' });
  await hands.publishGuideline(SM);
  await handOver(hands, 'outageGuideline', {
    documentId: `outage-guideline-${CONTRACT}`,
    version: 1,
    language: 'en',
  });
  await equip(hands);
  await testTheDesk(hands);
  await settleTheRest(hands, today);
}

async function kickOff({ command }: Hands, today: string): Promise<void> {
  const welcome = { contactedOn: today, medium: 'phone', summary: 'Introduced myself and the backup.' };
  await command(SM, 'onboarding', 'recordWelcome', welcome);
  const minutes = 'Walked through the checklist with all three sites.';
  await command(SM, 'onboarding', 'recordKickoff', { heldOn: today, attendees: [CHRIS, SM], minutes });
}

async function agreeMatrix({ command, importMatrix, data, until }: Hands): Promise<void> {
  await importMatrix(SM);
  await command(SM, 'contactMatrix', 'share', {});
  await command(BACKUP, 'contactMatrix', 'agree', { version: 1 });
  await command(CHRIS, 'contactMatrix', 'agree', { version: 1 });
  await until('the contract knows the contacts of the matrix', async () => {
    const { contacts } = (await data(SM, 'contract')) as { contacts: { personId: string }[] };
    return contacts.some(({ personId }) => personId === 'sky-perry');
  });
  await settled({ data, until }, 'contactMatrix');
}

async function allowAccess({ command, sign, data, until }: Hands, today: string): Promise<void> {
  await command(SM, 'remoteAccess', 'draft', {
    title: 'Agreement on remote access',
    sha256: createHash('sha256').update('The agreement.').digest('hex'),
    method: 'jumpHost',
    siteIds: ['tailspin-ny', 'tailspin-berlin', 'tailspin-lord-howe'],
    devices: [],
    engineers: ['noor-dale'],
    standingConsent: false,
    administrators: { provider: 'toni-vale', endUser: 'pat-moor' },
  });
  await command(SM, 'remoteAccess', 'submit', {});
  await command(BACKUP, 'remoteAccess', 'passReview', { evidence: 'No objections.' });
  await sign(CHRIS, 'Chris Bell', false);
  await sign(LEAD, 'Kim Field', true);
  const test = { testedOn: today, passed: true, text: 'Logged in to the jump host of each site.' };
  await command('noor-dale', 'remoteAccess', 'recordTest', test);
  await command(SM, 'remoteAccess', 'activate', {});
  await settled({ data, until }, 'remoteAccess');
}

/** Picked by one, released by another, acknowledged by each who was sent it. */
async function handOver(
  { command, data, until }: Hands,
  process: 'userGuide' | 'outageGuideline',
  version: { readonly documentId: string; readonly version: number; readonly language: string },
): Promise<void> {
  await command(SM, process, 'pick', version);
  await command(BACKUP, process, 'release', {});
  const { recipients } = (await data(SM, process)) as { recipients: Readonly<Record<string, unknown>> };
  for (const recipient of Object.keys(recipients))
    await command(recipient, process, 'acknowledge', { recipient, version: version.version });
  await settled({ data, until }, process);
}

async function equip({ command, data, until }: Hands): Promise<void> {
  const { accounts } = (await data(SM, 'supportTools')) as { accounts: Readonly<Record<string, unknown>> };
  const people = [...new Set(Object.keys(accounts).map((key) => key.split('/')[0] ?? ''))];
  const lines = people.map((person) => ({ person, login: person.replace('-', '.') }));
  await command(SM, 'supportTools', 'recordProvisioned', { accounts: lines });
  for (const person of people) await command(person, 'supportTools', 'confirmLogin', { person });
  await command(SM, 'supportTools', 'linkPortal', { evidence: 'The contract is listed in the portal.' });
  const heldAt = new Date(Date.now() - 3_600_000).toISOString();
  const recording = 'Archive 4711';
  await command(SM, 'supportTools', 'recordWalkthrough', { heldAt, attendees: people, recording });
  await settled({ data, until }, 'supportTools');
}

/** The End User calls, an engineer takes the case, and the call has passed. */
async function testTheDesk({ command, testCall, data, until }: Hands): Promise<void> {
  await testCall('noor-dale', CHRIS);
  await command('noor-dale', 'supportCase', 'accept', {});
  const evidence = 'Answered in two minutes, engineer engaged in five.';
  await command('noor-dale', 'supportCase', 'passTest', { evidence });
  await settled({ data, until }, 'testCall');
}

/** Items without a process of their own: attested with evidence, or waived by somebody else. */
async function settleTheRest({ command, status, until }: Hands, today: string): Promise<void> {
  const evidence = { kind: 'note', text: 'Agreed on the call.' };
  for (const item of ['installBase', 'credits', 'reviewCadence', 'callCadence', 'servicePlan'])
    await command(SM, 'onboarding', 'completeItem', { item, doneOn: today, evidence });
  const item = 'collectorPlan';
  await command(SM, 'onboarding', 'askWaiver', { item, reason: 'The End User refuses a collector.' });
  await command(LEAD, 'onboarding', 'approveWaiver', { item });
  await until('the package is complete', async () => (await status(SM, 'onboarding')) === 'packageComplete');
  await command(SM, 'onboarding', 'goLive', {});
}

/** The checklist hears of it from the process of the item. */
async function settled({ data, until }: Pick<Hands, 'data' | 'until'>, process: ItemProcess): Promise<void> {
  await until(`the checklist knows that ${process} is settled`, async () => {
    const { items } = (await data(SM, 'onboarding')) as {
      items: { process: string | null; state: string }[];
    };
    return items.some((item) => item.process === process && item.state === 'done');
  });
}
