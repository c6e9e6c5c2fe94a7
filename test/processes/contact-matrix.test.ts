/** The contact matrix (service spec §4.2, R5, R7, §3a "4.2 minimum"). */
import { describe, expect, it } from '@jest/globals';
import { contactOf } from '../../domain/contact-matrix/contact-file.js';
import { whoAt, type MatrixVersion } from '../../domain/contact-matrix/matrix.js';
import type { Call, Defect, MatrixData } from '../../domain/contact-matrix/words.js';
import { exampleContract, type TestWorld } from '../support/world.js';
import { anActiveContract, anOnboarding, done, JAN, KIM, MARIA, ROBIN, SAM } from './journeys.js';
import {
  act,
  agreed,
  aMatrix,
  imported,
  inForce,
  MATRIX,
  row,
  rows,
  shared,
  withMatrix,
} from './journeys-contact-matrix.js';
import { accessAt, anAccess } from './journeys-access.js';

const dataOf = (world: TestWorld) => world.stateOf(MATRIX).data as unknown as MatrixData;
const statusOf = (world: TestWorld) => world.stateOf(MATRIX).status;
const entry = (version: MatrixVersion | null, id: string) =>
  version?.contacts.find(({ personId }) => personId === id);
const mails = (world: TestWorld, notice: string, id = MATRIX) =>
  world.mailsOf(id, notice).map(({ recipient }) => recipient);
const dueOf = (world: TestWorld, clock: string, key = '') =>
  world.clockOf(MATRIX, clock, key)?.marks.find(({ step }) => step === 'due')?.dueAt;
const contractContacts = (world: TestWorld) =>
  world.stateOf('con_1').data['contacts'] as {
    personId: string;
    primaryContact: boolean;
    authorisedCaller: boolean;
    approver: boolean;
  }[];
const AT = '2026-11-25T10:00:00Z';

describe('a version', () => {
  it('is in force when both sides have agreed, and nobody agrees for the other one', async () => {
    const world = await shared();
    await done(act(world, 'agree', { version: 1 }, '2026-11-24T10:00:00Z', ROBIN));
    expect(statusOf(world)).toBe('sharedForReview');
    await done(act(world, 'agree', { version: 1 }, '2026-11-24T11:00:00Z', MARIA));
    expect(world.stateOf(MATRIX)).toMatchObject({
      status: 'inForce',
      data: {
        draft: null,
        inForce: {
          version: 1,
          from: Date.parse('2026-11-24T11:00:00Z'),
          agreedBy: { provider: ROBIN, endUser: MARIA },
        },
      },
    });
  });

  it('holds ids and no names, numbers or addresses', async () => {
    const world = await inForce();
    const text = JSON.stringify(world.stateOf(MATRIX).data);
    for (const contact of rows()) {
      expect(text).not.toContain(contact.phone);
      expect(text).not.toContain(contact.email);
    }
  });

  it('is asked about with a link for each approver, and with no link for who wrote it to agree by', async () => {
    const world = await shared();
    expect(mails(world, 'agreementAsked').sort()).toEqual([KIM, MARIA, ROBIN].sort());
    expect((await act(world, 'agree', { version: 1 }, AT, SAM))?.code).toBe('CONTACT_MATRIX_SELF_APPROVAL');
  });

  it('that somebody of the End User asked for is not agreed to by him, whoever imports it', async () => {
    const world = await inForce();
    await done(act(world, 'reportJoiner', { contact: row('noa-lind') }, AT, MARIA));
    await done(act(world, 'import', { contacts: [...rows(), row('noa-lind')] }, AT, SAM));
    await done(act(world, 'share', {}, AT, SAM));
    expect((await act(world, 'agree', { version: 2 }, AT, MARIA))?.code).toBe('CONTACT_MATRIX_SELF_APPROVAL');
  });

  it('for later takes effect at its instant, and the one before is in force until then', async () => {
    const world = await inForce();
    const from = '2026-12-07T05:00:00Z';
    await imported(world, [...rows(), row('noa-lind')], AT, { from });
    await done(act(world, 'share', {}, AT, SAM));
    await agreed(world, AT);
    expect(world.stateOf(MATRIX)).toMatchObject({ status: 'agreed', data: { inForce: { version: 1 } } });
    await world.runTo('2026-12-07T04:59:59Z');
    expect(statusOf(world)).toBe('agreed');
    await world.runTo(from);
    expect(world.stateOf(MATRIX)).toMatchObject({
      status: 'inForce',
      data: { inForce: { version: 2, from: Date.parse(from) } },
    });
  });

  it('sent back has to be shared and agreed to anew', async () => {
    const world = await shared();
    await done(act(world, 'agree', { version: 1 }, AT, ROBIN));
    await done(act(world, 'sendBack', { reason: 'Two numbers are wrong.' }, AT, MARIA));
    expect(world.stateOf(MATRIX)).toMatchObject({
      status: 'draft',
      data: { draft: { agreedBy: { provider: null, endUser: null } } },
    });
  });

  it('discarded leaves the one in force as it stands', async () => {
    const world = await imported(await inForce(), rows().slice(0, 8), AT);
    await done(act(world, 'discard', { reason: 'Called off.' }, AT, SAM));
    expect(world.stateOf(MATRIX)).toMatchObject({
      status: 'inForce',
      data: { draft: null, inForce: { version: 1 } },
    });
  });
});

describe('coming into force', () => {
  it('makes the matrix say who calls and approves in the contract, and the User Guide hears of the callers', async () => {
    const world = withMatrix(await anOnboarding());
    await done(
      world.start('contactMatrix', MATRIX, { contractId: 'northwind-2026', onboardingId: 'onb_1' }, AT),
    );
    const contacts = [...rows(), row('noa-lind', { authorisedCaller: true })];
    await imported(world, contacts, AT);
    await done(act(world, 'share', {}, AT, SAM));
    await agreed(world, '2026-11-25T11:00:00Z');
    expect(contractContacts(world)).toEqual([
      { personId: MARIA, primaryContact: true, authorisedCaller: true, approver: true },
      { personId: JAN, primaryContact: false, authorisedCaller: true, approver: false },
      { personId: 'lea-frost', primaryContact: false, authorisedCaller: false, approver: false },
      { personId: 'max-boyd', primaryContact: false, authorisedCaller: false, approver: false },
      { personId: 'noa-lind', primaryContact: false, authorisedCaller: true, approver: false },
    ]);
    expect(world.eventsOf(world.idOf('document'))).toContain('document.callersChanged');
    const settled = world.store.effects.filter(
      ({ intent }) => intent.kind === 'tellProcess' && intent.content.signal === 'itemSettled',
    );
    expect(settled.map(({ intent }) => intent.content)).toMatchObject([
      { processId: 'onb_1', payload: { item: 'contactMatrix', processId: MATRIX, outcome: 'done' } },
    ]);
  });

  it('is not undone by a contract file that says otherwise', async () => {
    const world = await inForce();
    const file = exampleContract();
    const callers = file.contacts.map((one) => ({ ...one, authorisedCaller: false, approver: false }));
    await done(world.command('con_1', 'amend', { ...file, contacts: callers }, AT, SAM));
    expect(contractContacts(world).filter((one) => one.authorisedCaller)).toHaveLength(2);
    expect(contractContacts(world)).toHaveLength(4);
  });
});

describe('a leaver', () => {
  it('is owed to be out within one business day, and everybody above is told when he is not', async () => {
    const world = await inForce();
    await done(act(world, 'reportLeaver', { personId: JAN }, AT, MARIA));
    expect(mails(world, 'leaverReported')).toEqual([SAM]);
    expect(dueOf(world, 'leaver', JAN)).toBe(Date.parse('2026-11-26T16:00:00Z'));
    await world.runTo('2026-12-02T16:00:00Z');
    expect(mails(world, 'leaverDue')).toEqual([SAM, SAM, KIM, 'toni-vale']);
  });

  it('is taken out without anybody agreeing, and what pointed at him points at his successor', async () => {
    const world = await inForce();
    await done(act(world, 'reportLeaver', { personId: MARIA, successorId: 'lea-frost' }, AT, JAN));
    await done(act(world, 'removeLeaver', { personId: MARIA }, AT, SAM));
    const { inForce: version } = dataOf(world);
    expect(version).toMatchObject({ version: 2, reason: 'leaver' });
    expect(entry(version, MARIA)).toBeUndefined();
    expect(entry(version, JAN)?.deputyId).toBe('lea-frost');
    expect(world.clockOf(MATRIX, 'leaver', MARIA)).toBeUndefined();
    expect(contractContacts(world).filter((one) => one.primaryContact)).toMatchObject([
      { personId: 'lea-frost' },
    ]);
    expect(contractContacts(world).some(({ personId }) => personId === MARIA)).toBe(false);
  });

  it('who comes in as an engineer is out of the agreement too', async () => {
    const world = await accessAt('active', await anAccess(null, await inForce()));
    await done(act(world, 'removeLeaver', { personId: SAM }, '2026-12-02T10:00:00Z', KIM));
    const acc = world.stateOf('acc_1');
    expect(acc.data).toMatchObject({ inForce: { engineers: ['lee-ward'] }, leavers: { [SAM]: {} } });
    expect(world.clockOf('acc_1', 'leaver', SAM)?.marks.find(({ step }) => step === 'due')?.dueAt).toBe(
      Date.parse('2026-12-03T16:00:00Z'),
    );
  });

  it('who leaves a gap behind opens a defect, which the next complete version mends', async () => {
    const world = await inForce();
    await done(act(world, 'removeLeaver', { personId: JAN }, AT, SAM));
    expect(dataOf(world).defects).toMatchObject({ COVERAGE: { kind: 'coverage', mendedAt: null } });
    expect(world.clockOf(MATRIX, 'defect', 'COVERAGE')?.outcome).toBe('running');
    await done(act(world, 'reportJoiner', { contact: row('noa-lind') }, AT, ROBIN));
    await done(act(world, 'share', {}, AT, SAM));
    const { draft } = dataOf(world);
    await done(act(world, 'agree', { version: draft?.version }, AT, KIM));
    await done(act(world, 'agree', { version: draft?.version }, AT, MARIA));
    expect(world.clockOf(MATRIX, 'defect', 'COVERAGE')).toBeUndefined();
    expect(world.clockOf(MATRIX, 'joiner', 'noa-lind')).toBeUndefined();
  });

  it('also leaves the version under review, to which both sides then agree anew', async () => {
    const world = await imported(await inForce(), [...rows(), row('noa-lind', { deputy: JAN })], AT);
    await done(act(world, 'share', {}, AT, SAM));
    await done(act(world, 'agree', { version: 2 }, AT, ROBIN));
    await done(act(world, 'removeLeaver', { personId: JAN }, AT, SAM));
    const { draft, inForce: version } = dataOf(world);
    expect([version?.version, draft?.version]).toEqual([3, 4]);
    expect(draft?.agreedBy).toEqual({ provider: null, endUser: null });
    expect(entry(draft, JAN)).toBeUndefined();
    expect(entry(draft, 'noa-lind')?.deputyId).toBe(MARIA);
  });
});

describe('a contact for a time', () => {
  it('loses what the matrix gave him when his time is over', async () => {
    const caller = row('ada-cole', { authorisedCaller: true, validTo: '2026-12-10' });
    const world = await inForce([...rows(), caller]);
    const callers = () => contractContacts(world).filter((one) => one.authorisedCaller).length;
    await world.runTo('2026-12-10T22:59:59Z');
    expect(callers()).toBe(3);
    await world.runTo('2026-12-10T23:00:00Z');
    expect(callers()).toBe(2);
  });
});

describe('the quarterly re-confirmation', () => {
  const due = '2027-02-22T10:00:00Z';

  it('is asked for at half time and when it is due, and goes stale 15 business days later', async () => {
    const world = await inForce();
    expect(dueOf(world, 'confirm')).toBe(Date.parse(due));
    await world.runTo(due);
    expect(mails(world, 'confirmAsked')).toEqual([MARIA, MARIA]);
    expect(statusOf(world)).toBe('inForce');
    await world.runTo('2027-03-16T15:59:59Z');
    expect(statusOf(world)).toBe('inForce');
    await world.runTo('2027-03-16T16:00:00Z');
    expect(statusOf(world)).toBe('stale');
    expect(mails(world, 'stale').sort()).toEqual([KIM, MARIA, SAM].sort());
  });

  it('needs both sides; then the next quarter begins and nothing is stale', async () => {
    const world = await inForce();
    await world.runTo('2027-03-20T00:00:00Z');
    const at = '2027-03-22T10:00:00Z';
    await done(act(world, 'confirm', { version: 1 }, at, SAM));
    expect(statusOf(world)).toBe('stale');
    await done(act(world, 'confirm', { version: 1 }, at, MARIA));
    expect(world.stateOf(MATRIX)).toMatchObject({ status: 'inForce', data: { staleSince: null } });
    expect(dueOf(world, 'confirm')).toBe(Date.parse('2027-06-20T09:00:00Z'));
  });

  it('goes stale while a new version is under review, too', async () => {
    const world = await imported(await inForce(), rows(), AT);
    await world.runTo('2027-03-20T00:00:00Z');
    expect(world.stateOf(MATRIX)).toMatchObject({
      status: 'draft',
      data: { staleSince: Date.parse('2027-03-16T16:00:00Z') },
    });
    await done(act(world, 'discard', { reason: 'Called off.' }, '2027-03-22T10:00:00Z', SAM));
    expect(statusOf(world)).toBe('stale');
  });
});

describe('the call-down test', () => {
  it('is complete with the last result, and everybody not reached is a defect', async () => {
    const world = await inForce();
    for (const { id } of rows())
      await done(
        act(world, 'recordCall', { personId: id, outcome: id === JAN ? 'notReached' : 'reached' }, AT, SAM),
      );
    expect(world.eventsOf(MATRIX)).toContain('contactMatrix.callDownDone');
    expect(dataOf(world)).toMatchObject({ callDown: {}, defects: { [JAN]: { kind: 'callDown' } } });
    expect(world.clockOf(MATRIX, 'callDown')?.startedAt).toBe(Date.parse(AT));
    await done(act(world, 'resolveDefect', { defect: JAN, resolution: 'New number.' }, AT, SAM));
    expect(world.clockOf(MATRIX, 'defect', JAN)).toBeUndefined();
  });
});

describe('a bounce at 03:00', () => {
  const night = '2026-11-26T02:00:00Z';
  const bounced = async () => {
    const world = await inForce();
    const payload = { personId: MARIA, urgent: true, about: 'case 4711' };
    await world.signal(MATRIX, 'messageBounced', payload, night);
    return world;
  };
  const call = (world: TestWorld): Call | undefined => dataOf(world).calls['case 4711'];

  it('opens a defect that is owed within one business day', async () => {
    const world = await bounced();
    const defect: Defect | undefined = dataOf(world).defects[MARIA];
    expect(defect).toMatchObject({ kind: 'bounce', personId: MARIA });
    expect(mails(world, 'defectOpen')).toEqual([SAM]);
    expect(dueOf(world, 'defect', MARIA)).toBe(Date.parse('2026-11-27T16:00:00Z'));
  });

  it('tries the deputy after 10 minutes, then the next level, then the Duty Manager; each try is recorded', async () => {
    const world = await bounced();
    await world.runTo('2026-11-26T02:09:59Z');
    expect(mails(world, 'callInstead')).toEqual([]);
    await world.runTo('2026-11-26T02:10:00Z');
    expect(mails(world, 'callInstead')).toEqual([JAN]);
    await world.runTo('2026-11-26T02:20:00Z');
    expect(mails(world, 'callInstead')).toEqual([JAN, 'lea-frost']);
    await world.runTo('2026-11-26T02:30:00Z');
    expect(mails(world, 'nobodyReached')).toEqual(['toni-vale']);
    expect(call(world)?.tries.map(({ personId, as, outcome }) => [personId, as, outcome])).toEqual([
      [MARIA, 'first', 'notReached'],
      [JAN, 'deputy', 'notReached'],
      ['lea-frost', 'nextLevel', 'pending'],
    ]);
    expect(world.mailsOf(MATRIX, 'callInstead')[1]?.show).toMatchObject({
      about: 'case 4711',
      insteadOf: { person: JAN },
    });
  });

  it('ends with whoever is reached', async () => {
    const world = await bounced();
    await world.runTo('2026-11-26T02:10:00Z');
    await done(
      act(world, 'recordReached', { call: 'case 4711', personId: JAN }, '2026-11-26T02:12:00Z', JAN),
    );
    await world.runTo('2026-11-26T03:00:00Z');
    expect(mails(world, 'callInstead')).toEqual([JAN]);
    expect(call(world)).toBeUndefined();
  });
});

describe('somebody who is not reached', () => {
  const night = '2026-11-26T02:00:00Z';
  const payload = { personId: MARIA, about: 'case 4711' };
  const reported = {
    'as somebody says': async (world: TestWorld, personId = MARIA) =>
      done(act(world, 'callNotReached', { ...payload, personId }, night, JAN)),
    'as another process says': async (world: TestWorld, personId = MARIA) =>
      world.signal(MATRIX, 'notReached', { ...payload, personId }, night),
  };

  describe.each(Object.entries(reported))('%s', (_who, report) => {
    it('is a defect that is owed within one business day, and his deputy is tried', async () => {
      const world = await inForce();
      await report(world);
      expect(dataOf(world).defects).toEqual({
        [MARIA]: { kind: 'notReached', personId: MARIA, openedAt: Date.parse(night), mendedAt: null },
      });
      expect(mails(world, 'defectOpen')).toEqual([SAM]);
      expect(dueOf(world, 'defect', MARIA)).toBe(Date.parse('2026-11-27T16:00:00Z'));
      await world.runTo('2026-11-26T02:10:00Z');
      expect(mails(world, 'callInstead')).toEqual([JAN]);
    });

    it('is chased until it is mended, also when somebody else was reached', async () => {
      const world = await inForce();
      await report(world);
      const reached = { call: 'case 4711', personId: JAN };
      await done(act(world, 'recordReached', reached, '2026-11-26T02:05:00Z', JAN));
      await world.runTo('2026-11-27T16:00:00Z');
      expect(mails(world, 'defectOpen')).toEqual([SAM, SAM, SAM]);
      const resolution = 'His number was corrected, and he answered.';
      await done(act(world, 'resolveDefect', { defect: MARIA, resolution }, '2026-11-30T10:00:00Z', SAM));
      expect(world.clockOf(MATRIX, 'defect', MARIA)).toBeUndefined();
    });

    it('is one defect for each, however often he is not reached', async () => {
      const world = await inForce();
      for (const id of [MARIA, JAN, MARIA]) await report(world, id);
      expect(Object.keys(dataOf(world).defects).sort()).toEqual([JAN, MARIA]);
      const clocks = world.stateOf(MATRIX).clocks.filter(({ name }) => name === 'defect');
      expect(clocks.map(({ key, run }) => [key, run])).toEqual([
        [MARIA, 1],
        [JAN, 1],
      ]);
    });
  });
});

describe('a second contract of the End User', () => {
  const joined = async () => {
    const world = await inForce();
    await done(
      world.start('contactMatrix', 'mtx_2', { contractId: 'northwind-2026', onboardingId: 'onb_2' }, AT),
    );
    return world;
  };

  it('is served by the matrix that runs, and its onboarding learns at once that one is in force', async () => {
    const world = await joined();
    expect(world.stateOf('mtx_2')).toMatchObject({ status: 'shared', data: { servedBy: MATRIX } });
    expect(
      world.store.effects.filter(
        ({ intent }) => intent.kind === 'tellProcess' && intent.content.processId === 'onb_2',
      ),
    ).toHaveLength(1);
  });

  it('starts before the first version is in force and is settled with it', async () => {
    const world = await aMatrix();
    await done(
      world.start('contactMatrix', 'mtx_2', { contractId: 'northwind-2026', onboardingId: 'onb_2' }, AT),
    );
    const told = () =>
      world.store.effects.filter(
        ({ intent }) => intent.kind === 'tellProcess' && intent.content.processId === 'onb_2',
      );
    expect(told()).toHaveLength(0);
    await imported(world, rows(), AT);
    await done(act(world, 'share', {}, AT, SAM));
    await agreed(world, AT);
    expect(told().map(({ intent }) => intent.content)).toContainEqual(
      expect.objectContaining({ signal: 'itemSettled' }),
    );
  });

  it('that the matrix of has ended meanwhile gets one of its own', async () => {
    const world = withMatrix(await anActiveContract());
    await done(world.start('contactMatrix', MATRIX, { contractId: 'northwind-2026' }, AT));
    world.held = ({ intent }) => intent.kind === 'tellProcess';
    await done(world.start('contactMatrix', 'mtx_2', { contractId: 'northwind-2026' }, AT));
    await world.signal(MATRIX, 'contractEnded', {}, AT);
    world.held = () => false;
    await world.runTo('2026-11-25T11:00:00Z');
    expect(world.stateOf('mtx_2')).toMatchObject({ status: 'draft', data: { servedBy: null } });
  });
});

describe('who is called', () => {
  const contacts = [
    row('asleep', { level: 'L1', hours: 'berlin-office', deputy: 'awake' }),
    row('at-work', { level: 'L1', hours: 'sydney-office' }),
    row('awake', { level: 'L0' }),
    row('left', { level: 'L1', validTo: '2026-11-01' }),
    row('above', { level: 'L3', hours: 'berlin-office', deputy: 'at-work' }),
  ].map(contactOf);
  const night = { side: 'endUser', level: 'L1', at: Date.parse('2026-11-26T02:00:00Z') } as const;

  it('is first who is in his hours, then a deputy in his, then who is not, then the next level; everybody once', () => {
    const order = whoAt(contacts, night, (hours) => hours === 'sydney-office');
    expect(
      order.map(({ personId, level, deputyOf, inHours }) => [personId, level, deputyOf, inHours]),
    ).toEqual([
      ['at-work', 'L1', null, true],
      ['awake', 'L1', 'asleep', true],
      ['asleep', 'L1', null, false],
      ['above', 'L3', null, false],
    ]);
  });

  it('is nobody on a side without contacts', () => {
    expect(whoAt(contacts, { ...night, side: 'provider' }, () => true)).toEqual([]);
  });
});
