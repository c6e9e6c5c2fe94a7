/** From an empty installation to Live, by typed commands, with the worker killed once, a stall, and the audit at the end. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadDemo } from '../../workers/demo.js';
import { example } from '../support/world.js';
import { System } from './system.js';

const SM = 'sam-rivers';
const BACKUP = 'robin-lake';
const MANAGER = 'kim-field';
const ONBOARDING = 'northwind-2026/onboarding';
const GUIDE = 'northwind-2026/userGuide';
const today = () => new Date().toISOString().slice(0, 10);

describe('a service manager brings an End User from the contract file to Live', () => {
  let system: System;

  beforeAll(async () => {
    system = await System.start();
    await system.skipToMonday();
    expect(await loadDemo(system.apiUrl)).toBe(true);
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
    expect(own.err).toContain('USER_GUIDE_SELF_REVIEW');
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
      return JSON.stringify(view).includes('"process"');
    });
  }, 120_000);

  it('goes Live when every item is done with evidence, not applicable, or waived by somebody else', async () => {
    const done = [
      'contactMatrix',
      'remoteAccess',
      'toolsWalkthrough',
      'installBase',
      'credits',
      'reviewCadence',
      'callCadence',
      'servicePlan',
      'testCall',
    ];
    const bare = await system.type(SM, [
      'do',
      ONBOARDING,
      'completeItem',
      'item=credits',
      `doneOn=${today()}`,
    ]);
    expect(bare.code).toBe(2);
    for (const item of done) {
      await system.careplus(
        SM,
        'do',
        ONBOARDING,
        'completeItem',
        `item=${item}`,
        `doneOn=${today()}`,
        'evidence.kind=note',
        'evidence.text=Agreed on the call',
      );
    }
    await system.careplus(
      SM,
      'do',
      ONBOARDING,
      'markNotApplicable',
      'item=outageGuideline',
      'reason=No regulated sites',
    );
    const early = await system.type(SM, ['do', ONBOARDING, 'goLive']);
    expect(early.err).toContain('ONBOARDING_ITEMS_OPEN');
    await system.careplus(
      SM,
      'do',
      ONBOARDING,
      'askWaiver',
      'item=collectorPlan',
      'reason=The End User refuses a collector',
    );
    await system.careplus(MANAGER, 'do', ONBOARDING, 'approveWaiver', 'item=collectorPlan');
    expect(await system.careplus(SM, 'do', ONBOARDING, 'goLive')).toMatchObject({
      outcome: 'accepted',
      status: 'live',
    });
    await system.until('the Live statement', async () =>
      (await system.mails('maria.stone@northwind.example')).some((mail) =>
        mail.subject.toLowerCase().includes('live'),
      ),
    );
  }, 120_000);

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
      'No regulated sites',
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
