/** The contract from import to its end (service spec §3 R10, §4.9, §3a "Contract states"). */
import { describe, expect, it } from '@jest/globals';
import { exampleContract } from '../support/world.js';
import {
  aContract,
  anActiveContract,
  anOnboarding,
  CONTRACT_DAY,
  done,
  expired,
  KIM,
  lapsed,
  MARIA,
  ROBIN,
  SAM,
  unstaffed,
} from './journeys.js';

const to = (mails: readonly { recipient: string }[]) => mails.map((mail) => mail.recipient).sort();

describe('activation', () => {
  it('is owed from the import, and the service manager is reminded of it', async () => {
    const world = await aContract();
    expect(world.stateOf('con_1')).toMatchObject({ status: 'draft', ownerId: SAM });
    // 10 business days after Monday, 23 November: Monday, 7 December, 17:00 in Berlin.
    expect(world.clockOf('con_1', 'activation')?.marks[1]?.dueAt).toBe(Date.parse('2026-12-07T16:00:00Z'));
    await world.runTo('2026-12-07T16:00:00Z');
    expect(to(world.mailsOf('con_1', 'activationDue'))).toEqual([SAM, SAM]);
  });

  it('meets the promise, and records the day of the portal registration', async () => {
    const world = await anActiveContract();
    expect(world.stateOf('con_1')).toMatchObject({
      status: 'active',
      data: { portalRegisteredOn: '2026-11-02' },
    });
    expect(world.clockOf('con_1', 'activation')).toBeUndefined();
    expect(to(world.mailsOf('con_1', 'assigned'))).toEqual([ROBIN, SAM]);
  });

  it('sends the primary contact on day one all that he needs to call', async () => {
    const world = await anActiveContract();
    const [mail, ...more] = world.mailsOf('con_1', 'dayOne');
    expect(more).toEqual([]);
    expect(mail).toMatchObject({
      recipient: MARIA,
      show: {
        contractNumber: 'CP-2026-0417',
        seniorDeskNumber: '+49 30 5550 100',
        callers: { list: [{ person: MARIA }, { person: 'jan-reed' }] },
        manager: { person: SAM },
        backup: { person: ROBIN },
        namedBy: '',
      },
    });
  });

  it('without a service manager says by when he is named, and a second mail names him', async () => {
    const world = await anActiveContract(unstaffed());
    // 2 business days after Monday: Wednesday, 17:00 in Berlin.
    expect(world.mailsOf('con_1', 'dayOne')).toMatchObject([
      { show: { manager: '', backup: '', namedBy: { instant: Date.parse('2026-11-25T16:00:00Z') } } },
    ]);
    await done(world.command('con_1', 'assignManager', { personId: SAM }, '2026-11-24T09:00:00Z', KIM));
    expect(world.mailsOf('con_1', 'managerNamed')).toMatchObject([
      { recipient: MARIA, show: { manager: { person: SAM } } },
    ]);
    expect(world.clockOf('con_1', 'manager')).toBeUndefined();
  });

  it('tells every later change of the service manager with the old and the new name', async () => {
    const world = await anActiveContract(unstaffed());
    for (const [day, personId] of [
      ['24', SAM],
      ['25', ROBIN],
    ] as const) {
      const at = `2026-11-${day}T09:00:00Z`;
      await done(world.command('con_1', 'assignManager', { personId }, at, KIM));
    }
    expect(
      world.mailsOf('con_1', 'managerNamed').map(({ show }) => [show['insteadOf'], show['manager']]),
    ).toEqual([
      ['', { person: SAM }],
      [{ person: SAM }, { person: ROBIN }],
    ]);
  });

  it('leaves the SM manager with a task for each place that nobody fills', async () => {
    const world = await anActiveContract(unstaffed());
    expect(world.stateOf('con_1').ownerId).toBe(KIM);
    const tasks = () =>
      (world.store.tasks.get('con_1') ?? []).map(({ command, people }) => [command, people]);
    expect(tasks()).toEqual([
      ['assignManager', [KIM]],
      ['assignBackup', [KIM]],
    ]);
    await done(world.command('con_1', 'assignManager', { personId: SAM }, '2026-11-24T09:00:00Z', KIM));
    expect(tasks()).toEqual([['assignBackup', [KIM, SAM]]]);
    expect(world.stateOf('con_1').ownerId).toBe(SAM);
    await done(world.command('con_1', 'assignBackup', { personId: ROBIN }, '2026-11-24T09:00:00Z', SAM));
    expect(tasks()).toEqual([]);
  });

  it('of an unstaffed contract chases the SM manager, the Support Director and the Duty Manager', async () => {
    const world = await anActiveContract(unstaffed());
    await world.runTo('2026-11-30T17:00:00Z');
    expect(world.mailsOf('con_1', 'managerMissing').map((mail) => [mail.role, mail.recipient])).toEqual([
      ['owner', KIM],
      ['owner', KIM],
      ['ownersManager', 'dana-hill'],
      ['head', 'toni-vale'],
    ]);
  });
});

describe('the end of the term', () => {
  it('is announced 90, 60 and 30 days before', async () => {
    const world = await anActiveContract();
    await world.runTo('2028-08-02T21:59:59Z');
    expect(world.stateOf('con_1').status).toBe('active');
    const announced: (readonly [string, number])[] = [
      ['2028-08-02T22:00:00Z', 1],
      ['2028-09-01T22:00:00Z', 2],
      ['2028-10-01T22:00:00Z', 3],
    ];
    for (const [at, count] of announced) {
      await world.runTo(at);
      expect(world.stateOf('con_1').status).toBe('expiring');
      expect(world.eventsOf('con_1').filter((event) => event === 'contract.endIsNear')).toHaveLength(count);
    }
    const mails = to(world.mailsOf('con_1', 'expiring'));
    expect(mails.filter((id) => id === SAM)).toHaveLength(3);
    expect(mails.filter((id) => id === MARIA)).toHaveLength(3);
    expect(mails.filter((id) => id === 'alex-shore')).toHaveLength(3);
    expect(mails.filter((id) => id === KIM)).toHaveLength(1);
  });

  it('is announced once to one who owns the contract and leads the service managers', async () => {
    const world = await anActiveContract(unstaffed());
    await world.runTo('2028-10-01T22:00:00Z');
    const third = world.store.events.findLast(({ event }) => event === 'contract.endIsNear');
    expect(third?.told.filter(({ people }) => people.includes(KIM)).map(({ role }) => role)).toEqual([
      'owner',
      'smManager',
    ]);
    expect(third?.effects.filter(({ key }) => key.endsWith(`|${KIM}`))).toHaveLength(1);
  });

  it('45 days ahead at the activation makes the contract expiring at once, with one notice', async () => {
    const world = await anActiveContract(exampleContract({ endsOn: '2027-01-06' }));
    expect(world.stateOf('con_1').status).toBe('expiring');
    expect(world.eventsOf('con_1').filter((event) => event === 'contract.endIsNear')).toHaveLength(1);
    expect(world.store.events.at(-1)?.at).toBe(Date.parse(CONTRACT_DAY));
    await world.runTo('2027-01-06T22:59:59Z');
    expect(world.eventsOf('con_1').filter((event) => event === 'contract.endIsNear')).toHaveLength(2);
    expect(world.stateOf('con_1').status).toBe('expiring');
    await world.runTo('2027-01-06T23:00:00Z');
    expect(world.stateOf('con_1').status).toBe('expired');
  });

  it('comes with the first instant after the last day, and everybody is told', async () => {
    const world = await anActiveContract();
    await world.runTo('2028-10-31T22:59:59Z');
    expect(world.stateOf('con_1').status).toBe('expiring');
    await world.runTo('2028-10-31T23:00:00Z');
    expect(world.stateOf('con_1').status).toBe('expired');
    expect(to(world.mailsOf('con_1', 'expired'))).toEqual(['alex-shore', KIM, MARIA, SAM].sort());
  });

  it('owes an exit report within 10 business days, and closes after the window for renewal', async () => {
    const world = await expired();
    expect(world.clockOf('con_1', 'exitReport')?.marks[1]?.dueAt).toBe(Date.parse('2028-11-15T16:00:00Z'));
    await done(
      world.command('con_1', 'recordExitReport', { evidence: 'sha256:e' }, '2028-11-10T10:00:00Z', SAM),
    );
    expect(world.stateOf('con_1').status).toBe('expired');
    await world.runTo('2028-11-30T23:00:00Z');
    expect(world.stateOf('con_1')).toMatchObject({ status: 'terminated', clocks: [] });
  });

  it('without an exit report lapses, is chased on, and ends with the report', async () => {
    const world = await lapsed();
    expect(world.stateOf('con_1').status).toBe('lapsed');
    const chased = world.mailsOf('con_1', 'exitReportDue').length;
    await world.runTo('2029-01-15T00:00:00Z');
    expect(world.mailsOf('con_1', 'exitReportDue').length).toBeGreaterThan(chased);
    await done(
      world.command('con_1', 'recordExitReport', { evidence: 'sha256:e' }, '2029-01-16T10:00:00Z', SAM),
    );
    expect(world.stateOf('con_1')).toMatchObject({ status: 'terminated', clocks: [] });
  });

  it('ends in a renewal while the window is open, and no later', async () => {
    const world = await expired();
    await done(world.command('con_1', 'renew', { successorId: 'nw-2028' }, '2028-11-20T10:00:00Z', SAM));
    expect(world.stateOf('con_1')).toMatchObject({ status: 'renewed', data: { successorId: 'nw-2028' } });
    const late = await lapsed();
    const answer = await late.command(
      'con_1',
      'renew',
      { successorId: 'nw-2028' },
      '2028-12-16T10:00:00Z',
      SAM,
    );
    expect(answer?.code).toBe('PROCESS_STATUS');
  });
});

describe('a termination', () => {
  it('closes the contract and cancels its onboarding', async () => {
    const world = await anOnboarding();
    await done(world.command('con_1', 'terminate', { reason: 'Withdrawn.' }, '2026-11-24T09:00:00Z', KIM));
    expect(world.stateOf('con_1')).toMatchObject({ status: 'terminated', clocks: [] });
    expect(world.stateOf('onb_1')).toMatchObject({ status: 'cancelled', clocks: [] });
  });
});

describe('an amendment', () => {
  it('with a new term brings an expiring contract back, with notices for the new end', async () => {
    const world = await anActiveContract(exampleContract({ endsOn: '2027-01-06' }));
    const longer = exampleContract({ endsOn: '2028-01-06' });
    await done(world.command('con_1', 'amend', longer, '2026-11-24T09:00:00Z', SAM));
    expect(world.stateOf('con_1')).toMatchObject({ status: 'active', data: { endsOn: '2028-01-06' } });
    await world.runTo('2027-10-08T21:59:59Z');
    expect(world.stateOf('con_1').status).toBe('active');
    await world.runTo('2027-10-08T22:00:00Z');
    expect(world.stateOf('con_1').status).toBe('expiring');
  });

  it('within the term keeps the status, the clock of the term and who serves the contract', async () => {
    const world = await anActiveContract();
    const before = world.clockOf('con_1', 'term');
    const file = unstaffed({ number: 'CP-2026-0418' });
    await done(world.command('con_1', 'amend', file, '2026-11-24T09:00:00Z', SAM));
    const { data, status } = world.stateOf('con_1');
    expect(status).toBe('active');
    expect(data).toMatchObject({ number: 'CP-2026-0418', managerId: SAM, backupId: ROBIN });
    expect(world.clockOf('con_1', 'term')).toEqual(before);
  });

  it('before the activation changes no status', async () => {
    const world = await aContract();
    await done(
      world.command('con_1', 'amend', exampleContract({ endsOn: '2029-10-31' }), '2026-11-24T09:00:00Z', SAM),
    );
    expect(world.stateOf('con_1')).toMatchObject({ status: 'draft', data: { endsOn: '2029-10-31' } });
  });
});
