/** The store of record under the common handle: a database of its own with a movable clock. */
import { advance } from '../../../domain/kernel/advance.js';
import type { EventRecord } from '../../../domain/kernel/event.js';
import { sha256 } from '../../../domain/kernel/hash.js';
import type { Task } from '../../../domain/kernel/tasks.js';
import { BusinessClock, businessNow } from '../../../db/business-clock.js';
import { connect, type Database, type Trx } from '../../../db/connection.js';
import type { StoreRegistry } from '../../../db/registry.js';
import { newId } from '../../../db/store/ids.js';
import { skipParked } from '../../../db/store/park.js';
import { PostgresStepStore } from '../../../db/store/step-store.js';
import type { Acceptance, WorkStore } from '../../../db/store/types.js';
import { createWorkStore } from '../../../db/store/work-store.js';
import { installTestClock } from '../../../db/test-clock.js';
import { freshDatabase } from '../../support/database.js';
import type { Bench, Work } from './bench.js';
import { registry } from './parcel.js';
import { seedWorld, TENANT } from './world.js';

export interface PostgresBench extends Bench {
  readonly url: string;
  readonly database: Database;
  readonly steps: PostgresStepStore;
  readonly work: WorkStore;
  /** Runs SQL in the scope of the tenant. */
  inTenant<T>(work: (trx: Trx) => Promise<T>, tenant?: string): Promise<T>;
}

/** Whether the parcels of a database are sealed, which their lookup tells. */
export const sealed = { value: false };

export const stores: StoreRegistry = { parcel: { lookups: { sealed: async () => sealed.value } } };

/** Work for a process of the tenant, without a key unless one is given. */
export function acceptance(processId: string, work: Work, change: Partial<Acceptance> = {}): Acceptance {
  const { kind, name, payload = {}, actor = kind === 'command' ? 'olga' : null, expectedSeq = null } = work;
  const start =
    kind === 'start' ? { slug: 'parcel', policyId: 'standard', policyVersion: 1, ownerId: 'olga' } : null;
  const row = { kind, name, payload, actor, onBehalfOf: null, expectedSeq, urgent: false };
  return { tenantId: TENANT, processId, ...row, key: null, start, ...change };
}

/** A key as the API makes it. */
export function key(value: string, body: unknown = value, principal = 'olga') {
  return { principal, value, bodyHash: sha256(body) };
}

export async function postgresBench(poolSize = 6): Promise<PostgresBench> {
  const fresh = await freshDatabase();
  await installTestClock(fresh.url);
  const database = connect({ databaseUrl: fresh.url, poolSize });
  await seedWorld(database);
  const work = createWorkStore(database);
  const steps = new PostgresStepStore(database, stores);
  const clock = new BusinessClock(database);
  const inTenant: PostgresBench['inTenant'] = async (task, tenant = TENANT) =>
    database.as('step', { tenant }, task);
  const now = async () => inTenant(businessNow);
  const accept: Bench['accept'] = async (processId, one) => {
    const accepted = await work.accept(acceptance(processId, one));
    if (accepted.kind !== 'accepted') throw new Error(`Not accepted: ${accepted.kind}.`);
    return { inboxId: accepted.inboxId, acceptedAt: accepted.acceptedAt };
  };
  return {
    url: fresh.url,
    database,
    steps,
    work,
    inTenant,
    now,
    skip: async (ms) => clock.raiseTo((await now()) + ms),
    send: async (title, payload = {}) => {
      const processId = newId('par');
      await accept(processId, { kind: 'start', name: 'start', payload: { title, ...payload } });
      return processId;
    },
    accept,
    step: async (processId, at) =>
      advance(steps, registry, { tenantId: TENANT, processId, now: at ?? (await now()), lastSeq: 0 }),
    answer: async (_processId, inboxId) => (await work.readInbox(TENANT, inboxId))?.answer ?? null,
    ...reads(inTenant),
    isOver: async (processId) =>
      inTenant(async (trx) => {
        const row = await trx.row<{ over: boolean }>('select over from processes where id = :processId', {
          processId,
        });
        return row?.over === true;
      }),
    parkStart: async (processId) => {
      const row = await inTenant(async (trx) =>
        trx.row<{ inboxId: string }>(
          `select id as "inboxId" from inbox where process_id = :processId and kind = 'start'`,
          { processId },
        ),
      );
      await work.park({ tenantId: TENANT, processId }, row, 'a defect');
    },
    giveUp: async (processId) => {
      if (!(await skipParked(database, { tenantId: TENANT, processId }, 'otto', 'a defect')))
        throw new Error(`Process ${processId} is not blocked.`);
    },
    confirm: async (effectId) => {
      const claim = await work.claim(TENANT, effectId, (await now()) + 1, 60_000);
      if (!claim || 'setAside' in claim) throw new Error(`Effect ${effectId} cannot be claimed.`);
      await work.settle(claim, { kind: 'confirmed', evidence: {} }, null);
    },
    close: async () => {
      await database.close();
      await fresh.drop();
    },
  };
}

function reads(
  inTenant: PostgresBench['inTenant'],
): Pick<Bench, 'events' | 'effects' | 'tasks' | 'refusals'> {
  return {
    events: async (processId) =>
      inTenant(async (trx) => {
        const rows = await trx.rows<{ bytes: string }>(
          'select bytes from events where process_id = :processId order by seq',
          { processId },
        );
        return rows.map((row) => JSON.parse(row.bytes) as EventRecord);
      }),
    effects: async (processId) =>
      inTenant(async (trx) =>
        trx.rows(
          'select id, key, state from effects where process_id = :processId order by decided_at, key',
          {
            processId,
          },
        ),
      ),
    tasks: async (processId) =>
      inTenant(async (trx) =>
        trx.rows<Task>(
          `select id, process_id as "processId", command, label, subject, clock, clock_key as "clockKey",
             ms(due_at)::float8 as "dueAt", missed, people
             from tasks where process_id = :processId and kind = 'command' order by id`,
          { processId },
        ),
      ),
    refusals: async (processId) =>
      inTenant(async (trx) => {
        const rows = await trx.rows<{ code: string }>(
          'select code from refusals where process_id = :processId order by number',
          { processId },
        );
        return rows.map((row) => row.code);
      }),
  };
}
