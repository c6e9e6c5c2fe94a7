/** Fire drills: the same people by the same ladder as in earnest, marked in every message, over by themselves. */
import { describe, expect, it } from '@jest/globals';
import { measured, type SentMessage } from '../../domain/drill/report.js';
import type { TryOutcome } from '../../domain/paging/ladder.js';
import type { Channel } from '../../domain/paging/policy.js';
import { readPolicySet } from '../../domain/policy/policy-set.js';
import { example, type TestWorld } from '../support/world.js';
import { aDrill, DRILLED } from './journeys-drill.js';
import { aWorld } from './journeys-escalation.js';
import { done, KIM, SAM } from './journeys.js';

const NOOR = 'noor-dale';
const CALL = {
  contractId: 'northwind-2026',
  caller: { personId: 'maria-stone' },
  priority: 'P1',
  device: 'SN-4711',
  impact: 'The core router is down.',
};
const minutes = (at: number) => (at - Date.parse(DRILLED)) / 60_000;
const at = (minute: number) => new Date(Date.parse(DRILLED) + minute * 60_000).toISOString();

/** By steps of five minutes: a ladder that is late counts on from when it fires. */
async function runThrough(world: TestWorld, until: number): Promise<void> {
  for (let minute = 0; minute <= until; minute += 5) await world.runTo(at(minute));
}

/** Pages of a process as `<minute> <person>`, in their order. */
function pagesOf(world: TestWorld, id: string, notice: string): string[] {
  return world.mailsOf(id, notice).map((one) => `${String(minutes(one.at))} ${one.recipient}`);
}

async function acknowledge(world: TestWorld, recipient: string, notice: string, minute: number) {
  const page = world.mailsOf('drl_1', notice).findLast((one) => one.recipient === recipient);
  if (!page) throw new Error(`${recipient} was not paged by ${notice}`);
  const payload = { effectKey: 'x', notices: [notice], recipient, via: 'link', decidedAt: page.at };
  return world.signal('drl_1', 'pageAcknowledged', payload, at(minute));
}

describe('a fire drill', () => {
  it('pages whom the desk pages for a Priority 1 that nobody accepts, at the same minutes', async () => {
    const world = await aDrill();
    await done(world.start('supportCase', 'cas_1', CALL, DRILLED, NOOR));
    await runThrough(world, 60);
    const pages = pagesOf(world, 'drl_1', 'deskPage');
    expect(pages).toHaveLength(4);
    expect(pages).toEqual(pagesOf(world, 'cas_1', 'page'));
  });

  it.each(['2026-11-24T08:00:00Z', '2026-11-28T22:00:00Z'])(
    'pages and informs the same people as an escalation of the same pace that nobody stops, from %s',
    async (begin) => {
      const world = await aWorld('P1', begin);
      const { policy } = world;
      const P1 = { ...policy.escalation.targets.P1, levels: policy.drill.levels };
      const targets = { ...policy.escalation.targets, P1 };
      world.policy = { ...policy, escalation: { ...policy.escalation, targets } };
      const escalated = { contractId: 'northwind-2026', caseId: 'cas_1', reason: 'The line is down.' };
      await done(world.start('escalation', 'esc_1', escalated, begin, NOOR));
      await done(world.start('drill', 'drl_1', { contractId: 'northwind-2026' }, begin, KIM));
      await world.runTo(new Date(Date.parse(begin) + 119 * 60_000).toISOString());
      // What an escalation says when it is raised, which a drill does not.
      const later = (page: string) => Number(page.split(' ')[0]) > minutes(Date.parse(begin));
      for (const [drilled, earnest] of [
        ['levelPage', 'levelReached'],
        ['endUserInformed', 'endUserInformed'],
      ] as const) {
        const pages = pagesOf(world, 'drl_1', drilled);
        expect(pages.length).toBeGreaterThan(2);
        expect(pages).toEqual(pagesOf(world, 'esc_1', earnest).filter(later));
      }
    },
  );

  it('says in every message that it is one, and tells the End User of no call', async () => {
    const world = await aDrill();
    await world.runTo('2026-11-26T00:00:00Z');
    const sent = world.mailsOf('drl_1');
    expect(sent.length).toBeGreaterThan(10);
    for (const { show } of sent) expect(show).toMatchObject({ drill: true });
    const endUser = sent.filter(({ recipient }) => world.directory.people[recipient]?.side === 'endUser');
    expect(new Set(endUser.map(({ notice }) => notice))).toEqual(new Set(['endUserInformed']));
  });

  it('ends the ladder of the desk with the first who acknowledges, and goes on through the levels', async () => {
    const world = await aDrill();
    await world.runTo(at(6));
    await acknowledge(world, NOOR, 'deskPage', 7);
    await world.runTo(at(25));
    await acknowledge(world, KIM, 'levelPage', 26);
    await world.runTo(at(119));
    expect(pagesOf(world, 'drl_1', 'deskPage').map((page) => page.split(' ')[0])).toEqual(['0', '5']);
    expect(world.stateOf('drl_1').data).toMatchObject({
      desk: { by: NOOR, at: Date.parse(at(7)) },
      levels: [
        { level: 'L1', acknowledged: [{ by: KIM, at: Date.parse(at(26)) }] },
        { level: 'L2', acknowledged: [] },
        { level: 'L3' },
        { level: 'L4' },
      ],
    });
  });

  it('is over when its time is up, also when nobody answered', async () => {
    const world = await aDrill();
    await runThrough(world, 115);
    expect(world.stateOf('drl_1').status).toBe('running');
    await world.runTo(at(120));
    expect(world.stateOf('drl_1')).toMatchObject({
      status: 'ended',
      data: { desk: null, ended: { how: 'timeUp', by: null } },
    });
    expect(world.eventsOf('drl_1').slice(-2)).toEqual(['drill.deskNotReached', 'drill.timeUp']);
    expect(world.mailsOf('drl_1', 'over')[0]?.show).toMatchObject({
      desk: 'nobody',
      silentLevels: 'L1, L2, L3, L4',
    });
  });

  it('is ended by who may start one, and by the end of its contract', async () => {
    const ended = await aDrill();
    await done(ended.command('drl_1', 'end', {}, at(3), SAM));
    expect(ended.stateOf('drl_1').data).toMatchObject({ ended: { how: 'ended', by: SAM } });
    const orphaned = await aDrill();
    await done(orphaned.command('con_1', 'terminate', { reason: 'Withdrawn.' }, at(3), KIM));
    expect(orphaned.stateOf('drl_1').data).toMatchObject({ ended: { how: 'contractEnded' } });
  });

  it('makes no promise, so that none can be missed', async () => {
    const world = await aDrill();
    await world.runTo(at(120));
    expect(world.stateOf('drl_1').clocks.filter(({ promise }) => promise)).toEqual([]);
  });

  it('has a policy in which it ends after its last level', () => {
    const standard = example('policies/standard.yaml') as { drill: object };
    const read = readPolicySet({ ...standard, drill: { ...standard.drill, end: '50 minutes' } });
    expect(read).toMatchObject({
      ok: false,
      problems: [{ path: 'drill.end', problem: expect.stringContaining('must come after') }],
    });
  });
});

describe('the report of a drill', () => {
  const sent = (
    recipient: string,
    tries: readonly (readonly [Channel, TryOutcome])[],
    acknowledged: SentMessage['acknowledged'] = null,
  ): SentMessage => ({
    recipient,
    decidedAt: 1_000,
    acknowledged,
    tries: tries.map(([channel, outcome], index) => ({ channel, outcome, startedAt: 2_000 + index })),
  });

  it('counts each person once a channel by the best that came of it, and names who was not reached', () => {
    const report = measured([
      sent('noor', [['sms', 'failed'], ['sms', 'delivered']], { channel: 'sms', at: 61_000 }),
      sent('noor', [['mail', 'accepted']]),
      sent('toni', [['sms', 'unknown'], ['mail', 'failed']]),
      sent('vic', [['sms', 'failed']]),
      sent('una', [['sms', 'failed']], { channel: null, at: 3_000 }),
      sent('maria', []),
    ]); // prettier-ignore
    const counts = { delivered: 0, accepted: 0, failed: 0, unknown: 0, acknowledged: 0 };
    expect(report.channels).toEqual([
      { ...counts, channel: 'sms', tried: 4, delivered: 1, failed: 2, unknown: 1, acknowledged: 1 },
      { ...counts, channel: 'mail', tried: 2, accepted: 1, failed: 1 },
    ]);
    expect(report.people.map(({ personId, reached }) => `${personId} ${reached}`)).toEqual([
      ...['noor delivered', 'toni unknown', 'vic nobody', 'una nobody', 'maria waiting'],
    ]);
    expect(report.people[0]?.acknowledged).toEqual({ channel: 'sms', afterMs: 60_000 });
    // Una acknowledged on the command line; Maria's message waits for her hours.
    expect(report.notReached).toEqual(['toni', 'vic']);
  });
});
