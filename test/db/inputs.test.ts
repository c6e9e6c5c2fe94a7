/** What a decision reads beyond its process is kept at hand, as long as nobody can have changed it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from '../../db/connection.js';
import { importVersion } from '../../db/provision/versions.js';
import { InputsReader, type LoadedInputs } from '../../db/store/inputs.js';
import { parcel, policyBody } from './support/parcel.js';
import { postgresBench, stores, type PostgresBench } from './support/postgres-bench.js';
import { tamper } from './support/raw.js';
import { round, TENANT } from './support/world.js';

const APPROVAL = { author: 'olga', approver: 'otto' };

let bench: PostgresBench;
let reader: InputsReader;
beforeAll(async () => {
  bench = await postgresBench(2);
  reader = new InputsReader(stores);
});
afterAll(async () => {
  await bench.close();
});

/** What a parcel that has not begun would read, and how many statements that took. */
async function read(): Promise<LoadedInputs & { readonly statements: number }> {
  const request = { tenantId: TENANT, processId: 'par_1', data: null, payload: {}, clockCalendars: [] };
  let statements = 0;
  const counted: Database = {
    ...bench.database,
    as: async (role, scope, work) =>
      bench.database.as(role, scope, async (trx) =>
        work({
          ...trx,
          row: async (sql, bindings) => ((statements += 1), trx.row(sql, bindings)),
          rows: async (sql, bindings) => ((statements += 1), trx.rows(sql, bindings)),
        }),
      ),
  };
  const loaded = await counted.as('step', { tenant: TENANT }, async (trx) =>
    reader.read(trx, { ...request, policyId: 'standard', policyVersion: 2 }, parcel),
  );
  return { ...loaded, statements };
}

/** A second version of policy and calendar, which a test can tell from others. */
async function approveSecond(answerMinutes: number, title: string): Promise<void> {
  const policy = { kind: 'policy', id: 'standard' } as const;
  expect(await importVersion(bench.database, policy, { ...policyBody, answerMinutes }, APPROVAL)).toBe(2);
  const calendar = { kind: 'calendar', id: 'round' } as const;
  expect(await importVersion(bench.database, calendar, { ...round, title }, APPROVAL)).toBe(2);
}

describe('what a decision reads', () => {
  it('is kept: only what says whether it still holds is asked for again', async () => {
    await approveSecond(21, 'Before');
    const first = await read();
    const again = await read();
    expect(again.inputs).toEqual(first.inputs);
    // Policy, people and the body of the calendar stay; the versions of people and calendars are looked up.
    expect([first.statements, again.statements]).toEqual([5, 2]);
  });

  it('is read anew from a store that came back from a backup, where numbers are given out again', async () => {
    const before = await read();
    expect(before.inputs).toMatchObject({
      policy: { version: 2, body: { answerMinutes: 21 } },
      calendars: { round: { version: 2, title: 'Before' } },
      directory: { people: { gary: { active: true } } },
    });
    // The version of the directory stays as it is: no trigger runs.
    await tamper(
      bench.url,
      `delete from policies where version = 2`,
      `delete from calendars where version = 2`,
      `update calendar_heads set version = 1`,
      `update people set active = false where id = 'gary'`,
      `update store_state set epoch = epoch + 1`,
    );
    await approveSecond(22, 'After');
    expect((await read()).inputs).toMatchObject({
      policy: { version: 2, body: { answerMinutes: 22 } },
      calendars: { round: { version: 2, title: 'After' } },
      directory: { people: { gary: { active: false } } },
    });
    const alone = await bench.inTenant(async (trx) => ({
      policy: await reader.policy(trx, 'standard', 2),
      calendar: await reader.calendar(trx, { tenantId: 'provider', id: 'round', version: 2 }),
    }));
    expect(alone).toMatchObject({ policy: { body: { answerMinutes: 22 } }, calendar: { title: 'After' } });
  });
});
