/** What one trigger does: clocks, ties, refusals, late information, undeliverable mail, notes, keys of effects. */
import { describe, expect, it } from '@jest/globals';
import { PoisonError, StoreBehindError, advance } from '../../domain/kernel/advance.js';
import type { MemoryEffect } from '../../domain/kernel/memory-store.js';
import type { MailContent } from '../../domain/kernel/state.js';
import { TENANT } from '../support/world.js';
import { hour, MONDAY, ParcelWorld, registry } from './parcel-world.js';

const story = (world: ParcelWorld, ...names: string[]) =>
  world.story.filter((line) => names.includes(line.split('@')[0] ?? ''));

describe('a mark of a clock', () => {
  it('does nothing an instant before it is due, and fires at the instant', async () => {
    const world = await ParcelWorld.open({ pack: 4 });
    await world.runTo(hour(2) - 1);
    expect(world.story).toEqual(['opened@0']);
    await world.runTo(hour(2));
    expect(world.story).toEqual(['opened@0', 'packReminded@2']);
  });

  it('keeps its due instant as the business instant, however late it is taken', async () => {
    const world = await ParcelWorld.open({ pack: 4 });
    await world.runTo(hour(4.5));
    expect(story(world, 'packReminded', 'packMissed')).toEqual(['packReminded@2', 'packMissed@4']);
  });

  it('gives way to a command of the same instant', async () => {
    const world = await ParcelWorld.open({ pack: 4, receivers: [] });
    const inTime = world.row('command', 'send', {}, hour(4));
    await world.runTo(hour(9));
    expect(world.store.answerOf('par_1', inTime)?.outcome).toBe('accepted');
    expect(story(world, 'packMissed')).toEqual([]);
    expect(world.state.status).toBe('sent');
  });

  it('comes before a command that was accepted an instant later, though both are taken together', async () => {
    const world = await ParcelWorld.open({ pack: 4, receivers: [] });
    world.row('command', 'send', {}, hour(4) + 1);
    await world.runTo(hour(9));
    expect(world.story.slice(0, 3)).toEqual(['opened@0', 'packReminded@2', 'packMissed@4']);
    expect(world.state.status).toBe('sent');
  });

  it('is not taken by a runner whose clock runs ahead of the business clock', async () => {
    const world = await ParcelWorld.open({ pack: 4 });
    await world.store.step({ tenantId: TENANT, processId: 'par_1', now: MONDAY }, async (tx) => {
      const loaded = await tx.load();
      expect(loaded?.state?.seq).toBe(1);
    });
    const slow = {
      step: <T>(
        at: Parameters<typeof world.store.step>[0],
        work: Parameters<typeof world.store.step<T>>[1],
      ) => world.store.step({ ...at, now: MONDAY }, work),
    };
    const at = { tenantId: TENANT, processId: 'par_1', now: hour(1000), lastSeq: 1 };
    const result = await advance(slow, registry, at);
    expect(result).toMatchObject({ seq: 1, nextDueAt: hour(2), nextDue: 'pack half' });
  });

  it('that repeats fires again and again, each time counted from the due instant before', async () => {
    const world = await ParcelWorld.open({ pack: 4 });
    await world.runTo(hour(20));
    expect(story(world, 'packChased')).toEqual(['packChased@9', 'packChased@14', 'packChased@19']);
    expect(world.clock('pack')?.marks.at(-1)).toMatchObject({ repeat: 3, dueAt: hour(24) });
  });

  it('breaks a promise, which stays broken when it is kept later', async () => {
    const world = await ParcelWorld.open({ pack: 4, receivers: [] });
    await world.command('send', {}, hour(5));
    const pack = world.store.steps.flatMap(({ decision }) =>
      decision.kind === 'accepted' ? decision.ended.filter((clock) => clock.name === 'pack') : [],
    );
    expect(pack).toMatchObject([{ outcome: 'missed', missedAt: hour(4), endedAt: hour(5) }]);
  });
});

describe('a clock that counts from an earlier instant', () => {
  it('begins at the step that its age has earned, once, and passes over the steps before', async () => {
    const world = await ParcelWorld.open({ pack: 400, openedAt: hour(-25) });
    await world.runTo(hour(4));
    expect(story(world, 'climbed')).toEqual(['climbed@0']);
    expect(world.clock('climb')?.marks.map((mark) => mark.state)).toEqual(['passed', 'fired', 'armed']);
    await world.runTo(hour(5));
    expect(story(world, 'climbed')).toEqual(['climbed@0', 'climbed@5']);
    expect(world.clock('climb')).toBeUndefined();
  });
});

describe('after an outage', () => {
  it('a ladder that counts from the due instants catches up step by step', async () => {
    const world = await ParcelWorld.open({ pack: 400 });
    await world.runTo(hour(26));
    expect(story(world, 'climbed')).toEqual(['climbed@10', 'climbed@20']);
  });

  it('a ladder that counts from now moves its later steps by the delay', async () => {
    const world = await ParcelWorld.open({ pack: 400 });
    await world.runTo(hour(26));
    expect(story(world, 'calmed')).toEqual(['calmed@10']);
    expect(world.clock('calm')?.marks[1]).toMatchObject({ dueAt: hour(36), shiftMs: 16 * 3_600_000 });
    await world.runTo(hour(36));
    expect(story(world, 'calmed')).toEqual(['calmed@10', 'calmed@36']);
  });

  it('a delay of a few minutes moves nothing', async () => {
    const world = await ParcelWorld.open({ pack: 400 });
    await world.runTo(hour(10) + 4 * 60_000);
    expect(world.clock('calm')?.marks[1]).toMatchObject({ dueAt: hour(20), shiftMs: 0 });
  });
});

describe('a paused clock', () => {
  it('fires nothing, and moves the marks to come by what the pause took', async () => {
    const world = await ParcelWorld.open({ pack: 4 });
    await world.command('pause', {}, hour(1));
    await world.runTo(hour(50));
    expect(world.story).toEqual(['opened@0', 'paused@1']);
    expect(world.clock('pack')).toMatchObject({
      outcome: 'paused',
      pauses: [{ toMs: null, cause: 'paused' }],
    });
    await world.command('resume', {}, hour(50));
    await world.runTo(hour(53));
    expect(story(world, 'packReminded', 'packMissed')).toEqual(['packReminded@51', 'packMissed@53']);
  });

  it('moves a repetition and the marks after the target as well', async () => {
    const world = await ParcelWorld.open({ pack: 4 });
    await world.command('pause', {}, hour(5));
    await world.command('resume', {}, hour(15));
    await world.runTo(hour(19));
    expect(story(world, 'packChased')).toEqual(['packChased@19']);
    await world.command('pause', {}, hour(20));
    await world.command('resume', {}, hour(30));
    await world.runTo(hour(34));
    expect(story(world, 'packChased')).toEqual(['packChased@19', 'packChased@34']);
    await world.runTo(hour(39));
    expect(story(world, 'packChased')).toEqual(['packChased@19', 'packChased@34', 'packChased@39']);
  });

  it('is left alone by a second pause and by a resume without a pause', async () => {
    const world = await ParcelWorld.open({ pack: 4 });
    await world.command('resume', {}, hour(0.5));
    expect(world.clock('pack')).toMatchObject({ outcome: 'running', pauses: [] });
    await world.command('pause', {}, hour(1));
    await world.command('pause', {}, hour(3));
    await world.command('resume', {}, hour(5));
    expect(world.clock('pack')?.pauses).toMatchObject([{ fromMs: hour(1), toMs: hour(5) }]);
  });
});

describe('a keyed clock', () => {
  it('runs for each key by itself, and ends for the one whose promise is kept', async () => {
    const world = await ParcelWorld.open();
    await world.command('send', {}, hour(1));
    await world.command('confirm', {}, hour(2), 'jan-reed');
    expect(world.clock('confirm', 'jan-reed')).toBeUndefined();
    expect(world.clock('confirm', 'maria-stone')).toBeDefined();
    await world.runTo(hour(9));
    expect(story(world, 'confirmMissed')).toEqual(['confirmMissed@9']);
    const told = world.store.events.at(-1)?.told;
    expect(told).toEqual([{ role: 'one', notice: 'confirmDue', people: ['maria-stone'] }]);
  });
});

describe('a closed status', () => {
  it('cancels every clock that its row does not start', async () => {
    const world = await ParcelWorld.open();
    await world.command('burn', {}, hour(1));
    expect(world.state).toMatchObject({ status: 'done', clocks: [] });
    const last = world.store.steps.at(-1)?.decision;
    const ended =
      last?.kind === 'accepted' ? last.ended.map(({ name, outcome }) => `${name} ${outcome}`) : [];
    expect(ended.sort()).toEqual(['calm cancelled', 'climb cancelled', 'pack cancelled']);
  });

  it('takes contact notes, and no other command', async () => {
    const world = await ParcelWorld.open();
    await world.command('burn', {}, hour(1));
    const note = await world.command('note', { text: 'A pity.' }, hour(2));
    expect(note).toMatchObject({ outcome: 'accepted', event: 'parcel.noted', status: 'done' });
    const send = await world.command('send', {}, hour(3));
    expect(send).toMatchObject({ outcome: 'refused', code: 'PROCESS_CLOSED' });
  });
});

describe('a contact note', () => {
  it.each(['packing', 'sent', 'stored'])(
    'is taken in the status %s and changes nothing else',
    async (status) => {
      const world = await ParcelWorld.open();
      if (status !== 'packing') await world.command(status === 'sent' ? 'send' : 'store', {}, hour(1));
      const { data, clocks } = world.state;
      const answer = await world.command('note', { text: 'They called.', medium: 'phone' }, hour(1.5));
      expect(answer).toMatchObject({ outcome: 'accepted', event: 'parcel.noted', status });
      expect(world.state).toMatchObject({ data, clocks });
    },
  );

  it('of a stranger is refused', async () => {
    const world = await ParcelWorld.open();
    const answer = await world.command('note', { text: 'Hello there.' }, hour(1), 'noor-dale');
    expect(answer).toMatchObject({ outcome: 'refused', code: 'PROCESS_ROLE' });
  });
});

describe('a refusal', () => {
  const cases: readonly (readonly [string, string, Record<string, unknown>, string])[] = [
    ['of a command that there is not', 'drop', {}, 'PROCESS_COMMAND'],
    ['of a command with the name of something built in', 'constructor', {}, 'PROCESS_COMMAND'],
    ['of a command of another status', 'confirm', {}, 'PROCESS_STATUS'],
    ['of details that do not fit', 'weigh', { weight: 'much' }, 'PROCESS_PAYLOAD'],
    ['of details that nobody asked for', 'weigh', { weight: 1, colour: 'red' }, 'PROCESS_PAYLOAD'],
    ['by a condition on the details', 'weigh', { weight: 31 }, 'PARCEL_TOO_HEAVY'],
    ['by a condition on what is looked up', 'store', {}, 'PARCEL_DEPOT_CLOSED'],
  ];
  it.each(cases)('%s leaves the process untouched', async (_name, command, payload, code) => {
    const world = await ParcelWorld.open();
    world.depotOpen = false;
    const before = structuredClone(world.state);
    const answer = await world.command(command, payload, hour(1));
    expect(answer).toMatchObject({ outcome: 'refused', code, seq: 1, status: 'packing' });
    expect(answer?.text).not.toBe('');
    expect(answer?.remedy).not.toBe('');
    expect(world.state).toEqual(before);
    expect(world.store.refusals).toEqual([{ processId: 'par_1', code }]);
    expect(world.store.events).toHaveLength(1);
  });

  it('says that no rule covers the case', async () => {
    const world = await ParcelWorld.open();
    await world.command('store', {}, hour(1));
    expect(await world.command('inspect', {}, hour(2))).toMatchObject({ code: 'PROCESS_CASE' });
  });

  it('says that the process has changed since it was read', async () => {
    const world = await ParcelWorld.open();
    await world.command('weigh', { weight: 1 }, hour(1));
    const stale = world.row('command', 'weigh', { weight: 2 }, hour(1.5), 'sam-rivers', 'par_1', 1);
    await world.runTo(hour(1.5));
    expect(world.store.answerOf('par_1', stale)).toMatchObject({ outcome: 'refused', code: 'PROCESS_STALE' });
    const fresh = world.row('command', 'weigh', { weight: 2 }, hour(1.5), 'sam-rivers', 'par_1', 2);
    await world.runTo(hour(1.5));
    expect(world.store.answerOf('par_1', fresh)?.outcome).toBe('accepted');
  });

  it('of a second start keeps the process as it stands', async () => {
    const world = await ParcelWorld.open();
    await world.command('weigh', { weight: 7 }, hour(1));
    const again = world.row('start', 'start', { receivers: [], openedAt: 0 }, hour(1.5));
    await world.runTo(hour(1.5));
    expect(world.store.answerOf('par_1', again)).toMatchObject({
      outcome: 'refused',
      code: 'PROCESS_STATUS',
    });
    expect(world.state.data).toMatchObject({ weight: 7 });
  });
});

describe('a process whose start was refused', () => {
  it('refuses whatever else is sent to it', async () => {
    const world = new ParcelWorld();
    const ref = { id: 'par_1', tenantId: TENANT, slug: 'parcel', epoch: 0 };
    const policy = { id: 'toy', version: 1, body: { pack: 4 } };
    world.store.put({ ref, state: null, over: false, blocked: false, policy });
    const rows = [
      world.row('start', 'start', { receivers: 'nobody' }, hour(0)),
      world.row('signal', 'scanned', { gram: 1 }, hour(1), null),
      world.row('command', 'send', {}, hour(2)),
    ];
    await world.runTo(hour(3));
    const codes = rows.map((id) => world.store.answerOf('par_1', id)?.code);
    expect(codes).toEqual(['PROCESS_PAYLOAD', 'PROCESS_STATUS', 'PROCESS_STATUS']);
    expect(world.store.events).toEqual([]);
  });
});

describe('a signal', () => {
  it('that has come too late is kept, and moves nothing', async () => {
    const world = await ParcelWorld.open();
    await world.command('send', {}, hour(1));
    const { data, clocks, status } = world.state;
    const late = world.row('signal', 'scanned', { gram: 900 }, hour(2), null);
    await world.runTo(hour(2));
    expect(world.store.answerOf('par_1', late)?.outcome).toBe('late');
    expect(world.store.events.at(-1)).toMatchObject({ event: 'parcel.late.scanned', seq: 3, to: null });
    expect(world.state).toMatchObject({ data, clocks, status, seq: 3 });
  });

  it.each(['note', 'constructor', 'toString'])(
    'named %s, which nobody declared, is late information',
    async (name) => {
      const world = await ParcelWorld.open();
      world.row('signal', name, {}, hour(1), null);
      await world.runTo(hour(1));
      expect(world.store.events.at(-1)?.event).toBe(`parcel.late.${name}`);
    },
  );

  it('that does not fit its schema is poison', async () => {
    const world = await ParcelWorld.open();
    const bad = world.row('signal', 'scanned', { gram: 'x' }, hour(1), null);
    await expect(world.step(hour(1))).rejects.toThrow(PoisonError);
    await expect(world.step(hour(1))).rejects.toMatchObject({ trigger: { inboxId: bad } });
  });
});

describe('a store that has fallen behind', () => {
  it('is not written to', async () => {
    const world = await ParcelWorld.open();
    const at = { tenantId: TENANT, processId: 'par_1', now: hour(9), lastSeq: 5 };
    await expect(advance(world.store, registry, at)).rejects.toThrow(StoreBehindError);
    expect(world.story).toEqual(['opened@0']);
  });
});

describe('mail', () => {
  const mails = (world: ParcelWorld) =>
    world.store.effects.flatMap((effect) =>
      effect.intent.kind === 'mail' ? [{ ...effect.intent.content, notBefore: effect.intent.notBefore }] : [],
    );

  it('that is not urgent waits for business hours, and goes at once when they have begun', async () => {
    const world = await ParcelWorld.open({ pack: 400 });
    await world.command('burn', {}, hour(10));
    expect(mails(world)).toMatchObject([
      { notice: 'alarm', urgent: true, notBefore: hour(10) },
      { notice: 'packDue', urgent: false, notBefore: hour(24) },
    ]);
    const open = await ParcelWorld.open({ pack: 400 });
    await open.command('burn', {}, hour(3));
    expect(mails(open).map((mail) => mail.notBefore)).toEqual([hour(3), hour(3)]);
  });

  it('shows when a clock is due after the step', async () => {
    const world = await ParcelWorld.open({ pack: 4 });
    await world.runTo(hour(2));
    expect(mails(world)).toMatchObject([{ notice: 'packDue', show: { due: { instant: hour(4) } } }]);
  });

  const undeliverable = async (world: ParcelWorld, effect: MemoryEffect, at: number) => {
    const content = effect.intent.kind === 'mail' ? effect.intent.content : null;
    const count = world.store.effects.length;
    world.row(
      'signal',
      'undeliverable',
      { effectKey: effect.intent.key, content, status: '5.1.1' },
      at,
      null,
    );
    await world.runTo(at);
    return world.store.effects.slice(count);
  };
  const recipients = (effects: readonly MemoryEffect[]) =>
    effects.map(({ intent }) => (intent.kind === 'mail' ? intent.content.recipient : intent.kind));

  it('that cannot be delivered goes to the deputy, then to the owner, then to nobody', async () => {
    const world = await ParcelWorld.open({ receivers: ['maria-stone'] });
    await world.command('send', {}, hour(1));
    const first = world.store.effects.find(({ intent }) => intent.kind === 'mail');
    if (!first) throw new Error('no mail was sent');
    const [second, ...others] = await undeliverable(world, first, hour(2));
    expect(others).toEqual([]);
    if (!second) throw new Error('no deputy was tried');
    expect(second.intent.key).toBe(`${first.intent.key}|instead|jan-reed`);
    expect(second.intent).toMatchObject({
      content: { recipient: 'jan-reed', instead: ['maria-stone'], link: null, notice: 'confirmDue' },
    });
    const [third] = await undeliverable(world, second, hour(3));
    expect(third ? recipients([third]) : []).toEqual(['sam-rivers']);
    if (!third) throw new Error('the owner was not tried');
    expect(await undeliverable(world, third, hour(4))).toEqual([]);
    expect(story(world, 'undeliverable')).toHaveLength(3);
  });

  it('tries the deputy of the one it was meant for, never the deputy of a deputy', async () => {
    const world = await ParcelWorld.open({ receivers: ['toni-vale'] });
    const people = world.directory.people as Record<string, (typeof world.directory.people)[string]>;
    const dana = people['dana-hill'];
    if (!dana) throw new Error('dana-hill is missing');
    people['dana-hill'] = { ...dana, deputyId: 'lee-ward' };
    await world.command('send', {}, hour(1));
    const mail = world.store.effects.find(({ intent }) => intent.kind === 'mail');
    if (!mail) throw new Error('no mail was sent');
    const [second] = await undeliverable(world, mail, hour(2));
    if (!second) throw new Error('no deputy was tried');
    expect(recipients([second])).toEqual(['dana-hill']);
    expect(recipients(await undeliverable(world, second, hour(3)))).toEqual(['sam-rivers']);
  });

  it('that was reported as undeliverable twice is sent instead once', async () => {
    const world = await ParcelWorld.open({ receivers: ['maria-stone'] });
    await world.command('send', {}, hour(1));
    const first = world.store.effects.find(({ intent }) => intent.kind === 'mail');
    if (!first) throw new Error('no mail was sent');
    expect(await undeliverable(world, first, hour(2))).toHaveLength(1);
    expect(await undeliverable(world, first, hour(3))).toEqual([]);
  });

  it('passes over a deputy who has left', async () => {
    const world = await ParcelWorld.open({ receivers: ['maria-stone'] });
    await world.command('send', {}, hour(1));
    const people = world.directory.people as Record<string, (typeof world.directory.people)[string]>;
    const jan = people['jan-reed'];
    if (!jan) throw new Error('jan-reed is missing');
    people['jan-reed'] = { ...jan, active: false };
    const first = world.store.effects.find(({ intent }) => intent.kind === 'mail');
    if (!first) throw new Error('no mail was sent');
    expect(recipients(await undeliverable(world, first, hour(2)))).toEqual(['sam-rivers']);
  });

  it('of a closed process is sent instead all the same', async () => {
    const world = await ParcelWorld.open({ pack: 400 });
    await world.command('burn', {}, hour(3));
    const alarm = world.store.effects.find(
      ({ intent }) => intent.kind === 'mail' && intent.content.notice === 'alarm',
    );
    if (!alarm) throw new Error('no alarm was sent');
    expect(recipients(await undeliverable(world, alarm, hour(4)))).toEqual(['robin-lake']);
  });

  it('to one person in two roles is one mail', async () => {
    const world = await ParcelWorld.open({ pack: 4, receivers: ['maria-stone', 'maria-stone'] });
    await world.command('send', {}, hour(1));
    const contents = mails(world) as MailContent[];
    expect(contents.map((content) => content.recipient)).toEqual(['maria-stone']);
  });
});

describe('keys of effects', () => {
  /** The same story, taken at once or after an outage, from another machine's clock. */
  async function keys(lateMs: number) {
    const world = await ParcelWorld.open({ pack: 4 });
    if (lateMs === 0) for (const at of [2, 4, 9, 10]) await world.runTo(hour(at));
    world.row('command', 'send', {}, hour(11));
    await world.runTo(hour(30) + lateMs);
    return world.store.effects.map(({ id, intent }) => ({
      id,
      key: intent.key,
      child: intent.kind === 'startProcess' ? intent.content.processId : null,
    }));
  }

  it('and ids of children are the same whenever the steps are taken', async () => {
    const atOnce = await keys(0);
    const late = await keys(77_777);
    expect(late).toEqual(atOnce);
    expect(atOnce.filter((effect) => effect.child !== null)).toHaveLength(1);
    expect(new Set(atOnce.map((effect) => effect.key)).size).toBe(atOnce.length);
  });

  it('hold no instant', async () => {
    for (const { key } of await keys(0)) expect(key).not.toMatch(/\d{6,}/);
  });

  it('differ between two processes', async () => {
    const world = await ParcelWorld.open();
    await world.open({ id: 'par_2' });
    await world.runTo(hour(9), 'par_1');
    await world.runTo(hour(9), 'par_2');
    const all = world.store.effects.map((effect) => effect.intent.key);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toHaveLength(6);
  });
});

describe('operators', () => {
  it('skip a mark that cannot be decided, and the clock goes on', async () => {
    const world = await ParcelWorld.open({ pack: 4 });
    world.row('system', 'skipMark', { clock: 'pack', key: '', step: 'half' }, hour(1), null);
    await world.runTo(hour(4));
    expect(world.story).toEqual(['opened@0', 'markSkipped@1', 'packMissed@4']);
  });
});
