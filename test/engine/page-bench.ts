/** A bench whose errands page people: numbers, rooms, a gateway and chat rooms that are real HTTP servers. */
import { silentLog } from '../../activities/log.js';
import { performEffect, type EffectHandlers } from '../../activities/perform.js';
import { advanceProcess } from '../../activities/advance.js';
import { acknowledgePage } from '../../db/paging/acknowledge.js';
import { installTestClock } from '../../db/test-clock.js';
import { BusinessClock } from '../../db/business-clock.js';
import type { Registry } from '../../domain/kernel/advance.js';
import { PAGE_ACKNOWLEDGED } from '../../domain/paging/acknowledge.js';
import { startRecordingReceiver, type RecordingReceiver } from '../../integrations/paging/recording.js';
import type { ChatPort, PagingPort } from '../../integrations/paging/port.js';
import { createDependencies, type Parts } from '../../workers/dependencies.js';
import { acceptErrand, LINK_SECRET, openBench, TENANT, type Bench } from './bench.js';
import { pagedErrands, pagePorts } from './paged-errand.js';

export const NUMBER = '+4930111222';

export const PLAN = {
  channels: { provider: ['sms', 'voice', 'chat', 'mail'], endUser: ['sms', 'chat', 'mail'] },
  ...{ tryLimitSeconds: 1, nextChannelSeconds: 60, againSeconds: 300, times: 2 },
};

export interface PageBench extends Bench {
  readonly receiver: RecordingReceiver;
  readonly ports: { readonly pagingPort: PagingPort };
  /** The handlers with another gateway or other rooms. */
  handlersWith(ports: { readonly pagingPort?: PagingPort; readonly chatPort?: ChatPort }): EffectHandlers;
  /** Moves business time. */
  later(seconds: number): Promise<void>;
  step(processId: string): Promise<void>;
  perform(
    effectId: string,
    change?: Partial<Parameters<typeof performEffect>[0]>,
  ): ReturnType<typeof performEffect>;
  /** A started errand with the pages of its guest and its owner. */
  paged(): Promise<{ readonly processId: string; readonly guest: string; readonly owner: string }>;
  /** What was tried, oldest first. */
  tries(effectId: string): Promise<readonly TryRow[]>;
  rows<R>(sql: string, bindings?: Readonly<Record<string, string>>): Promise<readonly R[]>;
}

export interface TryRow {
  readonly id: string;
  readonly round: number;
  readonly channel: string;
  readonly outcome: string;
  readonly joined: boolean;
  readonly problem: string | null;
}

export async function openPageBench(parts: Partial<Parts> = {}): Promise<PageBench> {
  const receiver = await startRecordingReceiver();
  const ports = pagePorts(receiver.url);
  const bench = await openBench({ registry: pagedErrands, ...ports, ...parts, prepare: installTestClock });
  const plan = {
    ...{
      client: bench.client,
      taskQueue: bench.taskQueue,
      registry: pagedErrands,
      stores: {},
      log: silentLog,
    },
    ...{ mailPort: bench.mail, mailFrom: 'care@provider.example', publicUrl: 'http://127.0.0.1:8088' },
    ...{ linkSecret: LINK_SECRET, ...ports },
  };
  await provide(bench, receiver);
  const clock = new BusinessClock(bench.database);
  const rows: PageBench['rows'] = (sql, bindings) =>
    bench.database.as('step', { tenant: TENANT }, async (trx) => trx.rows(sql, bindings));
  const step = async (processId: string) => {
    for (;;) {
      const now = await bench.deps.clock.now();
      const report = await advanceProcess(bench.deps, { tenantId: TENANT, processId, now, lastSeq: 0 });
      if (!report.pending) return;
    }
  };
  return {
    ...bench,
    receiver,
    ports,
    handlersWith: (changed) => createDependencies({ ...plan, database: bench.database, ...changed }).handlers,
    rows,
    step,
    later: async (seconds) => clock.raiseTo((await bench.deps.clock.now()) + seconds * 1000),
    perform: (effectId, change = {}) =>
      performEffect({ ...bench.deps, ...change }, { tenantId: TENANT, effectId }),
    paged: async () => {
      const { processId } = await acceptErrand(bench);
      await step(processId);
      const pages = await rows<{ id: string; person: string }>(
        `select id, recipient_id as person from effects where process_id = :processId and kind = 'page'`,
        { processId },
      );
      const of = (person: string) => pages.find((page) => page.person === person)?.id ?? '';
      return { processId, guest: of('gwen'), owner: of('olga') };
    },
    tries: (effectId) =>
      rows(
        `select id, round, channel, outcome, joined, problem from page_tries where effect_id = :effectId
          order by started_at`,
        { effectId },
      ),
    close: async () => {
      await bench.close();
      await receiver.close();
    },
  };
}

/**
 * Everybody says that he has what has reached him, as the API takes it: until then a page is sent again. One that is just being
 * settled is left for the next time: its holder would put it off, and look at it again only when the next channel is due.
 */
export async function acknowledgePages(
  { database, deps }: Pick<Bench, 'database' | 'deps'>,
  tenantId: string,
  { definitions }: Registry,
): Promise<void> {
  const listens = (slug: string) => definitions[slug]?.words.signals[PAGE_ACKNOWLEDGED] !== undefined;
  const pages = await database.as('step', { tenant: tenantId }, async (trx) =>
    trx.rows<{ effectId: string; personId: string }>(
      `select distinct t.effect_id as "effectId", t.person_id as "personId" from page_tries t
         join effects e on e.tenant_id = t.tenant_id and e.id = t.effect_id and e.state = 'planned'
        where t.outcome in ('accepted', 'delivered') and not exists (
          select from page_acknowledgements a where a.tenant_id = t.tenant_id and a.effect_id = t.effect_id)`,
    ),
  );
  for (const page of pages) {
    const by = { via: 'api', channel: null } as const;
    const known = await acknowledgePage(database, { tenantId, ...page }, by, listens);
    if (!known || known.over) continue;
    const { processId, slug } = known;
    await deps.ringer.wake({ tenantId, processId, slug, lastSeq: 0 }, { deadlineMs: 1_000 });
  }
}

/** Gwen has a number and, as Olga has, the room of the team; Olga is also called. */
async function provide(bench: Bench, receiver: RecordingReceiver): Promise<void> {
  await bench.database.as('admin', {}, async (trx) => {
    await trx.run(
      `insert into policies (tenant_id, id, version, body, author, approver, state, approved_at)
         values ('provider', 'standard', 2, :body, 'olga', 'otto', 'approved', business_now())`,
      { body: JSON.stringify({ paging: PLAN }) },
    );
    await trx.run(`update people set phone = :phone where id = 'gwen'`, { phone: NUMBER });
    await trx.run(
      `insert into contact_channels (tenant_id, person_id, kind, address) values
         ('acme', 'gwen', 'chat', :room), ('provider', 'olga', 'chat', :room), ('provider', 'olga', 'voice', '+4930999')`,
      { room: `${receiver.url}/room` },
    );
  });
}
