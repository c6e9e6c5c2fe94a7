/** From an empty installation to Live, by typed commands, with the worker killed once, a stall, and the audit at the end. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadDemo } from '../../workers/demo.js';
import { example } from '../support/world.js';
import { bringToLive, CONTRACT, type Hands } from '../support/larger-onboarding.js';
import { System } from './system.js';

const SM = 'sam-rivers';
const BACKUP = 'robin-lake';
const MANAGER = 'kim-field';
const ONBOARDING = 'northwind-2026/onboarding';
const GUIDE = 'northwind-2026/userGuide';
const today = () => new Date().toISOString().slice(0, 10);

describe('service managers bring End Users from the contract file to Live', () => {
  let system: System;

  beforeAll(async () => {
    system = await System.start();
    expect(await loadDemo(system.apiUrl)).toBe(true);
    await system.openAtAllHours();
  }, 120_000);

  afterAll(async () => {
    await system.stop();
  });

  it('imports the contract once, says so the second time, and activates it with a day-one mail', async () => {
    await system.careplus(MANAGER, 'contract', 'import', 'examples/contract.yaml');
    const again = await system.type(MANAGER, ['contract', 'import', 'examples/contract.yaml']);
    expect(again.code).toBe(0);
    expect(again.out).toMatch(/no change|nothing|same/i);
    await system.careplus(MANAGER, 'contract', 'activate', 'northwind-2026', '--registered', today());
    const mail = await system.until('the day-one mail', async () =>
      (await system.mails('maria.stone@northwind.example')).at(0),
    );
    const text = await system.mailText(mail.n);
    expect(text).toContain('CP-2026-0417');
    expect(text).toContain('+49 30 5550 100');
    expect(text).toContain('Sam Rivers');
    expect(text).toContain('Robin Lake');
  });

  it('starts the onboarding, whose guide starts by itself, and loses nothing when the worker is killed', async () => {
    await system.careplus(SM, 'onboarding', 'start', 'northwind-2026');
    await system.careplus(
      SM,
      'do',
      ONBOARDING,
      'recordWelcome',
      `contactedOn=${today()}`,
      'medium=phone',
      'summary=Introduced myself',
    );
    await system.killWorker();
    const kickoff = system.careplus(
      SM,
      'do',
      ONBOARDING,
      'recordKickoff',
      `heldOn=${today()}`,
      'attendees=maria-stone,sam-rivers',
      'minutes=Walked through the checklist',
    );
    await system.startWorker();
    await kickoff;
    expect(await system.careplus(SM, 'show', ONBOARDING)).toMatchObject({ status: 'kickoffHeld', seq: 3 });
  }, 120_000);

  it('sends the guide, whose link a scanner may fetch and only its reader can confirm', async () => {
    await system.until('the guide process', async () => (await system.type(SM, ['show', GUIDE])).code === 0);
    await system.careplus(SM, 'do', GUIDE, 'pick', 'documentId=user-guide', 'version=1', 'language=en');
    const own = await system.type(SM, ['do', GUIDE, 'release']);
    expect(own.code).toBe(1);
    expect(own.err).toContain('DOCUMENT_SELF_REVIEW');
    await system.careplus(BACKUP, 'do', GUIDE, 'release');
    for (const to of ['maria.stone@northwind.example', 'jan.reed@northwind.example']) {
      const link = await system.until(`a link for ${to}`, async () => linkIn(system, to));
      for (let scan = 0; scan < 2; scan += 1) expect((await fetch(link)).status).toBe(200);
      const confirmed = await fetch(link, { method: 'POST', redirect: 'manual' });
      expect(confirmed.status).toBeLessThan(400);
      const twice = await fetch(link, { method: 'POST', redirect: 'manual' });
      expect(await twice.text()).toMatch(/already|schon/i);
    }
    await system.until('the checklist knows it', async () => {
      const view = await system.careplus(SM, 'show', ONBOARDING);
      return JSON.stringify(view).includes('"kind":"process"');
    });
  }, 120_000);

  it('refuses an item without evidence, one that its own process settles, and Live with open items', async () => {
    const item = async (...fields: string[]) =>
      system.type(SM, ['do', ONBOARDING, 'completeItem', `doneOn=${today()}`, ...fields]);
    expect((await item('item=credits')).code).toBe(2);
    const evidence = ['evidence.kind=note', 'evidence.text=Agreed on the call'];
    expect((await item('item=contactMatrix', ...evidence)).err).toContain('ONBOARDING_HAS_ITS_PROCESS');
    expect((await item('item=credits', ...evidence)).code).toBe(0);
    expect((await system.type(SM, ['do', ONBOARDING, 'goLive'])).err).toContain('PROCESS_STATUS');
  });

  it('brings the larger customer to Live through the processes of all items of the package', async () => {
    await system.careplus('robin-lake', 'onboarding', 'start', CONTRACT);
    await bringToLive(handsOf(system), today());
    await system.until('the Live statement', async () =>
      (await system.mails('chris.bell@tailspin.example')).some((mail) =>
        mail.subject.toLowerCase().includes('live'),
      ),
    );
  }, 240_000);

  it('shows a stall after fifteen business days of silence, and its end with the first answer', async () => {
    await system.careplus(MANAGER, 'onboarding', 'start', 'alder-2026');
    await system.skip(24 * 28);
    // Business time has moved, the engine's has not: any bell makes the runner look.
    await system.careplus(MANAGER, 'note', 'alder-2026/onboarding', 'Left a message', '--medium', 'phone');
    await system.until(
      'the account manager is told',
      async () => (await system.mails('alex.shore@provider.example')).length > 0,
    );
    const stalled = await system.careplus(MANAGER, 'show', 'alder-2026/onboarding');
    expect(stalled).toMatchObject({ data: { stalled: 'once' } });
    await system.careplus(
      MANAGER,
      'note',
      'alder-2026/onboarding',
      'Back from leave',
      '--medium',
      'phone',
      '--answer',
    );
    const recovered = await system.careplus(MANAGER, 'show', 'alder-2026/onboarding');
    expect(recovered).toMatchObject({ data: { stalled: 'no' } });
  }, 120_000);

  it('verifies the chain and decides every event again without a difference', async () => {
    const verified = await system.careplus('jo-brook', 'audit', 'verify');
    expect(JSON.stringify(verified)).not.toContain('"problems":[{');
    const redecided = await system.careplus('jo-brook', 'audit', 'redecide');
    expect(redecided).toMatchObject({ differences: [] });
    expect(Number(redecided['checked'])).toBeGreaterThan(30);
  }, 60_000);

  it('keeps names, addresses and texts out of the histories of the engine', async () => {
    const ids = await system.processIds('jo-brook');
    expect(ids.length).toBeGreaterThan(4);
    const secrets = [
      ...names(),
      'Introduced myself',
      'Walked through the checklist',
      'Walked through the checklist with all three sites',
      'Introduced myself and the backup',
      'Archive 4711',
      'Back from leave',
    ];
    for (const id of ids) {
      const history = await system.client.workflow.getHandle(id).fetchHistory();
      const raw = JSON.stringify(history, (_key, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
      );
      expect(raw).toContain(id);
      for (const secret of secrets) expect(raw).not.toContain(secret);
    }
  }, 60_000);
});

/** Every step typed as a command, as each person would. */
function handsOf(system: System): Hands {
  const show = async (person: string, process: string) =>
    system.careplus(person, 'show', `${CONTRACT}/${process}`);
  const table = 'examples/matrix/tailspin-contacts.csv';
  const guideline = 'examples/outage-guidelines/tailspin.en.yaml';
  const of = ['--kind', 'outageGuideline', '--contract', CONTRACT, '--version', '1', '--language', 'en'];
  return {
    command: async (person, process, command, payload) => {
      const fields = Object.entries(payload).map(
        ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
      );
      await system.careplus(person, 'do', `${CONTRACT}/${process}`, command, ...fields);
    },
    importMatrix: async (person) => {
      await system.careplus(person, 'matrix', 'import', table, '--contract', CONTRACT, '--yes');
    },
    publishGuideline: async (person) => {
      await system.careplus(
        person,
        'document',
        'publish',
        guideline,
        ...of,
        '--title',
        'Outages of Tailspin',
      );
    },
    testCall: async (person, caller) => {
      const impact = 'A test of the way to the Senior Desk.';
      const call = [
        '--caller',
        caller,
        '--priority',
        'P2',
        '--site',
        'tailspin-ny',
        '--impact',
        impact,
        '--test',
      ];
      await system.careplus(person, 'desk', 'call', CONTRACT, ...call);
    },
    sign: async (person, fullName, counter) => {
      const more = counter ? ['--counter'] : [];
      await system.careplus(
        person,
        'access',
        'sign',
        `${CONTRACT}/remoteAccess`,
        '--name',
        fullName,
        ...more,
      );
    },
    data: async (person, process) =>
      (await show(person, process))['data'] as Readonly<Record<string, unknown>>,
    status: async (person, process) => String((await show(person, process))['status']),
    until: async (what, look) => {
      await system.until(what, look);
    },
  };
}

async function linkIn(system: System, to: string): Promise<string | undefined> {
  for (const mail of await system.mails(to)) {
    const link = /https?:\/\/\S+\/l\/[\w-]+/.exec(await system.mailText(mail.n));
    if (link) return link[0].replace(/^https?:\/\/[^/]+/, system.apiUrl);
  }
  return undefined;
}

/** Names and addresses of everybody in the examples. */
function names(): string[] {
  const { staff } = example('provider.yaml') as { staff: { name: string; email: string }[] };
  const files = ['contract.yaml', 'contracts/tailspin-2026.yaml', 'contracts/alder-2026.yaml'];
  const contacts = files.flatMap(
    (file) => (example(file) as { contacts: { name: string; email: string }[] }).contacts,
  );
  return [...staff, ...contacts].flatMap(({ name, email }) => [name, email]);
}
