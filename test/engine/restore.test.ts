/** T27: last night's database under today's Temporal, and the reverse. */
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { advanceProcess } from '../../activities/advance.js';
import { performEffect } from '../../activities/perform.js';
import { makeCheckpoint, type SignedCheckpoint } from '../../db/audit/checkpoints.js';
import { signerOf } from '../../db/audit/signing.js';
import { verifyChain } from '../../db/audit/verify.js';
import { RestoredModeError } from '../../db/restore/mode-error.js';
import { readRestoredMode, readStoreState } from '../../db/restore/mode.js';
import { findDifferences } from '../../workers/ops/differences.js';
import { repairRestore, type RepairOptions, type RepairPoint } from '../../workers/ops/restore.js';
import { reconcile } from '../../workers/reconciler.js';
import { Relay } from '../../workers/relay.js';
import { acceptCommand, acceptErrand, GUEST, openBench, startErrand, TENANT } from './bench.js';
import type { Bench } from './bench.js';
import { errands } from './errand.js';
import { answersOf, attentionOf, effectsOf, eventsOf, statusOf, until } from './look.js';
import { backUp, restore } from './night.js';

let bench: Bench;
afterEach(async () => {
  await bench.close();
});

const running = new AbortController().signal;
const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
const sign = signerOf(String(pem));
const slugs = Object.keys(errands.definitions);

const status = (processId: string) => async () => (await statusOf(bench, processId))?.status;
const mailsOf = (processId: string) =>
  bench.mail.delivered(GUEST.email).filter(({ key }) => key.startsWith(processId));

function asked(change: Partial<RepairOptions> = {}): RepairOptions {
  const { database, client, taskQueue } = bench;
  const engine = { client, taskQueue };
  return {
    database,
    engine,
    slugs,
    checkpoint: null,
    by: 'olga',
    reason: 'the disk was lost',
    sign,
    ...change,
  };
}

/** Starts an errand and waits until its first mail is out and heard of. */
async function settledErrand(): Promise<string> {
  const processId = await startErrand(bench);
  await until('its first mail was heard of', async () => (await eventsOf(bench, processId)).length === 2);
  return processId;
}

async function take(processId: string, name: string): Promise<string> {
  const inboxId = await acceptCommand(bench, processId, name);
  await until(`${name} is decided`, async () => {
    await bench.deps.ringer.ring(processId, inboxId);
    return (await answersOf(bench, [inboxId]))[0] === 'accepted';
  });
  return inboxId;
}

interface Day {
  readonly touched: string;
  readonly mailed: string;
  readonly finished: string;
  readonly begun: string;
  readonly rows: readonly string[];
  readonly checkpoint: SignedCheckpoint;
}

/** A night's backup, a day of work, and the night's database under the day's Temporal. */
async function loseADay(): Promise<Day> {
  const [touched, mailed, finished] = await bench.withWorker(async () => {
    const first = await settledErrand();
    const last = await settledErrand();
    bench.mail.script({ kind: 'deferred', text: '451 later' }, GUEST.email);
    const waiting = await startErrand(bench);
    await until('its mail waits', async () => (await effectsOf(bench, waiting))[0]?.attempts === 1);
    return [first, waiting, last] as const;
  });
  const night = await backUp(bench.url);
  const day = await bench.withWorker(async () => {
    const rows = [await take(touched, 'touch'), await take(finished, 'finish')];
    await bench.database.as('step', { tenant: TENANT }, async (trx) =>
      trx.run('update effects set next_attempt_at = business_now() where process_id = :mailed', { mailed }),
    );
    await take(mailed, 'touch').then((row) => rows.push(row));
    await until('the waiting mail is out', async () => mailsOf(mailed).length === 1);
    await until('the last mail is out', async () => (await statusOf(bench, finished))?.over === true);
    return { rows, begun: await settledErrand() };
  });
  const made = await makeCheckpoint(bench.database, sign, Date.now());
  if (made.kind !== 'made') throw new Error('There is no checkpoint.');
  await restore(bench.url, night);
  return { touched, mailed, finished, ...day, checkpoint: made.checkpoint };
}

describe("T27: last night's database under today's Temporal", () => {
  it('is found by the first runner that has seen more; then nothing is written and nothing is sent', async () => {
    bench = await openBench();
    const { touched, mailed, finished } = await loseADay();
    const sent = bench.mail.attempts.length;
    await bench.withWorker(async () => {
      await bench.deps.ringer.wake({ tenantId: TENANT, processId: touched, slug: 'onboarding', lastSeq: 0 });
      await until(
        'restored mode holds',
        async () => (await readStoreState(bench.database)).restoredMode !== null,
      );
      await expect(acceptCommand(bench, finished, 'touch')).rejects.toBeInstanceOf(RestoredModeError);
      const [effect] = await effectsOf(bench, mailed);
      await bench.database.as('step', { tenant: TENANT }, async (trx) => trx.row('select 1 from processes'));
      const at = { tenantId: TENANT, effectId: effect?.id ?? '' };
      expect(await performEffect(bench.deps, at)).toEqual({ outcome: 'nothing', advance: false });
      const relay = new Relay({
        ...bench.deps,
        limits: { effectAfterMs: 0, ringAfterMs: 0, urgentAfterMs: 0 },
      });
      await relay.round(running);
      await relay.idle();
      const step = { tenantId: TENANT, processId: mailed, now: Date.now(), lastSeq: 0 };
      await expect(advanceProcess(bench.deps, step)).rejects.toMatchObject({ type: 'StoreBehind' });
    });
    expect(bench.mail.attempts).toHaveLength(sent);
    expect(await readRestoredMode(bench.database)).toMatchObject({
      foundBy: 'runner',
      evidence: { processId: touched, storedSeq: 2, seenSeq: 3 },
    });
  }, 180_000);

  it('every difference is listed, and the repair goes on where it was killed', async () => {
    bench = await openBench();
    const day = await loseADay();
    const { touched, mailed, finished, begun, rows, checkpoint } = day;
    const sent = bench.mail.delivered().length;
    const differences = await findDifferences(asked({ checkpoint }));
    expect(new Set(differences.behind.map((one) => one.processId))).toEqual(
      new Set([touched, mailed, finished]),
    );
    expect(differences.behind.find((one) => one.processId === touched)).toMatchObject({
      storedSeq: 2,
      seenSeq: 3,
    });
    expect(differences.lostProcesses).toMatchObject([{ processId: begun, tenantId: TENANT, running: true }]);
    expect(differences.lostRows.map((one) => one.inboxId)).toEqual(expect.arrayContaining([...rows]));
    expect(differences.lostEffects.map((one) => [one.processId, one.kind, one.outcome]).sort()).toEqual(
      [
        [begun, 'mail', 'confirmed'],
        [finished, 'mail', 'confirmed'],
      ].sort(),
    );
    expect(differences.unsure).toMatchObject([{ processId: mailed, kind: 'mail', heard: 'confirmed' }]);
    expect(differences.checkpoint?.differences).toMatchObject([
      { tenantId: TENANT, chain: 'event', verdict: 'behind' },
    ]);
    // Looking has changed nothing.
    expect((await readStoreState(bench.database)).restoredMode).toBeNull();

    const points: readonly RepairPoint[] = ['begun', 'kept', 'effects', 'declared', 'epoch', 'left'];
    for (const point of points) {
      const crash = async (reached: RepairPoint) => {
        if (reached === point) throw new Error(`killed after ${point}`);
      };
      await expect(repairRestore(asked({ checkpoint, crash }))).rejects.toThrow(`killed after ${point}`);
    }
    const repaired = await repairRestore(asked({ checkpoint }));
    expect(repaired).toMatchObject({ kind: 'repaired', epoch: 2, runners: 3 });
    expect(await repairRestore(asked({ checkpoint }))).toMatchObject({ kind: 'nothing' });
    const declared = await bench.database.as('admin', {}, async (trx) =>
      trx.rows('select hash from restores'),
    );
    expect(declared).toHaveLength(1);
    expect((await effectsOf(bench, mailed))[0]?.state).toBe('unknown');
    expect(await attentionOf(bench, mailed)).toEqual([{ label: 'Unknown outcome: mail' }]);

    await bench.withWorker(async () => {
      await until('the runner of the lost process has ended', async () => !(await runs(begun)));
      await take(touched, 'touch');
      // Asked for once more, because the first time is forgotten; its mail is not sent once more.
      await take(finished, 'finish');
      await until('a person is asked', async () => (await attentionOf(bench, finished)).length === 1);
      expect(await reconcile(bench.deps, running)).toEqual({ seen: 3 });
    });
    expect(await status(touched)()).toBe('open');
    expect(bench.mail.delivered()).toHaveLength(sent);
    expect(mailsOf(finished)).toHaveLength(2);
    expect(await eventEpochs(touched)).toEqual([1, 1, 2]);
    expect((await verifyChain(bench.database, TENANT)).problems).toEqual([]);
    expect(await findDifferences(asked())).toMatchObject({
      behind: [],
      lostProcesses: [],
      lostRows: [],
      lostEffects: [],
      givenUp: [],
    });
  }, 240_000);

  it('is known by its pulse where no process has moved since', async () => {
    bench = await openBench();
    const { processId } = await acceptErrand(bench);
    await advanceProcess(bench.deps, { tenantId: TENANT, processId, now: Date.now(), lastSeq: 0 });
    const night = await backUp(bench.url);
    const [effect] = await effectsOf(bench, processId);
    const at = { tenantId: TENANT, effectId: effect?.id ?? '' };
    expect((await performEffect(bench.deps, at)).outcome).toBe('confirmed');
    await bench.deps.work.beat();
    await restore(bench.url, night);
    expect((await effectsOf(bench, processId))[0]?.state).toBe('planned');
    expect((await performEffect(bench.deps, at)).outcome).toBe('nothing');
    expect(await readRestoredMode(bench.database)).toMatchObject({ foundBy: 'pulse' });
    const repaired = await repairRestore(asked());
    expect(repaired).toMatchObject({ kind: 'repaired', effects: 1 });
    expect(await bench.deps.work.alive()).toBe(true);
    expect((await performEffect(bench.deps, at)).outcome).toBe('nothing');
    expect(mailsOf(processId)).toHaveLength(1);
  }, 120_000);
});

async function runs(processId: string): Promise<boolean> {
  const { status: found } = await bench.client.workflow.getHandle(processId).describe();
  return found.name === 'RUNNING';
}

async function eventEpochs(processId: string): Promise<readonly number[]> {
  return bench.database.as('step', { tenant: TENANT }, async (trx) => {
    const rows = await trx.rows<{ epoch: number }>(
      `select epoch from events where process_id = :processId order by seq`,
      { processId },
    );
    return rows.map((row) => row.epoch);
  });
}
