/** Who sees and writes what: tenants, sides, roles, and connections that are used again. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { connect, type Database, type Role, type Trx } from '../../db/connection.js';
import { isInfrastructure } from '../../db/infrastructure.js';
import { createTenant, refreshAccess, savePeople } from '../../db/provision/tenants.js';
import { approveVersion, draftVersion } from '../../db/provision/versions.js';
import { inLanes } from '../chaos/crowd.js';
import { report } from '../chaos/measure.js';
import { size } from '../chaos/size.js';
import { startProxyFor } from '../support/proxy.js';
import { aParcel, settle } from './support/bench.js';
import { beside } from './support/beside.js';
import { postgresBench, type PostgresBench } from './support/postgres-bench.js';
import { raw } from './support/raw.js';
import { aPerson, round, TENANT } from './support/world.js';

/** The approval as Postgres sees it while it waits for a lock. */
const WAITING = `select 1 from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock' and query like '%update calendars%'`;

/** Requests of T25 over a pool of two connections. */
const REQUESTS = size({ small: 1_000, full: 10_000 });

let bench: PostgresBench;
let parcelId: string;
const ROLES: readonly Role[] = ['api', 'step', 'relay', 'admin'];

/** Every table of the schema that holds rows of tenants. */
async function tenantTables(): Promise<readonly string[]> {
  return raw(bench.url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attname = 'tenant_id' order by 1`,
    );
    return rows.map((row) => row.name);
  });
}

async function count(
  database: Database,
  role: Role,
  scope: object,
  table: string,
  where = 'true',
): Promise<number | 'denied'> {
  try {
    return await database.as(role, scope, async (trx) => {
      const row = await trx.row<{ n: number }>(
        `select count(tenant_id)::integer as n from ${table} where ${where}`,
      );
      return row?.n ?? 0;
    });
  } catch (error) {
    if (error instanceof Error && /permission denied/.test(error.message)) return 'denied';
    throw error;
  }
}

beforeAll(async () => {
  bench = await postgresBench(3);
  parcelId = await aParcel(bench, 'secret');
  await bench.accept(parcelId, { kind: 'command', name: 'note', payload: { text: 'for us' } });
  await bench.accept(parcelId, {
    kind: 'command',
    name: 'note',
    payload: { text: 'for all', internal: false },
  });
  await bench.accept(parcelId, { kind: 'command', name: 'answer', payload: { text: '' } });
  await settle(bench, parcelId);
});
afterAll(async () => {
  await bench.close();
});

describe('tenants', () => {
  it('are kept apart by every table that holds their rows', async () => {
    const tables = await tenantTables();
    expect(tables.length).toBeGreaterThan(18);
    const unguarded = await raw(bench.url, async (client) => {
      const { rows } = await client.query<{ relname: string }>(
        `select relname from pg_class where relnamespace = 'public'::regnamespace and relname = any($1)
            and not (relrowsecurity and relforcerowsecurity)`,
        [tables],
      );
      return rows.map((row) => row.relname);
    });
    expect(unguarded).toEqual([]);
  });

  it('shows nothing without a scope', async () => {
    for (const table of await tenantTables()) {
      for (const role of ['api', 'step'] as const) {
        expect([table, role, [0, 'denied'].includes(await count(bench.database, role, {}, table))]).toEqual([
          table,
          role,
          true,
        ]);
      }
    }
  });

  it('shows no row of another tenant', async () => {
    for (const table of await tenantTables()) {
      const foreign = `tenant_id = '${TENANT}'`;
      for (const [role, scope] of [
        ['step', { tenant: 'umbra' }],
        ['api', { principal: 'uma' }],
        ['api', { principal: 'nobody' }],
      ] as const) {
        const seen = await count(bench.database, role, scope, table, foreign);
        expect([table, role, seen === 0 || seen === 'denied']).toEqual([table, role, true]);
      }
    }
  });

  it('lets a step write no row of another tenant, nor of the Provider', async () => {
    for (const tenant of ['umbra', 'provider']) {
      await expect(
        bench.inTenant(async (trx) =>
          trx.run(`insert into sites (tenant_id, id, name, zone) values (:tenant, 'x', 'x', 'UTC')`, {
            tenant,
          }),
        ),
      ).rejects.toThrow(/row-level security/);
    }
    const updated = await bench.inTenant(
      async (trx) => trx.run(`update processes set headline = 'x'`),
      'umbra',
    );
    expect(updated).toBe(0);
    await expect(
      bench.inTenant(async (trx) => trx.run('update calendar_heads set version = version')),
    ).rejects.toThrow(/row-level security/);
  });

  it('lets no role of the product truncate, drop or change the schema', async () => {
    for (const role of ROLES) {
      for (const statement of [
        'truncate tasks',
        'drop table tasks',
        'alter table tasks disable row level security',
        'create table x (id text)',
      ]) {
        await expect(bench.database.as(role, {}, async (trx) => trx.run(statement))).rejects.toThrow(
          /permission denied|must be owner/,
        );
      }
    }
  });

  it('shows the relay ids, states and times, and no contents', async () => {
    const find = async (columns: string, table: string) =>
      bench.database.as('relay', {}, async (trx) => trx.rows(`select ${columns} from ${table}`));
    expect((await find('id, state', 'inbox')).length).toBeGreaterThan(0);
    for (const [column, table] of [
      ['payload', 'inbox'],
      ['content', 'effects'],
      ['data', 'processes'],
      ['problem', 'effects'],
      ['name', 'people'],
      ['bytes', 'events'],
    ] as const) {
      await expect(find(column, table)).rejects.toThrow(/permission denied/);
    }
  });
});

describe('the two sides', () => {
  const texts = async (principal: string) =>
    bench.database.as('api', { principal }, async (trx) => {
      const rows = await trx.rows<{ text: string }>(
        `select d.fired #>> '{payload,text}' as text from event_details d join events e on e.id = d.event_id
          where e.event = 'parcel.noted' order by e.seq`,
      );
      return rows.map((row) => row.text);
    });

  it('show internal notes to the Provider only', async () => {
    expect(await texts('ava')).toEqual(['for us', 'for all']);
    expect(await texts('gwen')).toEqual(['for all']);
    expect(await texts('uma')).toEqual([]);
  });

  it('show an End User the mail to his own people, his own requests and his own refusals', async () => {
    const seen = async (principal: string, table: string) =>
      count(bench.database, 'api', { principal }, table);
    expect(await seen('ava', 'refusals')).toBeGreaterThan(0);
    expect(await seen('gwen', 'refusals')).toBe(0);
    expect(await seen('gwen', 'inbox')).toBe(0);
    expect(await seen('gwen', 'effects')).toBe(1);
    expect(await seen('gwen', 'one_time_links')).toBe('denied');
    expect(await seen('gwen', 'api_keys')).toBe('denied');
  });

  it('let an End User see who serves him, and no other End User', async () => {
    const people = await bench.database.as('api', { principal: 'gwen' }, async (trx) =>
      trx.rows<{ id: string }>('select id from people order by id'),
    );
    expect(people.map((person) => person.id)).toEqual(['ava', 'gary', 'gwen', 'olga', 'otto']);
  });
});

describe('access', () => {
  const tenantsOf = async (principal: string) =>
    bench.database.as('api', { principal }, async (trx) => {
      const rows = await trx.rows<{ tenantId: string }>(
        'select distinct tenant_id as "tenantId" from access order by 1',
      );
      return rows.map((row) => row.tenantId);
    });

  it('follows from staff functions, contracts and sides', async () => {
    expect(await tenantsOf('ava')).toEqual(['acme', 'provider', 'umbra']);
    expect(await tenantsOf('olga')).toEqual(['provider']);
    expect(await tenantsOf('gwen')).toEqual(['acme']);
    await raw(bench.url, async (client) => {
      await client.query(`insert into contracts (tenant_id, id, process_id, number, status, manager_id)
        values ('umbra', 'c1', 'con_1', '1', 'active', 'olga')`);
      await client.query(`select refresh_access('umbra')`);
    });
    expect(await tenantsOf('olga')).toEqual(['provider', 'umbra']);
  });

  it('includes whoever stands in for a service manager', async () => {
    await savePeople(
      bench.database,
      'provider',
      [aPerson('olga', { deputyId: 'dora' }), aPerson('dora')],
      'otto',
    );
    expect(await tenantsOf('dora')).toEqual(['provider', 'umbra']);
  });

  it('reaches a tenant that is made later, and ends with the person', async () => {
    await createTenant(bench.database, { id: 'later', name: 'Later' });
    expect(await tenantsOf('ava')).toContain('later');
    await savePeople(
      bench.database,
      'provider',
      [aPerson('ava', { grants: ['auditor'], active: false })],
      'otto',
    );
    expect(await tenantsOf('ava')).toEqual([]);
    await savePeople(bench.database, 'provider', [aPerson('ava', { grants: ['auditor'] })], 'otto');
    expect(await tenantsOf('ava')).toContain(TENANT);
  });

  it('is given to no person whose id another tenant has already', async () => {
    const saved = await savePeople(bench.database, 'umbra', [aPerson('new'), aPerson('gwen')], 'otto');
    expect(saved).toEqual({ taken: ['gwen'] });
    expect(await tenantsOf('new')).toEqual([]);
  });

  describe('derived at the same moment', () => {
    const rowsOf = async (principal: string) =>
      raw(bench.url, async (client) => {
        const { rows } = await client.query<{ row: string }>(
          `select tenant_id || ' ' || role as row from access where principal = $1 order by 1`,
          [principal],
        );
        return rows.map(({ row }) => row);
      });
    const serve = async (database: Database, contractId: string, managerId: string) =>
      database.as('step', { tenant: 'umbra' }, async (trx) => {
        await trx.run('update contracts set manager_id = :managerId where id = :contractId', {
          contractId,
          managerId,
        });
        await refreshAccess(trx, 'umbra');
      });

    it('goes with the last contract, also when each of two contracts is handed over beside the other', async () => {
      await savePeople(bench.database, 'provider', [aPerson('mia'), aPerson('max')], 'otto');
      await raw(bench.url, async (client) => {
        await client.query(`insert into contracts (tenant_id, id, process_id, number, status, manager_id)
          values ('umbra', 'h1', 'con_h1', 'h1', 'active', 'mia'), ('umbra', 'h2', 'con_h2', 'h2', 'active', 'mia')`);
        await client.query(`select refresh_access('umbra')`);
      });
      expect(await rowsOf('mia')).toEqual(['provider staff', 'umbra manager']);
      await beside(
        bench,
        async (database) => serve(database, 'h1', 'max'),
        async (database) => serve(database, 'h2', 'max'),
      );
      expect(await rowsOf('mia')).toEqual(['provider staff']);
      expect(await rowsOf('max')).toEqual(['provider staff', 'umbra manager']);
    });

    it('goes with a staff function, also when a contract is changed beside it', async () => {
      const desk = async (database: Database, grants: readonly string[]) =>
        savePeople(database, 'provider', [aPerson('sue', { grants })], 'otto');
      for (const deskFirst of [true, false]) {
        await desk(bench.database, ['seniorDesk']);
        expect(await rowsOf('sue')).toContain('umbra seniorDesk');
        const takes = async (database: Database) => desk(database, []);
        const serves = async (database: Database) => serve(database, 'h1', deskFirst ? 'mia' : 'max');
        await (deskFirst ? beside(bench, takes, serves) : beside(bench, serves, takes));
        expect(await rowsOf('sue')).toEqual(['provider staff']);
      }
    });

    it('is that of the staff as they are now in a tenant that is made beside a change of them', async () => {
      const desk = async (database: Database) =>
        savePeople(database, 'provider', [aPerson('sue', { grants: ['seniorDesk'] })], 'otto');
      await beside(bench, desk, async (database) => createTenant(database, { id: 'young', name: 'Young' }));
      expect(await rowsOf('sue')).toContain('young seniorDesk');
    });
  });
});

describe('versions', () => {
  it('are approved by somebody other than their author, once, and frozen then', async () => {
    const at = { kind: 'calendar', tenantId: 'provider', id: 'odd' } as const;
    const { version } = await draftVersion(bench.database, at, { ...round }, 'olga');
    expect(await approveVersion(bench.database, { ...at, version }, 'olga')).toBe('ownDraft');
    expect(await approveVersion(bench.database, { ...at, version: 9 }, 'otto')).toBe('notFound');
    expect(await approveVersion(bench.database, { ...at, version }, 'otto')).toBe('approved');
    expect(await approveVersion(bench.database, { ...at, version }, 'otto')).toBe('alreadyApproved');
    await expect(
      raw(bench.url, async (client) => client.query(`update calendars set body = '{}' where id = 'odd'`)),
    ).rejects.toThrow(/is approved/);
  });

  it('of a calendar come into force only after the steps that use the one before', async () => {
    const at = { kind: 'calendar', tenantId: 'provider', id: 'round' } as const;
    const { version } = await draftVersion(bench.database, at, { ...round }, 'olga');
    let approved = false;
    let approval: Promise<unknown> = Promise.resolve();
    await bench.inTenant(async (trx) => {
      await trx.rows(`select 1 from calendar_heads where id = 'round' for share`);
      approval = approveVersion(bench.database, { ...at, version }, 'otto').then(() => (approved = true));
      await raw(bench.url, async (client) => {
        const waiting = async () => (await client.query(WAITING)).rowCount === 1;
        for (let look = 0; look < 2_000 && !(await waiting()); look += 1) expect(approved).toBe(false);
        expect(await waiting()).toBe(true);
      });
      expect(await trx.row(`select version from calendar_heads where id = 'round'`)).toEqual({ version: 1 });
    });
    await approval;
    expect(approved).toBe(true);
  });
});

describe('a transaction', () => {
  it('that caught an error of the database fails instead of losing its writes', async () => {
    await expect(
      bench.inTenant(async (trx) => {
        await trx.run(`insert into sites (tenant_id, id, name, zone) values ('acme', 'lost', 'x', 'UTC')`);
        await trx
          .run(`insert into sites (tenant_id, id, name, zone) values ('acme', 'lost', 'x', 'UTC')`)
          .catch(() => 0);
      }),
    ).rejects.toThrow(/aborted/);
    expect(await count(bench.database, 'step', { tenant: TENANT }, 'sites')).toBe(0);
  });

  it(
    'T25: leaves nothing of its scope on the connection, whatever became of those before',
    async () => {
      const two = connect({ databaseUrl: bench.url, poolSize: 2, acquireMs: 60_000 });
      const admin = new pg.Client({ connectionString: bench.url });
      await admin.connect();
      const happened = { read: 0, readOnce: 0, thrown: 0, failed: 0, timedOut: 0, cut: 0 };
      let [foreign, rows] = [0, 0];
      // Each tenant, then nobody; each in every way that a transaction can end.
      const request = async (n: number): Promise<void> => {
        const tenant = n % 2 === 0 ? 'acme' : 'umbra';
        const scoped = n % 7 !== 0;
        const scope = scoped ? { tenant } : {};
        const look = async (trx: Trx): Promise<void> => {
          const found = await trx.rows<{ tenantId: string }>('select tenant_id as "tenantId" from people');
          const allowed = scoped ? [tenant, 'provider'] : [];
          rows += found.length;
          foreign += found.filter((row) => !allowed.includes(row.tenantId)).length;
        };
        try {
          if (n % 4 === 0) {
            await two.as('step', { ...scope, reads: 'once' }, look);
            happened.readOnce += 1;
          }
          if (n % 9 === 0)
            await two.as('step', { ...scope, reads: 'once' }, async (trx) => trx.rows('select 1 / 0'));
          await two.as('step', scope, async (trx) => {
            await look(trx);
            if (n % 3 === 0) throw new Error('broken off');
            if (n % 11 === 0) await trx.run('select 1 / 0');
            if (n % 25 === 0)
              await trx
                .rows(`select set_config('statement_timeout', '1', true), pg_sleep(0)`)
                .then(async () => trx.rows('select pg_sleep(1)'));
            if (n % 40 === 0) {
              const own = await trx.row<{ pid: number }>('select pg_backend_pid() as pid');
              await admin.query('select pg_terminate_backend($1)', [own?.pid]);
              await trx.rows('select 1');
            }
          });
          happened.read += 1;
        } catch (error) {
          const text = error instanceof Error ? error.message : '';
          if (text === 'broken off') happened.thrown += 1;
          else if (/division by zero/.test(text)) happened.failed += 1;
          else if (/statement timeout/.test(text)) happened.timedOut += 1;
          else if (isInfrastructure(error)) happened.cut += 1;
          else throw error;
        }
      };
      await inLanes(
        Array.from({ length: REQUESTS }, (_, n) => n),
        8,
        request,
      );
      await admin.end();
      await two.close();
      report('T25', { requests: REQUESTS, rows, foreign, ...happened });
      expect(foreign).toBe(0);
      expect(rows).toBeGreaterThan(REQUESTS / 2);
      for (const [way, count] of Object.entries(happened))
        expect([way, count >= REQUESTS / 200]).toEqual([way, true]);
    },
    REQUESTS * 60,
  );

  it('that has ended takes no statement more: the connection may be somebody else’s by then', async () => {
    let kept: Trx | undefined;
    await bench.database.as('step', { tenant: TENANT }, async (trx) => {
      kept = trx;
    });
    await expect(kept?.rows('select 1')).rejects.toThrow('The transaction has ended');
    const twice = bench.database.as('step', { tenant: TENANT, reads: 'once' }, async (trx) => {
      await trx.rows('select 1');
      await trx.rows('select 2');
    });
    await expect(twice).rejects.toThrow('The transaction has ended');
    const broken = bench.database.as('step', { tenant: TENANT }, async (trx) => {
      kept = trx;
      throw new Error('broken off');
    });
    await expect(broken).rejects.toThrow('broken off');
    await expect(kept?.rows('select current_user')).rejects.toThrow('The transaction has ended');
  });

  it('tells of a statement that goes out behind one that failed what that one failed of', async () => {
    const slow = bench.database.as('step', { tenant: TENANT }, async (trx) => {
      await trx.rows(`select set_config('statement_timeout', '10', true)`);
      const first = trx.rows('select pg_sleep(5)');
      first.catch(() => undefined);
      await trx.rows('select 1');
    });
    const error: unknown = await slow.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: '57014' });
    expect(isInfrastructure(error)).toBe(true);
  });

  it('that only reads sees the store as it was at one instant, and cannot write', async () => {
    const count = 'select count(*)::integer as n from sites';
    const insert = (id: string) =>
      `insert into sites (tenant_id, id, name, zone) values ('acme', '${id}', 'x', 'UTC')`;
    const [before, after] = await bench.database.as('step', { tenant: TENANT, reads: true }, async (trx) => {
      const first = await trx.row<{ n: number }>(count);
      await bench.inTenant(async (other) => other.run(insert('meanwhile')));
      return [first, await trx.row<{ n: number }>(count)];
    });
    expect(after).toEqual(before);
    const writes = bench.database.as('step', { tenant: TENANT, reads: true }, async (trx) =>
      trx.run(insert('never')),
    );
    await expect(writes).rejects.toThrow('read-only transaction');
  });

  it('that nobody can open in time is a fault of the infrastructure', async () => {
    const one = connect({ databaseUrl: bench.url, poolSize: 1, acquireMs: 100 });
    try {
      await one.as('step', {}, async () => {
        const error: unknown = await one.as('step', {}, async () => 0).catch((caught: unknown) => caught);
        expect(isInfrastructure(error)).toBe(true);
      });
    } finally {
      await one.close();
    }
  });

  it('whose end is never answered is a fault of the infrastructure, and holds no connection', async () => {
    const proxy = await startProxyFor(bench.url);
    const away = connect({ databaseUrl: proxy.through(bench.url), poolSize: 2 });
    try {
      let [asked, fallSilent] = [0, () => undefined as void];
      const silence = new Promise<void>((resolve) => (fallSilent = resolve));
      const thenSilent = async (trx: Trx): Promise<number> => {
        const answer = await trx.run('select 1');
        asked += 1;
        if (asked === 2) {
          await proxy.set({ kind: 'blackhole' });
          fallSilent();
        }
        await silence;
        return answer;
      };
      const [read, written] = await Promise.allSettled([
        away.as('step', { tenant: TENANT, reads: true }, thenSilent),
        away.as('step', { tenant: TENANT }, thenSilent),
      ]);
      expect(read).toEqual({ status: 'fulfilled', value: 1 });
      expect(written.status === 'rejected' && isInfrastructure(written.reason)).toBe(true);
      expect(away.use?.()).toMatchObject({ used: 0 });
    } finally {
      await proxy.set({ kind: 'reset' });
      await away.close();
      await proxy.close();
    }
  }, 30_000);

  it('that loses its connection is a fault of the infrastructure, and a broken statement is not', async () => {
    const killed: unknown = await bench
      .inTenant(async (trx) => {
        const row = await trx.row<{ pid: number }>('select pg_backend_pid() as pid');
        await raw(bench.url, async (client) => client.query('select pg_terminate_backend($1)', [row?.pid]));
        await trx.rows('select 1');
      })
      .catch((caught: unknown) => caught);
    expect(killed).toBeInstanceOf(Error);
    expect(isInfrastructure(killed)).toBe(true);
    const nowhere = connect({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none', poolSize: 1 });
    const refused: unknown = await nowhere.as('step', {}, async () => 0).catch((caught: unknown) => caught);
    expect(isInfrastructure(refused)).toBe(true);
    await nowhere.close();
    const broken: unknown = await bench
      .inTenant(async (trx) => trx.rows('select nothing'))
      .catch((caught: unknown) => caught);
    expect(broken).toBeInstanceOf(Error);
    expect(isInfrastructure(broken)).toBe(false);
    expect(isInfrastructure(new Error('timeout expired'))).toBe(true);
    expect(isInfrastructure(new Error('wrapped', { cause: killed }))).toBe(true);
    expect(isInfrastructure(new TypeError('x is not a function'))).toBe(false);
  });
});
