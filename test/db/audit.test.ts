/** The audit trail: whatever is done to it shows, and what it holds can be decided again. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eraseContents } from '../../db/audit/erase.js';
import { exportProcess } from '../../db/audit/export.js';
import { redecide } from '../../db/audit/redecide.js';
import { readCheckpoints, verifyChain } from '../../db/audit/verify.js';
import { genesis, linkHash } from '../../db/store/chain.js';
import type { Registry } from '../../domain/kernel/advance.js';
import { sha256 } from '../../domain/kernel/hash.js';
import { aParcel, settle } from './support/bench.js';
import { beside } from './support/beside.js';
import { MINUTE, parcel, registry } from './support/parcel.js';
import { postgresBench, type PostgresBench } from './support/postgres-bench.js';
import { raw, tamper } from './support/raw.js';
import { TENANT } from './support/world.js';

let bench: PostgresBench;
let busy: string;

/** A parcel with commands, marks, a refusal, a late signal and a pause behind it. */
async function aLongLife(): Promise<string> {
  const id = await aParcel(bench, 'long');
  await bench.accept(id, { kind: 'signal', name: 'arrived', payload: { place: 'Oslo' } });
  await bench.accept(id, { kind: 'command', name: 'answer', payload: { text: '' } });
  await settle(bench, id);
  await bench.skip(25 * MINUTE);
  await bench.accept(id, { kind: 'command', name: 'hold' });
  await bench.accept(id, { kind: 'command', name: 'note', payload: { text: 'Said so.', internal: false } });
  await bench.accept(id, { kind: 'command', name: 'release' });
  await bench.accept(id, { kind: 'command', name: 'restart' });
  await settle(bench, id);
  await bench.skip(40 * MINUTE);
  await bench.accept(id, { kind: 'command', name: 'end' });
  await bench.accept(id, { kind: 'signal', name: 'arrived', payload: { place: 'Rome' } });
  await settle(bench, id);
  return id;
}

beforeAll(async () => {
  bench = await postgresBench();
  busy = await aLongLife();
  await aLongLife();
});
afterAll(async () => {
  await bench.close();
});

describe('the chain', () => {
  const problems = async () => (await verifyChain(bench.database, TENANT)).problems.map((one) => one.problem);
  /** The tampered tables, put back after each test. */
  const tables = ['events', 'refusals', 'chain_heads', 'event_details'];

  beforeAll(async () => {
    await raw(bench.url, async (client) => {
      for (const table of tables) await client.query(`create table kept_${table} as table ${table}`);
    });
  });
  beforeEach(async () => {
    for (const table of tables)
      await tamper(bench.url, `delete from ${table}`, `insert into ${table} table kept_${table}`);
  });

  it('verifies when nothing was done to it', async () => {
    const report = await verifyChain(bench.database, TENANT);
    expect(report.problems).toEqual([]);
    expect(report.events).toBeGreaterThan(20);
    expect(report.refusals).toBeGreaterThan(2);
  });

  it('can be followed by hand from what is written about it', async () => {
    const entries = await bench.inTenant(async (trx) =>
      trx.rows<{ bytes: string; hash: string }>('select bytes, hash from events order by chain_no'),
    );
    let hash = genesis(TENANT, 'event');
    for (const entry of entries) hash = sha256(`${hash}\n${entry.bytes}`);
    expect(entries.at(-1)?.hash).toBe(hash);
    expect(linkHash('a', 'b')).toBe(sha256('a\nb'));
  });

  const attacks: readonly [string, readonly string[], RegExp][] = [
    [
      'bytes that were edited',
      [`update events set bytes = replace(bytes, '"epoch":1', '"epoch":2') where chain_no = 4`],
      /bytes were changed/,
    ],
    ['bytes that are no record', [`update events set bytes = 'gone' where chain_no = 4`], /no record/],
    ['a column that was edited', [`update events set actor = 'otto' where chain_no = 4`], /column actor/],
    [
      'an instant that was edited',
      [`update events set at = at - interval '1 hour' where chain_no = 6`],
      /column at/,
    ],
    [
      'an entry that was taken out of the middle',
      ['delete from events where chain_no = 5'],
      /entries up to 5 are missing/,
    ],
    [
      'an entry that was taken out and the gap closed',
      [
        'delete from events where chain_no = 5',
        'update events set chain_no = -(chain_no - 1) where chain_no > 5',
        'update events set chain_no = -chain_no where chain_no < 0',
      ],
      /does not follow/,
    ],
    ['a tail that was cut', ['delete from events where chain_no > 7'], /the chain was cut/],
    ['a chain that was emptied', ['delete from events'], /the chain was cut/],
    [
      'two entries that were swapped',
      [
        'update events set chain_no = -1 where chain_no = 3',
        'update events set chain_no = 3 where chain_no = 4',
        'update events set chain_no = 4 where chain_no = -1',
      ],
      /does not follow/,
    ],
    [
      'an entry that was put in',
      [
        'update events set chain_no = -(chain_no + 1) where chain_no > 5',
        'update events set chain_no = -chain_no where chain_no < 0',
        `insert into events select (jsonb_populate_record(e, '{"chain_no": 6, "seq": 900, "id": "x:1:900"}')).* from events e where chain_no = 5`,
      ],
      /does not follow/,
    ],
    [
      'an entry of another tenant',
      [
        `update events set bytes = replace(bytes, '"tenantId":"acme"', '"tenantId":"umbra"') where chain_no = 4`,
      ],
      /another tenant/,
    ],
    ['a refusal that was edited', [`update refusals set code = 'OTHER' where number = 2`], /column code/],
    ['a refusal that was taken out', ['delete from refusals where number = 2'], /missing/],
    [
      'a head that was set back',
      [`update chain_heads set number = number - 3 where kind = 'event'`],
      /stands before|not the entry/,
    ],
    [
      'contents that were edited',
      [
        `update event_details set data = jsonb_set(data, '{title}', '"other"') where data ->> 'title' = 'long'`,
      ],
      /data were changed/,
    ],
    [
      'a payload that was edited',
      [
        `update event_details set fired = jsonb_set(fired, '{payload,place}', '"Bern"') where fired #>> '{payload,place}' = 'Oslo'`,
      ],
      /payload was changed/,
    ],
  ];
  it.each(attacks)('shows %s', async (_name, statements, expected) => {
    await tamper(bench.url, ...statements);
    expect((await problems()).join('\n')).toMatch(expected);
  });

  it('shows a suffix that was written anew only against a checkpoint kept elsewhere', async () => {
    const checkpoints = await readCheckpoints(bench.database, TENANT);
    const head = checkpoints.find((one) => one.chain === 'event');
    await tamper(
      bench.url,
      `delete from events where chain_no = ${head?.number}`,
      `update chain_heads h set number = e.chain_no, hash = e.hash from events e
        where h.kind = 'event' and h.tenant_id = '${TENANT}' and e.tenant_id = h.tenant_id and e.chain_no = ${(head?.number ?? 0) - 1}`,
    );
    expect(await problems()).toEqual([]);
    const report = await verifyChain(bench.database, TENANT, checkpoints);
    expect(report.problems.map((one) => one.problem).join()).toMatch(/the chain was cut/);
  });

  it('shows a tenant whose chain was put in place of another one', async () => {
    await tamper(
      bench.url,
      `delete from refusals where tenant_id = 'umbra'`,
      `insert into refusals select 'umbra', number, kind, process_id, inbox_id, code, principal, at, bytes, prev_hash, hash from refusals where tenant_id = '${TENANT}'`,
    );
    const report = await verifyChain(bench.database, 'umbra');
    expect(report.problems.map((one) => one.problem).join()).toMatch(/another tenant/);
  });

  it('cannot be changed by any role of the product, nor by the owner of the tables', async () => {
    for (const role of ['step', 'admin', 'api', 'relay'] as const) {
      await expect(
        bench.database.as(role, { tenant: TENANT, principal: 'olga' }, async (trx) =>
          trx.run(`update events set actor = 'x'`),
        ),
      ).rejects.toThrow(/permission denied/);
    }
    await expect(raw(bench.url, async (client) => client.query('delete from events'))).rejects.toThrow(
      /only grows/,
    );
    await expect(raw(bench.url, async (client) => client.query('truncate events cascade'))).rejects.toThrow(
      /only grows/,
    );
  });

  it('has neither gap nor fork after many processes stepped at the same time', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, async (_, n) => bench.send(`parallel ${n}`)));
    await Promise.all(ids.map(async (id) => bench.accept(id, { kind: 'command', name: 'restart' })));
    await Promise.all(ids.flatMap((id) => [bench.step(id), bench.step(id), bench.step(id)]));
    for (const id of ids) expect(await bench.events(id)).toHaveLength(2);
    expect((await verifyChain(bench.database, TENANT)).problems).toEqual([]);
  });
});

describe('deciding again', () => {
  it('gives what was decided then', async () => {
    const report = await redecide(bench.database, registry, { tenantId: TENANT });
    expect(report).toMatchObject({ differences: [], rulesChanged: [], erased: 0 });
    expect(report.checked).toBeGreaterThan(20);
  });

  /** The rules as they would be after somebody changed what an arrival does. */
  const changedRules = {
    ...parcel,
    rows: parcel.rows.map((row) => (row.event === 'arrived' ? { ...row, event: 'passed' } : row)),
  };

  it('shows other results under the same definition as differences', async () => {
    const forged: Registry = { ...registry, definitions: { parcel: changedRules } };
    const report = await redecide(bench.database, forged, { tenantId: TENANT, processId: busy });
    expect(report.differences).toMatchObject([
      { processId: busy, seq: 2, differs: ['event'], now: { event: 'parcel.passed' } },
    ]);
    expect(report.rulesChanged).toEqual([]);
  });

  it('shows them apart when the rules have changed since', async () => {
    const newer: Registry = {
      ...registry,
      definitions: { parcel: changedRules },
      hashes: { parcel: 'newer' },
    };
    const report = await redecide(bench.database, newer, { tenantId: TENANT, processId: busy });
    expect(report.differences).toEqual([]);
    expect(report.rulesChanged).toMatchObject([{ seq: 2, now: { event: 'parcel.passed' } }]);
  });

  it('uses the calendar version of then', async () => {
    const id = await aParcel(bench, 'calendar');
    await tamper(
      bench.url,
      `insert into calendars select tenant_id, id, 2, jsonb_set(body, '{zone}', '"Asia/Tokyo"'), author, approver, state, created_at, approved_at
         from calendars where id = 'round' and version = 1`,
      `update calendar_heads set version = 2 where id = 'round'`,
    );
    await bench.skip(25 * MINUTE);
    await settle(bench, id);
    const report = await redecide(bench.database, registry, { tenantId: TENANT, processId: id });
    expect(report).toMatchObject({ checked: 3, differences: [] });
    expect((await bench.events(id)).map((event) => event.calendars['round'])).toEqual([1, 2, 2]);
  });
});

describe('taking away and erasing', () => {
  it('hands out a bundle that proves itself, and remembers that it did', async () => {
    const bundle = await exportProcess(bench.database, 'ava', busy);
    expect(bundle?.process).toMatchObject({ id: busy, status: 'done' });
    expect(bundle?.chain.every((link) => link.hash === linkHash(link.prevHash, link.bytes))).toBe(true);
    expect(bundle?.effects.length).toBeGreaterThan(2);
    expect(bundle?.refusals.map((line) => line.code)).toEqual(['PARCEL_SILENT', 'audit.exported']);
    expect(await exportProcess(bench.database, 'uma', busy)).toBeNull();
  });

  it('erases the contents of what is over, and the chain still verifies', async () => {
    expect(await eraseContents(bench.database, { tenantId: TENANT, processId: busy }, 'ava')).toBeNull();
    for (const effect of await bench.effects(busy)) await bench.confirm(effect.id);
    expect(await bench.step(busy)).toMatchObject({ over: true });
    expect(await eraseContents(bench.database, { tenantId: TENANT, processId: busy }, 'ava')).toBeGreaterThan(
      10,
    );
    expect((await verifyChain(bench.database, TENANT)).problems).toEqual([]);
    const report = await redecide(bench.database, registry, { tenantId: TENANT, processId: busy });
    expect(report).toMatchObject({ checked: 0, differences: [] });
    expect(report.erased).toBeGreaterThan(10);
    const left = await raw(bench.url, async (client) =>
      client.query(`select 1 from event_details where fired::text like '%Said so.%' and process_id = '${busy}'
        union all select 1 from inbox where payload::text like '%Said so.%' and process_id = '${busy}'`),
    );
    expect(left.rowCount).toBe(0);
  });

  it('leaves a process alone that a late fact makes live again meanwhile', async () => {
    const id = await aParcel(bench, 'late');
    await bench.accept(id, { kind: 'command', name: 'end' });
    await settle(bench, id);
    for (const effect of await bench.effects(id)) await bench.confirm(effect.id);
    expect(await bench.step(id)).toMatchObject({ over: true });
    let erased: number | null = 0;
    await beside(
      bench,
      async (database) =>
        database.as('step', { tenant: TENANT }, async (trx) =>
          trx.run('update processes set over = false where id = :id', { id }),
        ),
      async (database) => {
        erased = await eraseContents(database, { tenantId: TENANT, processId: id }, 'ava');
      },
    );
    expect(erased).toBeNull();
  });
});
