/** Accepting work, doing effects, parking what is broken, and finding what waits. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { PoisonError } from '../../domain/kernel/advance.js';
import { listParked, retryParked, skipParked } from '../../db/store/park.js';
import { decideUnknown, listUnknown } from '../../db/store/unknown.js';
import type { Claim } from '../../db/store/types.js';
import { readAttention } from '../../db/read/attention.js';
import { readStanding } from '../../db/read/gauges.js';
import { aParcel, names, settle } from './support/bench.js';
import { MINUTE } from './support/parcel.js';
import { acceptance, key, postgresBench, type PostgresBench } from './support/postgres-bench.js';
import { TENANT } from './support/world.js';

let bench: PostgresBench;
beforeAll(async () => {
  bench = await postgresBench(12);
});
afterAll(async () => {
  await bench.close();
});

const answer = (text: string) => ({ kind: 'command', name: 'answer', payload: { text } }) as const;
const at = (processId: string) => ({ tenantId: TENANT, processId });

async function firstEffect(processId: string): Promise<string> {
  const [effect] = await bench.effects(processId);
  if (!effect) throw new Error('The process has no effect.');
  return effect.id;
}

async function claimed(effectId: string, claimMs = MINUTE): Promise<Claim & { readonly expired: boolean }> {
  const claim = await bench.work.claim(TENANT, effectId, (await bench.now()) + 1, claimMs);
  if (!claim || 'setAside' in claim) throw new Error('The effect cannot be claimed.');
  return claim;
}

/** Processes that are not over and have rows older than that. */
async function waitingIds(olderThanMs: number): Promise<readonly string[]> {
  return (await bench.work.waitingRows('notOver', olderThanMs, 100)).map((row) => row.processId);
}

describe('accepting', () => {
  it('gives the rows of a process their numbers in the order of acceptance', async () => {
    const id = await aParcel(bench);
    const taken = await Promise.all(
      Array.from({ length: 10 }, async (_, n) => bench.accept(id, answer(`${n}`))),
    );
    const rows = await bench.inTenant(async (trx) =>
      trx.rows<{ id: string; number: number; acceptedAt: Date }>(
        'select id, number, accepted_at as "acceptedAt" from inbox where process_id = :id and number > 1 order by number',
        { id },
      ),
    );
    expect(rows.map((row) => row.number)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const instants = rows.map((row) => row.acceptedAt.getTime());
    expect(instants).toEqual([...instants].sort((a, b) => a - b));
    expect(new Set(rows.map((row) => row.id))).toEqual(new Set(taken.map((one) => one.inboxId)));
  });

  it('binds a key once, shows the row to whoever repeats it, and refuses it for another body', async () => {
    const id = await aParcel(bench);
    const keyed = acceptance(id, answer('a'), { key: key('k1', 'a') });
    const answers = await Promise.all(Array.from({ length: 8 }, async () => bench.work.accept(keyed)));
    const kinds = answers.map((one) => one.kind).sort();
    expect(kinds).toEqual(['accepted', ...Array.from({ length: 7 }, () => 'known')]);
    expect(new Set(answers.map((one) => ('inboxId' in one ? one.inboxId : ''))).size).toBe(1);
    const other = acceptance(id, answer('b'), { key: key('k1', 'b') });
    expect((await bench.work.accept(other)).kind).toBe('conflict');
    const somebodyElse = acceptance(id, answer('b'), { key: key('k1', 'b', 'otto') });
    expect((await bench.work.accept(somebodyElse)).kind).toBe('accepted');
  });

  it('starts a process once, however many ask at the same moment', async () => {
    const start = { kind: 'start', name: 'start', payload: { title: 'twin' } } as const;
    const ask = async (n: number) =>
      bench.work.accept(acceptance('par_twin', start, { key: key(`t${n}`, 'same') }));
    const kinds = (await Promise.all([ask(1), ask(2), ask(3)])).map((one) => one.kind).sort();
    expect(kinds).toEqual(['accepted', 'known', 'known']);
    await settle(bench, 'par_twin');
    expect(names(await bench.events('par_twin'))).toEqual(['sent']);
  });

  it('leaves no process behind when the key of a start is bound already', async () => {
    const id = await aParcel(bench);
    await bench.work.accept(acceptance(id, answer('x'), { key: key('bound', 'x') }));
    const start = { kind: 'start', name: 'start', payload: { title: 'ghost' } } as const;
    const refused = await bench.work.accept(acceptance('par_ghost', start, { key: key('bound', 'ghost') }));
    expect(refused.kind).toBe('conflict');
    expect(
      await bench.inTenant(async (trx) => trx.row(`select 1 from processes where id = 'par_ghost'`)),
    ).toBeNull();
  });

  it('knows no process that is not there or that another tenant has', async () => {
    const id = await aParcel(bench);
    expect((await bench.work.accept(acceptance('par_none', answer('x')))).kind).toBe('noProcess');
    const foreign = acceptance(id, answer('x'), { tenantId: 'umbra' });
    expect((await bench.work.accept(foreign)).kind).toBe('noProcess');
  });

  it('says busy when a step holds the process for longer than a second', async () => {
    const id = await aParcel(bench);
    const holder = new pg.Client({ connectionString: bench.url });
    await holder.connect();
    try {
      await holder.query('begin');
      await holder.query('select 1 from processes where id = $1 for update', [id]);
      const began = performance.now();
      expect((await bench.work.accept(acceptance(id, answer('x')))).kind).toBe('busy');
      expect(performance.now() - began).toBeLessThan(2_500);
    } finally {
      await holder.end();
    }
    expect((await bench.work.accept(acceptance(id, answer('x')))).kind).toBe('accepted');
  });

  it('takes one step at a time when several ask for the same process', async () => {
    const id = await aParcel(bench);
    for (let n = 0; n < 5; n += 1)
      await bench.accept(id, { kind: 'signal', name: 'arrived', payload: { place: `${n}` } });
    await Promise.all(Array.from({ length: 12 }, async () => bench.step(id)));
    const events = await bench.events(id);
    expect(events.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5, 6]);
    const stored = await bench.inTenant(async (trx) =>
      trx.row<{ data: { places: string[] } }>('select data from processes where id = :id', { id }),
    );
    expect(stored?.data.places).toEqual(['0', '1', '2', '3', '4']);
  });
});

describe('effects', () => {
  it('gives an effect to one of many that ask, and to nobody while the claim holds', async () => {
    const effectId = await firstEffect(await aParcel(bench));
    const now = (await bench.now()) + 1;
    const claims = await Promise.all(
      Array.from({ length: 8 }, async () => bench.work.claim(TENANT, effectId, now, MINUTE)),
    );
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
    expect(claims.find((claim) => claim !== null)).toMatchObject({
      fence: 1,
      attempt: 1,
      expired: false,
      slug: 'parcel',
      intent: { kind: 'mail', content: { notice: 'hello', recipient: 'gwen' } },
    });
  });

  it('turns away whoever settles after his claim went to somebody else', async () => {
    const effectId = await firstEffect(await aParcel(bench));
    const sleeper = await claimed(effectId, 1);
    await bench.skip(MINUTE);
    const second = await claimed(effectId);
    expect(second).toMatchObject({ expired: true, fence: 2, attempt: 2 });
    const confirmed = { kind: 'confirmed', evidence: { by: 'sleeper' } } as const;
    expect(await bench.work.settle(sleeper, confirmed, null)).toEqual({ fenced: true, advance: false });
    expect(await bench.work.settle(second, confirmed, null)).toEqual({ fenced: false, advance: false });
    expect(await bench.work.settle(second, confirmed, null)).toEqual({ fenced: true, advance: false });
    expect(await bench.work.claim(TENANT, effectId, await bench.now(), MINUTE)).toBeNull();
  });

  it('takes no claim away for a clock that runs ahead', async () => {
    const effectId = await firstEffect(await aParcel(bench));
    await claimed(effectId);
    const ahead = (await bench.now()) + 60 * MINUTE;
    expect(await bench.work.claim(TENANT, effectId, ahead, MINUTE)).toBeNull();
  });

  it('puts the report of a settlement into the inbox with it, once', async () => {
    const id = await aParcel(bench);
    const claim = await claimed(await firstEffect(id));
    const signal = { name: 'delivered', payload: {} };
    const settled = await bench.work.settle(
      claim,
      { kind: 'confirmed', evidence: { line: '250 ok' } },
      signal,
    );
    expect(settled).toEqual({ fenced: false, advance: true });
    await bench.work.settle(claim, { kind: 'confirmed', evidence: {} }, signal);
    await settle(bench, id);
    expect(names(await bench.events(id))).toEqual(['sent', 'delivered']);
  });

  it('tries a deferred effect again at its time', async () => {
    const id = await aParcel(bench);
    const claim = await claimed(await firstEffect(id));
    const nextAttemptAt = (await bench.now()) + 5 * MINUTE;
    const deferred = { kind: 'deferred', problem: 'no server', nextAttemptAt } as const;
    expect(await bench.work.settle(claim, deferred, null)).toMatchObject({ advance: true });
    expect((await bench.step(id)).effects).toEqual([{ id: claim.effectId, kind: 'mail', nextAttemptAt }]);
    expect(await bench.work.claim(TENANT, claim.effectId, nextAttemptAt - 1, MINUTE)).toBeNull();
    expect(await bench.work.claim(TENANT, claim.effectId, nextAttemptAt, MINUTE)).toMatchObject({
      attempt: 2,
    });
  });

  it('leaves an unknown outcome to a person, and does what he decides', async () => {
    const id = await aParcel(bench);
    const claim = await claimed(await firstEffect(id));
    await bench.work.settle(claim, { kind: 'unknown', problem: 'cut off after DATA' }, null);
    expect((await bench.step(id)).effects).toEqual([]);
    expect(await readAttention(bench.database, 'olga', 10)).toMatchObject([]);
    expect(await readAttention(bench.database, 'otto', 10)).toMatchObject([
      { processId: id, subject: claim.effectId, people: ['otto'], problem: 'cut off after DATA' },
    ]);
    expect(await listUnknown(bench.database, TENANT, 10)).toMatchObject([{ effectId: claim.effectId }]);
    const again = { verdict: 'resend', by: 'otto', reason: 'The server has no trace of it.' } as const;
    const done = { verdict: 'done', by: 'olga', reason: 'The recipient has it.' } as const;
    expect(await decideUnknown(bench.database, claim, again, null)).toEqual({ processId: id });
    expect(await decideUnknown(bench.database, claim, done, null)).toBeNull();
    const second = await claimed(claim.effectId);
    expect(second).toMatchObject({ fence: 2, expired: false });
    expect(await readAttention(bench.database, 'otto', 10)).toEqual([]);
    await bench.work.settle(second, { kind: 'unknown', problem: 'cut off after DATA' }, null);
    expect(await decideUnknown(bench.database, claim, { ...again, by: 'olga' }, null)).not.toBeNull();
    const third = await claimed(claim.effectId);
    await bench.work.settle(third, { kind: 'confirmed', evidence: { line: '250 ok' } }, null);
    const [{ evidence } = {}] = await bench.database.as('admin', {}, async (trx) =>
      trx.rows<{ evidence: unknown }>('select evidence from effects where id = :id', { id: claim.effectId }),
    );
    expect(evidence).toMatchObject({
      line: '250 ok',
      resends: 2,
      decisions: [again, { ...again, by: 'olga' }],
    });
  });

  it('asks for one more step when the last effect of a closed process is settled', async () => {
    const id = await aParcel(bench);
    await bench.accept(id, { kind: 'command', name: 'end' });
    expect(await settle(bench, id)).toMatchObject({ closed: true, over: false });
    const claim = await claimed(await firstEffect(id));
    const settled = await bench.work.settle(claim, { kind: 'failed', problem: 'no such mailbox' }, null);
    expect(settled).toEqual({ fenced: false, advance: true });
    expect(await bench.step(id)).toMatchObject({ over: true });
  });
});

describe('what cannot be decided', () => {
  async function poisoned(processId: string): Promise<PoisonError> {
    try {
      await bench.step(processId);
    } catch (error) {
      if (!(error instanceof PoisonError)) throw error;
      await bench.work.park(at(processId), error.trigger, error.message);
      return error;
    }
    throw new Error('The step went well.');
  }

  it('is not work that waits for a worker: what came behind it raises no alarm of its own', async () => {
    const id = await aParcel(bench);
    const other = await aParcel(bench);
    const hourOld = async (processId: string) => {
      const { inboxId } = await bench.accept(processId, answer('behind'));
      await bench.inTenant(async (trx) =>
        trx.run(`update inbox set accepted_at = accepted_at - interval '1 hour' where id = :inboxId`, {
          inboxId,
        }),
      );
    };
    const oldest = async () => (await readStanding(bench.database)).inbox.oldestSeconds;
    await bench.work.park(at(id), null, 'a defect');
    await hourOld(id);
    expect(await oldest()).toBeLessThan(1_800);
    await hourOld(other);
    expect(await oldest()).toBeGreaterThan(1_800);
    await retryParked(bench.database, at(id), 'otto');
    for (const one of [id, other]) await settle(bench, one);
  });

  it('parks a row and blocks its process, and no other one', async () => {
    const id = await aParcel(bench);
    const other = await aParcel(bench);
    const taken = await bench.accept(id, { kind: 'command', name: 'crash' });
    await bench.accept(id, answer('behind'));
    await poisoned(id);
    expect(await bench.work.readInbox(TENANT, taken.inboxId)).toMatchObject({
      state: 'parked',
      answer: null,
    });
    expect(await bench.step(id)).toMatchObject({ blocked: true, pending: false, answers: {} });
    await bench.accept(other, answer('fine'));
    expect(await settle(bench, other)).toMatchObject({ blocked: false, seq: 2 });
    expect(await listParked(bench.database, TENANT, 10)).toMatchObject([
      { processId: id, trigger: { inboxId: taken.inboxId }, problem: 'This rule has a defect.' },
    ]);
    expect((await readAttention(bench.database, 'otto', 10)).map((line) => line.problem)).toContain(
      'This rule has a defect.',
    );
    expect(await waitingIds(-MINUTE)).not.toContain(id);
  });

  it('answers a skipped row and goes on with the next one', async () => {
    const id = await aParcel(bench);
    const taken = await bench.accept(id, { kind: 'command', name: 'crash' });
    await bench.accept(id, answer('behind'));
    await poisoned(id);
    expect(await skipParked(bench.database, at(id), 'otto', 'asked by mistake')).toBe(true);
    expect(await bench.answer(id, taken.inboxId)).toMatchObject({ outcome: 'skipped', seq: 1 });
    await settle(bench, id);
    expect(names(await bench.events(id))).toEqual(['sent', 'answered']);
    expect(await skipParked(bench.database, at(id), 'otto', 'again')).toBe(false);
  });

  it('tries the same row again after a retry', async () => {
    const id = await aParcel(bench);
    const taken = await bench.accept(id, { kind: 'command', name: 'crash' });
    await poisoned(id);
    expect(await retryParked(bench.database, at(id), 'otto')).toBe(true);
    const again = await poisoned(id);
    expect(again.trigger).toEqual({ inboxId: taken.inboxId });
  });

  it('takes a mark that cannot be decided out of its clock, and the ladder climbs on', async () => {
    const id = await aParcel(bench);
    await bench.accept(id, { kind: 'command', name: 'breakLadder' });
    await bench.accept(id, answer('x'));
    await settle(bench, id);
    await bench.skip(31 * MINUTE);
    const error = await poisoned(id);
    expect(error.trigger).toEqual({ clock: 'ladder', key: '', step: 'again' });
    expect(await bench.step(id)).toMatchObject({ blocked: true });
    await skipParked(bench.database, at(id), 'otto', 'known defect');
    await settle(bench, id);
    expect(names(await bench.events(id)).at(-1)).toBe('markSkipped');
    await bench.skip(31 * MINUTE);
    expect((await poisoned(id)).trigger).toEqual({ clock: 'ladder', key: '', step: 'again' });
  });
});

describe('what waits', () => {
  it('is found by age and urgency, with ids only', async () => {
    const id = await aParcel(bench);
    await bench.accept(id, answer('x'));
    expect(await waitingIds(MINUTE)).not.toContain(id);
    await bench.skip(2 * MINUTE);
    const waiting = await bench.work.waitingRows('notOver', MINUTE, 100);
    expect(waiting).toContainEqual({ tenantId: TENANT, processId: id, slug: 'parcel', over: false });
    expect(await bench.work.waitingRows('urgent', MINUTE, 100)).toEqual([]);
    await settle(bench, id);
    expect(await waitingIds(MINUTE)).not.toContain(id);
  });

  it('is asked for apart where the process is over', async () => {
    const id = await aParcel(bench);
    await bench.accept(id, { kind: 'command', name: 'end' });
    await settle(bench, id);
    for (const effect of await bench.effects(id)) await bench.confirm(effect.id);
    await bench.step(id);
    await bench.accept(id, answer('late'));
    const late = { tenantId: TENANT, processId: id, slug: 'parcel', over: true };
    expect(await bench.work.waitingRows('over', -MINUTE, 100)).toEqual([late]);
    expect(await waitingIds(-MINUTE)).not.toContain(id);
    await settle(bench, id);
    expect(await bench.work.waitingRows('over', -MINUTE, 100)).toEqual([]);
  });

  it('includes effects that nobody does, and claims that expired', async () => {
    const effectId = await firstEffect(await aParcel(bench));
    const find = async () => (await bench.work.waitingEffects(MINUTE, 1000)).map((effect) => effect.effectId);
    expect(await find()).not.toContain(effectId);
    await bench.skip(2 * MINUTE);
    expect(await find()).toContain(effectId);
    await claimed(effectId, MINUTE);
    expect(await find()).not.toContain(effectId);
    await bench.skip(3 * MINUTE);
    expect(await find()).toContain(effectId);
  });

  it('lists every process that is not over, next due first, page by page', async () => {
    const everyId = await bench.inTenant(async (trx) =>
      trx.rows<{ id: string }>('select id from processes where not over'),
    );
    const found: string[] = [];
    const dues: number[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < 100; page += 1) {
      const rows = await bench.work.notOver(cursor, 3);
      found.push(...rows.map((row) => row.processId));
      dues.push(...rows.map((row) => row.nextDueAt ?? Infinity));
      cursor = rows.at(-1)?.cursor ?? null;
      if (rows.length < 3) break;
    }
    expect([...found].sort()).toEqual(everyId.map((row) => row.id).sort());
    expect(dues).toEqual([...dues].sort((a, b) => a - b));
  });

  it('tells of a process whether it waits for its operator, and whether anything is left to do', async () => {
    const standing = async (id: string) =>
      (await bench.work.notOver(null, 1_000)).find((row) => row.processId === id);
    const id = await aParcel(bench);
    expect(await standing(id)).toMatchObject({ blocked: false, settled: false });
    await bench.accept(id, { kind: 'command', name: 'end' });
    await settle(bench, id);
    expect(await standing(id)).toMatchObject({ nextDueAt: null, settled: false });
    for (const effect of await bench.effects(id)) await bench.confirm(effect.id);
    expect(await standing(id)).toMatchObject({ blocked: false, settled: true });
    await bench.accept(id, { kind: 'signal', name: 'arrived', payload: { place: 'Oslo' } });
    expect(await standing(id)).toMatchObject({ settled: false });
    await settle(bench, id);
    expect(await standing(id)).toBeUndefined();
    const outliving = await aParcel(bench);
    await bench.accept(outliving, { kind: 'command', name: 'finish' });
    await settle(bench, outliving);
    for (const effect of await bench.effects(outliving)) await bench.confirm(effect.id);
    expect(await standing(outliving)).toMatchObject({ settled: false });
    const unbegun = await bench.send('unbegun');
    expect(await standing(unbegun)).toMatchObject({ settled: false });
    await bench.parkStart(unbegun);
    await bench.giveUp(unbegun);
    expect(await standing(unbegun)).toMatchObject({ settled: true });
    const sick = await aParcel(bench);
    await bench.work.park(at(sick), null, 'a defect');
    expect(await standing(sick)).toMatchObject({ blocked: true, settled: false });
  });
});
