/** Web support tools (service spec §4.5b). */
import { describe, expect, it } from '@jest/globals';
import { readInvitation } from '../../domain/invitation.js';
import { coverageOf } from '../../domain/support-tools/coverage.js';
import { supportToolsData } from '../../domain/support-tools/words.js';
import { exampleContract, examplePolicy, type TestWorld } from '../support/world.js';
import { anOnboarding, done, JAN, KIM, MARIA, ROBIN, SAM } from './journeys.js';
import {
  act,
  amendContacts,
  changedBeforeTheLink,
  inService,
  NOA,
  PLAN,
  plannedIn,
  provisioned,
  recordHeld,
  someChanges,
  someTools,
  walkedThrough,
  withChanges,
} from './journeys-support-tools.js';

const dataOf = (world: TestWorld, id = 'tls_1') => supportToolsData.parse(world.stateOf(id).data);
const statesOf = (world: TestWorld, person: string) =>
  Object.fromEntries(
    Object.entries(dataOf(world).accounts)
      .filter(([key]) => key.startsWith(`${person}/`))
      .map(([key, account]) => [key.slice(person.length + 1), account.state]),
  );
const running = (world: TestWorld) =>
  world
    .stateOf('tls_1')
    .clocks.map(({ name, key }) => (key === '' ? name : `${name} ${key}`))
    .filter((name) => !name.startsWith('inactive'))
    .sort();
const dueOf = (world: TestWorld, clock: string, key = '') =>
  new Date(
    world.clockOf('tls_1', clock, key)?.marks.find(({ step }) => step === 'due')?.dueAt ?? 0,
  ).toISOString();
const told = (world: TestWorld, notice: string) =>
  world.mailsOf('tls_1', notice).map((mail) => mail.recipient);
const invitations = (world: TestWorld, recipient: string) =>
  world
    .mailsOf('tls_1')
    .filter((mail) => mail.recipient === recipient)
    .map((mail) => readInvitation(mail.show))
    .filter((invitation) => invitation !== null);
const coverage = (world: TestWorld) => coverageOf(dataOf(world), world.stateOf('tls_1').clocks);
const COMMON = ['caseManager', 'downloads', 'knowledgeBase', 'problemSearch', 'rmaTracker'];

describe('accounts', () => {
  it('are requested at the start for every caller, in the tools that every caller needs', async () => {
    const world = await someTools();
    expect(Object.keys(statesOf(world, MARIA)).sort()).toEqual(COMMON);
    expect(running(world)).toEqual([`account ${JAN}`, `account ${MARIA}`, 'portal', 'walkthrough']);
    // Three business days from Monday, and twenty.
    expect(dueOf(world, 'account', JAN)).toBe('2026-11-26T16:00:00.000Z');
    expect(dueOf(world, 'walkthrough')).toBe('2026-12-21T16:00:00.000Z');
  });

  it('may be requested one by one, also by the primary contact, and stay owed until all of a person stand', async () => {
    const world = await someTools();
    const at = '2026-11-24T09:00:00Z';
    await done(act(world, 'requestAccount', { people: [JAN], tools: ['collector'] }, at, MARIA));
    const some = [{ person: JAN, login: 'jreed', tools: COMMON }];
    await done(act(world, 'recordProvisioned', { accounts: some }, at));
    expect(statesOf(world, JAN)).toMatchObject({ collector: 'requested', caseManager: 'provisioned' });
    expect(world.clockOf('tls_1', 'account', JAN)?.outcome).toBe('running');
    await done(act(world, 'recordProvisioned', { accounts: [{ person: JAN, login: 'jreed' }] }, at));
    expect(world.clockOf('tls_1', 'account', JAN)).toBeUndefined();
  });

  it('of many people are provisioned in one command; each of them is told once, with his tools', async () => {
    const world = await provisioned();
    expect(running(world)).toEqual(['portal', 'walkthrough']);
    const mails = world.mailsOf('tls_1', 'accountsReady');
    expect(mails.map((mail) => [mail.recipient, mail.link])).toEqual([
      [JAN, { command: 'confirmLogin', payload: { person: JAN } }],
      [MARIA, { command: 'confirmLogin', payload: { person: MARIA } }],
    ]);
    expect((mails[0]?.show['tools'] as { list: string[] }).list).toHaveLength(COMMON.length);
  });

  it('keep one login for one person, whatever the case of its letters and whoever had it before him', async () => {
    const world = await provisioned();
    const at = '2026-11-25T09:00:00Z';
    await done(act(world, 'requestAccount', { people: [JAN], tools: ['collector'] }, at));
    const shared = { accounts: [{ person: JAN, login: 'MStone' }] };
    expect((await act(world, 'recordProvisioned', shared, at))?.code).toBe('SUPPORT_TOOLS_SHARED_LOGIN');
    await done(act(world, 'recordRemoved', { accounts: [{ person: MARIA }] }, at));
    await done(act(world, 'recordProvisioned', shared, at));
  });

  it('are verified by the first login, recorded or confirmed by the holder', async () => {
    const world = await provisioned();
    const at = '2026-11-25T09:00:00Z';
    await done(act(world, 'recordLogin', { accounts: [{ person: MARIA, tools: ['downloads'] }] }, at));
    expect(statesOf(world, MARIA)).toMatchObject({ downloads: 'verified', caseManager: 'provisioned' });
    await done(act(world, 'confirmLogin', { person: JAN }, at, JAN));
    expect(new Set(Object.values(statesOf(world, JAN)))).toEqual(new Set(['verified']));
  });

  it('are inactive after ninety days without a login, and verified again by the next one', async () => {
    const world = await provisioned();
    const login = { accounts: [{ person: MARIA, tools: ['downloads'] }] };
    await done(act(world, 'recordLogin', login, '2026-11-30T09:00:00Z'));
    await world.runTo('2027-02-22T08:59:59Z');
    expect(statesOf(world, MARIA)).toMatchObject({ downloads: 'verified', caseManager: 'provisioned' });
    await world.runTo('2027-02-22T09:00:00Z');
    expect(statesOf(world, MARIA)).toMatchObject({ downloads: 'verified', caseManager: 'inactive' });
    await world.runTo('2027-02-28T09:00:00Z');
    expect(statesOf(world, MARIA)['downloads']).toBe('inactive');
    await done(act(world, 'recordLogin', login, '2027-03-01T09:00:00Z'));
    const account = dataOf(world).accounts[`${MARIA}/downloads`];
    expect(account).toMatchObject({ state: 'verified', firstLoginAt: Date.parse('2026-11-30T09:00:00Z') });
    expect(told(world, 'accountInactive')).toHaveLength(2 * COMMON.length);
  });

  it('lose their login when they are removed', async () => {
    const world = await provisioned();
    await done(act(world, 'recordRemoved', { accounts: [{ person: JAN }] }, '2026-11-25T09:00:00Z'));
    expect(JSON.stringify(dataOf(world))).not.toContain('jreed');
    expect(world.stateOf('tls_1').clocks.filter(({ key }) => key.startsWith(JAN))).toEqual([]);
  });
});

describe('the preparation', () => {
  it('ends with the walkthrough and the linked portal, in either order', async () => {
    const first = await walkedThrough();
    expect(first.stateOf('tls_1').status).toBe('preparing');
    expect(running(first)).toEqual(['portal']);
    await done(act(first, 'linkPortal', { evidence: 'Listed.' }, '2026-11-25T11:00:00Z'));
    const second = await provisioned();
    await done(act(second, 'linkPortal', { evidence: 'Listed.' }, '2026-11-24T11:00:00Z'));
    expect(running(second)).toEqual(['walkthrough']);
    await recordHeld(second, '2026-11-25T09:00:00Z');
    for (const world of [first, second]) {
      expect(world.stateOf('tls_1').status).toBe('inService');
      expect(running(world)).toEqual([]);
    }
  });

  it('settles the item of the onboarding that started it, once, and without a name', async () => {
    const onboarding = examplePolicy().onboarding;
    const checklist = onboarding.checklist.map((item) =>
      item.key === 'toolsWalkthrough' ? { ...item, process: 'supportTools' as const } : item,
    );
    const world = await anOnboarding(exampleContract(), {
      ...examplePolicy(),
      onboarding: { ...onboarding, checklist },
    });
    const id = world.idOf('supportTools');
    const at = '2026-11-25T09:00:00Z';
    const held = { heldAt: at, attendees: [JAN], recording: 'Archive 4711' };
    await done(world.command(id, 'recordWalkthrough', held, at, SAM));
    const itemOf = () =>
      (world.stateOf('onb_1').data['items'] as { key: string; state: string; evidence: unknown }[]).find(
        ({ key }) => key === 'toolsWalkthrough',
      );
    expect(itemOf()?.state).toBe('open');
    await done(world.command(id, 'linkPortal', { evidence: 'Listed.' }, at, SAM));
    expect(itemOf()).toMatchObject({ state: 'done', evidence: { kind: 'process', processId: id } });
    await done(world.command(id, 'recordWalkthrough', held, at, SAM));
    const reports = world.store.effects.filter(
      ({ intent }) => intent.kind === 'tellProcess' && intent.content.signal === 'itemSettled',
    );
    expect(reports).toHaveLength(1);
  });
});

describe('an invitation to a walkthrough', () => {
  it('goes to every caller and the service manager, at once', async () => {
    const world = await plannedIn(someTools);
    expect(told(world, 'walkthroughInvitation').sort()).toEqual([JAN, MARIA, SAM].sort());
    expect(world.mailsOf('tls_1', 'walkthroughInvitation')[0]?.urgent).toBe(true);
    expect(invitations(world, MARIA)).toEqual([
      {
        meeting: 'walkthrough-1',
        revision: 0,
        method: 'REQUEST',
        title: 'Walkthrough of the web support tools',
        startsAt: Date.parse('2026-12-01T09:00:00Z'),
        minutes: 60,
        place: PLAN.place,
      },
    ]);
  });

  it('is followed by updates of the same meeting, and called off for whom the change leaves out', async () => {
    const world = await plannedIn(someTools);
    const change = { startsAt: '2026-12-02T10:00:00+01:00', invitees: [MARIA, ROBIN] };
    await done(act(world, 'moveWalkthrough', change, '2026-11-24T11:00:00Z'));
    const short = (person: string) =>
      invitations(world, person).map(({ meeting, revision, method }) => [meeting, revision, method]);
    expect(short(MARIA)).toEqual([
      ['walkthrough-1', 0, 'REQUEST'],
      ['walkthrough-1', 1, 'REQUEST'],
    ]);
    expect(short(JAN).at(-1)).toEqual(['walkthrough-1', 1, 'CANCEL']);
    expect(short(ROBIN)).toEqual([['walkthrough-1', 1, 'REQUEST']]);
    await done(act(world, 'cancelWalkthrough', { reason: 'Another week.' }, '2026-11-24T12:00:00Z'));
    expect(short(MARIA).at(-1)).toEqual(['walkthrough-1', 2, 'CANCEL']);
    // He knows already.
    expect(short(JAN)).toHaveLength(2);
    await done(act(world, 'planWalkthrough', PLAN, '2026-11-24T13:00:00Z'));
    expect(short(MARIA).at(-1)).toEqual(['walkthrough-2', 0, 'REQUEST']);
  });

  it('is called off with the contract, and for somebody who leaves', async () => {
    const world = await plannedIn(inService);
    await amendContacts(world, '2026-11-26T09:00:00Z', MARIA);
    expect(invitations(world, JAN).map(({ method }) => method)).toEqual(['REQUEST', 'CANCEL']);
    expect(invitations(world, MARIA)).toHaveLength(1);
    await done(world.command('con_1', 'terminate', { reason: 'Over.' }, '2026-11-27T09:00:00Z', KIM));
    expect(invitations(world, MARIA).map(({ method }) => method)).toEqual(['REQUEST', 'CANCEL']);
    expect(invitations(world, JAN)).toHaveLength(2);
  });

  it('that was held is recorded by its attendance, and makes room for the next', async () => {
    const world = await plannedIn(inService);
    const payload = { attendees: [MARIA, JAN, SAM], recording: 'Archive 4712' };
    await done(act(world, 'recordWalkthrough', payload, '2026-12-01T10:00:00Z'));
    expect(dataOf(world).held.at(-1)).toMatchObject({
      heldAt: Date.parse('2026-12-01T09:00:00Z'),
      attendees: [MARIA, JAN, SAM],
      recording: 'Archive 4712',
    });
    await done(
      act(world, 'planWalkthrough', { ...PLAN, startsAt: '2026-12-10T09:00:00Z' }, '2026-12-01T11:00:00Z'),
    );
    expect(dataOf(world).meeting).toMatchObject({ number: 3, revision: 0 });
  });
});

describe('people and tools that come and go', () => {
  it('somebody new gets accounts, and a walkthrough within ten business days', async () => {
    const world = await withChanges();
    expect(Object.keys(statesOf(world, NOA)).sort()).toEqual([...COMMON, 'labPortal'].sort());
    expect(dueOf(world, 'newPerson', NOA)).toBe('2026-12-10T16:00:00.000Z');
    expect(told(world, 'peopleChanged')).toEqual([SAM]);
    await recordHeld(world, '2026-11-27T09:00:00Z', [MARIA]);
    expect(world.clockOf('tls_1', 'newPerson', NOA)).toBeDefined();
    await recordHeld(world, '2026-11-30T09:00:00Z', [NOA]);
    expect(world.clockOf('tls_1', 'newPerson', NOA)).toBeUndefined();
  });

  it('a new tool brings accounts for every caller, and is shown in a walkthrough after it', async () => {
    const world = await withChanges();
    expect(statesOf(world, MARIA)).toMatchObject({ labPortal: 'requested' });
    expect(dueOf(world, 'newTool', 'labPortal')).toBe('2026-12-10T16:00:00.000Z');
    const payload = { heldAt: '2026-11-25T15:00:00Z', attendees: [MARIA], recording: 'Archive 4713' };
    await done(act(world, 'recordWalkthrough', payload, '2026-11-27T09:00:00Z'));
    expect(world.clockOf('tls_1', 'newTool', 'labPortal')).toBeDefined();
    await recordHeld(world, '2026-11-27T10:00:00Z', [MARIA]);
    expect(world.clockOf('tls_1', 'newTool', 'labPortal')).toBeUndefined();
  });

  describe('after the first walkthrough, while the portal is still to be linked', () => {
    const linked = { evidence: 'Listed.' };

    it('are owed a walkthrough within ten business days, and stay owed when the portal is linked', async () => {
      const world = await changedBeforeTheLink();
      expect(running(world)).toEqual([
        `account ${MARIA}`,
        `account ${NOA}`,
        `leaver ${JAN}`,
        'newPerson noa-lind',
        'newTool labPortal',
        'portal',
      ]);
      expect(dueOf(world, 'newPerson', NOA)).toBe('2026-12-10T16:00:00.000Z');
      expect(dueOf(world, 'newTool', 'labPortal')).toBe('2026-12-10T16:00:00.000Z');
      await done(act(world, 'linkPortal', linked, '2026-11-27T09:00:00Z'));
      await world.runTo('2026-12-10T16:00:00Z');
      expect(told(world, 'newPersonDue')).toEqual([SAM, SAM]);
      expect(told(world, 'newToolDue')).toEqual([SAM, SAM]);
      await recordHeld(world, '2026-12-11T09:00:00Z', [NOA]);
      expect(running(world)).not.toContain(`newPerson ${NOA}`);
      expect(running(world)).not.toContain('newTool labPortal');
    });

    it('are chased before the link too, and shown by the next walkthrough', async () => {
      const world = await changedBeforeTheLink();
      await world.runTo('2026-12-10T16:00:00Z');
      expect(told(world, 'newPersonDue')).toEqual([SAM, SAM]);
      await recordHeld(world, '2026-12-11T09:00:00Z', [NOA]);
      expect(world.stateOf('tls_1').status).toBe('preparing');
      expect(running(world)).not.toContain(`newPerson ${NOA}`);
      expect(running(world)).not.toContain('newTool labPortal');
      await done(act(world, 'linkPortal', linked, '2026-12-11T10:00:00Z'));
      expect(world.stateOf('tls_1').status).toBe('inService');
    });

    it('are owed nothing any more when they have left again', async () => {
      const world = await changedBeforeTheLink();
      await amendContacts(world, '2026-11-27T09:00:00Z', MARIA);
      expect(running(world)).not.toContain(`newPerson ${NOA}`);
    });
  });

  it('before the first walkthrough are shown by it with the others', async () => {
    const world = await provisioned();
    await someChanges(world, '2026-11-24T10:00:00Z');
    expect(running(world).filter((name) => name.startsWith('new'))).toEqual([]);
    await recordHeld(world, '2026-11-25T09:00:00Z', [MARIA, NOA]);
    await done(act(world, 'linkPortal', { evidence: 'Listed.' }, '2026-11-25T10:00:00Z'));
    expect(running(world).filter((name) => name.startsWith('new'))).toEqual([]);
  });

  it('the accounts of a leaver are to be removed within one business day', async () => {
    const world = await withChanges();
    expect(dueOf(world, 'leaver', JAN)).toBe('2026-11-27T16:00:00.000Z');
    expect(coverage(world).leavers).toEqual({ accounts: COMMON.length, overdue: 0 });
    await world.runTo('2026-11-27T16:00:00Z');
    expect(coverage(world).leavers).toEqual({ accounts: COMMON.length, overdue: COMMON.length });
    await done(act(world, 'recordRemoved', { accounts: [{ person: JAN }] }, '2026-11-30T09:00:00Z'));
    expect(coverage(world).leavers).toEqual({ accounts: 0, overdue: 0 });
    expect(world.clockOf('tls_1', 'leaver', JAN)).toBeUndefined();
  });

  it('a request for somebody who has left is dropped', async () => {
    const world = await someTools();
    await amendContacts(world, '2026-11-24T09:00:00Z', MARIA);
    expect(statesOf(world, JAN)).toEqual({});
    expect(running(world)).toEqual([`account ${MARIA}`, 'portal', 'walkthrough']);
  });

  it('who comes back before his accounts are removed keeps them', async () => {
    const world = await withChanges();
    await amendContacts(world, '2026-11-26T10:00:00Z', MARIA, NOA, JAN);
    expect(world.clockOf('tls_1', 'leaver', JAN)).toBeUndefined();
    expect(statesOf(world, JAN)).toMatchObject({ caseManager: 'provisioned', labPortal: 'requested' });
  });

  it('an amendment that changes nobody is not told', async () => {
    const world = await inService();
    await amendContacts(world, '2026-11-26T09:00:00Z', MARIA, JAN);
    expect(told(world, 'peopleChanged')).toEqual([]);
    expect(world.eventsOf('tls_1').at(-1)).toBe('supportTools.callersConfirmed');
  });
});

describe('the end of the contract', () => {
  it('leaves every account to be removed, and the removal is still chased and recorded', async () => {
    const world = await inService();
    await done(world.command('con_1', 'terminate', { reason: 'Over.' }, '2026-11-26T09:00:00Z', KIM));
    expect(world.stateOf('tls_1').status).toBe('withdrawn');
    expect(running(world)).toEqual([`leaver ${JAN}`, `leaver ${MARIA}`]);
    await world.runTo('2026-11-27T16:00:00Z');
    expect(told(world, 'leaverDue')).toContain(SAM);
    const accounts = [{ person: JAN }, { person: MARIA }];
    await done(act(world, 'recordRemoved', { accounts }, '2026-11-30T09:00:00Z'));
    expect(running(world)).toEqual([]);
  });

  it('by renewal leaves the accounts to its successor', async () => {
    const world = await inService();
    await world.runTo('2028-09-20T00:00:00Z');
    await done(
      world.command('con_1', 'renew', { successorId: 'northwind-2028' }, '2028-09-21T09:00:00Z', KIM),
    );
    expect(world.stateOf('tls_1').status).toBe('withdrawn');
    expect(running(world)).toEqual([]);
  });
});

describe('the coverage', () => {
  it('counts a caller once he has logged in to every common tool', async () => {
    const world = await provisioned();
    expect(coverage(world)).toMatchObject({ callers: 2, verified: 0, percent: 0 });
    const at = '2026-11-25T09:00:00Z';
    await done(act(world, 'confirmLogin', { person: MARIA }, at, MARIA));
    await done(act(world, 'confirmLogin', { person: JAN, tools: ['downloads'] }, at, JAN));
    expect(coverage(world)).toMatchObject({ callers: 2, verified: 1, percent: 50 });
    await done(act(world, 'confirmLogin', { person: JAN }, at, JAN));
    expect(coverage(world)).toMatchObject({ verified: 2, percent: 100, accounts: { verified: 10 } });
  });

  it('does not count what is asked for beyond the common tools, and says who was walked through when', async () => {
    const world = await inService();
    const at = '2026-11-26T09:00:00Z';
    await done(act(world, 'confirmLogin', { person: MARIA }, at, MARIA));
    await done(act(world, 'requestAccount', { people: [MARIA], tools: ['collector'] }, at));
    const [jan, maria] = coverage(world).people;
    expect(maria).toMatchObject({ verified: true, walkedThroughAt: Date.parse('2026-11-25T09:00:00Z') });
    expect(jan).toMatchObject({ caller: true, verified: false, walkedThroughAt: null });
  });
});

describe('an answer of the End User', () => {
  it('is told to the onboarding, what the staff does is not', async () => {
    const world = await someTools('onb_9');
    const at = '2026-11-24T09:00:00Z';
    const answers = () =>
      world.store.effects.filter(
        ({ intent }) => intent.kind === 'tellProcess' && intent.content.signal === 'endUserAnswered',
      ).length;
    world.held = ({ intent }) => intent.kind === 'tellProcess';
    await done(act(world, 'requestAccount', { people: [JAN], tools: ['collector'] }, at, SAM));
    expect(answers()).toBe(0);
    await done(act(world, 'requestAccount', { people: [MARIA], tools: ['collector'] }, at, MARIA));
    expect(answers()).toBe(1);
  });
});
