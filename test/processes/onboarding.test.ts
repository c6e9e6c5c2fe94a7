/** Onboarding to Live (service spec §4.0, §3a). */
import { describe, expect, it } from '@jest/globals';
import { attestedPolicy, exampleContract, type TestWorld } from '../support/world.js';
import {
  anOnboarding,
  done,
  handOver,
  itemsOf,
  JAN,
  KIM,
  kickoffHeld,
  live,
  MARIA,
  objected,
  packageComplete,
  recordKickoff,
  ROBIN,
  SAM,
  settleItem,
  unstaffed,
  welcomed,
} from './journeys.js';

const onb = (
  world: TestWorld,
  command: string,
  payload: Record<string, unknown>,
  at: string,
  actor: string,
) => world.command('onb_1', command, payload, at, actor);
const item = (world: TestWorld, key: string) =>
  (world.stateOf('onb_1').data as { items: { key: string; state: string }[] }).items.find(
    (one) => one.key === key,
  );
const stalled = (world: TestWorld) => world.stateOf('onb_1').data['stalled'];

describe('the way to Live', () => {
  it('leads through contact, kickoff, package and checklist to the statement', async () => {
    const world = await live();
    const { status, data } = world.stateOf('onb_1');
    expect(status).toBe('live');
    expect(data).toMatchObject({ contactedOn: '2026-11-24', liveAt: Date.parse('2026-11-30T11:00:00Z') });
    const statuses = world.store.events
      .filter((event) => event.processId === 'onb_1')
      .map((event) => event.to);
    expect([...new Set(statuses)]).toEqual([
      'smAssigned',
      'welcomed',
      'kickoffHeld',
      'packageInProgress',
      'packageComplete',
      'live',
    ]);
  });

  it('keeps who settled an item, when, and with which evidence', async () => {
    const world = await kickoffHeld();
    await settleItem(world, 'contactMatrix');
    expect(item(world, 'contactMatrix')).toEqual({
      key: 'contactMatrix',
      label: 'Contact matrix agreed',
      phase: 'package',
      process: null,
      state: 'done',
      by: SAM,
      at: Date.parse('2026-11-26T10:00:00Z'),
      doneOn: '2026-11-26',
      evidence: { kind: 'note', text: 'Agreed on the phone.' },
      reason: null,
      askedBy: null,
    });
  });

  it('sends a statement of what was done, not applicable, and waived by whom', async () => {
    const world = await packageComplete();
    const at = '2026-11-30T10:00:00Z';
    await done(onb(world, 'markNotApplicable', { item: 'credits', reason: 'None were bought.' }, at, SAM));
    await done(onb(world, 'askWaiver', { item: 'collectorPlan', reason: 'It was refused.' }, at, SAM));
    await done(onb(world, 'approveWaiver', { item: 'collectorPlan' }, at, KIM));
    for (const key of itemsOf(world, 'live')) await settleItem(world, key, at);
    await done(onb(world, 'goLive', {}, '2026-11-30T11:00:00Z', SAM));
    const [mail, ...more] = world.mailsOf('onb_1', 'liveStatement');
    expect(more).toEqual([]);
    expect(mail).toMatchObject({
      recipient: MARIA,
      show: {
        notApplicable: { list: ['Credits granted and first statement sent'] },
        waived: { list: ['Collector plan agreed'] },
        waivedBy: { list: [{ person: KIM }] },
        // 5 business days after Monday, 30 November.
        objectBy: { instant: Date.parse('2026-12-07T16:00:00Z') },
      },
    });
    expect((mail?.show['done'] as { list: string[] }).list).toHaveLength(10);
  });

  it('is not open while an item is', async () => {
    const world = await packageComplete();
    expect((await onb(world, 'goLive', {}, '2026-11-30T10:00:00Z', SAM))?.code).toBe('ONBOARDING_ITEMS_OPEN');
  });

  it('takes the package as complete with the kickoff when everything was settled before it', async () => {
    const world = await welcomed();
    for (const key of itemsOf(world, 'package')) await settleItem(world, key, '2026-11-26T10:00:00Z');
    await handOver(world, '2026-11-26T11:00:00Z');
    expect(world.stateOf('onb_1').status).toBe('welcomed');
    await recordKickoff(world, '2026-11-26T12:00:00Z');
    expect(world.stateOf('onb_1').status).toBe('packageComplete');
    expect(world.store.events.findLast((event) => event.processId === 'onb_1')?.via).toBe('kickoffHeld');
    expect(world.clockOf('onb_1', 'package')).toBeUndefined();
  });

  it('may skip the record of the first contact: the kickoff is one', async () => {
    const world = await anOnboarding();
    await recordKickoff(world);
    expect(world.stateOf('onb_1')).toMatchObject({
      status: 'kickoffHeld',
      data: { contactedOn: '2026-11-25' },
    });
    expect(world.clockOf('onb_1', 'firstContact')).toBeUndefined();
  });
});

describe('an item', () => {
  const tick = { item: 'contactMatrix', doneOn: '2026-11-26' };

  it.each([
    ['no evidence', tick],
    ['empty evidence', { ...tick, evidence: { kind: 'note', text: ' ' } }],
    ['a hash that is none', { ...tick, evidence: { kind: 'file', sha256: 'abc' } }],
    ['the word of a process', { ...tick, evidence: { kind: 'process', processId: 'doc_1' } }],
  ])('is not done by a bare tick: %s', async (_name, payload) => {
    const world = await kickoffHeld();
    const answer = await onb(world, 'completeItem', payload, '2026-11-26T10:00:00Z', SAM);
    expect(answer?.code).toBe('PROCESS_PAYLOAD');
    expect(item(world, 'contactMatrix')?.state).toBe('open');
  });

  it('is not done tomorrow', async () => {
    const world = await kickoffHeld();
    const payload = { ...tick, doneOn: '2026-11-28', evidence: { kind: 'note', text: 'Soon.' } };
    const answer = await onb(world, 'completeItem', payload, '2026-11-26T09:00:00Z', SAM);
    expect(answer?.code).toBe('ONBOARDING_DATE_IN_FUTURE');
  });

  it('is not applicable for a reason only', async () => {
    const world = await kickoffHeld();
    const at = '2026-11-26T10:00:00Z';
    const without = await onb(world, 'markNotApplicable', { item: 'outageGuideline' }, at, SAM);
    expect(without?.code).toBe('PROCESS_PAYLOAD');
    await done(
      onb(world, 'markNotApplicable', { item: 'outageGuideline', reason: 'No such sites.' }, at, SAM),
    );
    expect(item(world, 'outageGuideline')).toMatchObject({
      state: 'notApplicable',
      reason: 'No such sites.',
    });
  });

  it('is settled once', async () => {
    const world = await kickoffHeld();
    await settleItem(world, 'contactMatrix');
    const payload = { item: 'contactMatrix', reason: 'On second thoughts.' };
    const answer = await onb(world, 'markNotApplicable', payload, '2026-11-26T11:00:00Z', SAM);
    expect(answer?.code).toBe('ONBOARDING_ITEM_SETTLED');
  });

  it('that has a process is neither attested nor called not applicable; a waiver stays possible', async () => {
    const world = await kickoffHeld();
    const at = '2026-11-26T10:00:00Z';
    const evidence = { kind: 'note', text: 'Sent by hand.' };
    const attested = await onb(
      world,
      'completeItem',
      { item: 'userGuide', doneOn: '2026-11-26', evidence },
      at,
      SAM,
    );
    expect(attested?.code).toBe('ONBOARDING_HAS_ITS_PROCESS');
    const dropped = await onb(world, 'markNotApplicable', { item: 'userGuide', reason: 'None.' }, at, SAM);
    expect(dropped?.code).toBe('ONBOARDING_HAS_ITS_PROCESS');
    await done(onb(world, 'askWaiver', { item: 'userGuide', reason: 'They have it.' }, at, SAM));
  });

  it('that was to be attested goes over to its process, which is started once and settles it', async () => {
    const world = await anOnboarding(exampleContract(), attestedPolicy());
    expect(() => world.idOf('document')).toThrow();
    const at = '2026-11-24T08:00:00Z';
    const over = () => onb(world, 'useProcess', { item: 'userGuide', process: 'userGuide' }, at, SAM);
    await done(over());
    expect((await over())?.code).toBe('ONBOARDING_HAS_ITS_PROCESS');
    await handOver(world);
    expect(item(world, 'userGuide')).toMatchObject({ state: 'done', evidence: { kind: 'process' } });
    expect([...world.store.processes.values()].filter(({ ref }) => ref.slug === 'document')).toHaveLength(1);
  });

  it('goes over to its process before a service manager is named; the process starts when he is', async () => {
    const world = await anOnboarding(unstaffed(), attestedPolicy());
    await done(
      onb(world, 'useProcess', { item: 'userGuide', process: 'userGuide' }, '2026-11-23T10:00:00Z', KIM),
    );
    expect(() => world.idOf('document')).toThrow();
    await done(onb(world, 'assignManager', { personId: SAM }, '2026-11-23T11:00:00Z', KIM));
    expect(world.stateOf(world.idOf('document')).status).toBe('draft');
  });

  it('is done by the process of the User Guide when that hands over', async () => {
    const world = await packageComplete();
    const guide = world.idOf('document');
    expect(item(world, 'userGuide')).toMatchObject({
      state: 'done',
      evidence: { kind: 'process', processId: guide },
      reason: 'Delivered and acknowledged.',
    });
  });
});

describe('a waiver', () => {
  const at = '2026-11-26T10:00:00Z';
  const asked = async (asker: string) => {
    const world = await kickoffHeld();
    await done(onb(world, 'askWaiver', { item: 'remoteAccess', reason: 'It is forbidden.' }, at, asker));
    return world;
  };

  it('is told to those who may decide', async () => {
    const world = await asked(SAM);
    expect(world.mailsOf('onb_1', 'waiverAsked').map((mail) => mail.recipient)).toEqual([KIM, 'toni-vale']);
  });

  it('is approved by another person', async () => {
    const world = await asked(SAM);
    await done(onb(world, 'approveWaiver', { item: 'remoteAccess' }, at, KIM));
    expect(item(world, 'remoteAccess')).toMatchObject({ state: 'waived', by: KIM, askedBy: SAM });
  });

  it('is never decided by the one who asked', async () => {
    const world = await asked(KIM);
    for (const command of ['approveWaiver', 'refuseWaiver']) {
      const payload = { item: 'remoteAccess', ...(command === 'refuseWaiver' ? { reason: 'No way.' } : {}) };
      const answer = await onb(world, command, payload, at, KIM);
      expect(answer?.code).toBe('ONBOARDING_SELF_APPROVAL');
    }
    await done(onb(world, 'approveWaiver', { item: 'remoteAccess' }, at, 'toni-vale'));
  });

  it('of the last item of the package is not decided by the one who asked, though others wait too', async () => {
    const world = await kickoffHeld();
    await handOver(world);
    for (const key of itemsOf(world, 'package').filter((one) => one !== 'remoteAccess'))
      await done(onb(world, 'markNotApplicable', { item: key, reason: 'None here.' }, at, SAM));
    await done(onb(world, 'askWaiver', { item: 'remoteAccess', reason: 'It is forbidden.' }, at, KIM));
    const own = () => onb(world, 'approveWaiver', { item: 'remoteAccess' }, at, KIM);
    expect((await own())?.code).toBe('ONBOARDING_SELF_APPROVAL');
    await done(onb(world, 'askWaiver', { item: 'credits', reason: 'None were bought.' }, at, SAM));
    expect((await own())?.code).toBe('ONBOARDING_SELF_APPROVAL');
    await done(onb(world, 'approveWaiver', { item: 'remoteAccess' }, at, 'toni-vale'));
    expect(world.stateOf('onb_1').status).toBe('packageComplete');
  });

  it('that is refused opens the item again', async () => {
    const world = await asked(SAM);
    await done(onb(world, 'refuseWaiver', { item: 'remoteAccess', reason: 'Needed.' }, at, KIM));
    expect(item(world, 'remoteAccess')).toMatchObject({ state: 'open', askedBy: null });
    await settleItem(world, 'remoteAccess');
  });
});

describe('an End User who does not answer', () => {
  // 15 and 30 business days after Monday, 23 November; then the 8th of each month.
  const first = '2026-12-14T16:00:00Z';
  const second = '2027-01-08T16:00:00Z';

  it('stalls the onboarding after 15 business days, which the account manager learns', async () => {
    const world = await anOnboarding();
    await world.runTo('2026-12-14T15:59:59Z');
    expect(stalled(world)).toBe('no');
    await world.runTo(first);
    expect(stalled(world)).toBe('once');
    expect(world.mailsOf('onb_1', 'stalled').map((mail) => mail.recipient)).toEqual(['alex-shore']);
    expect(world.stateOf('onb_1').status).toBe('smAssigned');
    expect(world.clockOf('onb_1', 'live')?.outcome).toBe('running');
  });

  it('after 30 business days is told in writing, and the SM manager learns it, then monthly', async () => {
    const world = await anOnboarding();
    await world.runTo(second);
    expect(stalled(world)).toBe('twice');
    expect(world.mailsOf('onb_1', 'stalled').map((mail) => mail.recipient)).toEqual(['alex-shore', KIM]);
    expect(world.mailsOf('onb_1', 'stalledNotice')).toMatchObject([{ recipient: MARIA }]);
    await world.runTo('2027-02-08T15:59:59Z');
    expect(world.mailsOf('onb_1', 'stalled')).toHaveLength(2);
    await world.runTo('2027-02-08T16:00:00Z');
    expect(world.mailsOf('onb_1', 'stalled')).toHaveLength(3);
    await world.runTo('2027-03-08T16:00:00Z');
    expect(world.mailsOf('onb_1', 'stalled').map((mail) => mail.recipient)).toEqual([
      'alex-shore',
      KIM,
      KIM,
      KIM,
    ]);
  });

  const answers: readonly (readonly [string, (world: TestWorld, at: string) => Promise<unknown>])[] = [
    [
      'a note marked as the answer',
      (world, at) => onb(world, 'note', { text: 'They are back.', medium: 'phone', answer: true }, at, SAM),
    ],
    ['a note of his own', (world, at) => onb(world, 'note', { text: 'We are back.' }, at, MARIA)],
    [
      'a recorded answer',
      (world, at) => onb(world, 'recordAnswer', { medium: 'mail', text: 'Back.' }, at, SAM),
    ],
    ['the kickoff', (world, at) => recordKickoff(world, at)],
    [
      'an acknowledgement of the User Guide',
      async (world, at) => {
        const guide = world.idOf('document');
        const version = { documentId: 'user-guide', version: 1, language: 'en' };
        await done(world.command(guide, 'pick', version, at, SAM));
        await done(world.command(guide, 'release', {}, at, ROBIN));
        await done(world.command(guide, 'acknowledge', { recipient: JAN, version: 1 }, at, JAN));
      },
    ],
  ];
  it.each(answers)('is heard again by %s, and the count begins anew', async (_name, answer) => {
    const world = await anOnboarding();
    await world.runTo(first);
    await answer(world, '2026-12-15T10:00:00Z');
    expect(stalled(world)).toBe('no');
    // 15 business days after 15 December, over Christmas and New Year.
    await world.runTo('2027-01-11T15:59:59Z');
    expect(stalled(world)).toBe('no');
    await world.runTo('2027-01-11T16:00:00Z');
    expect(stalled(world)).toBe('once');
  });

  it('is not heard in a note of the Provider that is not marked', async () => {
    const world = await anOnboarding();
    await world.runTo(first);
    await done(
      onb(world, 'note', { text: 'Nobody picks up.', medium: 'phone' }, '2026-12-15T10:00:00Z', SAM),
    );
    expect(stalled(world)).toBe('once');
  });
});

describe('Live', () => {
  it('can be objected to for five business days, by the End User alone', async () => {
    const world = await live();
    const payload = { item: 'contactMatrix', reason: 'Two names are wrong.' };
    expect((await onb(world, 'object', payload, '2026-12-01T10:00:00Z', SAM))?.code).toBe('PROCESS_ROLE');
    // 5 business days after Monday, 30 November: the last instant is Monday, 7 December, 17:00 in Berlin.
    await done(onb(world, 'object', payload, '2026-12-07T16:00:00Z', MARIA));
    const late = await live();
    const answer = await onb(late, 'object', payload, '2026-12-07T16:00:00.001Z', MARIA);
    expect(answer?.code).toBe('ONBOARDING_OBJECTIONS_CLOSED');
    expect(late.store.processes.get('onb_1')?.over).toBe(true);
  });

  it('keeps its window for objections through a contact note', async () => {
    const world = await live();
    const window = world.clockOf('onb_1', 'objection');
    await done(onb(world, 'note', { text: 'Left a message.', medium: 'phone' }, '2026-12-01T10:00:00Z', SAM));
    expect(world.clockOf('onb_1', 'objection')).toEqual(window);
    expect(world.store.processes.get('onb_1')?.over).toBe(false);
  });

  it('objected to is back at work: the item is open, a promise runs, the manager knows', async () => {
    const world = await objected();
    expect(world.stateOf('onb_1')).toMatchObject({ status: 'packageComplete', data: { liveAt: null } });
    expect(item(world, 'contactMatrix')?.state).toBe('open');
    expect(world.clockOf('onb_1', 'correction')?.promise).toBe(true);
    expect(world.clockOf('onb_1', 'objection')).toBeUndefined();
    expect(world.mailsOf('onb_1', 'objected')).toMatchObject([
      { recipient: SAM, show: { open: { list: ['Contact matrix agreed'] } } },
    ]);
    await settleItem(world, 'contactMatrix', '2026-12-02T10:00:00Z');
    await done(onb(world, 'goLive', {}, '2026-12-02T11:00:00Z', SAM));
    expect(world.stateOf('onb_1').clocks.map((clock) => clock.name)).toEqual(['objection']);
    expect(world.mailsOf('onb_1', 'liveStatement')).toHaveLength(2);
  });
});

describe('an onboarding without a service manager', () => {
  it('is owned by the SM manager, who names one; the contract learns it and the User Guide starts', async () => {
    const world = await anOnboarding(unstaffed());
    expect(world.stateOf('onb_1')).toMatchObject({ status: 'new', ownerId: KIM });
    expect(() => world.idOf('document')).toThrow();
    await done(onb(world, 'assignManager', { personId: SAM }, '2026-11-24T09:00:00Z', KIM));
    expect(world.stateOf('con_1').data['managerId']).toBe(SAM);
    expect(world.stateOf('onb_1')).toMatchObject({ status: 'smAssigned', ownerId: SAM });
    expect(world.stateOf(world.idOf('document'))).toMatchObject({ status: 'draft', ownerId: SAM });
  });

  it('learns of one who is named in the contract', async () => {
    const world = await anOnboarding(unstaffed());
    await done(world.command('con_1', 'assignManager', { personId: SAM }, '2026-11-24T09:00:00Z', KIM));
    expect(world.stateOf('onb_1')).toMatchObject({ status: 'smAssigned', ownerId: SAM });
    expect(world.clockOf('onb_1', 'assign')).toBeUndefined();
  });
});

describe('the end of the contract', () => {
  it('cancels the onboarding, and the promises with it', async () => {
    const world = await anOnboarding(exampleContract({ endsOn: '2026-12-31' }));
    await world.runTo('2026-12-31T22:59:59Z');
    expect(world.stateOf('onb_1').status).toBe('smAssigned');
    await world.runTo('2026-12-31T23:00:00Z');
    expect(world.stateOf('onb_1')).toMatchObject({
      status: 'cancelled',
      clocks: [],
      data: { cancelledBecause: 'The contract has ended.' },
    });
  });
});
