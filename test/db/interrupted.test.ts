/** What is interrupted anywhere is neither lost nor doubled: the adoption of a customer, the one mail of a day. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { parse } from 'yaml';
import { connect, type Database } from '../../db/connection.js';
import { createTenant } from '../../db/provision/tenants.js';
import { findSentMail } from '../../db/read/effect.js';
import { createWorkStore } from '../../db/store/work-store.js';
import { installTestClock } from '../../db/test-clock.js';
import { performEffect, type PerformDependencies } from '../../activities/perform.js';
import { createSmtpMail } from '../../integrations/mail/smtp.js';
import { startSmtpReceiver, type SmtpReceiver } from '../mail/smtp-receiver.js';
import { freshDatabase, type TestDatabase } from '../support/database.js';
import { provision, World } from '../support/family.js';

const TENANT = 'larkspur';
const CONTRACT = 'con_larkspur';
const SAM = 'sam.rivers@provider.example';
/** A Monday, 09:00 in Berlin. */
const BEGINS = '2026-11-30T08:00:00Z';
const CLAIM_MS = 61_000;
type Crash = NonNullable<PerformDependencies['crash']>;

let installed: TestDatabase;
let fresh: TestDatabase;
let database: Database;
let raw: pg.Client;

beforeAll(async () => {
  installed = await freshDatabase();
  await installTestClock(installed.url);
  const setting = connect({ databaseUrl: installed.url, poolSize: 2 });
  await provision(setting, { mail: { digest: { at: '08:30' } } });
  await createTenant(setting, { id: TENANT, name: 'Larkspur Foods' });
  await setting.close();
}, 30_000);
afterAll(async () => {
  await installed.drop();
});
beforeEach(async () => {
  fresh = await freshDatabase(installed);
  database = connect({ databaseUrl: fresh.url, poolSize: 4 });
  raw = new pg.Client({ connectionString: fresh.url });
  await raw.connect();
  await timeIs(BEGINS);
});
afterEach(async () => {
  await raw.end();
  await database.close();
  await fresh.drop();
});

async function timeIs(at: string): Promise<void> {
  await raw.query(
    'update test_clock set offset_ms = $1::bigint - (extract(epoch from clock_timestamp()) * 1000)::bigint',
    [Date.parse(at)],
  );
}

async function later(ms: number): Promise<void> {
  await raw.query('update test_clock set offset_ms = offset_ms + $1::bigint', [ms]);
}

const rows = async <T extends object>(sql: string): Promise<readonly T[]> => (await raw.query<T>(sql)).rows;

function fileOf(change: object = {}) {
  const file = parse(readFileSync('examples/adoption/larkspur-2025.yaml', 'utf8')) as { adopted: object };
  return { ...file, adopted: { ...file.adopted, ...change } };
}
/** Nothing was done before: everything of the onboarding is open, and the guide is still to be sent. */
const bare = fileOf({ onboarding: { items: [] }, userGuide: undefined });

class Killed extends Error {}

/** Works on until nothing is left; of a worker that died the relay does what it had claimed, once the claims are over. */
async function survive(world: World): Promise<number> {
  const work = createWorkStore(database);
  for (let kills = 0; ; kills += 1) {
    try {
      for (const effect of await work.waitingEffects(0, 100)) await performEffect(world.deps, effect);
      await world.rest();
      return kills;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      await later(CLAIM_MS);
    }
  }
}

describe('an adoption that is interrupted', () => {
  const start = async (processId = CONTRACT) =>
    createWorkStore(database).accept({
      ...{ tenantId: TENANT, processId, kind: 'start', name: 'start', payload: fileOf() },
      ...{ actor: 'kim-field', onBehalfOf: null, expectedSeq: null, urgent: false },
      key: { principal: 'kim-field', value: 'adoption larkspur-2025', bodyHash: 'file' },
      start: { slug: 'contract', policyId: 'standard', policyVersion: 1, ownerId: 'kim-field' },
    });

  it('at every point of every effect is completed, and sent again it doubles nothing', async () => {
    await raw.query(
      `insert into documents (tenant_id, id, kind, version, language, title, media_type, sha256, body, published_by)
       values ('provider', 'user-guide', 'userGuide', 1, 'en', 'User Guide', 'text/markdown', repeat('a', 64), '', 'kim-field')`,
    );
    const seen = new Set<string>();
    // Every effect, once at each of its points.
    const crash: Crash = async (point, { effectId }) => {
      const here = `${point} ${effectId}`;
      if (seen.has(here)) return;
      seen.add(here);
      throw new Killed();
    };
    const world = new World(database, TENANT, { crash });
    expect((await start()).kind).toBe('accepted');
    // The answer was lost before the first step, and the file is sent again.
    expect((await start('con_again')).kind).toBe('known');
    // Onboarding, guide, and what the guide tells: before and after the act, and after it was written down.
    expect(await survive(world)).toBe(3 * 3);
    expect(await rows(`select slug, status, seq > 0 as begun from processes order by slug`)).toEqual([
      { slug: 'contract', status: 'active', begun: true },
      { slug: 'document', status: 'acknowledged', begun: true },
      { slug: 'onboarding', status: 'packageInProgress', begun: true },
    ]);
    expect(
      await rows(`select bytes::json ->> 'event' as event from events
        where bytes::json ->> 'event' like '%.adopted' order by 1`),
    ).toEqual([
      { event: 'contract.adopted' },
      { event: 'document.adopted' },
      { event: 'onboarding.adopted' },
    ]);
    expect(await rows(`select id from effects where kind = 'mail'`)).toEqual([]);
    expect(
      await rows(`select missed_at from clocks where missed_at is not null or due_at < business_now()`),
    ).toEqual([]);
  });
});

describe('the reminders of a day', () => {
  let receiver: SmtpReceiver;
  beforeEach(async () => {
    receiver = await startSmtpReceiver();
  });
  afterEach(async () => {
    await receiver.close();
  });

  /** On the day before: two reminders of the onboarding and one of the guide are decided, and wait for 09:00. */
  async function threeWait(crash?: Crash): Promise<World> {
    const mailPort = createSmtpMail({ url: receiver.url });
    const quiet = new World(database, TENANT, { mailPort });
    await quiet.start(CONTRACT, 'contract', JSON.parse(JSON.stringify(bare)) as typeof bare);
    await timeIs('2026-12-03T08:00:00Z');
    await quiet.rest();
    await timeIs('2026-12-07T17:00:00Z');
    await quiet.rest();
    return crash ? new World(database, TENANT, { mailPort, crash }) : quiet;
  }
  const toSam = () => receiver.received.filter(({ to }) => to?.[0]?.address === SAM);
  const carried = async () =>
    rows<{ state: string; messageId: string | null; slug: string }>(
      `select e.state, e.evidence ->> 'messageId' as "messageId", p.slug from effects e join processes p on p.id = e.process_id
        where e.digest and e.recipient_id = 'sam-rivers' and e.not_before = '2026-12-08T08:00:00Z' order by p.slug, e.id`,
    );
  const at9 = '2026-12-08T08:00:01Z';

  it('come as one mail at its time, in business hours; each is settled by it', async () => {
    const world = await threeWait();
    // The one reminder of an earlier day came as it is.
    expect(toSam().map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^A step of the onboarding is due/),
    ]);
    await timeIs('2026-12-08T07:59:00Z');
    await world.rest();
    expect(toSam()).toHaveLength(1);
    await timeIs(at9);
    // The runners of both processes wake at the same instant, one for each reminder.
    const due = await rows<{ id: string }>(`select id from effects where digest and state = 'planned'`);
    await Promise.all(due.map(({ id }) => performEffect(world.deps, { tenantId: TENANT, effectId: id })));
    await world.rest();
    expect(toSam()).toHaveLength(2);
    const mail = toSam()[1];
    expect(mail?.subject).toBe('3 reminders of today: Larkspur Foods');
    const all = await carried();
    expect(all.map(({ slug }) => slug)).toEqual(['document', 'onboarding', 'onboarding']);
    expect(new Set(all.map(({ state, messageId }) => `${state} ${messageId}`))).toEqual(
      new Set([`confirmed ${mail?.messageId}`]),
    );
    // A bounce names the message: every reminder that it carried has come back.
    const key = mail?.headers.find((header) => header.key === 'x-careplus-key')?.value ?? null;
    const byKey = await findSentMail(database, { key, messageId: null });
    const byId = await findSentMail(database, { key: null, messageId: mail?.messageId ?? null });
    expect(byKey.map(({ slug }) => slug).sort()).toEqual(['document', 'onboarding', 'onboarding']);
    expect(byId.map(({ effectId }) => effectId)).toEqual(byKey.map(({ effectId }) => effectId));
  });

  it('that a worker died over after sending are never sent again: a person decides about all of them', async () => {
    let kills = 0;
    const world = await threeWait(async (point) => {
      if (point === 'afterCall' && (kills += 1) === 1) throw new Killed();
    });
    await timeIs(at9);
    expect(await survive(world)).toBe(1);
    expect(toSam()).toHaveLength(2);
    expect((await carried()).map(({ state }) => state)).toEqual(['unknown', 'unknown', 'unknown']);
  });

  it('of which one is settled when the worker dies: the others are known to have gone out with it', async () => {
    let kills = 0;
    const world = await threeWait(async (point) => {
      if (point === 'afterCommit' && (kills += 1) === 1) throw new Killed();
    });
    await timeIs(at9);
    expect(await survive(world)).toBe(1);
    expect(toSam()).toHaveLength(2);
    const all = await carried();
    expect(all.map(({ state }) => state)).toEqual(['confirmed', 'confirmed', 'confirmed']);
    expect(new Set(all.map(({ messageId }) => messageId)).size).toBe(1);
  });

  it('that the server puts off wait together; that it refuses come back to each of their processes', async () => {
    const world = await threeWait();
    receiver.treatNext(SAM, 'defer');
    await timeIs(at9);
    await world.rest();
    expect((await carried()).map(({ state }) => state)).toEqual(['planned', 'planned', 'planned']);
    receiver.treatNext(SAM, 'reject');
    await later(31_000);
    await world.rest();
    expect((await carried()).map(({ state }) => state)).toEqual(['failed', 'failed', 'failed']);
    const returned = await rows<{ slug: string }>(
      `select p.slug from inbox i join processes p on p.id = i.process_id where i.name = 'undeliverable' order by 1`,
    );
    expect(returned.map(({ slug }) => slug)).toEqual(['document', 'onboarding', 'onboarding']);
    expect(toSam()).toHaveLength(1);
  });
});
