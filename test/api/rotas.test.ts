/** Rotas over HTTP and the command line: holes are refused with their instants, drafts approved, who is on duty told. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readDuty } from '../../db/rota/read.js';
import { createApp } from '../../api/app.js';
import { cli } from '../cli/run-cli.js';
import { example, expected, openApi, type Answer, type ApiBench } from './support/bench.js';

const AUTHOR = 'kim-field';
const APPROVER = 'dana-hill';

let api: ApiBench;
let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'careplus-rota-'));
  api = await openApi({ worker: false });
});
afterAll(async () => {
  await api.close();
  rmSync(home, { recursive: true, force: true });
});

interface Problem {
  readonly code: string;
  readonly problems?: readonly unknown[];
}
function problem(answer: Answer, status: number, code: string): Problem {
  const found = expected<Problem>(answer, status);
  expect(found.code).toBe(code);
  return found;
}

const aRota = (change: object = {}) => ({ ...example('rotas/senior-desk.yaml'), ...change });
/** Christmas Eve from 03:00 to 04:30 in Berlin without its engineer. */
const absences = [{ person: 'robin-lake', from: '2026-12-24T03:00+01:00', to: '2026-12-24T04:30+01:00' }];
const who = async (at: string) =>
  expected<Record<'engineers' | 'dutyManager' | 'supportDirector', unknown>>(
    await api.as('noor-dale').get(`/v1/rotas/who?at=${encodeURIComponent(at)}`),
    200,
  );
const duty = (at: string) =>
  api.database.as('step', { tenant: 'provider' }, async (trx) => readDuty(trx, Date.parse(at)));

describe('a rota', () => {
  it('with a hole is refused with its instants, and nothing is stored', async () => {
    const refused = problem(await api.as(AUTHOR).post('/v1/rotas', aRota({ absences })), 422, 'ROTA_HOLE');
    expect(refused.problems).toEqual([
      {
        path: 'shifts (engineer)',
        problem:
          'nobody is on duty from 2026-12-24T02:00:00.000Z to 2026-12-24T03:30:00.000Z (Thu 2026-12-24 03:00 +01:00 to Thu 2026-12-24 04:30 +01:00)',
      },
    ]);
    const checked = expected<{ holes: unknown }>(
      await api.as('noor-dale').post('/v1/rotas/check', aRota({ absences })),
      200,
    );
    expect(checked.holes).toEqual(refused.problems);
    expect(expected(await api.as(AUTHOR).get('/v1/rotas'), 200)).toEqual({ items: [] });
  });

  it('that names somebody whom nobody knows, or is no rota, says where', async () => {
    const unknown = problem(
      await api.as(AUTHOR).post('/v1/rotas', aRota({ fallback: 'no-body' })),
      422,
      'BODY_INVALID',
    );
    expect(unknown.problems).toEqual([{ path: 'fallback', problem: 'nobody of the Provider is no-body' }]);
    problem(await api.as(AUTHOR).post('/v1/rotas', aRota({ zone: 'Mars/Base' })), 422, 'BODY_INVALID');
  });

  it('is drafted by one, approved by another, and then says who is on duty', async () => {
    const drafted = expected(await api.as(AUTHOR).post('/v1/rotas', aRota()), 201);
    expect(drafted).toMatchObject({ id: 'senior-desk', version: 1, state: 'draft', notes: [] });
    expect(await duty('2026-06-01T10:00Z')).toEqual({
      engineers: [],
      dutyManager: null,
      supportDirector: null,
    });
    const approve = '/v1/rotas/senior-desk/versions/1/approve';
    problem(await api.as(AUTHOR).post(approve), 409, 'SELF_APPROVAL');
    expected(await api.as(APPROVER).post(approve), 200);
    problem(await api.as(APPROVER).post(approve), 409, 'VERSION_APPROVED');
    expect(expected(await api.as(AUTHOR).post('/v1/rotas', aRota()), 200)).toMatchObject({
      version: 1,
      state: 'approved',
    });
    expect(await who('2026-12-24T15:00+01:00')).toMatchObject({
      engineers: [{ id: 'noor-dale', name: 'Noor Dale' }],
      dutyManager: { id: 'toni-vale', name: 'Toni Vale' },
      supportDirector: { id: 'dana-hill' },
    });
    expect(await duty('2026-12-25T15:00+01:00')).toEqual({
      engineers: ['alex-shore'],
      dutyManager: 'toni-vale',
      supportDirector: 'dana-hill',
    });
  });

  it('with a hole and a fallback is published by its approver, and the fallback stands in', async () => {
    const file = aRota({ absences, fallback: 'dana-hill' });
    const drafted = expected<{ version: number; notes: string[] }>(
      await api.as(AUTHOR).post('/v1/rotas', file),
      201,
    );
    expect(drafted.notes).toEqual([expect.stringContaining('dana-hill stands in')]);
    expected(
      await api.as(APPROVER).post(`/v1/rotas/senior-desk/versions/${String(drafted.version)}/approve`),
      200,
    );
    expect((await duty('2026-12-24T03:30+01:00')).engineers).toEqual(['dana-hill']);
    expect((await duty('2026-12-24T02:59+01:00')).engineers).toEqual(['robin-lake']);
    // After its last day nobody else is on duty either.
    expect(await duty('2027-02-01T12:00Z')).toEqual({
      engineers: ['dana-hill'],
      dutyManager: 'dana-hill',
      supportDirector: 'dana-hill',
    });
  });

  it('does not call somebody who has left', async () => {
    const file = example('provider.yaml') as unknown as { staff: { id: string }[] };
    const staff = file.staff.map((one) => (one.id === 'toni-vale' ? { ...one, active: false } : one));
    expected(await api.as(AUTHOR).put('/v1/staff', { ...file, staff }), 200);
    expect((await duty('2026-06-01T10:00Z')).dutyManager).toBe('dana-hill');
    expected(await api.as(AUTHOR).put('/v1/staff', file), 200);
  });

  it('is asked for an instant with its offset', async () => {
    problem(await api.as('noor-dale').get('/v1/rotas/who?at=tomorrow'), 400, 'QUERY_INVALID');
    expected(await api.as('noor-dale').get('/v1/rotas/senior-desk'), 200);
    expected(await api.as('noor-dale').get('/v1/rotas/nothing'), 404);
  });
});

describe('careplus rota', () => {
  let server: Server;
  beforeAll(async () => {
    server = createApp(api.deps).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
  });
  const careplus = (words: readonly string[]) => {
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    return cli([...words, '--as', AUTHOR], { env: { CAREPLUS_URL: url }, cwd: home });
  };

  it('imports, shows and asks, and tells a hole at its place', async () => {
    const good = join(home, 'rota.json');
    const bad = join(home, 'holes.json');
    writeFileSync(good, JSON.stringify(aRota({ id: 'second' })));
    writeFileSync(bad, JSON.stringify(aRota({ id: 'second', absences })));
    expect(await careplus(['rota', 'import', good, '--check'])).toMatchObject({ code: 0 });
    const refused = await careplus(['rota', 'import', bad]);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.out).toContain('nobody is on duty from 2026-12-24T02:00:00.000Z');
    expect((await careplus(['rota', 'import', good])).out).toContain('careplus rota approve second 1');
    expect((await careplus(['rota', 'list'])).out).toContain('second');
    expect((await careplus(['rota', 'show', 'second'])).out).toContain('noor-dale');
    const asked = await careplus(['rota', 'who', '--at', '2026-06-01T10:00+02:00']);
    expect(asked.out).toContain('Noor Dale (noor-dale)');
  });
});
