/** Histories of closed runs are taken out of the engine once, whatever is late, fails or is cut off. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  archiveJob,
  runArchive,
  type ArchiveDependencies,
  type ArchiveReport,
} from '../../activities/jobs/archive.js';
import { silentLog } from '../../activities/log.js';
import { archivedOf, closedThrough, readArchiveState, type ClosedRun } from '../../db/audit/archive.js';
import { verifyChain } from '../../db/audit/verify.js';
import { sha256 } from '../../domain/kernel/hash.js';
import { recordingArchive, type RecordingArchive } from '../../integrations/archive/recording.js';
import { command, openBench, startErrand, TENANT, type Bench } from '../engine/bench.js';
import { until, untilOver } from '../engine/look.js';

const HOUR_MS = 3_600_000;

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ eventsPerRun: 20 });
});
afterAll(async () => {
  await bench.close();
});

function depsWith(archive: RecordingArchive, change: Partial<ArchiveDependencies> = {}): ArchiveDependencies {
  const { database, client, taskQueue } = bench;
  return { database, client, taskQueue, archive, log: silentLog, ...change };
}

/** What the engine lists of one workflow now. */
async function listed(workflowId: string): Promise<readonly ClosedRun[]> {
  const query = `WorkflowId = "${workflowId}" AND ExecutionStatus != "Running"`;
  const runs: ClosedRun[] = [];
  for await (const { runId, type, status, closeTime } of bench.client.workflow.list({ query }))
    runs.push({
      ...{ workflowId, runId, workflowType: type, status: status.name },
      closedAt: closeTime?.getTime() ?? 0,
    });
  return runs;
}

/** An errand that ended, listed by the engine with at least so many runs. */
async function ended(touches: number, runs = 1): Promise<string> {
  const id = await bench.withWorker(async () => {
    const processId = await startErrand(bench);
    for (let n = 0; n < touches; n += 1) await command(bench, processId, 'touch');
    await command(bench, processId, 'finish');
    await untilOver(bench, processId);
    await bench.client.workflow.getHandle(processId).result();
    return processId;
  });
  await until('the engine lists it', async () => (await listed(id)).length >= runs);
  return id;
}

/** Runs the job until an assertion of the engine's eventual list holds. */
async function passUntil(
  deps: ArchiveDependencies,
  done: (report: ArchiveReport) => Promise<boolean>,
): Promise<void> {
  await until('a pass did it', async () => done(await runArchive(deps)));
}

describe('the archive', () => {
  it('holds every run of a process that continued as new, each under the hash that the chain names', async () => {
    const archive = recordingArchive();
    const id = await ended(24, 2);
    await passUntil(depsWith(archive), async () => (await archivedOf(bench.database, id)).length >= 2);
    const rows = await archivedOf(bench.database, id);
    expect(rows.map((row) => row.status)).toContain('CONTINUED_AS_NEW');
    expect(rows.at(-1)?.status).toBe('COMPLETED');
    for (const { hash, bytes } of rows) {
      const text = archive.held.get(hash) ?? '';
      expect(sha256(text)).toBe(hash);
      expect(Buffer.byteLength(text)).toBe(bytes);
      expect((JSON.parse(text) as { events: unknown[] }).events.length).toBeGreaterThan(3);
      expect(text).not.toMatch(/Gwen|gwen@/);
    }
    const entries = await bench.database.as('admin', {}, async (trx) =>
      trx.rows<{ trigger: string }>(
        `select bytes::jsonb ->> 'trigger' as trigger from refusals where tenant_id = :tenant and process_id = :id
          and code = 'history.archived' order by number`,
        { tenant: TENANT, id },
      ),
    );
    expect(entries.map((entry) => entry.trigger).sort()).toEqual(
      rows.map(({ runId, hash }) => `history.archived ${id} ${runId} ${hash}`).sort(),
    );
    expect((await verifyChain(bench.database, TENANT)).problems).toEqual([]);
  });

  it('does nothing twice, and tells how far it is', async () => {
    const archive = recordingArchive();
    const before = await readArchiveState(bench.database, 10);
    expect(await runArchive(depsWith(archive))).toEqual({
      archived: 0,
      waiting: 0,
      failed: 0,
      oldestWaitingSeconds: 0,
      lost: 0,
    });
    const after = await readArchiveState(bench.database, 10);
    expect(after.histories).toBe(before.histories);
    expect(after.histories).toBeGreaterThan(1);
    expect(archive.held.size).toBe(0);
  });

  it('tells the age of the oldest run that waits, and does not go past it', async () => {
    const archive = recordingArchive();
    const id = await ended(0);
    const through = await closedThrough(bench.database);
    archive.failNext('before');
    const later = Date.now() + 2 * HOUR_MS;
    const report = await runArchive(depsWith(archive, { wallNow: () => later }));
    expect(report).toMatchObject({ archived: 0, waiting: 1 });
    expect(report.oldestWaitingSeconds).toBeGreaterThan(7_190);
    expect(await closedThrough(bench.database)).toBe(through);
    expect(await runArchive(depsWith(archive))).toMatchObject({ archived: 1, waiting: 0 });
    expect(await archivedOf(bench.database, id)).toHaveLength(1);
  });

  it('is a job that has failed while a history cannot be kept: its silence is an alarm before the engine forgets', async () => {
    const archive = recordingArchive();
    const id = await ended(0);
    archive.failNext('before');
    await expect(archiveJob(depsWith(archive)).run()).rejects.toMatchObject({ name: 'ArchiveProblem' });
    expect(await archivedOf(bench.database, id)).toHaveLength(0);
    expect(await archiveJob(depsWith(archive)).run()).toMatchObject({ archived: 1, waiting: 0 });
  });

  it('makes one row when it was cut off between the file and the row', async () => {
    const archive = recordingArchive();
    const id = await ended(0);
    archive.failNext('after');
    expect(await runArchive(depsWith(archive))).toMatchObject({ archived: 0, waiting: 1 });
    expect(archive.held.size).toBe(1);
    const both = await Promise.all([runArchive(depsWith(archive)), runArchive(depsWith(archive))]);
    expect(both.reduce((sum, report) => sum + report.archived, 0)).toBe(1);
    expect(await archivedOf(bench.database, id)).toHaveLength(1);
    expect(archive.held.size).toBe(1);
  });

  it('finds a run again that the engine listed late, behind the mark', async () => {
    const archive = recordingArchive();
    const id = await ended(0);
    const [run] = await listed(id);
    if (!run) throw new Error('The engine does not list it.');
    const queries: string[] = [];
    let visible = false;
    const list: ArchiveDependencies['list'] = async function* (query) {
      queries.push(query);
      if (visible) yield run;
    };
    expect(await runArchive(depsWith(archive, { list }))).toMatchObject({ archived: 0, waiting: 0 });
    expect(await closedThrough(bench.database)).toBeGreaterThan(run.closedAt);
    visible = true;
    expect(await runArchive(depsWith(archive, { list }))).toMatchObject({ archived: 1, waiting: 0 });
    // The second pass asked far enough back for the run to be in its list.
    const from = Date.parse(/CloseTime >= "([^"]+)"/.exec(queries[1] ?? '')?.[1] ?? '');
    expect(from).toBeLessThan(run.closedAt);
    expect(await archivedOf(bench.database, id)).toHaveLength(1);
  });

  it('counts a run whose history the engine has forgotten, and goes on', async () => {
    const archive = recordingArchive();
    const gone: ClosedRun = {
      workflowId: 'prc_forgotten',
      runId: '00000000-0000-4000-8000-000000000000',
      workflowType: 'onboardingWorkflow',
      status: 'COMPLETED',
      closedAt: Date.now() - HOUR_MS,
    };
    const list: ArchiveDependencies['list'] = async function* () {
      yield gone;
    };
    expect(await runArchive(depsWith(archive, { list }))).toMatchObject({ archived: 0, waiting: 0, lost: 1 });
  });
});
