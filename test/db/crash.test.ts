/** Postgres is killed under load: what was acknowledged is there, and the book is whole (T5 of the reliability tests). */
import { describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { advance } from '../../domain/kernel/advance.js';
import { verifyChain } from '../../db/audit/verify.js';
import { businessNow } from '../../db/business-clock.js';
import { connect, type Database } from '../../db/connection.js';
import { isInfrastructure } from '../../db/infrastructure.js';
import { migrate } from '../../db/migrate.js';
import { PostgresStepStore } from '../../db/store/step-store.js';
import { createWorkStore } from '../../db/store/work-store.js';
import { startPostgres, type PostgresServer } from '../../workers/servers/postgres.js';
import { registry } from './support/parcel.js';
import { acceptance, key, stores } from './support/postgres-bench.js';
import { seedWorld, TENANT } from './support/world.js';

const KILLS = 2;
const CLIENTS = 6;
/** Acknowledged commands between two kills; enough that every client is in the middle of something. */
const LOAD = 30;

describe('a Postgres that is killed', () => {
  it('loses nothing that was acknowledged, and its book verifies', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'careplus-crash-'));
    chmodSync(folder, 0o755);
    const start = async (port: number) => startPostgres({ dataDir: folder, port, log: () => undefined });
    let server = await start(0);
    const database = connect({ databaseUrl: server.url, poolSize: CLIENTS });
    try {
      await migrate(server.url);
      await seedWorld(database);
      const book = new Book(database);
      await book.send(CLIENTS);
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const clients = Array.from({ length: CLIENTS }, async (_, n) => book.write(n, kill));
        await book.reached(kill * LOAD);
        server = await killed(server, start);
        book.stop();
        await Promise.all(clients);
      }
      expect(book.faults).toBeGreaterThanOrEqual(KILLS);
      await book.settle();
      expect(await book.missing()).toEqual([]);
      const report = await verifyChain(database, TENANT);
      expect(report.problems).toEqual([]);
      expect(report.events).toBeGreaterThan(KILLS * LOAD);
    } finally {
      await database.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

async function killed(
  server: PostgresServer,
  start: (port: number) => Promise<PostgresServer>,
): Promise<PostgresServer> {
  process.kill(server.process.pid, 'SIGKILL');
  await server.process.gone;
  return start(server.port);
}

/** Clients that accept and step on parcels of their own, and remember what they were told. */
class Book {
  faults = 0;
  private readonly acknowledged = new Map<string, string>();
  private stopped = false;

  constructor(private readonly database: Database) {}

  async send(count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      const start = { kind: 'start', name: 'start', payload: { title: `${n}` } } as const;
      await createWorkStore(this.database).accept(acceptance(`par_${n}`, start));
      await this.step(`par_${n}`);
    }
  }

  /** Works on one parcel until it is stopped; a fault of the outside is retried under the same key. */
  async write(client: number, kill: number): Promise<void> {
    const processId = `par_${client}`;
    this.stopped = false;
    for (let n = 0; !this.stopped; n += 1) {
      const place = `${kill}.${n}`;
      const signal = { kind: 'signal', name: 'arrived', payload: { place } } as const;
      const work = acceptance(processId, signal, { key: key(`${client}/${place}`) });
      await this.persist(async () => {
        const accepted = await createWorkStore(this.database).accept(work);
        if (accepted.kind !== 'accepted' && accepted.kind !== 'known') throw new Error(accepted.kind);
        this.acknowledged.set(accepted.inboxId, processId);
      });
      await this.persist(async () => this.step(processId));
    }
  }

  stop(): void {
    this.stopped = true;
  }

  async reached(count: number): Promise<void> {
    while (this.acknowledged.size < count) await pause(10);
  }

  /** Decides what is left. */
  async settle(): Promise<void> {
    const waiting = async () => createWorkStore(this.database).waitingRows('notOver', -60_000, 100);
    for (let rows = await waiting(); rows.length > 0; rows = await waiting()) {
      for (const { processId } of rows) await this.step(processId);
    }
  }

  /** Acknowledged rows that are not in the book, or were not decided exactly once. */
  async missing(): Promise<readonly string[]> {
    return this.database.as('step', { tenant: TENANT }, async (trx) => {
      const rows = await trx.rows<{ id: string; times: number }>(
        `select i.id, (select count(*)::integer from events e where e.bytes::json ->> 'inboxId' = i.id) as times
           from inbox i where i.state = 'answered'`,
      );
      const once = new Set(rows.filter((row) => row.times === 1).map((row) => row.id));
      return [...this.acknowledged.keys()].filter((id) => !once.has(id));
    });
  }

  private async step(processId: string): Promise<void> {
    const now = await this.database.as('step', {}, businessNow);
    const at = { tenantId: TENANT, processId, now, lastSeq: 0 };
    await advance(new PostgresStepStore(this.database, stores), registry, at);
  }

  private async persist(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isInfrastructure(error)) throw error;
        this.faults += 1;
        await pause(20);
      }
    }
  }
}
