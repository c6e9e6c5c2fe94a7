/** The composition root of the worker: which implementation stands behind each port. */
import type { Client } from '@temporalio/client';
import type { ActivityDependencies } from '../activities/index.js';
import { mail } from '../activities/effects/mail.js';
import { page } from '../activities/effects/page.js';
import { startProcess } from '../activities/effects/start-process.js';
import { tellProcess } from '../activities/effects/tell-process.js';
import { createSystemJobs, type AuditOutside } from '../activities/jobs/system-jobs.js';
import type { ActivityLog } from '../activities/log.js';
import type { PerformDependencies } from '../activities/perform.js';
import { businessNow } from '../db/business-clock.js';
import { outdatedClocks } from '../db/calendars/outdated.js';
import type { Database } from '../db/connection.js';
import { heartbeats } from '../db/jobs/heartbeats.js';
import { mailFacts } from '../db/mail/read.js';
import type { StoreRegistry } from '../db/registry.js';
import { StorePulse } from '../db/restore/pulse.js';
import type { PulseMemory } from '../db/restore/pulse.js';
import { pageTries } from '../db/paging/page-tries.js';
import { startFacts } from '../db/start/read.js';
import { otherTenant } from '../db/store/other-tenant.js';
import { PostgresStepStore } from '../db/store/step-store.js';
import { createWorkStore } from '../db/store/work-store.js';
import type { Registry } from '../domain/kernel/advance.js';
import type { MailPort } from '../integrations/mail/port.js';
import type { ChatPort, PagingPort } from '../integrations/paging/port.js';
import { engineId } from '../messages/engine-id.js';
import { ringer } from '../messages/ringer.js';
import { runners } from '../messages/runners.js';
import { observedSteps, observedWork } from './observe.js';
import type { Observers } from './observe.js';
import type { ReconcilerDependencies } from './reconciler.js';
import type { MailQueueDependencies } from './mail-queue.js';
import type { startPulse } from './pulse.js';
import type { RelayDependencies } from './relay.js';
import type { WatchDependencies } from './heartbeat-watch.js';
import type { ScheduleDependencies } from './schedules.js';

export interface Parts {
  readonly database: Database;
  readonly client: Client;
  readonly taskQueue: string;
  readonly registry: Registry;
  readonly stores: StoreRegistry;
  readonly mailPort: MailPort;
  /** Sends short messages and places calls; absent: nobody is reached so. */
  readonly pagingPort?: PagingPort | null;
  /** Posts to chat rooms; absent: nobody is reached so. */
  readonly chatPort?: ChatPort | null;
  readonly mailFrom: string;
  readonly publicUrl: string;
  readonly linkSecret: string;
  /** Where checkpoints and archived histories go. */
  readonly outside?: AuditOutside;
  /** Where the pulse of the store is remembered beyond this process; absent: only while it runs. */
  readonly pulseMemory?: PulseMemory;
  readonly log: ActivityLog;
  /** Counts and spans beside the log; absent: none. */
  readonly observers?: Omit<Observers, 'log'>;
  readonly stopping?: AbortSignal;
  /** For tests: where to end the process, short claims, short runs. */
  readonly crash?: PerformDependencies['crash'];
  readonly claimMs?: number;
  readonly eventsPerRun?: number;
}

export type Dependencies = ActivityDependencies &
  Parameters<typeof startPulse>[0] &
  RelayDependencies &
  MailQueueDependencies &
  ReconcilerDependencies &
  ScheduleDependencies &
  WatchDependencies;

/** A link in a mail that is not used within this time leads to the console, where the person signs in. */
const LINK_LIFETIME_MS = 90 * 24 * 3_600_000;

export function createDependencies(parts: Parts): Dependencies {
  const { database, client, taskQueue, registry, log, eventsPerRun } = parts;
  const observers = { log, ...parts.observers };
  const plainWork = createWorkStore(database, new StorePulse(database, parts.pulseMemory));
  const work = observedWork(plainWork, observers);
  const bells = ringer({ client, taskQueue, ...(eventsPerRun === undefined ? {} : { eventsPerRun }) });
  const { mailPort: port, mailFrom: from, publicUrl, linkSecret } = parts;
  const links = { publicUrl, linkSecret, linkLifetimeMs: LINK_LIFETIME_MS };
  const facts = mailFacts(database);
  const ports = { mail: port, gateway: parts.pagingPort ?? null, chat: parts.chatPort ?? null };
  const clock = { now: () => database.as('relay', {}, businessNow) };
  return {
    client,
    taskQueue,
    jobs: createSystemJobs({
      ...{ database, client, taskQueue, work, ringer: bells, registry, clock, log },
      ...(parts.outside ? { outside: parts.outside } : {}),
    }),
    heartbeats: heartbeats(database),
    engineId: () => engineId(client),
    running: () => runners(client, taskQueue, Object.keys(registry.definitions)).list(),
    steps: observedSteps(new PostgresStepStore(database, parts.stores), observers),
    work,
    ringer: bells,
    registry,
    log,
    clock,
    outdated: outdatedClocks(database),
    handlers: {
      mail: mail({ port, facts, registry, log, from, ...links }),
      page: page({ ports, tries: pageTries(database), facts, registry, log, from, ...links }),
      startProcess: startProcess({ work, ringer: bells, facts: startFacts(database) }),
      tellProcess: tellProcess({ work, ringer: bells, otherTenantOf: otherTenant(database) }),
    },
    ...(parts.stopping ? { stopping: parts.stopping } : {}),
    ...(parts.crash ? { crash: parts.crash } : {}),
    ...(parts.claimMs === undefined ? {} : { claimMs: parts.claimMs }),
  };
}
