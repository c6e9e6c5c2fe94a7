/** What happens while Temporal, its store, or Postgres is away. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { connectClient } from '../../messages/ringer.js';
import { inRounds } from '../../workers/rounds.js';
import { reconcile } from '../../workers/reconciler.js';
import { Relay } from '../../workers/relay.js';
import type { RelayDependencies } from '../../workers/relay.js';
import { advanceProcess } from '../../activities/advance.js';
import { performEffect } from '../../activities/perform.js';
import { silentLog } from '../../activities/log.js';
import { calendarFanOutWorkflow } from '../../workflows/jobs/calendar-fan-out.js';
import { acceptCommand, acceptErrand, command, GUEST, openBench, startErrand, TENANT } from './bench.js';
import type { Bench } from './bench.js';
import { answersOf, begunCount, effectsOf, eventsOf, statusOf, until, untilOver } from './look.js';
import { failingFirst } from './outage.js';
import { addCalendar } from './seed.js';

let bench: Bench;
afterEach(async () => {
  await bench.close();
});

const running = new AbortController().signal;
const soon = { ringAfterMs: 0, urgentAfterMs: 0, effectAfterMs: 0, bellDeadlineMs: 300 };
/** One round of the relay, with the effects that it began. */
async function relayRound(limits: RelayDependencies['limits'] = soon): Promise<void> {
  const relay = new Relay({ ...bench.deps, ...(limits ? { limits } : {}) });
  await relay.round(running);
  await relay.idle();
}
/** Steps as the relay takes them while nobody hears a bell. */
async function stepped(processId: string): Promise<void> {
  for (let pending = true; pending;) {
    const now = await bench.deps.clock.now();
    ({ pending } = await advanceProcess(bench.deps, { tenantId: TENANT, processId, now, lastSeq: 0 }));
  }
}
/** Nobody listens there. */
const nowhere = () => connectClient({ address: '127.0.0.1:1', namespace: 'default' });

describe('while Temporal is down', () => {
  it('an urgent row is decided and its mail goes out all the same', async () => {
    bench = await openBench({ client: nowhere() });
    const { processId, inboxId } = await acceptErrand(bench);
    const urgent = await acceptCommand(bench, processId, 'urge', true);
    const calm = await acceptErrand(bench);
    await relayRound();
    expect(await answersOf(bench, [inboxId, urgent])).toEqual(['accepted', 'accepted']);
    expect(bench.mail.delivered(GUEST.email)).toHaveLength(1);
    expect(await answersOf(bench, [calm.inboxId])).toEqual([null]);
  });

  it('a caller is told that the bell was not heard, within its deadline', async () => {
    bench = await openBench({ client: nowhere() });
    const { processId, inboxId } = await acceptErrand(bench);
    const since = performance.now();
    const rung = await bench.deps.ringer.ring(processId, inboxId, { deadlineMs: 500 });
    expect(rung).toMatchObject({ reached: false });
    expect(performance.now() - since).toBeLessThan(3_000);
  });
});

describe('what cannot be helped keeps nobody else waiting', () => {
  const one = { ...soon, batch: 1 };

  it('a row of a process that is over is decided behind one that nobody hears the bell for', async () => {
    bench = await openBench({ client: nowhere() });
    const { processId } = await acceptErrand(bench);
    await acceptCommand(bench, processId, 'finish');
    for (let over = false; !over; over = (await statusOf(bench, processId))?.over === true) {
      await stepped(processId);
      for (const { id } of await effectsOf(bench, processId))
        await performEffect(bench.deps, { tenantId: TENANT, effectId: id });
    }
    const open = await acceptErrand(bench);
    const late = await acceptCommand(bench, processId, 'touch');
    await relayRound(one);
    expect(await answersOf(bench, [open.inboxId, late])).toEqual([null, 'refused']);
  });

  it('a runner is woken behind one that was woken and does nothing', async () => {
    bench = await openBench({ client: nowhere() });
    const woken: string[] = [];
    const wake = async ({ processId }: { readonly processId: string }) => {
      woken.push(processId);
      return { reached: true, answer: null } as const;
    };
    const relay = new Relay({ ...bench.deps, ringer: { ...bench.deps.ringer, wake }, limits: one });
    const ids: string[] = [];
    for (let index = 0; index < 3; index += 1) ids.push((await acceptErrand(bench)).processId);
    for (let round = 0; round < 3; round += 1) await relay.round(running);
    expect(woken).toEqual(ids);
  });

  it('an urgent row is decided behind one whose step fails again and again', async () => {
    let sick = '';
    bench = await openBench({
      client: nowhere(),
      wrapSteps: (steps) => ({
        step: async (at, work) => {
          if (at.processId === sick) throw Object.assign(new Error('locked'), { code: '55P03' });
          return steps.step(at, work);
        },
      }),
    });
    const relay = new Relay({ ...bench.deps, limits: one });
    sick = (await acceptErrand(bench)).processId;
    const stuck = await acceptCommand(bench, sick, 'urge', true);
    const { processId } = await acceptErrand(bench);
    const urgent = await acceptCommand(bench, processId, 'urge', true);
    for (let round = 0; round < 2; round += 1) await relay.round(running);
    expect(await answersOf(bench, [stuck, urgent])).toEqual([null, 'accepted']);
    await relay.stop();
  });
});

describe('while a receiver is silent', () => {
  it('the relay goes on with everybody else', async () => {
    const stopping = new AbortController();
    bench = await openBench({ client: nowhere(), stopping: stopping.signal });
    bench.mail.script({ kind: 'hang' });
    const relay = new Relay({ ...bench.deps, limits: soon });
    const first = await acceptErrand(bench);
    await acceptCommand(bench, first.processId, 'urge', true);
    await relay.round(running);
    await until('its message hangs', async () => bench.mail.hanging() === 1);
    const { processId, inboxId } = await acceptErrand(bench);
    const urgent = await acceptCommand(bench, processId, 'urge', true);
    await relay.round(running);
    expect(await answersOf(bench, [inboxId, urgent])).toEqual(['accepted', 'accepted']);
    await until('the other message is out', async () => bench.mail.delivered(GUEST.email).length === 1);
    expect(bench.mail.hanging()).toBe(1);
    stopping.abort();
    await relay.stop();
    expect((await effectsOf(bench, first.processId))[0]?.state).toBe('unknown');
  });
});

describe('when Temporal knows nothing of what the store holds', () => {
  it('the reconciler starts a runner for every process that is not over, and they go on', async () => {
    bench = await openBench();
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      const { processId } = await acceptErrand(bench, { limitMinutes: index === 0 ? 0.001 : 10_000 });
      const now = await bench.deps.clock.now();
      await advanceProcess(bench.deps, { tenantId: TENANT, processId, now, lastSeq: 0 });
      ids.push(processId);
    }
    await bench.withWorker(async () => {
      expect(await reconcile(bench.deps, running)).toEqual({ seen: 5 });
      await untilOver(bench, ids[0] ?? '');
      for (const processId of ids.slice(1)) {
        expect((await command(bench, processId, 'touch')).answer).toBe('accepted');
      }
      expect(await reconcile(bench.deps, running)).toEqual({ seen: 4 });
    });
  });

  it('the relay starts the runner of a row that nobody rang for, and decides rows of ended processes', async () => {
    bench = await openBench();
    const { processId } = await acceptErrand(bench, { limitMinutes: 0.001 });
    await bench.withWorker(async () => {
      await relayRound({ ...soon, bellDeadlineMs: 3_000 });
      await untilOver(bench, processId);
      const late = await acceptCommand(bench, processId, 'touch');
      await relayRound();
      expect(await answersOf(bench, [late])).toEqual(['refused']);
    });
  });
});

describe('when a process was changed behind the back of its runner, which sleeps', () => {
  /** An errand that has come to rest under its runner, until its next mark days from now. */
  async function asleep(payload: Parameters<typeof startErrand>[1] = {}): Promise<string> {
    const processId = await startErrand(bench, payload);
    await until('its mail is out', async () => (await statusOf(bench, processId))?.data?.['delivered'] === 1);
    return processId;
  }
  const inAMinute = { now: async () => (await bench.deps.clock.now()) + 60_000 };

  it('the reconciler wakes it for a mark that is overdue', async () => {
    bench = await openBench();
    await bench.withWorker(async () => {
      const processId = await asleep();
      await acceptCommand(bench, processId, 'hurry');
      await stepped(processId);
      await until('its mark is due', async () => {
        const [due] = await bench.deps.work.notOver(null, 1);
        return (due?.nextDueAt ?? Infinity) < (await bench.deps.clock.now());
      });
      await reconcile({ ...bench.deps, clock: inAMinute }, running);
      await until(
        'it was taken',
        async () => (await eventsOf(bench, processId)).at(-1)?.endsWith('.rangSoon') === true,
      );
    });
  });

  it('the reconciler wakes it when nothing is left to do', async () => {
    bench = await openBench();
    await bench.withWorker(async () => {
      const parentId = await asleep();
      const processId = await asleep({ parentId });
      await acceptCommand(bench, processId, 'finish');
      await stepped(processId);
      // The message is heard of before the last effect, of which nobody hears.
      for (const kind of ['mail', 'tellProcess']) {
        const effect = (await effectsOf(bench, processId)).find(
          (one) => one.kind === kind && one.state === 'planned',
        );
        await performEffect(bench.deps, { tenantId: TENANT, effectId: effect?.id ?? '' });
        if (kind === 'mail') await stepped(processId);
      }
      expect(await statusOf(bench, processId)).toMatchObject({ closed: true, over: false });
      await reconcile(bench.deps, running);
      await untilOver(bench, processId);
    });
  });
});

describe('while the store is away', () => {
  it('the runner tries again until it is back, and nothing is lost', async () => {
    bench = await openBench({ wrapSteps: (steps) => failingFirst(steps, 4) });
    await bench.withWorker(async () => {
      const processId = await startErrand(bench);
      await until('it has started', async () => (await statusOf(bench, processId))?.status === 'open');
      expect(bench.deps.steps).toMatchObject({ failed: 4 });
      expect((await command(bench, processId, 'touch')).answer).toBe('accepted');
    });
  });

  it('a loop of the worker goes on after a failed round, and ends when it is stopped', async () => {
    bench = await openBench({ client: nowhere() });
    let rounds = 0;
    const loop = inRounds({ name: 'test', everyMs: 1, log: silentLog }, async () => {
      rounds += 1;
      if (rounds === 1) throw new Error('away');
    });
    await until('it went on', async () => rounds > 2);
    await loop.stop();
    const ended = rounds;
    await Promise.resolve();
    expect(rounds).toBe(ended);
  });
});

describe('after a calendar has changed', () => {
  it('every running clock is computed again with the new version', async () => {
    bench = await openBench();
    await bench.withWorker(async () => {
      const ids = await Promise.all(Array.from({ length: 50 }, () => startErrand(bench)));
      for (const id of ids)
        await until('it has begun', async () => (await statusOf(bench, id))?.status === 'open', 60_000);
      await until('all have begun', async () => (await begunCount(bench)) === ids.length);
      await addCalendar(bench.database, 2);
      const done = await bench.client.workflow.execute(calendarFanOutWorkflow, {
        workflowId: `fan-out-${bench.taskQueue}`,
        taskQueue: bench.taskQueue,
        args: [{ tenantId: 'provider', calendarId: 'round', version: 2 }],
      });
      expect(done).toBe(50);
      const versions = await bench.database.as('step', { tenant: TENANT }, async (trx) =>
        trx.rows<{ version: number; clocks: number }>(
          `select calendar_version as version, count(*)::integer as clocks from clocks
            where ended_at is null group by calendar_version`,
        ),
      );
      expect(versions).toEqual([{ version: 2, clocks: 100 }]);
      for (const processId of ids) expect((await effectsOf(bench, processId)).length).toBe(1);
    });
  });
});
