/** The runner on a real Temporal server over a real Postgres. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { STATE } from '../../workflows/messages.js';
import type { RunnerState } from '../../workflows/messages.js';
import { acceptCommand, acceptErrand, command, GUEST, openBench, startErrand, TENANT } from './bench.js';
import type { Bench } from './bench.js';
import { CROWD } from './errand.js';
import { textOfHistory } from './histories.js';
import {
  answersOf,
  attentionOf,
  childrenOf,
  effectsOf,
  eventsOf,
  statusOf,
  until,
  untilOver,
} from './look.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => {
  await bench.close();
});

const parked = async (processId: string) => (await statusOf(bench, processId))?.blocked === true;
const runner = (processId: string) => bench.client.workflow.getHandle(processId);

describe('the runner', () => {
  it('starts a process, answers a command, sends its mails once, and ends when the process is over', async () => {
    await bench.withWorker(async () => {
      const processId = await startErrand(bench);
      expect(await command(bench, processId, 'touch')).toMatchObject({ answer: 'accepted' });
      expect(await command(bench, processId, 'finish')).toMatchObject({ answer: 'accepted' });
      await runner(processId).result();
      expect(await statusOf(bench, processId)).toMatchObject({ status: 'done', over: true });
      const effects = await effectsOf(bench, processId);
      expect(effects.map(({ kind, state }) => [kind, state])).toEqual([
        ['mail', 'confirmed'],
        ['mail', 'confirmed'],
      ]);
      const keys = bench.mail.delivered(GUEST.email).map((mail) => mail.key);
      expect(keys.filter((key) => key.startsWith(processId))).toHaveLength(2);
    });
  });

  it('ends by its clock when nobody acts', async () => {
    await bench.withWorker(async () => {
      const processId = await startErrand(bench, { limitMinutes: 0.01 });
      await untilOver(bench, processId);
      expect(await eventsOf(bench, processId)).toContain('onboarding.expired');
    });
  });

  it('starts a child once, and hears of its end', async () => {
    await bench.withWorker(async () => {
      const processId = await startErrand(bench, { child: true });
      await until(
        'the child is open',
        async () => (await childrenOf(bench, processId))[0]?.status === 'open',
      );
      const [child] = await childrenOf(bench, processId);
      expect(child).toMatchObject({ slug: 'document', policyVersion: 1 });
      await command(bench, child?.id ?? '', 'finish');
      await until(
        'the parent has heard',
        async () => (await statusOf(bench, processId))?.data?.['childrenDone'] === 1,
      );
    });
  });

  it('answers every caller of a burst around the closing step, and leaves nothing waiting', async () => {
    await bench.withWorker(async () => {
      const processes = await Promise.all(Array.from({ length: 8 }, () => startErrand(bench)));
      const names = Array.from({ length: 10 }, (_, index) => (index === 4 ? 'finish' : 'touch'));
      const calls = await Promise.all(
        processes.flatMap((processId) => names.map((name) => command(bench, processId, name))),
      );
      for (const processId of processes) await runner(processId).result();
      const rows = calls.map((call) => call.inboxId);
      const answers = await answersOf(bench, rows);
      const undecided = rows.filter((_, index) => answers[index] === null);
      // A bell may come after the end; its row is then the relay's. The runner itself loses none that it answered.
      const unheard = calls.filter((call) => call.answer === null).map((call) => call.inboxId);
      expect(undecided.filter((row) => !unheard.includes(row))).toEqual([]);
      expect(answers.filter((answer) => answer === 'accepted').length).toBeGreaterThanOrEqual(8);
      for (const processId of processes) await eventsOf(bench, processId);
    });
  }, 30_000);

  it('parks a rule that throws, and goes on with every other process', async () => {
    await bench.withWorker(async () => {
      const [sick, healthy] = [await startErrand(bench), await startErrand(bench)];
      const { inboxId, answer } = await command(bench, sick, 'fail');
      expect(answer).toBe('seen');
      expect(await statusOf(bench, sick)).toMatchObject({ status: 'open', blocked: true });
      expect((await bench.deps.work.readInbox(TENANT, inboxId))?.state).toBe('parked');
      expect(await attentionOf(bench, sick)).toHaveLength(1);
      expect((await command(bench, healthy, 'touch')).answer).toBe('accepted');
      await runner(sick).terminate();
    });
  });

  it('parks a process that steps for ever without time passing', async () => {
    await bench.withWorker(async () => {
      const processId = await startErrand(bench);
      await acceptCommand(bench, processId, 'spin');
      await bench.deps.ringer.ring(processId, 'a-bell');
      await until('it is parked', () => parked(processId));
      const spins = (await eventsOf(bench, processId)).filter((event) => event.endsWith('spunAgain'));
      expect(spins.length).toBeGreaterThanOrEqual(100);
      expect(spins.length).toBeLessThan(110);
      await runner(processId).terminate();
    });
  });

  it('takes a crowd of marks that fall due at one instant, and is not parked for it', async () => {
    await bench.withWorker(async () => {
      const processId = await startErrand(bench);
      await command(bench, processId, 'crowd');
      const came = async () =>
        (await eventsOf(bench, processId)).filter((event) => event.endsWith('.came')).length;
      await until('all have come', async () => (await came()) === CROWD.length || (await parked(processId)));
      expect(await statusOf(bench, processId)).toMatchObject({ status: 'open', blocked: false });
      expect(await came()).toBe(CROWD.length);
      await runner(processId).terminate();
    });
  }, 60_000);

  it('tells an operator what it waits for, without personal data', async () => {
    await bench.withWorker(async () => {
      const processId = await startErrand(bench);
      await until(
        'the mail is out',
        async () => (await statusOf(bench, processId))?.data?.['delivered'] === 1,
      );
      const state = await runner(processId).query<RunnerState>(STATE);
      expect(state).toMatchObject({ status: 'open', nextMark: 'tick tick', waitingFor: 'tick tick due' });
      const raw = textOfHistory(await runner(processId).fetchHistory());
      expect(raw).toContain(processId);
      for (const secret of [GUEST.id, GUEST.email, 'Gwen', 'acme.example']) expect(raw).not.toContain(secret);
      await runner(processId).terminate();
    });
  });

  it('waits when the store holds less than it has seen, and steps nothing', async () => {
    await bench.withWorker(async () => {
      const { processId, slug, inboxId } = await acceptErrand(bench);
      const rung = await bench.deps.ringer.start({ tenantId: TENANT, processId, slug, lastSeq: 7 }, inboxId);
      expect(rung).toEqual({ reached: true, answer: 'seen' });
      expect(await eventsOf(bench, processId)).toEqual([]);
      const description = await runner(processId).describe();
      expect(description.status.name).toBe('RUNNING');
      await runner(processId).terminate();
    });
  });
});
