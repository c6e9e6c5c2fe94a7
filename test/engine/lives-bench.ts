/** A bench whose business time stands still, with everything that generated escalations read. */
import pg from 'pg';
import { createRegistry } from '../../db/definitions.js';
import { createTenant, PROVIDER, savePeople, saveSetting } from '../../db/provision/tenants.js';
import { importVersion } from '../../db/provision/versions.js';
import type { LookupLoader } from '../../db/registry.js';
import { stores } from '../../db/stores.js';
import { definitions } from '../../domain/processes.js';
import { escalationLook, withEscalations } from '../support/escalation-world.js';
import { exampleCalendar, examplePolicy, TENANT } from '../support/world.js';
import { openBench, type Bench } from './bench.js';
import { RecordedWorld } from './recorded-world.js';

/** By process. */
type Lives = ReadonlyMap<string, { readonly world: RecordedWorld }>;

export interface LivesBench extends Bench {
  /** Of a user who may do everything; `standing_clock.at` is business time. */
  readonly clock: pg.Client;
  readonly policyVersion: number;
}

/** Each life reads its own world, also while that one changes. */
export async function openLivesBench(lives: Lives): Promise<LivesBench> {
  const bench = await openBench({
    registry: createRegistry(),
    stores: { ...stores, escalation: { lookups: lookups(lives) } },
    prepare: standTheClock,
  });
  const policyVersion = await provision(bench);
  const clock = new pg.Client(bench.url);
  await clock.connect();
  const close = async (): Promise<void> => {
    await clock.end();
    await bench.close();
  };
  return { ...bench, clock, policyVersion, close };
}

/** Business time stands still until it is moved. */
async function standTheClock(url: string): Promise<void> {
  const owner = new pg.Client(url);
  await owner.connect();
  await owner.query(`
    create table standing_clock (at timestamptz not null);
    insert into standing_clock values ('2026-11-23T09:00:00Z');
    grant select on standing_clock to careplus_api, careplus_step, careplus_relay, careplus_admin;
    create or replace function business_now() returns timestamptz language sql volatile as 'select at from standing_clock'`);
  await owner.end();
}

/** What each escalation reads is as it was in memory at that time. */
function lookups(lives: Lives): Readonly<Record<string, LookupLoader>> {
  const loader =
    (name: string): LookupLoader =>
    async (_trx, { processId, data, payload }) => {
      const life = lives.get(processId);
      if (!life) throw new Error(`${processId} is no life of this test.`);
      // In its own world it stands alone: by the end it may be open itself.
      if (name === 'sameMatter') return null;
      return escalationLook(life.world, { data, payload })[name];
    };
  return Object.fromEntries(
    Object.keys(definitions.escalation.words.lookups).map((name) => [name, loader(name)]),
  );
}

/** People, calendar and policy as in memory; pages go out by mail, once, since nobody answers them. */
async function provision({ database }: Bench): Promise<number> {
  const { directory } = withEscalations(new RecordedWorld());
  const by = { author: 'kim-field', approver: 'dana-hill' };
  await createTenant(database, { id: TENANT, name: 'Northwind Logistics' });
  for (const [tenant, wanted] of [
    [PROVIDER, 'provider'],
    [TENANT, 'endUser'],
  ] as const) {
    const people = Object.values(directory.people).filter(({ side }) => side === wanted);
    const records = people.map(({ side: _side, ...one }) => ({
      ...one,
      ...{ name: one.id, email: `${one.id}@people.example`, phone: null },
    }));
    await savePeople(database, tenant, records, null);
  }
  const calendar = { kind: 'calendar', id: 'berlin-office' } as const;
  await importVersion(database, calendar, { ...exampleCalendar(calendar.id) }, by);
  await saveSetting(database, 'providerCalendarId', calendar.id);
  const policy = examplePolicy();
  const paging = { ...policy.paging, channels: { provider: ['mail'], endUser: ['mail'] }, times: 1 };
  return importVersion(database, { kind: 'policy', id: 'standard' }, { ...policy, paging }, by);
}
