/** Guaranteed hand-over (service spec §3 R6, §3a "R6"): nothing is without an owner, and nobody is waited for. */
import { describe, expect, it } from '@jest/globals';
import { exampleContract, type TestWorld } from '../support/world.js';
import {
  aContract,
  anActiveContract,
  anOnboarding,
  done,
  KIM,
  MARIA,
  ROBIN,
  SAM,
  unstaffed,
} from './journeys.js';
import { accessAt, anAccess } from './journeys-access.js';
import {
  absence,
  accept,
  aHandover,
  ask,
  BEGINS,
  begun,
  ENDS,
  GROUP,
  HANDOVER,
  leaves,
  taken,
} from './journeys-handover.js';

interface GroupState {
  readonly state: string;
  readonly takenBy: string | null;
  readonly toldAt: number | null;
}
const AT = '2026-11-24T09:00:00Z';
const ownerOf = (world: TestWorld, id = 'con_1') => world.stateOf(id).ownerId;
const groupOf = (world: TestWorld, id = HANDOVER) => (world.stateOf(id).data['groups'] as GroupState[])[0];
const statusOf = (world: TestWorld, id = HANDOVER) => world.stateOf(id).status;
const told = (world: TestWorld, notice: string, id = HANDOVER) =>
  world.mailsOf(id, notice).map((mail) => mail.recipient);
const named = (world: TestWorld) => world.mailsOf('con_1', 'managerNamed').map(({ show }) => show);
const act = (
  world: TestWorld,
  command: string,
  payload: Record<string, unknown>,
  at: string,
  actor: string,
) => world.command(HANDOVER, command, payload, at, actor);

describe('until it begins', () => {
  it('the contract stays with the one who hands over, and everybody concerned is told', async () => {
    const world = await aHandover();
    await world.runTo('2026-11-24T07:59:59Z');
    expect([statusOf(world), ownerOf(world)]).toEqual(['planned', SAM]);
    expect(told(world, 'planned').sort()).toEqual([KIM, ROBIN]);
    expect(told(world, 'confirmAsked')).toEqual([SAM]);
  });

  it('he may plan it himself, and cancel it', async () => {
    const world = await anActiveContract();
    await done(ask(world, absence, SAM));
    await done(act(world, 'cancel', { reason: 'The holiday was moved.' }, '2026-11-23T12:00:00Z', SAM));
    await world.runTo(ENDS);
    expect([statusOf(world), ownerOf(world)]).toEqual(['cancelled', SAM]);
  });

  it('a beginning in the past means now', async () => {
    const world = await anActiveContract();
    await done(ask(world, { ...leaves, effectiveAt: '2026-11-20T08:00:00Z' }));
    expect([statusOf(world), ownerOf(world)]).toEqual(['effective', ROBIN]);
    expect(world.clockOf(HANDOVER, 'accept', GROUP)?.startedAt).toBe(Date.parse('2026-11-23T09:00:00Z'));
  });

  it('an end that is moved moves the return', async () => {
    const world = await aHandover(absence);
    const payload = { until: '2026-12-22T08:00:00Z', reason: 'Longer.' };
    await done(act(world, 'changeEnd', payload, '2026-11-23T12:00:00Z', SAM));
    await world.runTo(BEGINS);
    await done(accept(world));
    await world.runTo('2026-12-22T07:59:59Z');
    expect(ownerOf(world)).toBe(ROBIN);
    await world.runTo('2026-12-22T08:00:00Z');
    expect(ownerOf(world)).toBe(SAM);
  });
});

describe('from the effective instant', () => {
  it('the backup owns everything and is paged until it is accepted', async () => {
    const world = await begun({ ...leaves, to: null });
    expect(ownerOf(world)).toBe(ROBIN);
    expect(told(world, 'groupsWait')).toEqual([ROBIN]);
    // 2 and 4 business hours after nine o'clock in Berlin.
    await world.runTo('2026-11-24T09:59:59Z');
    expect(told(world, 'acceptDue')).toEqual([]);
    await world.runTo('2026-11-24T10:00:00Z');
    await world.runTo('2026-11-24T12:00:00Z');
    expect(told(world, 'acceptDue')).toEqual([ROBIN, ROBIN]);
  });

  it('the SM manager owns everything where there is no backup', async () => {
    const { provider, ...file } = exampleContract();
    const world = await anActiveContract({ ...file, provider: { ...provider, backup: undefined } });
    await done(ask(world, { ...leaves, to: null }));
    await world.runTo(BEGINS);
    expect([ownerOf(world), told(world, 'groupsWait')]).toEqual([KIM, [KIM]]);
  });

  it('the whole family follows, and may be worked on at once', async () => {
    const world = await anOnboarding();
    await done(ask(world, { ...leaves, to: null }));
    await world.runTo(BEGINS);
    const payload = { contactedOn: '2026-11-24', medium: 'phone', summary: 'Introduced myself.' };
    const command = (actor: string) => world.command('onb_1', 'recordWelcome', payload, AT, actor);
    expect((await command(SAM))?.code).toBe('PROCESS_ROLE');
    await done(command(ROBIN));
    expect(ownerOf(world, 'onb_1')).toBe(ROBIN);
  });

  it('everything that was open is listed and counted', async () => {
    const world = await begun();
    expect(groupOf(world)).toMatchObject({ key: GROUP, place: 'manager', processes: 1, clocks: 1, tasks: 0 });
  });

  it('a contract that nobody else serves is owned by whoever leads', async () => {
    const { provider, ...file } = exampleContract();
    const world = await anActiveContract({ ...file, provider: { ...provider, backup: undefined } });
    const kim = world.directory.people[KIM];
    Object.assign(world.directory.people, { [KIM]: { ...kim, active: false } });
    await done(ask(world, { ...leaves, to: null }, 'dana-hill'));
    await world.runTo(BEGINS);
    expect([ownerOf(world), told(world, 'groupsWait')]).toEqual(['dana-hill', ['dana-hill']]);
  });
});

describe('an acceptance', () => {
  it('makes the successor the service manager, and the End User is told with the old and the new name', async () => {
    const world = await begun();
    await done(accept(world));
    expect(ownerOf(world)).toBe(ROBIN);
    expect(world.stateOf('con_1').data).toMatchObject({ managerId: ROBIN, backupId: null, absences: [] });
    expect(named(world)).toMatchObject([
      { manager: { person: ROBIN }, insteadOf: { person: SAM }, until: '' },
    ]);
    // The backup took it, so his own place is to be filled.
    expect(world.clockOf('con_1', 'backup')?.outcome).toBe('running');
    expect(groupOf(world)).toMatchObject({ state: 'accepted', takenBy: ROBIN, toldAt: Date.parse(AT) });
    expect(statusOf(world)).toBe('ended');
  });

  it('waits for the delivery to the End User before it is over', async () => {
    const world = await taken();
    expect([statusOf(world), groupOf(world)?.toldAt]).toEqual(['accepted', null]);
    world.held = () => false;
    await world.runTo('2026-11-25T10:00:00Z');
    expect([statusOf(world), groupOf(world)?.toldAt]).toEqual(['ended', Date.parse('2026-11-25T10:00:00Z')]);
  });

  it('is not taken as told by a message to the staff', async () => {
    const world = await begun();
    world.held = ({ intent }) => intent.kind === 'mail' && intent.content.recipient === MARIA;
    await done(accept(world));
    expect(world.eventsOf('con_1')).toContain('contract.messageDelivered');
    expect(statusOf(world)).toBe('accepted');
  });

  it('leaves the promise to tell the End User on the agenda until somebody tells him', async () => {
    const world = await taken();
    // 2 business days after Tuesday; then the Support Director and the Duty Manager.
    await world.runTo('2026-12-03T16:00:00Z');
    expect(told(world, 'endUserNotTold')).toEqual([KIM, KIM, 'dana-hill', 'toni-vale']);
    const payload = { group: GROUP, evidence: 'Told on the status call.' };
    await done(act(world, 'recordTold', payload, '2026-12-04T09:00:00Z', ROBIN));
    expect(statusOf(world)).toBe('ended');
  });

  it('of everything at once takes what one may accept', async () => {
    const world = await begun();
    await done(act(world, 'accept', { group: 'all' }, AT, KIM));
    expect([ownerOf(world), groupOf(world)?.takenBy]).toEqual([KIM, KIM]);
  });

  it('may be given to somebody else by the SM manager', async () => {
    const world = await begun({ ...leaves, to: null });
    await done(act(world, 'assign', { group: GROUP, personId: ROBIN }, AT, KIM));
    expect([ownerOf(world), statusOf(world)]).toEqual([ROBIN, 'ended']);
  });

  it('of a backup’s place keeps the service manager', async () => {
    const world = await anActiveContract();
    await done(ask(world, { ...leaves, from: ROBIN, to: null }));
    await world.runTo(BEGINS);
    expect(world.stateOf('con_1').ownerId).toBe(SAM);
    expect(groupOf(world)).toMatchObject({ place: 'backup' });
    // Nobody serves in both places: the service manager who takes it leaves the backup's place open.
    await done(act(world, 'accept', { group: GROUP }, AT, SAM));
    expect(world.stateOf('con_1').data).toMatchObject({ managerId: SAM, backupId: null });
    expect(world.clockOf('con_1', 'backup')?.outcome).toBe('running');
    expect(named(world)).toMatchObject([
      { manager: { person: SAM }, insteadOf: '', backup: '', backupInsteadOf: { person: ROBIN } },
    ]);
  });

  it('before the activation owes the End User nothing: his day-one mail names the new one', async () => {
    const world = await aContract();
    await done(ask(world, leaves));
    await world.runTo(BEGINS);
    await done(accept(world));
    expect(named(world)).toEqual([]);
    expect([statusOf(world), ownerOf(world)]).toEqual(['ended', ROBIN]);
  });
});

describe('what nobody accepts in time', () => {
  it('goes to the SM manager, who is told, and the End User is told within two business days', async () => {
    const world = await begun();
    await world.runTo('2026-11-24T15:59:59Z');
    expect(groupOf(world)?.state).toBe('waiting');
    await world.runTo('2026-11-24T16:00:00Z');
    expect(groupOf(world)).toMatchObject({ state: 'manager', takenBy: KIM });
    expect([ownerOf(world), told(world, 'notAccepted').sort()]).toEqual([KIM, [KIM, ROBIN]]);
    expect(named(world)).toMatchObject([{ manager: { person: KIM }, insteadOf: { person: SAM } }]);
    await world.runTo('2026-11-26T16:00:00Z');
    expect(statusOf(world)).toBe('ended');
  });
});

describe('the confirmation of the one who leaves', () => {
  it('is asked for and never waited for', async () => {
    const world = await begun(absence);
    await world.runTo('2026-11-26T16:00:00Z');
    expect(told(world, 'confirmAsked')).toEqual([SAM, SAM]);
    expect(told(world, 'notConfirmed')).toEqual([KIM]);
    expect(ownerOf(world)).toBe(KIM);
  });

  it('stands in the record', async () => {
    const world = await aHandover(absence);
    await done(act(world, 'confirm', {}, '2026-11-23T12:00:00Z', SAM));
    await world.runTo(ENDS);
    expect(world.stateOf(HANDOVER).data['confirmedAt']).toBe(Date.parse('2026-11-23T12:00:00Z'));
    expect(told(world, 'notConfirmed')).toEqual([]);
  });
});

describe('an absence', () => {
  it('keeps the name in the contract, and everything comes back at its end', async () => {
    const world = await begun(absence);
    await done(accept(world));
    expect(world.stateOf('con_1').data).toMatchObject({ managerId: SAM, backupId: ROBIN });
    expect(named(world)).toMatchObject([
      { manager: { person: ROBIN }, until: { instant: Date.parse(ENDS) } },
    ]);
    await world.runTo('2026-12-15T07:59:59Z');
    expect(ownerOf(world)).toBe(ROBIN);
    await world.runTo(ENDS);
    expect([ownerOf(world), statusOf(world)]).toEqual([SAM, 'ended']);
    expect(named(world)).toHaveLength(1);
    expect(told(world, 'absenceOver').sort()).toEqual([KIM, ROBIN, SAM]);
  });

  it('that ends early is told to the End User, who knew another date', async () => {
    const world = await begun(absence);
    await done(accept(world));
    await done(act(world, 'endAbsence', {}, '2026-12-01T09:00:00Z', SAM));
    expect(ownerOf(world)).toBe(SAM);
    expect(named(world)[1]).toMatchObject({ manager: { person: SAM } });
  });

  it('ends for a contract that nobody had accepted yet', async () => {
    const world = await begun({ ...absence, until: '2026-11-24T10:00:00Z' });
    await world.runTo('2026-11-24T10:00:00Z');
    expect([ownerOf(world), statusOf(world)]).toEqual([SAM, 'ended']);
    expect(world.stateOf(HANDOVER).clocks).toEqual([]);
  });

  it('becomes a hand-over for good when he does not come back', async () => {
    const world = await begun(absence);
    await done(accept(world));
    await done(act(world, 'doesNotReturn', { reason: 'He has left.' }, '2026-12-01T09:00:00Z', KIM));
    expect(world.stateOf('con_1').data).toMatchObject({ managerId: ROBIN, absences: [] });
    expect(statusOf(world)).toBe('ended');
    await world.runTo('2026-12-20T08:00:00Z');
    expect(ownerOf(world)).toBe(ROBIN);
  });

  it.each([
    ['leaves', leaves, ['lee-ward']],
    ['is absent', absence, ['lee-ward', SAM]],
  ])(
    'of an engineer who %s: the agreement on remote access names those who serve on',
    async (_how, payload, left) => {
      const world = await accessAt('active', await anAccess());
      await done(ask(world, payload));
      await done(accept(world, '2026-12-02T09:00:00Z'));
      expect(world.stateOf('acc_1').data).toMatchObject({ inForce: { engineers: left } });
    },
  );

  it('of somebody who was taken off the staff meanwhile never brings him back', async () => {
    const world = await begun(absence);
    await done(accept(world));
    const sam = world.directory.people[SAM];
    Object.assign(world.directory.people, { [SAM]: { ...sam, active: false } });
    await world.runTo(ENDS);
    expect(world.stateOf('con_1').data).toMatchObject({ managerId: ROBIN, absences: [] });
    expect([ownerOf(world), statusOf(world)]).toEqual([ROBIN, 'ended']);
  });

  it('of the one who stands in goes on to the next, and each comes back to his place', async () => {
    const world = await begun(absence);
    await done(accept(world));
    await done(
      ask(
        world,
        { ...absence, from: ROBIN, to: null, effectiveAt: AT, until: '2026-12-22T08:00:00Z' },
        KIM,
        'hnd_2',
      ),
    );
    await world.runTo(AT);
    expect(ownerOf(world)).toBe(KIM);
    await done(world.command('hnd_2', 'accept', { group: GROUP }, '2026-11-24T09:30:00Z', KIM));
    // The first is back before the one who stood in for him.
    await world.runTo(ENDS);
    expect(ownerOf(world)).toBe(SAM);
    await world.runTo('2026-12-22T08:00:00Z');
    expect(world.stateOf('con_1').data).toMatchObject({ managerId: SAM, backupId: ROBIN, absences: [] });
  });

  it('without contracts only keeps him from being named', async () => {
    const world = await anActiveContract(unstaffed());
    await done(ask(world, { ...absence, to: null }));
    await world.runTo(BEGINS);
    expect(statusOf(world)).toBe('accepted');
    await world.runTo(ENDS);
    expect(statusOf(world)).toBe('ended');
    await done(world.command('con_1', 'assignManager', { personId: SAM }, ENDS, KIM));
  });

  it('that was not over for the contract cannot come back by a late message', async () => {
    const world = await begun(absence);
    await world.runTo(ENDS);
    await world.signal(
      'con_1',
      'managerAway',
      { handoverId: HANDOVER, personId: SAM },
      '2026-12-16T08:00:00Z',
    );
    expect(world.eventsOf('con_1')).toContain('contract.absenceWasOver');
    expect(ownerOf(world)).toBe(SAM);
  });

  it('of a person named in the onboarding leaves the contract with the SM manager', async () => {
    const world = await anOnboarding(unstaffed());
    await done(ask(world, { ...absence, to: null }));
    await world.runTo(BEGINS);
    await done(world.command('onb_1', 'assignManager', { personId: SAM }, AT, KIM));
    expect(world.eventsOf('con_1')).toContain('contract.managerIsAway');
    expect([ownerOf(world), ownerOf(world, 'onb_1')]).toEqual([KIM, KIM]);
  });
});

describe('a contract that changes meanwhile', () => {
  it('by naming somebody else settles its group', async () => {
    const world = await begun({ ...leaves, to: null });
    const personId = third(world);
    await done(world.command('con_1', 'assignManager', { personId }, AT, KIM));
    expect(groupOf(world)).toMatchObject({ state: 'renamed' });
    expect([statusOf(world), ownerOf(world)]).toEqual(['ended', personId]);
    expect(world.stateOf('con_1').data['absences']).toEqual([]);
  });

  it('by its end settles its group', async () => {
    const world = await begun();
    await done(world.command('con_1', 'terminate', { reason: 'Withdrawn.' }, AT, KIM));
    expect([groupOf(world)?.state, statusOf(world)]).toEqual(['renamed', 'ended']);
  });

  it('keeps an absence through an amendment', async () => {
    const world = await begun(absence);
    const file = exampleContract();
    await done(world.command('con_1', 'amend', file, AT, KIM));
    expect(ownerOf(world)).toBe(ROBIN);
  });
});

describe('several hand-overs', () => {
  it('of one person may follow each other', async () => {
    const world = await aHandover(absence);
    const later = { ...absence, effectiveAt: ENDS, until: '2026-12-22T08:00:00Z' };
    await done(ask(world, later, KIM, 'hnd_2'));
    await world.runTo(ENDS);
    expect([statusOf(world), statusOf(world, 'hnd_2')]).toEqual(['ended', 'effective']);
    expect(ownerOf(world)).toBe(ROBIN);
    await world.runTo('2026-12-22T08:00:00Z');
    expect(ownerOf(world)).toBe(SAM);
  });

  it('of both who serve a contract leave it with the SM manager', async () => {
    const world = await aHandover({ ...leaves, to: null });
    await done(ask(world, { ...leaves, from: ROBIN, to: null }, KIM, 'hnd_2'));
    await world.runTo(BEGINS);
    expect(ownerOf(world)).toBe(KIM);
    await world.runTo('2026-11-24T16:00:00Z');
    expect(world.stateOf('con_1').data).toMatchObject({ managerId: KIM, backupId: null });
    // The notice waits for the business hours of the End User.
    await world.runTo('2026-11-25T08:00:00Z');
    expect([statusOf(world), statusOf(world, 'hnd_2')]).toEqual(['ended', 'ended']);
  });
});

/** A third service manager. */
function third(world: TestWorld): string {
  const sam = world.directory.people[SAM];
  const id = 'uma-north';
  Object.assign(world.directory.people, { [id]: { ...sam, id, deputyId: null } });
  return id;
}
