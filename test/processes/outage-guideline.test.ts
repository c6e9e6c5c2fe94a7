/** The special outage guideline (service spec §4.5): what a file may say, and how it is signed that there is none. */
import { describe, expect, it } from '@jest/globals';
import { readOutageGuideline } from '../../domain/document/outage-guideline.js';
import { example, type TestWorld } from '../support/world.js';
import { acknowledge, anOnboarding, done, JAN, KIM, MARIA, ROBIN, SAM } from './journeys.js';
import {
  anOutageGuideline,
  declaredNotApplicable,
  GUIDELINE_1,
  guidelineReleased,
  signedNotApplicable,
} from './journeys-document.js';

const northwind = { people: [MARIA, JAN, SAM], sites: ['northwind-berlin'] };
const file = () => structuredClone(example('outage-guidelines/northwind.en.yaml')) as Record<string, unknown>;
const problemsOf = (input: unknown) => {
  const read = readOutageGuideline(input, northwind);
  return read.ok ? [] : read.problems.map(({ path, problem }) => `${path}: ${problem}`);
};
const dataOf = (world: TestWorld) => world.stateOf('doc_1').data;
const mails = (world: TestWorld, notice: string) =>
  world.mailsOf('doc_1', notice).map((mail) => mail.recipient);
const act = (world: TestWorld, command: string, payload: object, at: string, actor: string) =>
  world.command('doc_1', command, payload as Record<string, unknown>, at, actor);

describe('the file of an outage guideline', () => {
  it('is right as the example has it', () => {
    expect(problemsOf(file())).toEqual([]);
  });

  it('has everything that is wrong named at once, by its place', () => {
    const wrong = {
      ...file(),
      appliesTo: { sites: ['northwind-berlin', 'paris'] },
      trigger: '',
      firstCall: [MARIA, 'gone-away'],
      freezePeriods: [
        {
          from: '2026-12-18T18:00:00+01:00',
          to: '2026-12-18T16:00:00Z',
          reason: 'Closing',
          overrider: MARIA,
        },
        { from: '2026-12-18', to: '2027-01-04T06:00:00+01:00', reason: 'Closing' },
        {
          from: '2026-12-18T18:00:00Z',
          to: '2027-01-04T06:00:00Z',
          reason: 'Closing',
          overrider: 'somebody',
        },
      ],
      colour: 'red',
    };
    expect(problemsOf(wrong).sort()).toEqual([
      'appliesTo.sites.1: paris is no site of the contract',
      'colour: there is no such field',
      'firstCall.1: gone-away is neither a contact of the contract nor on the staff',
      'freezePeriods.0.to: ends before it begins (2026-12-18T18:00:00+01:00)',
      'freezePeriods.1.from: a date and time with its offset, such as 2026-12-18T18:00:00+01:00',
      'freezePeriods.1.overrider: is missing: who may override the freeze',
      'freezePeriods.2.overrider: somebody is neither a contact of the contract nor on the staff',
      'trigger: Too small: expected string to have >=3 characters',
    ]);
  });
});

describe('an outage guideline', () => {
  it('reaches every authorised caller, and is in force from the first delivery on', async () => {
    const world = await anOutageGuideline();
    world.held = (effect) => effect.intent.kind === 'mail';
    await guidelineReleased(world);
    expect(dataOf(world)['inForce']).toBeNull();
    world.held = () => false;
    await world.runTo('2026-11-24T12:00:00Z');
    const { held } = (dataOf(world)['recipients'] as Record<string, { held: number | null }>)[JAN] ?? {};
    expect(held).toBe(1);
    expect(dataOf(world)['inForce']).toMatchObject({ documentId: 'outage', version: 1 });
  });

  it('is not picked while it names somebody whom the contract does not have any more', async () => {
    const world = await anOutageGuideline();
    world.guideline = { ...file(), changeApprovers: ['gone-away'] };
    const answer = await act(world, 'pick', GUIDELINE_1, '2026-11-24T10:00:00Z', SAM);
    expect(answer).toMatchObject({
      outcome: 'refused',
      code: 'DOCUMENT_NAMES_DO_NOT_FIT',
      problems: [
        {
          path: 'changeApprovers.0',
          problem: 'gone-away is neither a contact of the contract nor on the staff',
        },
      ],
    });
  });

  it('keeps the version before in force until the next one has arrived somewhere', async () => {
    const world = await guidelineReleased(await anOutageGuideline());
    await done(acknowledge(world, MARIA, '2026-11-24T11:00:00Z'));
    const first = world.versions.outageGuideline[0];
    if (!first) throw new Error('The world has no guideline.');
    world.versions.outageGuideline.push({ ...first, version: 2, sha256: 'd'.repeat(64) });
    world.held = (effect) => effect.intent.kind === 'mail';
    const second = { ...GUIDELINE_1, version: 2 };
    await done(act(world, 'pick', second, '2026-11-25T10:00:00Z', SAM));
    await done(act(world, 'release', {}, '2026-11-25T10:00:00Z', ROBIN));
    expect(dataOf(world)).toMatchObject({
      sent: { version: 2 },
      inForce: { version: 1 },
      recipients: { [MARIA]: { held: 1, version: 2 } },
    });
    world.held = () => false;
    await world.runTo('2026-11-25T12:00:00Z');
    const sinceAt = Date.parse('2026-11-25T12:00:00Z');
    expect(dataOf(world)).toMatchObject({
      inForce: { version: 2, sinceAt },
      recipients: { [MARIA]: { held: 2 } },
    });
  });

  it('hears of new versions of its own document only', async () => {
    const world = await guidelineReleased(await anOutageGuideline());
    const other = { documentId: 'another', version: 7 };
    const answer = await world.signal('doc_1', 'newVersion', other, '2026-11-25T10:00:00Z');
    expect(answer?.outcome).toBe('late');
  });
});

describe('that there is none', () => {
  it('is signed by an approver of the End User through a link of his own', async () => {
    const world = await declaredNotApplicable();
    expect(
      world.mailsOf('doc_1', 'notApplicableAsked').map(({ recipient, link }) => [recipient, link]),
    ).toEqual([[MARIA, expect.objectContaining({ command: 'signNotApplicable' })]]);
    expect((await act(world, 'signNotApplicable', {}, '2026-11-25T09:00:00Z', SAM))?.code).toBe(
      'PROCESS_ROLE',
    );
    expect((await act(world, 'signNotApplicable', {}, '2026-11-25T09:00:00Z', JAN))?.code).toBe(
      'PROCESS_ROLE',
    );
    await done(act(world, 'signNotApplicable', {}, '2026-11-25T10:00:00Z', MARIA));
    expect(world.stateOf('doc_1').status).toBe('notApplicable');
    expect(dataOf(world)['notApplicable']).toMatchObject({
      declaredBy: SAM,
      signedBy: MARIA,
      signedAt: Date.parse('2026-11-25T10:00:00Z'),
    });
    expect(mails(world, 'notApplicableDecided')).toEqual([SAM]);
  });

  it('is chased until it is signed, by the ladder of every duty', async () => {
    const world = await declaredNotApplicable();
    const marks = world.clockOf('doc_1', 'sign')?.marks.map(({ dueAt }) => dueAt ?? 0) ?? [];
    expect(marks[1]).toBe(Date.parse('2026-12-08T16:00:00Z'));
    await world.runTo(new Date((marks[1] ?? 0) - 1).toISOString());
    expect(mails(world, 'signatureDue')).toEqual([SAM]);
    await world.runTo('2026-12-12T00:00:00Z');
    expect(mails(world, 'signatureDue')).toEqual([SAM, SAM, KIM, 'toni-vale']);
  });

  it('may be refused: then the guideline is due again', async () => {
    const world = await declaredNotApplicable();
    await done(act(world, 'refuseNotApplicable', { reason: 'It is needed.' }, '2026-11-25T10:00:00Z', MARIA));
    expect(world.stateOf('doc_1').status).toBe('draft');
    expect(dataOf(world)['notApplicable']).toBeNull();
    expect(world.clockOf('doc_1', 'send')?.outcome).toBe('running');
    expect(world.clockOf('doc_1', 'sign')).toBeUndefined();
  });

  it('is signed anew each year, and holds until the answer', async () => {
    const world = await signedNotApplicable();
    await world.runTo('2027-11-25T09:59:59Z');
    expect(world.stateOf('doc_1').status).toBe('notApplicable');
    await world.runTo('2027-11-26T00:00:00Z');
    expect(world.stateOf('doc_1').status).toBe('notApplicableAsked');
    expect(dataOf(world)['notApplicable']).toMatchObject({ signedBy: MARIA });
    expect(mails(world, 'reviewDue')).toEqual([SAM]);
    expect(mails(world, 'notApplicableAsked')).toEqual([MARIA, MARIA]);
  });

  it('gives way to a guideline that is picked after all', async () => {
    const world = await signedNotApplicable();
    await guidelineReleased(world, '2026-12-01T10:00:00Z');
    expect(world.stateOf('doc_1').status).toBe('delivered');
    expect(dataOf(world)['notApplicable']).toBeNull();
    expect(world.clockOf('doc_1', 'review')?.outcome).toBe('running');
  });

  it('ends with the contract', async () => {
    const world = await signedNotApplicable();
    await done(world.command('con_1', 'terminate', { reason: 'Withdrawn.' }, '2026-12-01T10:00:00Z', KIM));
    expect(world.stateOf('doc_1').status).toBe('withdrawn');
  });
});

describe('the item of the onboarding', () => {
  const item = (world: TestWorld) =>
    (world.stateOf('onb_1').data['items'] as { key: string; state: string }[]).find(
      ({ key }) => key === 'outageGuideline',
    );
  /** An onboarding whose item goes over to its process, `guideline` by its id. */
  async function handedOver() {
    const world = await anOnboarding();
    const open = (world.stateOf('onb_1').data['items'] as { key: string; process: string | null }[]).find(
      ({ key }) => key === 'outageGuideline',
    );
    if (open?.process === null) {
      const payload = { item: 'outageGuideline', process: 'outageGuideline' };
      await done(world.command('onb_1', 'useProcess', payload, '2026-11-23T10:00:00Z', SAM));
    }
    const [guideline] =
      [...world.store.processes].find(([, { state }]) => state?.data['kind'] === 'outageGuideline') ?? [];
    if (guideline === undefined) throw new Error('No guideline was started.');
    return { world, guideline };
  }

  it('is done when the guideline is handed over', async () => {
    const { world, guideline } = await handedOver();
    const at = '2026-11-24T10:00:00Z';
    await done(world.command(guideline, 'pick', GUIDELINE_1, at, SAM));
    await done(world.command(guideline, 'release', {}, at, ROBIN));
    await done(
      world.command(
        guideline,
        'acknowledge',
        { recipient: MARIA, version: 1 },
        '2026-11-24T11:00:00Z',
        MARIA,
      ),
    );
    expect(item(world)).toMatchObject({ state: 'done', evidence: { kind: 'process', processId: guideline } });
  });

  it('is not applicable once that is signed, and an answer of the End User', async () => {
    const { world, guideline } = await handedOver();
    const reason = { reason: 'None is needed.' };
    await done(world.command(guideline, 'declareNotApplicable', reason, '2026-11-24T10:00:00Z', SAM));
    expect(item(world)).toMatchObject({ state: 'open' });
    await done(world.command(guideline, 'signNotApplicable', {}, '2026-11-25T10:00:00Z', MARIA));
    expect(item(world)).toMatchObject({ state: 'notApplicable' });
    expect(world.eventsOf('onb_1')).toContain('onboarding.endUserAnswered');
  });
});
