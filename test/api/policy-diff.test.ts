/** Comparing policy versions over HTTP: words, and the effect on processes that run, without writing anything. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AUTHOR, atRest, example, expected, openApi, type ApiBench } from './support/bench.js';
import { policyWith } from '../support/policies.js';
import type { Items, ProblemDocument } from './support/shapes.js';

type File = Record<string, Record<string, unknown>>;

interface Diff {
  readonly before: { readonly version: number };
  readonly after: { readonly version: number | null };
  readonly changes: readonly { readonly path: string; readonly before: string; readonly after: string }[];
  readonly processes: { readonly total: number; readonly looked: number; readonly more: number };
  readonly totals: Readonly<Record<string, number>>;
  readonly moves: readonly {
    readonly processId: string;
    readonly clock: string;
    readonly step: string;
    readonly move: string;
    readonly dueAt: string;
    readonly thenDueAt: string;
    readonly thenDueLocal: string;
  }[];
  readonly next: string | null;
}

let api: ApiBench;
beforeAll(async () => {
  api = await openApi();
  const kim = api.as(AUTHOR);
  for (const file of ['contract.yaml', 'contracts/tailspin-2026.yaml'])
    expected(await kim.post('/v1/contracts', { file: example(file) }), 201);
  expected(await kim.post('/v1/policies', faster()), 201);
  await atRest(api.database);
});
afterAll(async () => {
  await api.close();
});

function faster(): File {
  const file = policyWith('userGuide') as unknown as File;
  file['contract'] = { ...file['contract'], activation: '4 business days' };
  return file;
}

const ask = async (query = '', person = AUTHOR) =>
  expected<Diff>(await api.as(person).get(`/v1/policies/standard/diff${query}`), 200);

describe('GET /v1/policies/{id}/diff', () => {
  it('compares the version in force with the newest one, and recomputes the clocks that run', async () => {
    const diff = await ask();
    expect(diff).toMatchObject({ before: { version: 1 }, after: { version: 2 } });
    expect(diff.changes).toEqual([
      { path: 'contract.activation', before: '10 business days', after: '4 business days' },
    ]);
    expect(diff.processes).toEqual({ total: 2, looked: 2, more: 0 });
    expect(diff.totals).toEqual({
      earlier: 10,
      later: 0,
      added: 0,
      removed: 0,
      unchanged: 0,
      pausedClocks: 0,
    });
    expect(new Set(diff.moves.map(({ processId }) => processId)).size).toBe(2);
    const due = diff.moves.filter(({ step }) => step === 'due');
    expect(due).toHaveLength(2);
    for (const { dueAt, thenDueAt, thenDueLocal } of due) {
      expect(Date.parse(thenDueAt)).toBeLessThan(Date.parse(dueAt));
      expect(thenDueLocal).toMatch(/17:00|16:00/);
    }
  });

  it('agrees with what a process that is started under the other version gets', async () => {
    const thenDue = (await ask()).moves.find(({ step }) => step === 'due')?.thenDueAt;
    const body = { calendar: 'berlin-office', add: '4 business days' };
    const clock = expected<{ items: { startedAt: string }[] }>(
      await api.as(AUTHOR).get(`/v1/processes/${(await ask()).moves[0]?.processId ?? ''}/clocks`),
      200,
    ).items[0];
    const computed = await api.as(AUTHOR).post('/v1/time/due', { ...body, from: clock?.startedAt });
    expect(expected(computed, 200)).toMatchObject({ due: thenDue });
  });

  it('says how many processes come after the page', async () => {
    const first = await ask('?limit=1');
    expect(first.processes).toEqual({ total: 2, looked: 1, more: 1 });
    const second = await ask(`?limit=1&after=${first.next ?? ''}`);
    expect(second).toMatchObject({ processes: { total: 2, looked: 1, more: 0 }, next: null });
    expect(second.moves[0]?.processId).not.toBe(first.moves[0]?.processId);
  });

  it('writes nothing: the record stands where it stood', async () => {
    const count = async () =>
      api.database.as('admin', {}, async (trx) =>
        trx.row(
          'select (select count(*) from events) as events, (select max(updated) from (select max(due_at) as updated from clocks) c) as due',
        ),
      );
    const before = await count();
    await ask();
    expect(await count()).toEqual(before);
  });

  it('compares a version with a file that is not stored', async () => {
    const file = faster();
    file['contract'] = { ...file['contract'], activation: '12 business days' };
    const answer = await api.as(AUTHOR).post('/v1/policies/standard/diff?from=2', file);
    const diff = expected<Diff>(answer, 200);
    expect(diff).toMatchObject({ before: { version: 2 }, after: { version: null }, totals: { later: 10 } });
    const kept = expected<Items<unknown>>(await api.as(AUTHOR).get('/v1/policies'), 200);
    expect(kept.items).toHaveLength(2);
  });

  it('refuses a file of another policy set, and one that is wrong', async () => {
    const other = await api.as(AUTHOR).post('/v1/policies/standard/diff', { ...faster(), id: 'other' });
    expect(expected<ProblemDocument>(other, 422).problems?.[0]?.path).toBe('id');
    const wrong = await api.as(AUTHOR).post('/v1/policies/standard/diff', { ...faster(), chase: {} });
    expect(expected<ProblemDocument>(wrong, 422).code).toBe('BODY_INVALID');
  });

  it('knows no other policy set and no other version', async () => {
    expect((await api.as(AUTHOR).get('/v1/policies/nowhere/diff')).status).toBe(404);
    expect((await api.as(AUTHOR).get('/v1/policies/standard/diff?to=9')).status).toBe(404);
  });

  it('is not for customers, nor for staff without one of the functions', async () => {
    for (const person of ['maria-stone', 'alex-shore'])
      expect((await api.as(person).get('/v1/policies/standard/diff')).status).toBe(403);
  });
});
