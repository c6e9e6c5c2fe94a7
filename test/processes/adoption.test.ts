/** Adoption: customers from before Care Plus (service spec §3 R8, §4.0, §4.1): what is taken over, and what follows. */
import { describe, expect, it } from '@jest/globals';
import { adoptionFileSchema, type AdoptionFile } from '../../domain/contract/adoption.js';
import { TestWorld, example } from '../support/world.js';
import { done, KIM, ROBIN, SAM } from './journeys.js';

/** A Monday. */
const AT = '2026-11-30T08:00:00Z';
const AT_MS = Date.parse(AT);
const ADA = 'ada-winter';
const PAUL = 'paul-amsel';

function fileOf(name: string): AdoptionFile {
  return adoptionFileSchema.parse(example(`adoption/${name}.yaml`));
}
const larkspur = fileOf('larkspur-2025');
const fennel = fileOf('fennel-2024');

async function adopted(file: AdoptionFile, at = AT): Promise<TestWorld> {
  const world = new TestWorld();
  const [person] = Object.values(world.directory.people).filter(({ side }) => side === 'endUser');
  for (const { id } of file.contacts) Object.assign(world.directory.people, { [id]: { ...person, id } });
  await done(world.start('contract', 'con_1', file, at, KIM));
  return world;
}

const items = (world: TestWorld) =>
  world.stateOf(world.idOf('onboarding')).data['items'] as { key: string; state: string }[];
const running = (world: TestWorld, slug: string) =>
  world
    .stateOf(world.idOf(slug))
    .clocks.map(({ name, key }) => (key ? `${name}/${key}` : name))
    .sort();
const everyMail = (world: TestWorld) =>
  world.store.effects.flatMap(({ intent }) => (intent.kind === 'mail' ? [intent.content.notice] : []));

describe('an adopted customer', () => {
  it('stands where he stood: contract, onboarding and User Guide, each from one event that says so', async () => {
    const world = await adopted(larkspur);
    const slugs = ['contract', 'onboarding', 'document'];
    expect(slugs.map((slug) => [slug, world.stateOf(world.idOf(slug)).status])).toEqual([
      ['contract', 'active'],
      ['onboarding', 'packageInProgress'],
      ['document', 'acknowledged'],
    ]);
    expect(slugs.map((slug) => world.eventsOf(world.idOf(slug))[0])).toEqual([
      'contract.adopted',
      'onboarding.adopted',
      'document.adopted',
    ]);
    expect(world.stateOf('con_1').data).toMatchObject({
      portalRegisteredOn: '2025-09-03',
      adopted: { activatedOn: '2025-09-04', by: KIM, at: AT_MS },
    });
  });

  it('keeps of every item when it was done, by whom, on what evidence, and who took it over', async () => {
    const world = await adopted(larkspur);
    const byKey = Object.fromEntries(items(world).map((item) => [item.key, item]));
    expect(byKey['contactMatrix']).toMatchObject({
      state: 'done',
      by: ADA,
      at: AT_MS,
      doneOn: '2025-10-02',
      evidence: { kind: 'beforeCarePlus', date: '2025-10-02', by: ADA, takenOverBy: KIM },
    });
    // Who is not known here stays a name: no person of ours is said to have decided it.
    expect(byKey['collectorPlan']).toMatchObject({
      state: 'waived',
      by: null,
      reason: 'The End User wants no collector.',
      evidence: { by: 'Lena Ortmann (left in 2026)', takenOverBy: KIM },
    });
    expect(byKey['remoteAccess']).toMatchObject({ state: 'open', evidence: null });
  });

  it('is sent nothing, and nobody else is, by the adoption itself', async () => {
    for (const file of [larkspur, fennel]) expect(everyMail(await adopted(file))).toEqual([]);
  });

  it('has no broken promise, and no clock that was due before he came', async () => {
    const world = await adopted(larkspur);
    for (const { state } of world.store.processes.values()) {
      for (const clock of state?.clocks ?? []) {
        expect(clock.missedAt).toBeNull();
        for (const { dueAt, state: armed } of clock.marks)
          if (armed === 'armed') expect(dueAt).toBeGreaterThan(AT_MS);
      }
    }
    expect(running(world, 'contract')).toEqual(['term']);
    expect(running(world, 'onboarding')).toEqual(['live', 'package', 'silence']);
    expect(running(world, 'document')).toEqual([`acknowledge/${PAUL}`, 'review']);
  });

  it('is promised what is open in full from the adoption on, and chased like everybody', async () => {
    const world = await adopted(larkspur);
    const due = world.clockOf(world.idOf('onboarding'), 'package')?.marks.find(({ step }) => step === 'due');
    // 20 business days after Monday, 30 November 2026, with two Christmas days: the close of 30 December.
    expect(new Date(due?.dueAt ?? 0).toISOString()).toBe('2026-12-30T16:00:00.000Z');
    await world.runTo('2026-12-31T00:00:00Z');
    expect(world.mailsOf(world.idOf('onboarding'), 'stageDue').map(({ recipient }) => recipient)).toContain(
      SAM,
    );
    expect(
      world.mailsOf(world.idOf('document'), 'guideReminder').map(({ recipient }) => recipient),
    ).toContain(PAUL);
  });

  it('goes Live by the usual commands; the statement names who waived before Care Plus', async () => {
    const world = await adopted(larkspur);
    const onboarding = world.idOf('onboarding');
    const at = '2026-12-01T10:00:00Z';
    const evidence = { kind: 'note', text: 'Agreed on the phone.' };
    for (const { key } of items(world).filter(({ state }) => state === 'open')) {
      await done(
        world.command(onboarding, 'completeItem', { item: key, doneOn: '2026-12-01', evidence }, at, SAM),
      );
    }
    await done(world.command(onboarding, 'goLive', {}, at, SAM));
    const [statement] = world.mailsOf(onboarding, 'liveStatement');
    expect(statement?.show['waivedBy']).toEqual({ list: ['Lena Ortmann (left in 2026)'] });
  });

  it('who was Live is Live: no clock, no window for objections; his contract and his guide live on', async () => {
    const world = await adopted(fennel);
    const onboarding = world.stateOf(world.idOf('onboarding'));
    expect(onboarding).toMatchObject({ status: 'live', clocks: [], data: { objectionOver: true } });
    // A backup was never named: that is promised from now on.
    expect(running(world, 'contract')).toEqual(['backup', 'term']);
    expect(running(world, 'document')).toEqual(['review']);
    await world.runTo('2027-01-31T00:00:00Z');
    expect(new Set(everyMail(world))).toEqual(new Set(['backupMissing']));
  });

  it('whose guide is complete has its item settled by the process, on the evidence of before', async () => {
    const world = await adopted(larkspur);
    expect(items(world).find(({ key }) => key === 'userGuide')).toMatchObject({
      state: 'done',
      evidence: { kind: 'process', processId: world.idOf('document') },
    });
  });

  it('whose caller never got the guide: it is owed to him from now on', async () => {
    const { userGuide: guide, ...rest } = larkspur.adopted;
    const recipients = (guide?.recipients ?? []).filter(({ person }) => person === ADA);
    const file = { ...larkspur, adopted: { ...rest, userGuide: guide && { ...guide, recipients } } };
    const world = await adopted(file);
    expect(world.stateOf(world.idOf('document')).status).toBe('delivered');
    expect(running(world, 'document')).toEqual([`newCaller/${PAUL}`, 'review']);
  });

  it('whose guide in force is not the newest is to be sent the new one', async () => {
    const world = new TestWorld();
    const [first] = world.versions.userGuide;
    if (!first) throw new Error('no guide');
    world.versions.userGuide = [{ ...first, version: 2 }, first];
    await done(world.start('contract', 'con_1', fennel, AT, KIM));
    expect(running(world, 'document')).toContain('reissue');
  });
});

describe('an adopted contract near its end', () => {
  it('has the notices behind it without mail, and gets those still to come', async () => {
    // 45 days before its end: the notices at 90 and 60 days are behind it.
    const world = await adopted({ ...larkspur, endsOn: '2027-01-14' });
    expect(world.stateOf('con_1').status).toBe('expiring');
    expect(everyMail(world)).toEqual([]);
    await world.runTo('2026-12-17T12:00:00Z');
    expect(world.mailsOf('con_1').map(({ notice }) => notice)).toContain('expiring');
  });

  it('is refused when its term is over', async () => {
    const answer = new TestWorld().start('contract', 'con_1', { ...larkspur, endsOn: '2026-11-01' }, AT, KIM);
    expect(await answer).toMatchObject({ code: 'CONTRACT_TERM_OVER' });
  });
});

describe('stages of an adopted onboarding', () => {
  const bare = { ...larkspur, adopted: { ...larkspur.adopted, userGuide: undefined } };
  it.each([
    ['smAssigned', {}],
    ['welcomed', { contactedOn: '2025-09-08' }],
    ['kickoffHeld', { kickoff: larkspur.adopted.onboarding.kickoff }],
  ] as const)('%s follows from the facts', async (status, facts) => {
    const file = { ...bare, adopted: { ...bare.adopted, onboarding: { items: [], ...facts } } };
    const world = await adopted(file);
    expect(world.stateOf(world.idOf('onboarding')).status).toBe(status);
    // What the guide was before is not known: it is handed over as to anybody.
    expect(world.stateOf(world.idOf('document')).status).toBe('draft');
  });

  it('without anything and without a service manager is new; naming him goes on as usual', async () => {
    const provider = { smManager: KIM, accountManager: 'alex-shore', backup: ROBIN };
    const file = { ...bare, provider, adopted: { ...bare.adopted, onboarding: { items: [] } } };
    const world = await adopted(file);
    const onboarding = world.idOf('onboarding');
    expect(world.stateOf(onboarding).status).toBe('new');
    await done(world.command(onboarding, 'assignManager', { personId: SAM }, '2026-12-01T09:00:00Z', KIM));
    expect(world.stateOf('con_1').data['managerId']).toBe(SAM);
  });
});

describe('the file of an adoption', () => {
  const problems = (change: object) => {
    const read = adoptionFileSchema.safeParse({ ...larkspur, adopted: { ...larkspur.adopted, ...change } });
    return read.success ? [] : read.error.issues.map((issue) => issue.path.join('.'));
  };
  const item = { item: 'credits', state: 'done', on: '2025-10-02', text: 'Booked.' };
  it.each([
    ['activated before the registration', { activatedOn: '2025-09-01' }, ['adopted.activatedOn']],
    ['an item twice', { onboarding: { items: [item, item] } }, ['adopted.onboarding.items.1.item']],
    [
      'done without evidence, not applicable without a reason, waived by nobody: all at once',
      {
        onboarding: {
          items: [
            { ...item, text: undefined },
            { ...item, item: 'testCall', state: 'notApplicable', text: undefined },
            { ...item, item: 'servicePlan', state: 'waived' },
          ],
        },
      },
      ['adopted.onboarding.items.0.text', 'adopted.onboarding.items.1.text', 'adopted.onboarding.items.2.by'],
    ],
    [
      'a recipient who is no contact',
      {
        userGuide: {
          ...larkspur.adopted.userGuide,
          recipients: [{ person: 'nobody-here', deliveredOn: '2025-09-22' }],
        },
      },
      ['adopted.userGuide.recipients.0.person'],
    ],
    [
      'acknowledged before it was delivered',
      {
        userGuide: {
          ...larkspur.adopted.userGuide,
          recipients: [{ person: ADA, deliveredOn: '2025-09-22', acknowledgedOn: '2025-09-21' }],
        },
      },
      ['adopted.userGuide.recipients.0.acknowledgedOn'],
    ],
  ])('names the place: %s', (_what, change, paths) => {
    expect(problems(change)).toEqual(paths);
  });
});
