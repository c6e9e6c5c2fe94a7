/** Remote access and its sessions (service spec §4.4, §3a "4.4"). */
import { describe, expect, it } from '@jest/globals';
import type { AgreementInForce } from '../../domain/remote-access/facts.js';
import { exampleContract, type TestWorld } from '../support/world.js';
import { anActiveContract, anOnboarding, done, JAN, KIM, MARIA, ROBIN, SAM } from './journeys.js';
import {
  access,
  accessAt,
  ACTIVE_AT,
  AGREEMENT,
  anAccess,
  aSession,
  decideAccess,
  expired,
  extended,
  LED,
  LEE,
  leftOpen,
  noteDeclared,
  revoked,
  reviewDue,
  signatureBy,
  signNote,
  startSession,
  successorSent,
  testPlanned,
  TONI,
} from './journeys-access.js';

const statusOf = (world: TestWorld, id = 'acc_1') => world.stateOf(id).status;
const inForce = (world: TestWorld) => world.stateOf('acc_1').data['inForce'] as AgreementInForce | null;
const told = (world: TestWorld, notice: string, id = 'acc_1') =>
  world.mailsOf(id, notice).map((mail) => mail.recipient);
const signalsTo = (world: TestWorld, signal: string) =>
  world.store.effects.flatMap(({ intent }) =>
    intent.kind === 'tellProcess' && intent.content.signal === signal ? [intent.content] : [],
  );
const instant = (text: string) => Date.parse(text);

describe('the way to an active agreement', () => {
  it('leads through legal review, both signatures and a test', async () => {
    const world = await accessAt('active');
    expect(world.eventsOf('acc_1').map((event) => event.replace('remoteAccess.', ''))).toEqual([
      'started',
      'drafted',
      'submitted',
      'reviewPassed',
      'signed',
      'counterSigned',
      'tested',
      'activated',
    ]);
    expect(inForce(world)).toMatchObject({
      version: 1,
      method: 'jumpHost',
      signature: { by: MARIA, evidence: { id: `sig_${MARIA}` } },
      counterSignature: { by: KIM },
      test: { passed: true, by: LEE },
      endsAt: instant('2027-12-01T10:00:00Z'),
    });
  });

  it('asks each approver for his signature by a link to exactly the text', async () => {
    const world = await accessAt('sentForSignature');
    expect(world.mailsOf('acc_1', 'signatureAsked')).toMatchObject([
      {
        recipient: MARIA,
        show: { title: AGREEMENT.title, version: 1, sha256: AGREEMENT.sha256 },
        link: { command: 'sign', payload: { title: AGREEMENT.title, version: 1, sha256: AGREEMENT.sha256 } },
      },
    ]);
  });

  it('takes no signature of somebody who is no approver', async () => {
    const world = await accessAt('sentForSignature');
    const answer = await access(world, 'sign', signatureBy(JAN), '2026-11-27T09:00:00Z', JAN);
    expect(answer?.code).toBe('PROCESS_ROLE');
    expect(statusOf(world)).toBe('sentForSignature');
  });

  it('takes no signature without evidence', async () => {
    const world = await accessAt('sentForSignature');
    const bare = { ...signatureBy(MARIA), evidence: null };
    expect((await access(world, 'sign', bare, '2026-11-27T09:00:00Z', MARIA))?.code).toBe(
      'REMOTE_ACCESS_NOT_PROVEN',
    );
  });

  it('goes back to the test when it fails', async () => {
    const world = await accessAt('tested');
    const failed = { testedOn: '2026-12-01', passed: false, text: 'No route.' };
    await done(access(world, 'recordTest', failed, '2026-12-01T10:00:00Z', SAM));
    expect(statusOf(world)).toBe('signed');
    expect(told(world, 'testFailed')).toEqual([SAM]);
  });

  it('settles the item of the onboarding, once', async () => {
    const world = await accessAt('active', await anAccess('onb_1', await anOnboarding()));
    const settled = () =>
      signalsTo(world, 'itemSettled').filter(({ payload }) => payload['item'] === 'remoteAccess');
    expect(settled()).toMatchObject([{ processId: 'onb_1', payload: { outcome: 'done' } }]);
    expect(signalsTo(world, 'endUserAnswered')).toHaveLength(1);
    await done(access(world, 'draft', AGREEMENT, '2026-12-02T10:00:00Z', SAM));
    expect(settled()).toHaveLength(1);
  });

  it('reminds those who may sign after 5, 10 and 20 business days, and tells the SM manager after 30 and on', async () => {
    const world = await accessAt('sentForSignature');
    await world.runTo('2027-01-14T00:00:00Z');
    expect(told(world, 'signatureReminder')).toEqual([MARIA, MARIA, MARIA]);
    expect(told(world, 'notSigned')).toEqual([SAM, SAM, KIM, SAM]);
    await world.runTo('2027-01-21T00:00:00Z');
    expect(told(world, 'notSigned').slice(4)).toEqual([KIM]);
  });
});

describe('a note that none is required', () => {
  it('counts when an approver has signed it', async () => {
    const world = await noteDeclared();
    expect(statusOf(world)).toBe('sentForSignature');
    expect(told(world, 'signatureAsked')).toEqual([MARIA]);
    await signNote(world);
    expect(statusOf(world)).toBe('notRequired');
    expect(world.stateOf('acc_1').clocks).toEqual([]);
  });

  it('settles the item as not applicable', async () => {
    const world = await anAccess('onb_1', await anOnboarding());
    await decideAccess(world);
    expect(signalsTo(world, 'itemSettled')).toMatchObject([
      { payload: { item: 'remoteAccess', outcome: 'notApplicable' } },
    ]);
  });

  it('does not last for ever: an agreement may be drafted when a case needs it', async () => {
    const world = await noteDeclared();
    await signNote(world);
    await done(access(world, 'draft', AGREEMENT, '2027-01-11T09:00:00Z', SAM));
    expect(world.stateOf('acc_1')).toMatchObject({ status: 'draft', data: { proposal: { version: 2 } } });
  });
});

describe('the term of an agreement', () => {
  it('is reviewed 60 days before its end, warned of at 30 and 7, and over then', async () => {
    const world = await accessAt('active');
    // Used now and then, so that only its end asks for the review.
    for (const day of ['2027-03-01', '2027-06-01', '2027-09-01'])
      await world.signal('acc_1', 'sessionStarted', { processId: 'x' }, `${day}T10:00:00Z`);
    await world.runTo('2027-10-02T08:59:59Z');
    expect(statusOf(world)).toBe('active');
    // The same local time: summer time has not ended yet.
    await world.runTo('2027-10-02T09:00:00Z');
    expect(statusOf(world)).toBe('reviewDue');
    expect(world.mailsOf('acc_1', 'recertificationAsked')).toMatchObject([
      { recipient: MARIA, link: { command: 'recertify', payload: { version: 1 } } },
    ]);
    await world.runTo('2027-11-24T10:00:00Z');
    expect(told(world, 'endsSoon').filter((person) => person === MARIA)).toHaveLength(2);
    await world.runTo('2027-12-01T10:00:00Z');
    expect(statusOf(world)).toBe('expired');
    expect(inForce(world)).toBeNull();
  });

  it('begins anew with the recertification', async () => {
    const world = await accessAt('active');
    await world.signal('acc_1', 'sessionStarted', { processId: 'x' }, '2027-08-01T10:00:00Z');
    await world.runTo('2027-10-04T10:00:00Z');
    await done(access(world, 'recertify', { version: 1 }, '2027-10-05T10:00:00Z', MARIA));
    expect(statusOf(world)).toBe('active');
    expect(inForce(world)?.endsAt).toBe(instant('2028-10-05T10:00:00Z'));
  });

  it('ends with the contract where that ends first, and follows it when it is prolonged', async () => {
    const contract = exampleContract({ endsOn: '2027-03-31' });
    const world = await accessAt('active', await anAccess(null, await anActiveContract(contract)));
    expect(inForce(world)?.endsAt).toBe(instant('2027-03-31T22:00:00Z'));
    await world.runTo('2027-02-01T00:00:00Z');
    expect(statusOf(world)).toBe('active');
    expect(told(world, 'endsSoon')).toEqual([SAM, MARIA]);
    const longer = exampleContract({ endsOn: '2028-10-31' });
    await done(world.command('con_1', 'amend', longer, '2027-02-02T09:00:00Z', SAM));
    await world.runTo('2027-03-02T00:00:00Z');
    expect(world.eventsOf('acc_1').at(-1)).toBe('remoteAccess.endMoved');
    expect(inForce(world)?.endsAt).toBe(instant('2027-12-01T10:00:00Z'));
  });

  it('is reviewed when nobody used it for 180 days', async () => {
    const world = await reviewDue();
    expect(world.eventsOf('acc_1').at(-1)).toBe('remoteAccess.unused');
    expect(inForce(world)).not.toBeNull();
  });

  it('is over with the contract', async () => {
    const world = await accessAt('active');
    await done(world.command('con_1', 'terminate', { reason: 'Over.' }, '2026-12-02T09:00:00Z', KIM));
    expect(statusOf(world)).toBe('ended');
  });

  it('is not cut short by its successor before that is active, nor when that is rejected', async () => {
    const world = await successorSent();
    expect(inForce(world)?.version).toBe(1);
    expect((await startSession(world))?.outcome).toBe('accepted');
    await done(access(world, 'reject', { reason: 'Not by VPN.' }, '2026-12-08T09:00:00Z', MARIA));
    expect(world.stateOf('acc_1')).toMatchObject({ status: 'active', data: { proposal: null } });
  });
});

describe('an emergency extension', () => {
  it('holds for 24 hours, and is given once', async () => {
    const world = await extended();
    expect(statusOf(world)).toBe('extended');
    expect(inForce(world)?.endsAt).toBe(instant('2027-12-02T11:00:00Z'));
    const session = { plannedEnd: '2027-12-01T15:00:00Z' };
    await done(startSession(world, session, '2027-12-01T12:00:00Z'));
    await world.runTo('2027-12-02T11:00:00Z');
    expect(statusOf(world)).toBe('expired');
    expect(world.clockOf('acc_1', 'decide')?.outcome).toBe('running');
  });

  it('is an approver’s to give', async () => {
    const world = await expired();
    const payload = { caseNumber: '7', reason: 'The hub is down.' };
    expect((await access(world, 'extend', payload, '2027-12-01T11:00:00Z', SAM))?.code).toBe('PROCESS_ROLE');
  });
});

describe('a technical test', () => {
  const shown = (world: TestWorld, notice: string) =>
    world
      .mailsOf('acc_1', notice)
      .map(({ recipient, show }) => [recipient, show['method'], show['revision']]);

  it('is planned with invitations, which a change updates and a cancellation takes back', async () => {
    const world = await testPlanned();
    expect(shown(world, 'testInvitation').sort()).toEqual(
      [JAN, LEE, SAM, TONI].map((id) => [id, 'REQUEST', 0]),
    );
    const change = { startsAt: '2028-01-11T10:00:00+01:00', invitees: [SAM, LEE, JAN] };
    await done(access(world, 'moveTest', change, '2026-12-01T09:00:00Z', SAM));
    expect(shown(world, 'testInvitation').slice(4).sort()).toEqual(
      [JAN, LEE, SAM].map((id) => [id, 'REQUEST', 1]),
    );
    expect(shown(world, 'testCancelled')).toEqual([[TONI, 'CANCEL', 1]]);
    await done(
      access(world, 'cancelTest', { reason: 'The jump host is down.' }, '2026-12-01T10:00:00Z', LEE),
    );
    expect(shown(world, 'testCancelled').slice(1).sort()).toEqual(
      [JAN, LEE, SAM].map((id) => [id, 'CANCEL', 2]),
    );
  });

  it('that was recorded before it was to begin, and one of a contract that ends, is taken back', async () => {
    const recorded = await testPlanned();
    const test = { testedOn: '2026-12-01', passed: true, text: 'Logged in.' };
    await done(access(recorded, 'recordTest', test, '2026-12-01T09:00:00Z', LEE));
    expect(shown(recorded, 'testCancelled')).toHaveLength(4);
    await done(access(recorded, 'activate', {}, '2026-12-01T10:00:00Z', SAM));
    expect(shown(recorded, 'testCancelled')).toHaveLength(4);
    const ended = await testPlanned();
    await done(ended.command('con_1', 'terminate', { reason: 'Withdrawn.' }, '2026-12-02T10:00:00Z', KIM));
    expect(shown(ended, 'testCancelled')).toHaveLength(4);
  });
});

describe('a revocation', () => {
  it('ends it at once; both administrators are to confirm the removal within the hour', async () => {
    const world = await revoked();
    expect(inForce(world)).toBeNull();
    expect(told(world, 'removalAsked').sort()).toEqual([JAN, TONI].sort());
    await done(access(world, 'confirmRemoval', {}, '2026-12-07T10:20:00Z', TONI));
    await done(access(world, 'confirmRemoval', {}, '2026-12-07T10:59:00Z', JAN));
    expect(world.stateOf('acc_1')).toMatchObject({
      clocks: [],
      data: {
        removal: {
          providerAt: instant('2026-12-07T10:20:00Z'),
          endUserAt: instant('2026-12-07T10:59:00Z'),
        },
      },
    });
    await world.runTo('2026-12-09T10:00:00Z');
    expect(told(world, 'notRemoved')).toEqual([]);
  });

  it('that is not confirmed is a breach, told to the SM manager again and again', async () => {
    const world = await revoked();
    await done(access(world, 'confirmRemoval', {}, '2026-12-07T10:20:00Z', TONI));
    await world.runTo('2026-12-07T11:00:00Z');
    expect(told(world, 'notRemoved')).toEqual([KIM]);
    await world.runTo('2026-12-09T11:00:00Z');
    expect(told(world, 'notRemoved')).toEqual([KIM, KIM, KIM]);
  });

  it('refuses new sessions, and the running one is to end within minutes', async () => {
    const world = await aSession();
    await done(access(world, 'revoke', { reason: 'Enough.' }, '2026-12-07T10:30:00Z', MARIA));
    expect((await startSession(world, {}, '2026-12-07T10:30:01Z', 'ses_2'))?.code).toBe(
      'ACCESS_SESSION_NO_LIVE_AGREEMENT',
    );
    expect(told(world, 'endNow', 'ses_1').sort()).toEqual([LEE, MARIA, SAM].sort());
    await world.runTo('2026-12-07T10:45:00Z');
    expect(statusOf(world, 'ses_1')).toBe('overrun');
  });
});

describe('an engineer who leaves', () => {
  it('is out at once, and his access is to be removed in a business day', async () => {
    const world = await accessAt('active');
    await world.signal('acc_1', 'peopleLeft', { people: ['somebody-else', LEE] }, '2026-12-07T09:00:00Z');
    expect(inForce(world)?.engineers).toEqual([SAM]);
    expect((await startSession(world))?.code).toBe('ACCESS_SESSION_ENGINEER_NOT_NAMED');
    await world.runTo('2026-12-10T00:00:00Z');
    expect(world.clockOf('acc_1', 'leaver', LEE)?.missedAt).toBe(instant('2026-12-08T16:00:00Z'));
    await done(access(world, 'confirmLeaver', { personId: LEE }, '2026-12-10T09:00:00Z', JAN));
    expect(world.clockOf('acc_1', 'leaver', LEE)).toBeUndefined();
  });
});

describe('a session', () => {
  it('is held under the live agreement, and ends with what was changed', async () => {
    const world = await aSession();
    expect(world.stateOf('ses_1').data).toMatchObject({
      consent: 'given',
      agreement: { processId: 'acc_1', version: 1 },
    });
    expect(world.mailsOf('ses_1', 'sessionStarted')).toMatchObject([
      { recipient: MARIA, link: { command: 'stop' } },
    ]);
    await done(world.command('ses_1', 'end', { changed: 'A filter.' }, '2026-12-07T11:00:00Z', LEE));
    expect(world.stateOf('ses_1')).toMatchObject({
      status: 'ended',
      data: { changed: 'A filter.', endedBy: LEE },
    });
    expect(told(world, 'ended', 'ses_1')).toEqual([MARIA, SAM]);
  });

  it('needs no consent of its own where the agreement gives it', async () => {
    const world = await anAccess();
    await done(access(world, 'draft', { ...AGREEMENT, standingConsent: true }, '2026-11-24T09:00:00Z', SAM));
    await done(access(world, 'submit', {}, '2026-11-24T10:00:00Z', SAM));
    await done(access(world, 'passReview', { evidence: 'Fine.' }, '2026-11-24T11:00:00Z', ROBIN));
    await done(access(world, 'sign', signatureBy(MARIA), '2026-11-24T12:00:00Z', MARIA));
    await done(access(world, 'counterSign', signatureBy(KIM), '2026-11-24T13:00:00Z', KIM));
    const test = { testedOn: '2026-11-24', passed: true, text: 'Fine.' };
    await done(access(world, 'recordTest', test, '2026-11-24T14:00:00Z', SAM));
    await done(access(world, 'activate', {}, ACTIVE_AT, SAM));
    await done(startSession(world, { approverId: null }));
    expect(world.stateOf('ses_1').data).toMatchObject({ consent: 'standing', approverId: null });
  });

  it('without an agreement is refused, with the way that is open; that one is logged', async () => {
    const world = await anAccess();
    const refused = await startSession(world);
    expect(refused?.code).toBe('ACCESS_SESSION_NO_LIVE_AGREEMENT');
    expect(refused?.remedy).toContain('endUserScreenShare');
    await done(startSession(world, { ...LED, approverId: JAN }, undefined, 'ses_2'));
    expect(world.stateOf('ses_2').data).toMatchObject({ consent: 'endUserLed', agreement: null });
  });

  it('past its planned end is told of, again and again, until somebody says what was changed', async () => {
    const world = await aSession();
    await world.runTo('2026-12-07T11:59:59Z');
    expect(statusOf(world, 'ses_1')).toBe('running');
    await world.runTo('2026-12-07T14:00:00Z');
    expect(statusOf(world, 'ses_1')).toBe('overrun');
    expect(told(world, 'overrun', 'ses_1').filter((person) => person === MARIA)).toHaveLength(3);
    expect(told(world, 'overrun', 'ses_1').filter((person) => person === SAM)).toHaveLength(3);
    const payload = { plannedEnd: '2026-12-07T16:00:00Z', approverId: MARIA, reason: 'Slow.' };
    await done(world.command('ses_1', 'prolong', payload, '2026-12-07T14:30:00Z', LEE));
    expect(statusOf(world, 'ses_1')).toBe('running');
  });

  it('may be finished when the agreement runs out meanwhile, and not prolonged', async () => {
    const world = await accessAt('active');
    const last = { plannedEnd: '2027-12-01T11:00:00Z' };
    await world.runTo('2027-12-01T09:30:00Z');
    await done(startSession(world, last, '2027-12-01T09:30:00Z'));
    await world.runTo('2027-12-01T10:00:00Z');
    expect(world.stateOf('ses_1')).toMatchObject({
      status: 'running',
      data: { agreementEndedAt: instant('2027-12-01T10:00:00Z') },
    });
    const payload = { plannedEnd: '2027-12-01T12:00:00Z', approverId: MARIA, reason: 'Slow.' };
    expect((await world.command('ses_1', 'prolong', payload, '2027-12-01T10:30:00Z', LEE))?.code).toBe(
      'ACCESS_SESSION_NO_LIVE_AGREEMENT',
    );
    await done(world.command('ses_1', 'end', { changed: 'Nothing.' }, '2027-12-01T10:40:00Z', LEE));
  });

  it('is refused at the very end of the agreement, before its mark is processed', async () => {
    const world = await accessAt('active');
    const look = world.looks['accessSession'];
    const held = look?.(world, { data: null, payload: {} });
    await world.runTo('2027-12-01T10:00:00Z');
    world.looks = { ...world.looks, accessSession: () => held ?? {} };
    const late = { plannedEnd: '2027-12-01T11:00:00Z' };
    expect((await startSession(world, late, '2027-12-01T10:00:00Z'))?.code).toBe(
      'ACCESS_SESSION_NO_LIVE_AGREEMENT',
    );
  });

  it('closes with the contract, and is still asked about until somebody says what was changed', async () => {
    const world = await leftOpen();
    expect(statusOf(world, 'ses_1')).toBe('leftOpen');
    await world.runTo('2026-12-07T13:00:00Z');
    expect(told(world, 'overrun', 'ses_1').filter((person) => person === SAM)).toHaveLength(2);
    await done(world.command('ses_1', 'end', { changed: 'Nothing.' }, '2026-12-07T13:30:00Z', LEE));
    expect(world.stateOf('ses_1')).toMatchObject({ status: 'ended', clocks: [] });
  });

  it('about whose change they disagree is settled, and chased until it is', async () => {
    const world = await aSession();
    await done(world.command('ses_1', 'end', { changed: 'Nothing.' }, '2026-12-07T11:00:00Z', LEE));
    await done(world.command('ses_1', 'dispute', { text: 'The filter.' }, '2026-12-07T12:00:00Z', MARIA));
    expect(told(world, 'disputed', 'ses_1').sort()).toEqual([KIM, SAM].sort());
    expect(world.clockOf('ses_1', 'dispute')?.outcome).toBe('running');
    await done(
      world.command('ses_1', 'settleDispute', { outcome: 'Put back.' }, '2026-12-08T12:00:00Z', SAM),
    );
    expect(world.clockOf('ses_1', 'dispute')).toBeUndefined();
  });
});
