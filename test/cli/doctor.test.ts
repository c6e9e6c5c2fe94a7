/** `careplus doctor` on an installation whose parts are there or away; it starts a program of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { run } from '../../cli/main.js';
import { inheritedEnvironment } from '../../config/environment.js';
import { connect } from '../../db/connection.js';
import { enterRestoredMode } from '../../db/restore/mode.js';
import { seedPeople } from '../engine/seed.js';
import { emptyDatabase, freshDatabase, type TestDatabase } from '../support/database.js';
import { temporalAddress } from '../support/temporal.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Line {
  readonly name: string;
  readonly state: string;
  readonly detail: string;
  readonly remedy: string | null;
}

let folder: string;
let fresh: TestDatabase;
let empty: TestDatabase;
let address: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'careplus-doctor-'));
  fresh = await freshDatabase();
  empty = await emptyDatabase();
  address = await temporalAddress();
  const database = connect({ databaseUrl: fresh.url, poolSize: 1 });
  await seedPeople(database);
  await database.close();
});
afterAll(async () => {
  await fresh.drop();
  await empty.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function careplus(words: readonly string[], settings: Readonly<Record<string, string>> = {}) {
  let out = '';
  let err = '';
  const code = await run(words, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    env: inheritedEnvironment({
      NODE_OPTIONS: '',
      DATABASE_URL: fresh.url,
      TEMPORAL_ADDRESS: address,
      CAREPLUS_DATA: folder,
      // Nobody listens there.
      CAREPLUS_OPS_PORT: '1',
      CAREPLUS_WORKER_OPS_PORT: '2',
      ...settings,
    }),
    terminal: false,
    columns: undefined,
    zone: 'UTC',
    cwd: ROOT,
    now: () => Date.now(),
    pause: async () => undefined,
  });
  return { code, out, err };
}

async function lines(settings: Readonly<Record<string, string>> = {}) {
  const { code, out } = await careplus(['doctor', '--json'], settings);
  const { findings } = JSON.parse(out) as { findings: readonly Line[] };
  return { code, states: Object.fromEntries(findings.map((one) => [one.name, one.state])), findings };
}

describe('careplus doctor', () => {
  it('names each part, and ends with 69 where a service is away', async () => {
    const { code, states, findings } = await lines();
    expect(code).toBe(69);
    expect(states).toEqual({
      postgres: 'ok',
      // The cluster of the tests trades safety for speed.
      durability: 'problem',
      migrations: 'ok',
      roles: 'ok',
      restored: 'ok',
      mail: 'ok',
      calendars: 'ok',
      poison: 'ok',
      effects: 'ok',
      jobs: 'ok',
      invariants: 'ok',
      temporal: 'ok',
      runners: 'ok',
      lastSeq: 'ok',
      worker: 'away',
      api: 'away',
      disk: 'ok',
    });
    for (const { state, remedy } of findings) expect(remedy === null).toBe(['ok', 'skipped'].includes(state));
  }, 60_000);

  it('looks at what it can while Postgres and Temporal are away', async () => {
    const { code, states } = await lines({
      DATABASE_URL: 'postgres://careplus:x@127.0.0.1:1/careplus',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    });
    expect(code).toBe(69);
    expect(states).toMatchObject({ postgres: 'away', temporal: 'away', invariants: 'skipped', disk: 'ok' });
  }, 60_000);

  it('says which migrations are missing', async () => {
    const { findings } = await lines({ DATABASE_URL: empty.url });
    const migrations = findings.find((one) => one.name === 'migrations');
    expect(migrations?.detail).toMatch(/^missing: 0001-foundation, /);
    expect(migrations?.remedy).toMatch(/migrate/);
  }, 60_000);

  it('prints a line for each, with the remedy below it', async () => {
    const { out } = await careplus(['doctor']);
    expect(out).toMatch(/^ok {6}postgres +answers, version \d+/m);
    expect(out).toMatch(/^AWAY {4}api .+\n +→ Start it \(npm start\)/m);
  }, 60_000);
});

describe('careplus doctor restore', () => {
  it('without --apply compares only, and says when nothing is wrong', async () => {
    const { code, out } = await careplus(['doctor', 'restore']);
    expect(out).toContain('Nothing shows that the database is older than its installation.');
    expect(code).toBe(0);
  }, 60_000);

  it('repairs only with a reason and a name, then ends restored mode, and a second time finds nothing', async () => {
    const database = connect({ databaseUrl: fresh.url, poolSize: 1 });
    await enterRestoredMode(database, 'operator', { why: 'test' });
    await database.close();
    expect((await careplus(['doctor', 'restore'])).code).toBe(1);
    expect((await careplus(['doctor', 'restore', '--apply'])).code).toBe(2);
    const apply = ['doctor', 'restore', '--apply', '--reason', 'a test', '--as', 'olga'];
    const first = await careplus(apply);
    expect(first.err).not.toContain('ended in between');
    expect(first.out).toMatch(/Repaired: epoch 2, statement [0-9a-f]{64}/);
    expect(first.code).toBe(0);
    expect((await careplus(apply)).out).toContain('There was nothing to repair');
    expect((await careplus(['doctor', 'restore'])).code).toBe(0);
  }, 120_000);
});
