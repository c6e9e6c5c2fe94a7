/** The User Guide hand-over (service spec §4.1, R7, §3a "Acknowledgement"). */
import { describe, expect, it } from '@jest/globals';
import { exampleContract, type TestWorld } from '../support/world.js';
import {
  acknowledge,
  acknowledged,
  anOnboarding,
  done,
  JAN,
  KIM,
  MARIA,
  picked,
  released,
  ROBIN,
  SAM,
  VERSION_1,
} from './journeys.js';

interface Recipient {
  readonly version: number;
  readonly deliveredAt: number | null;
  readonly acknowledgedAt: number | null;
  readonly unacknowledged: boolean;
}
const guideOf = (world: TestWorld) => world.stateOf(world.idOf('document'));
const recipientsOf = (world: TestWorld) => guideOf(world).data['recipients'] as Record<string, Recipient>;
const mails = (world: TestWorld, notice: string) =>
  world.mailsOf(world.idOf('document'), notice).map((mail) => mail.recipient);
const act = (
  world: TestWorld,
  command: string,
  payload: Record<string, unknown>,
  at: string,
  actor: string,
) => world.command(world.idOf('document'), command, payload, at, actor);
const reports = (world: TestWorld) =>
  world.store.effects.filter(
    ({ intent }) => intent.kind === 'tellProcess' && intent.content.signal === 'itemSettled',
  );

describe('the release', () => {
  it('is asked of the backup and the SM manager', async () => {
    const world = await picked(await anOnboarding());
    expect(guideOf(world).status).toBe('internalReview');
    expect(mails(world, 'reviewAsked').sort()).toEqual([KIM, ROBIN].sort());
  });

  it('is refused to the one who picked the version, and open to another', async () => {
    const world = await picked(await anOnboarding());
    const at = '2026-11-24T10:00:00Z';
    expect((await act(world, 'release', {}, at, SAM))?.code).toBe('DOCUMENT_SELF_REVIEW');
    await done(act(world, 'release', {}, at, KIM));
    expect(guideOf(world).status).toBe('delivered');
  });

  it('meets the promise to send, and reaches every authorised caller with a link of his own', async () => {
    const world = await released(await anOnboarding());
    expect(world.clockOf(world.idOf('document'), 'send')).toBeUndefined();
    const sent = world.mailsOf(world.idOf('document'), 'guideDelivered');
    expect(sent.map((mail) => [mail.recipient, mail.link])).toEqual([
      [JAN, { command: 'acknowledge', payload: { recipient: JAN, version: 1 } }],
      [MARIA, { command: 'acknowledge', payload: { recipient: MARIA, version: 1 } }],
    ]);
    expect(sent[0]?.show).toMatchObject({ version: 1, sha256: 'a'.repeat(64) });
  });

  it('may be sent back to draft', async () => {
    const world = await picked(await anOnboarding());
    await done(act(world, 'sendBack', { reason: 'Wrong language.' }, '2026-11-24T10:00:00Z', ROBIN));
    expect(guideOf(world)).toMatchObject({ status: 'draft', data: { picked: null, pickedBy: null } });
    expect(world.clockOf(world.idOf('document'), 'send')?.outcome).toBe('running');
  });
});

describe('a delivery', () => {
  it('is recorded when the mail was handed over, not before', async () => {
    const world = await anOnboarding();
    world.held = ({ intent }) => intent.kind === 'mail';
    await released(world);
    expect(recipientsOf(world)[JAN]).toMatchObject({ deliveredAt: null });
    world.held = () => false;
    await world.runTo('2026-11-24T11:00:00Z');
    expect(recipientsOf(world)[JAN]).toMatchObject({ deliveredAt: Date.parse('2026-11-24T11:00:00Z') });
  });

  it('of a message to the staff is not taken for the delivery of a guide', async () => {
    const world = await picked(await anOnboarding());
    const events = world.eventsOf(world.idOf('document'));
    expect(events).toContain('document.messageDelivered');
    expect(events).not.toContain('document.guideDelivered');
  });
});

describe('an acknowledgement', () => {
  it('of the primary contact hands the guide over, once every caller has it', async () => {
    const world = await released(await anOnboarding());
    await done(acknowledge(world, MARIA, '2026-11-24T11:00:00Z'));
    expect(guideOf(world)).toMatchObject({ status: 'acknowledged', data: { handedOver: 'first' } });
    expect(world.clockOf(world.idOf('document'), 'acknowledge', MARIA)).toBeUndefined();
    expect(world.clockOf(world.idOf('document'), 'acknowledge', JAN)).toBeDefined();
  });

  it('of another caller alone does not', async () => {
    const world = await released(await anOnboarding());
    await done(acknowledge(world, JAN, '2026-11-24T11:00:00Z'));
    expect(guideOf(world)).toMatchObject({ status: 'delivered', data: { handedOver: 'no' } });
  });

  it('waits for the delivery to the last caller', async () => {
    const world = await anOnboarding();
    world.held = ({ intent }) => intent.kind === 'mail' && intent.content.recipient === JAN;
    await released(world);
    await done(acknowledge(world, MARIA, '2026-11-24T11:00:00Z'));
    expect(guideOf(world).status).toBe('delivered');
    world.held = () => false;
    await world.runTo('2026-11-24T12:00:00Z');
    expect(guideOf(world).status).toBe('acknowledged');
    expect(reports(world)).toHaveLength(1);
  });

  it('is the recipient’s own: nobody acknowledges for another, but one received otherwise is recorded', async () => {
    const world = await released(await anOnboarding());
    const at = '2026-11-24T11:00:00Z';
    expect((await act(world, 'acknowledge', { recipient: MARIA, version: 1 }, at, JAN))?.code).toBe(
      'DOCUMENT_NOT_YOUR_DOCUMENT',
    );
    expect((await act(world, 'acknowledge', { recipient: MARIA, version: 1 }, at, SAM))?.code).toBe(
      'PROCESS_ROLE',
    );
    const evidence = 'Confirmed on the kickoff call.';
    await done(act(world, 'recordAcknowledgement', { recipient: MARIA, evidence }, at, SAM));
    expect(recipientsOf(world)[MARIA]).toMatchObject({ acknowledgedAt: Date.parse(at), evidence });
    expect(guideOf(world).status).toBe('acknowledged');
  });

  it('given twice is refused the second time', async () => {
    const world = await acknowledged();
    const again = await acknowledge(world, MARIA, '2026-11-24T12:00:00Z');
    expect(again?.code).toBe('DOCUMENT_NOT_WAITED_FOR');
  });
});

describe('the ladder of a recipient', () => {
  // 5, 10 and 15 business days after Tuesday, 24 November.
  const first = '2026-12-01T16:00:00Z';
  const second = '2026-12-08T16:00:00Z';
  const last = '2026-12-15T16:00:00Z';

  it('reminds him after 5 and 10 business days, and tells the manager from the second on', async () => {
    const world = await released(await anOnboarding());
    await done(acknowledge(world, MARIA, '2026-11-24T11:00:00Z'));
    await world.runTo('2026-12-01T15:59:59Z');
    expect(mails(world, 'guideReminder')).toEqual([]);
    await world.runTo(first);
    expect(mails(world, 'guideReminder')).toEqual([JAN]);
    expect(mails(world, 'notAcknowledged')).toEqual([]);
    await world.runTo(second);
    expect(mails(world, 'guideReminder')).toEqual([JAN, JAN]);
    expect(mails(world, 'notAcknowledged')).toEqual([SAM]);
  });

  it('ends after 15 business days as delivered, not acknowledged, which blocks nothing', async () => {
    const world = await released(await anOnboarding());
    await world.runTo('2026-12-15T15:59:59Z');
    expect(guideOf(world).status).toBe('delivered');
    await world.runTo(last);
    expect(recipientsOf(world)[MARIA]).toMatchObject({ unacknowledged: true, acknowledgedAt: null });
    expect(guideOf(world).status).toBe('acknowledged');
    expect(world.eventsOf(world.idOf('document'))).toContain('document.deliveredNotAcknowledged');
    const items = world.stateOf('onb_1').data['items'] as { key: string; state: string; reason: string }[];
    expect(items.find((item) => item.key === 'userGuide')).toMatchObject({
      state: 'done',
      reason: 'Delivered, not acknowledged.',
    });
  });

  it('counts for each recipient from his own mail', async () => {
    const world = await acknowledged();
    const payload = { callers: [MARIA, JAN, KIM], primaryContacts: [MARIA] };
    await world.signal(world.idOf('document'), 'callersChanged', payload, '2026-11-26T10:00:00Z');
    await world.runTo(first);
    expect(mails(world, 'guideReminder')).toEqual([JAN]);
    await world.runTo('2026-12-03T16:00:00Z');
    expect(mails(world, 'guideReminder')).toEqual([JAN, KIM]);
  });

  it('that has ended does not keep him from acknowledging late', async () => {
    const world = await released(await anOnboarding());
    await world.runTo(last);
    await done(acknowledge(world, MARIA, '2026-12-16T10:00:00Z'));
    expect(recipientsOf(world)[MARIA]?.acknowledgedAt).toBe(Date.parse('2026-12-16T10:00:00Z'));
    expect(reports(world)).toHaveLength(1);
  });
});

describe('a new authorised caller', () => {
  it('of the amended contract is sent the version in force within two business days', async () => {
    const world = await acknowledged();
    world.held = ({ intent }) => intent.kind === 'mail';
    const file = exampleContract();
    const contact = { ...file.contacts[1], id: 'noa-lind', email: 'noa.lind@northwind.example' };
    const people = world.directory.people as Record<string, unknown>;
    people['noa-lind'] = { ...(people[JAN] as object), id: 'noa-lind', deputyId: null };
    const amended = exampleContract({ contacts: [...file.contacts, contact] });
    await done(world.command('con_1', 'amend', amended, '2026-11-26T10:00:00Z', SAM));
    const clock = world.clockOf(world.idOf('document'), 'newCaller', 'noa-lind');
    expect(clock?.marks[1]?.dueAt).toBe(Date.parse('2026-11-30T16:00:00Z'));
    expect(mails(world, 'guideDelivered').filter((id) => id === 'noa-lind')).toHaveLength(1);
    expect(mails(world, 'guideDelivered').filter((id) => id === JAN)).toHaveLength(1);
    world.held = () => false;
    await world.runTo('2026-11-26T11:00:00Z');
    expect(world.clockOf(world.idOf('document'), 'newCaller', 'noa-lind')).toBeUndefined();
    expect(recipientsOf(world)['noa-lind']).toMatchObject({ version: 1, unacknowledged: false });
  });
});

describe('a new version', () => {
  const VERSION_2 = { ...VERSION_1, version: 2 };
  const published = async () => {
    const world = await acknowledged();
    world.versions.userGuide.push({ ...VERSION_2, title: 'User Guide', sha256: 'b'.repeat(64) });
    await world.signal(
      world.idOf('document'),
      'newVersion',
      { documentId: 'user-guide', version: 2 },
      '2026-11-25T10:00:00Z',
    );
    return world;
  };

  it('is owed within 20 business days, and the manager learns it', async () => {
    const world = await published();
    expect(mails(world, 'newVersion')).toEqual([SAM]);
    const clock = world.clockOf(world.idOf('document'), 'reissue');
    expect(clock?.marks[1]?.dueAt).toBe(Date.parse('2026-12-23T16:00:00Z'));
  });

  it('that is none is passed over', async () => {
    const world = await acknowledged();
    const answer = await world.signal(
      world.idOf('document'),
      'newVersion',
      { documentId: 'user-guide', version: 1 },
      '2026-11-25T10:00:00Z',
    );
    expect(answer?.outcome).toBe('late');
    expect(world.clockOf(world.idOf('document'), 'reissue')).toBeUndefined();
  });

  it('keeps the version in force, and its acknowledgements, until the release', async () => {
    const world = await published();
    await picked(world, '2026-11-26T10:00:00Z', VERSION_2);
    expect(guideOf(world)).toMatchObject({ status: 'internalReview', data: { sent: { version: 1 } } });
    await done(acknowledge(world, JAN, '2026-11-26T11:00:00Z'));
    expect(recipientsOf(world)[JAN]?.acknowledgedAt).toBe(Date.parse('2026-11-26T11:00:00Z'));
  });

  it('goes to every caller again, to be acknowledged anew', async () => {
    const world = await published();
    await released(world, '2026-11-26T10:00:00Z', VERSION_2);
    expect(guideOf(world)).toMatchObject({ status: 'delivered', data: { sent: { version: 2 } } });
    expect(mails(world, 'guideDelivered')).toEqual([JAN, MARIA, JAN, MARIA]);
    expect(recipientsOf(world)[MARIA]).toMatchObject({ version: 2, acknowledgedAt: null });
    expect(world.clockOf(world.idOf('document'), 'reissue')).toBeUndefined();
    const old = await acknowledge(world, MARIA, '2026-11-26T11:00:00Z', 1);
    expect(old?.code).toBe('DOCUMENT_OTHER_VERSION');
    await done(acknowledge(world, MARIA, '2026-11-26T11:00:00Z', 2));
    expect(guideOf(world)).toMatchObject({ status: 'acknowledged', data: { handedOver: 'again' } });
    expect(reports(world)).toHaveLength(1);
  });

  describe('published while the one before it is under review', () => {
    const VERSION_3 = { ...VERSION_1, version: 3 };
    /** Version 2 was picked on Thursday; version 3 came out on Friday, and version 2 was released on Monday. */
    const overtaken = async () => {
      const world = await picked(await published(), '2026-11-26T10:00:00Z', VERSION_2);
      world.versions.userGuide.push({ ...VERSION_3, title: 'User Guide', sha256: 'c'.repeat(64) });
      await world.signal(
        world.idOf('document'),
        'newVersion',
        { documentId: 'user-guide', version: 3 },
        '2026-11-27T10:00:00Z',
      );
      await done(act(world, 'release', {}, '2026-11-30T10:00:00Z', ROBIN));
      return world;
    };

    it('is owed within 20 business days of its publication once the one before is released', async () => {
      const world = await overtaken();
      expect(guideOf(world).data).toMatchObject({ sent: { version: 2 }, newestVersion: 3 });
      const clock = world.clockOf(world.idOf('document'), 'reissue');
      expect(clock?.marks[1]?.dueAt).toBe(Date.parse('2026-12-29T16:00:00Z'));
      await done(acknowledge(world, MARIA, '2026-11-30T11:00:00Z', 2));
      await world.runTo('2026-12-29T16:00:00Z');
      const reminded = world.mailsOf(world.idOf('document'), 'newVersion').at(-1);
      expect(reminded).toMatchObject({ recipient: SAM, show: { version: 3 } });
      expect(world.eventsOf(world.idOf('document'))).toContain('document.reissueMissed');
    });

    it('keeps the promise of the one before, and is no longer owed once it goes out itself', async () => {
      const world = await overtaken();
      const outcomes = () =>
        world.store.steps
          .filter(({ after }) => after.id === world.idOf('document'))
          .flatMap(({ decision }) => (decision.kind === 'accepted' ? decision.ended : []))
          .filter(({ name }) => name === 'reissue')
          .map(({ outcome }) => outcome);
      expect(outcomes()).toEqual(['met']);
      await released(world, '2026-12-01T10:00:00Z', VERSION_3);
      expect(world.clockOf(world.idOf('document'), 'reissue')).toBeUndefined();
      expect(outcomes()).toEqual(['met', 'met']);
    });

    it('in another language only is not owed', async () => {
      const world = await picked(await published(), '2026-11-26T10:00:00Z', VERSION_2);
      const german = { ...VERSION_3, language: 'de', title: 'Handbuch', sha256: 'c'.repeat(64) };
      world.versions.userGuide.push(german);
      await done(act(world, 'release', {}, '2026-11-30T10:00:00Z', ROBIN));
      expect(world.clockOf(world.idOf('document'), 'reissue')).toBeUndefined();
    });
  });

  it('is still owed, by the same day, when the one in force is sent again', async () => {
    const world = await published();
    await released(world, '2026-11-30T10:00:00Z', VERSION_1);
    const clock = world.clockOf(world.idOf('document'), 'reissue');
    expect([clock?.run, clock?.marks[1]?.dueAt]).toEqual([1, Date.parse('2026-12-23T16:00:00Z')]);
  });

  it('is owed too when an older one is the first to be sent', async () => {
    const world = await anOnboarding();
    world.versions.userGuide.push({ ...VERSION_2, title: 'User Guide', sha256: 'b'.repeat(64) });
    await released(world);
    const clock = world.clockOf(world.idOf('document'), 'reissue');
    expect(clock?.marks[1]?.dueAt).toBe(Date.parse('2026-12-22T16:00:00Z'));
  });
});

describe('the yearly review', () => {
  it('falls due twelve months after the release, and is owed within ten business days', async () => {
    const world = await acknowledged();
    await world.runTo('2027-11-24T09:59:59Z');
    expect(guideOf(world).status).toBe('acknowledged');
    await world.runTo('2027-11-24T10:00:00Z');
    expect(guideOf(world).status).toBe('reviewDue');
    expect(mails(world, 'reviewDue')).toEqual([SAM]);
    const clock = world.clockOf(world.idOf('document'), 'reviewDone');
    expect(clock?.marks[1]?.dueAt).toBe(Date.parse('2027-12-08T16:00:00Z'));
  });

  it('that confirms the guide starts the next year', async () => {
    const world = await acknowledged();
    await world.runTo('2027-11-24T10:00:00Z');
    const evidence = 'Read through with the End User.';
    await done(act(world, 'confirmReview', { evidence }, '2027-11-25T10:00:00Z', SAM));
    expect(guideOf(world).status).toBe('acknowledged');
    expect(world.clockOf(world.idOf('document'), 'review')?.marks[0]?.dueAt).toBe(
      Date.parse('2028-11-25T10:00:00Z'),
    );
    expect(world.clockOf(world.idOf('document'), 'reviewDone')).toBeUndefined();
  });
});

describe('the report to the onboarding', () => {
  it('goes out once, whatever is acknowledged afterwards', async () => {
    const world = await acknowledged();
    await done(acknowledge(world, JAN, '2026-11-24T12:00:00Z'));
    await world.runTo('2027-12-01T00:00:00Z');
    expect(reports(world)).toHaveLength(1);
    expect(reports(world)[0]?.intent).toMatchObject({
      content: { processId: 'onb_1', payload: { outcome: 'done', reason: 'Delivered and acknowledged.' } },
    });
  });
});
