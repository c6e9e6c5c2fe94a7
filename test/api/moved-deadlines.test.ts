/** A new calendar version moves deadlines: the record and the explanation name the old instant and the new one. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  APPROVER,
  AUTHOR,
  atRest,
  example,
  expected,
  openApi,
  until,
  type ApiBench,
} from './support/bench.js';
import type { Items, Started } from './support/shapes.js';

interface Clock {
  readonly name: string;
  readonly dueAt: string;
  readonly calendarVersion?: number;
}
interface Operation {
  readonly op: string;
  readonly clock: string;
  readonly step: string;
  readonly before: string;
  readonly beforeLocal: string;
  readonly dueAt: string;
  readonly dueLocal: string;
}
interface Explanation {
  readonly calendar: { readonly version: number };
  readonly marks: readonly { readonly step: string; readonly state: string; readonly dueAt: string }[];
  readonly moves: readonly (Omit<Operation, 'op' | 'clock'> & { readonly calendarVersion: number })[];
}

let api: ApiBench;
let processId = '';
beforeAll(async () => {
  api = await openApi();
  const started = await api.as(AUTHOR).post('/v1/contracts', { file: example('contract.yaml') });
  processId = expected<Started>(started, 201).processId;
  await atRest(api.database);
});
afterAll(async () => {
  await api.close();
});

const explained = async () =>
  expected<Explanation>(
    await api.as(AUTHOR).get(`/v1/processes/${processId}/clocks/activation/explain`),
    200,
  );

/** Closes five weekdays from the day after tomorrow on. */
function withHolidays(): Record<string, unknown> {
  const file = structuredClone(example('calendars/berlin-office.yaml'));
  const holidays = file['holidays'] as { add: { date: string; name: string }[] };
  const known = new Set(holidays.add.map(({ date }) => date));
  const dates: string[] = [];
  for (let day = 2; dates.length < 5; day += 1) {
    const date = new Date(Date.now() + day * 86_400_000);
    const text = date.toISOString().slice(0, 10);
    if (date.getUTCDay() % 6 !== 0 && !known.has(text)) dates.push(text);
  }
  const closed = dates.map((date) => ({ date, name: 'Works holiday' }));
  return { ...file, holidays: { ...holidays, add: [...holidays.add, ...closed] } };
}

describe('a new version of a calendar', () => {
  it('moves the deadlines that run; timeline and explanation say from where to where', async () => {
    const before = await explained();
    expect(before.moves).toEqual([]);
    expected(await api.as(AUTHOR).post('/v1/calendars', withHolidays()), 201);
    expected(await api.as(APPROVER).post('/v1/calendars/berlin-office/versions/2/approve'), 200);
    const after = await until(async () => {
      const now = await explained();
      return now.calendar.version === 2 && now;
    });
    const moved = before.marks.flatMap((mark, index) => {
      const then = after.marks[index]?.dueAt ?? '';
      return then === mark.dueAt ? [] : [{ step: mark.step, before: mark.dueAt, dueAt: then }];
    });
    expect(moved.map(({ step }) => step)).toEqual(['half', 'due', 'manager', 'head', 'again']);
    for (const { before: old, dueAt } of moved) expect(Date.parse(dueAt)).toBeGreaterThan(Date.parse(old));

    const { items } = expected<
      Items<{ event: string; label: string; clocks: Operation[]; calendars: object }>
    >(await api.as(AUTHOR).get(`/v1/processes/${processId}/timeline`), 200);
    const recalculated = items.filter(({ event }) => event === 'contract.recalculated');
    expect(recalculated).toHaveLength(1);
    expect(recalculated[0]).toMatchObject({
      label: 'Deadlines computed again',
      calendars: { 'berlin-office': 2 },
    });
    const operations = recalculated[0]?.clocks.filter(({ clock }) => clock === 'activation') ?? [];
    expect(operations.map(({ op, step, before: old, dueAt }) => ({ op, step, before: old, dueAt }))).toEqual(
      moved.map((mark) => ({ op: 'moved', ...mark })),
    );
    expect(operations[0]?.beforeLocal).toMatch(/^[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d \+0[12]:00$/);

    expect(after.moves).toEqual(
      moved.map((mark) => expect.objectContaining({ ...mark, calendarVersion: 2 }) as unknown),
    );
    expect(
      expected<Items<Clock>>(await api.as(AUTHOR).get(`/v1/processes/${processId}/clocks`), 200).items,
    ).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name: 'activation',
          dueAt: moved.find(({ step }) => step === 'due')?.dueAt,
        }),
      ]),
    );
  });
});
