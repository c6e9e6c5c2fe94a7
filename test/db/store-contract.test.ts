/** What both stores promise to a step, and what only the store of record can show. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aParcel, names, settle, type Bench } from './support/bench.js';
import { memoryBench } from './support/memory-bench.js';
import { MINUTE } from './support/parcel.js';
import { postgresBench } from './support/postgres-bench.js';

const makers: readonly [string, () => Promise<Bench>][] = [
  ['the store in memory', async () => memoryBench()],
  ['the store of record', async () => postgresBench()],
];

describe.each(makers)('%s', (_name, make) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await make();
  });
  afterAll(async () => {
    await bench.close();
  });

  it('starts a process with its clocks, its effects and its tasks', async () => {
    const id = await bench.send('first');
    const result = await bench.step(id);
    expect(result).toMatchObject({ seq: 1, closed: false, over: false, pending: false, blocked: false });
    expect(result.effects).toHaveLength(1);
    expect(result.nextDue).toBe('answer half');
    const [event] = await bench.events(id);
    expect(event).toMatchObject({ event: 'parcel.sent', from: null, to: 'open', seq: 1, ownerId: 'olga' });
    expect(await bench.tasks(id)).toMatchObject([{ command: 'answer', clock: 'answer', people: ['olga'] }]);
  });

  it('takes nothing when nothing is due', async () => {
    const id = await aParcel(bench);
    const before = await bench.events(id);
    expect((await bench.step(id)).seq).toBe(1);
    expect(await bench.events(id)).toEqual(before);
  });

  it('says that a process it does not have is over', async () => {
    expect(await bench.step('par_nowhere')).toMatchObject({ over: true, seq: 0 });
  });

  it('takes what happened first: a mark that fell due before a command was accepted', async () => {
    const id = await aParcel(bench);
    await bench.skip(21 * MINUTE);
    await bench.accept(id, { kind: 'command', name: 'answer', payload: { text: 'late' } });
    await settle(bench, id);
    expect(names(await bench.events(id))).toEqual(['sent', 'reminded', 'missed', 'answered']);
  });

  it('counts a command that was accepted in time as in time, whenever it is processed', async () => {
    const id = await aParcel(bench);
    await bench.skip(11 * MINUTE);
    const taken = await bench.accept(id, { kind: 'command', name: 'answer', payload: { text: 'in time' } });
    await bench.skip(60 * MINUTE);
    await bench.step(id);
    await bench.step(id);
    const events = await bench.events(id);
    expect(names(events)).toEqual(['sent', 'reminded', 'answered']);
    expect(events[2]?.at).toBe(taken.acceptedAt);
    expect(events[2]?.operations).toMatchObject([{ op: 'met', clock: 'answer' }]);
  });

  it('leaves nothing behind a refusal but the answer and its entry in the audit', async () => {
    const id = await aParcel(bench);
    const before = await bench.events(id);
    const taken = await bench.accept(id, { kind: 'command', name: 'answer', payload: { text: '' } });
    const result = await bench.step(id);
    expect(result.answers).toEqual({ [taken.inboxId]: 'refused' });
    expect(await bench.answer(id, taken.inboxId)).toMatchObject({
      outcome: 'refused',
      code: 'PARCEL_SILENT',
      seq: 1,
    });
    expect(await bench.events(id)).toEqual(before);
    expect(await bench.refusals(id)).toEqual(['PARCEL_SILENT']);
  });

  it('refuses a command for another state of the process than the caller has seen', async () => {
    const id = await aParcel(bench);
    const work = { kind: 'command', name: 'answer', payload: { text: 'x' }, expectedSeq: 7 } as const;
    const taken = await bench.accept(id, work);
    await bench.step(id);
    expect(await bench.answer(id, taken.inboxId)).toMatchObject({ code: 'PROCESS_STALE' });
  });

  it('keeps a signal that comes too late as late information and moves nothing', async () => {
    const id = await aParcel(bench);
    await bench.accept(id, { kind: 'command', name: 'end' });
    await settle(bench, id);
    const taken = await bench.accept(id, { kind: 'signal', name: 'arrived', payload: { place: 'Oslo' } });
    await settle(bench, id);
    expect(await bench.answer(id, taken.inboxId)).toMatchObject({ outcome: 'late', status: 'done' });
    expect((await bench.events(id)).at(-1)).toMatchObject({ event: 'parcel.late.arrived', seq: 3, to: null });
  });

  it('plans an effect once for a business key', async () => {
    const id = await aParcel(bench);
    await bench.accept(id, { kind: 'command', name: 'child' });
    await bench.accept(id, { kind: 'command', name: 'child' });
    await settle(bench, id);
    expect(names(await bench.events(id))).toEqual(['sent', 'childSent', 'childSent']);
    const keys = (await bench.effects(id)).map((effect) => effect.key);
    expect(keys.filter((key) => key.includes('child'))).toHaveLength(1);
  });

  it('cancels what runs when a process closes, and finds it over once its effects are settled', async () => {
    const id = await aParcel(bench);
    await bench.accept(id, { kind: 'command', name: 'end' });
    const closed = await settle(bench, id);
    expect(closed).toMatchObject({ closed: true, over: false, nextDue: null });
    const last = (await bench.events(id)).at(-1);
    expect(last?.operations.map(({ op, clock }) => `${op} ${clock}`)).toEqual([
      'cancelled answer',
      'cancelled ladder',
    ]);
    expect(await bench.tasks(id)).toEqual([]);
    for (const effect of await bench.effects(id)) await bench.confirm(effect.id);
    expect(await bench.step(id)).toMatchObject({ closed: true, over: true, nextDueAt: null });
  });

  it('is not over any more while a late fact leaves something to do', async () => {
    const id = await aParcel(bench);
    await bench.accept(id, { kind: 'command', name: 'end' });
    await settle(bench, id);
    const [first] = await bench.effects(id);
    for (const effect of await bench.effects(id)) await bench.confirm(effect.id);
    await bench.step(id);
    expect(await bench.isOver(id)).toBe(true);
    // The message came back after the end: somebody else is told instead.
    const about = { role: 'guest', show: {}, link: null, urgent: true, at: await bench.now() };
    const content = { notice: 'hello', recipient: first?.key.split('|').at(-1), instead: [], ...about };
    const payload = { effectKey: first?.key ?? '', content, status: '5.1.1' };
    await bench.accept(id, { kind: 'signal', name: 'undeliverable', payload });
    await settle(bench, id);
    expect(await bench.isOver(id)).toBe(false);
    const instead = (await bench.effects(id)).filter(({ state }) => state === 'planned');
    expect(instead).toHaveLength(1);
    for (const effect of instead) await bench.confirm(effect.id);
    await bench.step(id);
    expect(await bench.isOver(id)).toBe(true);
  });

  it('lets a clock that the closing row starts outlive the end', async () => {
    const id = await aParcel(bench);
    await bench.accept(id, { kind: 'command', name: 'finish' });
    await settle(bench, id);
    for (const effect of await bench.effects(id)) await bench.confirm(effect.id);
    expect(await bench.step(id)).toMatchObject({ closed: true, over: false, nextDue: 'window close' });
    await bench.skip(61 * MINUTE);
    expect(await settle(bench, id)).toMatchObject({ over: true });
    expect(names(await bench.events(id)).at(-1)).toBe('closed');
  });

  it('keeps a paused clock, and moves its marks by the pause', async () => {
    const id = await aParcel(bench);
    await bench.accept(id, { kind: 'command', name: 'hold' });
    await settle(bench, id);
    await bench.skip(100 * MINUTE);
    await bench.accept(id, { kind: 'command', name: 'release' });
    await settle(bench, id);
    expect(names(await bench.events(id))).toEqual(['sent', 'held', 'released']);
    await bench.skip(11 * MINUTE);
    await settle(bench, id);
    expect(names(await bench.events(id)).at(-1)).toBe('reminded');
  });

  it('starts a clock again as its next run', async () => {
    const id = await aParcel(bench);
    await bench.accept(id, { kind: 'command', name: 'restart' });
    await settle(bench, id);
    const operations = (await bench.events(id))
      .at(-1)
      ?.operations.map(({ op, clock, run }) => `${op} ${clock} ${run}`);
    expect(operations).toEqual([
      'cancelled ladder 1',
      'started ladder 2',
      'cancelled answer 1',
      'started answer 2',
    ]);
    await bench.skip(31 * MINUTE);
    await settle(bench, id);
    expect(names(await bench.events(id)).slice(2)).toEqual(['reminded', 'missed', 'climbed']);
  });

  it('reports a defect of a rule with the trigger that met it, and writes nothing', async () => {
    const id = await aParcel(bench);
    const taken = await bench.accept(id, { kind: 'command', name: 'crash' });
    await expect(bench.step(id)).rejects.toMatchObject({
      name: 'PoisonError',
      trigger: { inboxId: taken.inboxId },
    });
    expect(names(await bench.events(id))).toEqual(['sent']);
    expect(await bench.answer(id, taken.inboxId)).toBeNull();
  });

  it('does not take a process for over while its start is set aside, whatever else is asked of it', async () => {
    const id = await unbegun(bench);
    await bench.accept(id, { kind: 'signal', name: 'arrived', payload: { place: 'Oslo' } });
    expect(await bench.step(id)).toMatchObject({ closed: false, over: false, blocked: true, pending: false });
    expect(await bench.isOver(id)).toBe(false);
  });

  it('takes a process for over when its start is given up', async () => {
    const id = await unbegun(bench);
    await bench.giveUp(id);
    expect(await bench.step(id)).toMatchObject({ closed: true, over: true, seq: 0 });
    expect(await bench.isOver(id)).toBe(true);
  });

  it('refuses whatever else waits for a process that never began, also what the system asks', async () => {
    const id = await unbegun(bench);
    const rows = [
      await bench.accept(id, { kind: 'system', name: 'recalculate' }),
      await bench.accept(id, { kind: 'signal', name: 'arrived', payload: { place: 'Oslo' } }),
      await bench.accept(id, { kind: 'command', name: 'end' }),
    ];
    await bench.giveUp(id);
    expect(await bench.step(id)).toMatchObject({ over: false, pending: true });
    expect(await settle(bench, id)).toMatchObject({ over: true, seq: 0 });
    for (const { inboxId } of rows)
      expect(await bench.answer(id, inboxId)).toMatchObject({ outcome: 'refused', code: 'PROCESS_STATUS' });
    expect(await bench.events(id)).toEqual([]);
    expect(await bench.refusals(id)).toEqual(rows.map(() => 'PROCESS_STATUS'));
  });
});

/** A process whose start could not be decided. */
async function unbegun(bench: Bench): Promise<string> {
  const id = await bench.send('unbegun');
  await bench.parkStart(id);
  return id;
}
