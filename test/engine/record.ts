/** Records the histories that the replay gate replays: `node --import tsx/esm test/engine/record.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { acknowledgePage } from '../../db/paging/acknowledge.js';
import { definitions } from '../../domain/processes.js';
import { finishRun, startRun } from '../support/global-run.js';
import { acceptCommand, acceptErrand, command, GUEST, openBench, startErrand, TENANT } from './bench.js';
import type { Bench } from './bench.js';
import { HISTORIES } from './histories.js';
import { failingFirst } from './outage.js';
import { childrenOf, effectsOf, statusOf, until, untilOver } from './look.js';
import { openPageBench, type PageBench } from './page-bench.js';
import { addCalendar } from './seed.js';
import { SYSTEM_JOB } from '../../workflows/messages.js';
import { scheduleId } from '../../workers/schedules.js';

mkdirSync(HISTORIES, { recursive: true });
await startRun();
try {
  const bench = await openBench();
  await bench.withWorker(() => recordAll(bench));
  await bench.close();
  const short = await openBench({ eventsPerRun: 20 });
  await short.withWorker(() => recordContinued(short));
  await short.close();
  const away = await openBench({ wrapSteps: (steps) => failingFirst(steps, 6) });
  await away.withWorker(() => recordOutage(away));
  await away.close();
  const paging = await openPageBench();
  await paging.withWorker(() => recordPage(paging));
  await paging.close();
} finally {
  await finishRun();
}
process.exit(0);

async function recordAll(bench: Bench): Promise<void> {
  for (const slug of Object.keys(definitions)) {
    const processId = await startErrand(bench, {}, slug);
    await command(bench, processId, 'touch');
    await command(bench, processId, 'finish');
    await bench.client.workflow.getHandle(processId).result();
    await save(bench, processId, `${slug}-finished`);
  }
  const expired = await startErrand(bench, { limitMinutes: 0.02, tickMinutes: 0.005 }, 'contract');
  await untilOver(bench, expired);
  await bench.client.workflow.getHandle(expired).result();
  await save(bench, expired, 'contract-expired-by-clock');

  const parent = await startErrand(bench, { child: true }, 'onboarding');
  await until('the child is there', async () => (await childrenOf(bench, parent))[0]?.status === 'open');
  const child = (await childrenOf(bench, parent))[0]?.id ?? '';
  await save(bench, child, 'document-open');
  await command(bench, child, 'finish');
  await until('heard', async () => (await statusOf(bench, parent))?.data?.['childrenDone'] === 1);
  await save(bench, parent, 'onboarding-open-with-child');

  const sick = await startErrand(bench, {}, 'onboarding');
  await command(bench, sick, 'fail');
  await command(bench, sick, 'touch');
  await save(bench, sick, 'onboarding-blocked');
  const spinning = await startErrand(bench, {}, 'document');
  await acceptCommand(bench, spinning, 'spin');
  await bench.deps.ringer.wake({ tenantId: TENANT, processId: spinning, slug: 'document', lastSeq: 0 });
  await until('it is parked', async () => (await statusOf(bench, spinning))?.blocked === true);
  await save(bench, spinning, 'document-parked-spin');

  const burst = await startErrand(bench, {}, 'contract');
  const names = Array.from({ length: 10 }, (_, index) => (index === 4 ? 'finish' : 'touch'));
  await Promise.all(names.map((name) => command(bench, burst, name)));
  await bench.client.workflow.getHandle(burst).result();
  await save(bench, burst, 'contract-burst-around-end');

  bench.mail.script({ kind: 'deferred', text: 'not now' });
  const deferred = await startErrand(bench);
  await until('tried', async () => (await effectsOf(bench, deferred))[0]?.attempts === 1);
  await until('told', async () => (await eventCount(bench, deferred)) > 14);
  await save(bench, deferred, 'onboarding-mail-deferred');

  await addCalendar(bench.database, 2);
  const { calendarFanOutWorkflow } = await import('../../workflows/jobs/calendar-fan-out.js');
  const handle = await bench.client.workflow.start(calendarFanOutWorkflow, {
    workflowId: 'calendar-fan-out',
    taskQueue: bench.taskQueue,
    args: [{ tenantId: 'provider', calendarId: 'round', version: 2 }],
  });
  await until('it has begun', async () => ((await handle.fetchHistory()).events?.length ?? 0) > 8);
  await save(bench, 'calendar-fan-out', 'calendarFanOut-under-way');

  await recordJob(bench);

  // The last one: from here on the installation counts as restored and takes nothing more.
  const { processId, slug, inboxId } = await acceptErrand(bench);
  await bench.deps.ringer.start({ tenantId: TENANT, processId, slug, lastSeq: 7 }, inboxId);
  await save(bench, processId, 'onboarding-store-behind');
}

async function recordJob(bench: Bench): Promise<void> {
  const workflowId = scheduleId(bench.taskQueue, 'check');
  await bench.client.workflow.execute(SYSTEM_JOB, {
    workflowId,
    taskQueue: bench.taskQueue,
    args: ['check'],
  });
  await save(bench, workflowId, 'systemJob-finished');
}

async function recordContinued(bench: Bench): Promise<void> {
  const processId = await startErrand(bench);
  for (let sent = 0; sent < 8; sent += 1) await command(bench, processId, 'touch');
  // A history without a finished task cannot be replayed: the next run must have begun.
  await command(bench, processId, 'touch');
  await until('the run is under way', async () => (await eventCount(bench, processId)) > 6);
  await save(bench, processId, 'onboarding-continued-unfinished');
  const [started] = (await bench.client.workflow.getHandle(processId).fetchHistory()).events ?? [];
  const before = started?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
  await save(bench, processId, 'onboarding-continued-as-new', before);
}

async function recordOutage(bench: Bench): Promise<void> {
  const processId = await startErrand(bench);
  await command(bench, processId, 'touch');
  await save(bench, processId, 'onboarding-store-away');
}

/** The first channel fails, the next one reaches him, he acknowledges. */
async function recordPage(bench: PageBench): Promise<void> {
  for (const _ of ['guest', 'owner']) bench.receiver.treat('/messages', { status: 404 });
  const processId = await startErrand(bench);
  const tried = async () =>
    (await effectsOf(bench, processId)).filter(
      ({ state, attempts }) => state === 'planned' && attempts === 1,
    );
  await until('both are paged', async () => (await tried()).length === 2);
  const [page] = await bench.rows<{ id: string }>(
    'select id from effects where process_id = :processId and recipient_id = :id',
    { processId, id: GUEST.id },
  );
  const answer = { tenantId: TENANT, effectId: page?.id ?? '', personId: GUEST.id };
  await acknowledgePage(bench.database, answer, { via: 'api', channel: null }, () => true);
  await bench.deps.ringer.wake({ tenantId: TENANT, processId, slug: 'onboarding', lastSeq: 0 });
  await until('it is settled', async () =>
    (await effectsOf(bench, processId)).some(({ state }) => state === 'confirmed'),
  );
  await command(bench, processId, 'touch');
  await save(bench, processId, 'onboarding-page-acknowledged');
}

async function eventCount(bench: Bench, workflowId: string): Promise<number> {
  return (await bench.client.workflow.getHandle(workflowId).fetchHistory()).events?.length ?? 0;
}

async function save(bench: Bench, workflowId: string, name: string, runId?: string): Promise<void> {
  const history = await bench.client.workflow.getHandle(workflowId, runId).fetchHistory();
  // Which machine it was recorded on is nobody's business, and the replay does not ask.
  const text = historyToJSON(history).replace(/"identity": ?"[^"]*"/g, '"identity": "recorder"');
  writeFileSync(join(HISTORIES, `${name}.json`), `${text}\n`);
  process.stdout.write(`${name}: ${history.events?.length ?? 0} events\n`);
}
