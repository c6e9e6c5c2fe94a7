/** Notices that are sent as pages: one a person and step, at once, and to somebody else where none gets through. */
import { describe, expect, it } from '@jest/globals';
import { advance, type AdvanceResult, type Registry } from '../../domain/kernel/advance.js';
import { lint } from '../../domain/kernel/lint.js';
import type { EffectIntent } from '../../domain/kernel/state.js';
import type { Definition } from '../../domain/kernel/rules.js';
import { forecast } from '../../domain/kernel/views/forecast.js';
import { TENANT } from '../support/world.js';
import { parcelRules } from './fixtures/parcel.js';
import { hour, MONDAY, ParcelWorld } from './parcel-world.js';

const { notices } = parcelRules.words;

/** A parcel on fire pages its owner and its receivers; so does one that was not packed in time. */
const paged: Definition = {
  words: {
    ...parcelRules.words,
    notices: {
      ...notices,
      alarm: { label: 'It is on fire', page: true, show: () => ({ what: 'the parcel' }) },
      packDue: { label: 'Pack it', page: true, pageWhile: () => 'pack' },
    },
  },
  rows: parcelRules.rows.map((row) =>
    row.event === 'burnt'
      ? { ...row, tell: { owner: ['alarm', 'packDue'], receiver: ['alarm', 'confirmDue'] } }
      : row,
  ),
};
const registry: Registry = { definitions: { parcel: paged }, hashes: {}, zoneData: 'test' };

class PagedWorld extends ParcelWorld {
  override async step(now: number, processId = 'par_1'): Promise<AdvanceResult> {
    const lastSeq = this.store.processes.get(processId)?.state?.seq ?? 0;
    return advance(this.store, registry, { tenantId: TENANT, processId, now, lastSeq });
  }

  get pages() {
    return this.store.effects.flatMap(({ intent }) => (intent.kind === 'page' ? [intent] : []));
  }
}

async function aWorld(receivers: string[] = ['maria-stone']): Promise<PagedWorld> {
  const world = new PagedWorld();
  await world.open({ pack: 400, receivers });
  return world;
}

describe('a notice that is a page', () => {
  it('goes at once in the middle of the night, with what it shows and no link of a command', async () => {
    const world = await aWorld();
    await world.command('burn', {}, hour(17));
    expect(world.pages.find(({ content }) => content.recipient === 'maria-stone')).toMatchObject({
      notBefore: hour(17),
      content: { notice: 'alarm', role: 'receiver', show: { what: 'the parcel' }, link: null, urgent: true },
    });
  });

  it('is one page a person, however many rows, roles and notices of the step point at him', async () => {
    const world = await aWorld(['maria-stone', 'sam-rivers']);
    await world.command('burn', {}, hour(1));
    expect(
      world.pages.map(({ key, content: { recipient, notice, also } }) => ({ key, recipient, notice, also })),
    ).toEqual([
      { key: 'par_1|0|page|e2|sam-rivers', recipient: 'sam-rivers', notice: 'alarm', also: ['packDue'] },
      { key: 'par_1|0|page|e2|maria-stone', recipient: 'maria-stone', notice: 'alarm', also: [] },
    ]);
  });

  it('leaves the notices beside it what they are', async () => {
    const world = await aWorld();
    await world.command('burn', {}, hour(1));
    const mails = world.store.effects.flatMap(({ intent }) => (intent.kind === 'mail' ? [intent] : []));
    expect(mails.map(({ content }) => [content.notice, content.recipient])).toEqual([
      ['confirmDue', 'maria-stone'],
    ]);
  });

  it('is another page at each mark of a clock, and says how long it is wanted', async () => {
    const world = new PagedWorld();
    await world.open({ pack: 4 });
    await world.runTo(hour(9));
    expect(world.pages.map(({ key, content }) => [key, content.during])).toEqual([
      ['par_1|0|page|pack//1/half/0|sam-rivers', 'pack'],
      ['par_1|0|page|pack//1/due/0|sam-rivers', 'pack'],
      ['par_1|0|page|pack//1/again/0|sam-rivers', 'pack'],
    ]);
  });

  it('that reached nobody pages the deputy, then the owner', async () => {
    const world = await aWorld();
    await world.command('burn', {}, hour(1));
    const failed = async (page: EffectIntent | undefined, at: number) => {
      if (page?.kind !== 'page') throw new Error('there is no such page');
      const before = world.pages.length;
      const payload = { effectKey: page.key, content: page.content, status: '5.1.1' };
      world.row('signal', 'undeliverable', payload, at, null);
      await world.runTo(at);
      return world.pages.slice(before);
    };
    const maria = world.pages.find(({ content }) => content.recipient === 'maria-stone');
    const [jan] = await failed(maria, hour(2));
    expect(jan).toMatchObject({
      key: `${maria?.key ?? ''}|instead|jan-reed`,
      notBefore: hour(2),
      content: { recipient: 'jan-reed', instead: ['maria-stone'], urgent: true },
    });
    const [sam] = await failed(jan, hour(3));
    expect(sam).toMatchObject({ kind: 'page', content: { recipient: 'sam-rivers' } });
  });

  it('is foretold with who would be paged and when', async () => {
    const world = await aWorld();
    const { items } = await forecast(registry, world.store, {
      tenantId: TENANT,
      from: MONDAY,
      until: hour(401),
    });
    expect(items.filter(({ kind }) => kind === 'notice')).toMatchObject([
      { notice: 'packDue', recipient: 'sam-rivers', at: hour(200), sendAt: hour(200) },
      { notice: 'packDue', recipient: 'sam-rivers', at: hour(400), sendAt: hour(400) },
    ]);
  });

  it('has no link of a command and is no reminder, which lint says', () => {
    const link = { command: 'burn', payload: () => ({}) };
    const words = {
      ...paged.words,
      notices: { ...paged.words.notices, alarm: { ...notices['alarm']!, page: true as const, link } },
    };
    expect(lint({ ...paged, words }).map(({ text }) => text)).toContain(
      'The notice alarm is a page, which has a link and repetitions of its own.',
    );
  });
});
