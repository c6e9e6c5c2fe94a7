/** What is done next about a page, from what was tried so far. */
import { pageText } from '../../activities/effects/page-text.js';
import type { MailContent } from '../../domain/kernel/state.js';
import { describe, expect, it } from '@jest/globals';
import { nextMove, reachesNobody, type PageSoFar, type Try } from '../../domain/paging/ladder.js';
import { pagingPolicy } from '../../domain/paging/policy.js';

const plan = { nextChannelSeconds: 60, againSeconds: 300, times: 2 };
const at = (seconds: number) => seconds * 1000;

const aTry = (channel: Try['channel'], outcome: Try['outcome'], seconds: number, round = 1): Try => ({
  channel,
  outcome,
  round,
  startedAt: at(seconds),
});

function aPage(change: Partial<PageSoFar>): PageSoFar {
  const channels = ['sms', 'voice', 'mail'] as const;
  return { now: at(0), plan, channels, tries: [], acknowledged: false, wanted: true, ...change };
}

describe('a page', () => {
  it('is tried on the first channel of its recipient', () => {
    expect(nextMove(aPage({}))).toEqual({ kind: 'try', channel: 'sms', round: 1 });
  });

  it.each(['failed', 'unknown'] as const)(
    'goes to the next channel at once after a try that is %s',
    (outcome) => {
      const tries = [aTry('sms', outcome, 0)];
      expect(nextMove(aPage({ tries, now: at(1) }))).toEqual({ kind: 'try', channel: 'voice', round: 1 });
    },
  );

  it.each(['accepted', 'delivered'] as const)(
    'waits after a try that was %s, and goes on when its time is over',
    (outcome) => {
      const tries = [aTry('sms', outcome, 0)];
      expect(nextMove(aPage({ tries, now: at(59) }))).toEqual({ kind: 'wait', until: at(60) });
      expect(nextMove(aPage({ tries, now: at(60) }))).toEqual({ kind: 'try', channel: 'voice', round: 1 });
    },
  );

  it('that went out on every channel is sent again when nobody has acknowledged it', () => {
    const tries = [aTry('sms', 'delivered', 0), aTry('voice', 'unknown', 60), aTry('mail', 'accepted', 61)];
    expect(nextMove(aPage({ tries, now: at(121) }))).toEqual({ kind: 'wait', until: at(300) });
    expect(nextMove(aPage({ tries, now: at(300) }))).toEqual({ kind: 'try', channel: 'sms', round: 2 });
  });

  it('is spent after its last time, and says the best that was reached', () => {
    const channels = ['sms'] as const;
    const twice = (outcome: Try['outcome']) => [aTry('sms', outcome, 0), aTry('sms', 'failed', 300, 2)];
    const spent = (outcome: Try['outcome']) =>
      nextMove(aPage({ channels, tries: twice(outcome), now: at(600) }));
    expect(nextMove(aPage({ channels, tries: twice('failed'), now: at(599) }))).toEqual({
      kind: 'wait',
      until: at(600),
    });
    expect(spent('delivered')).toEqual({ kind: 'spent', reached: 'delivered' });
    expect(spent('accepted')).toEqual({ kind: 'spent', reached: 'accepted' });
    expect(spent('unknown')).toEqual({ kind: 'spent', reached: 'unknown' });
    expect(spent('failed')).toEqual({ kind: 'spent', reached: 'nobody' });
  });

  it('of somebody without any channel is spent at once', () => {
    expect(nextMove(aPage({ channels: [] }))).toEqual({ kind: 'spent', reached: 'nobody' });
  });

  it('that was acknowledged, or is about what has ended, is never tried again', () => {
    const tries = [aTry('sms', 'failed', 0)];
    expect(nextMove(aPage({ tries, acknowledged: true, wanted: false }))).toEqual({ kind: 'acknowledged' });
    expect(nextMove(aPage({ tries, wanted: false }))).toEqual({ kind: 'unwanted' });
  });

  it('reaches nobody when every channel has failed, and only then', () => {
    const channels = ['sms', 'mail'] as const;
    const failed = [aTry('sms', 'failed', 0)];
    expect(reachesNobody({ channels, tries: failed })).toBe(false);
    expect(reachesNobody({ channels, tries: [...failed, aTry('mail', 'failed', 1)] })).toBe(true);
    expect(reachesNobody({ channels, tries: [...failed, aTry('mail', 'unknown', 1)] })).toBe(false);
  });
});

describe('the policy of pages', () => {
  const policy = {
    channels: { provider: ['sms', 'voice', 'chat', 'mail'], endUser: ['mail', 'sms'] },
    ...{ tryLimitSeconds: 8, nextChannelSeconds: 120, againSeconds: 600, times: 3 },
  };

  it('gives a try less than the ten seconds within which the next channel must be tried', () => {
    expect(pagingPolicy.safeParse(policy).success).toBe(true);
    expect(pagingPolicy.safeParse({ ...policy, tryLimitSeconds: 10 }).success).toBe(false);
  });

  it('names a channel once', () => {
    const channels = { ...policy.channels, endUser: ['mail', 'mail'] };
    expect(pagingPolicy.safeParse({ ...policy, channels }).success).toBe(false);
  });
});

describe('a message of a fire drill', () => {
  const content = (show: MailContent['show']): MailContent => ({
    ...{ notice: 'deskPage', role: 'onDuty', recipient: 'noor-dale', instead: [], link: null },
    ...{ urgent: true, at: 0, show },
  });
  const words = { title: 'A call waits', about: 'Fire drill CP-1001', link: 'https://care.example/l/x' };

  it.each([
    ['en', /^DRILL, no emergency\. /],
    ['de', /^ÜBUNG, kein Ernstfall\. /],
    ['de-AT', /^ÜBUNG, kein Ernstfall\. /],
  ] as const)('says in %s before anything else that it is one, on every channel', (language, mark) => {
    for (const channel of ['sms', 'voice', 'chat'] as const) {
      expect(pageText(channel, language, content({ drill: true }), words)).toMatch(mark);
      expect(pageText(channel, language, content({}), words)).not.toMatch(/DRILL|ÜBUNG/);
    }
  });
});
