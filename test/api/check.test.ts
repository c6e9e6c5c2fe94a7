/** The checker over HTTP, against a store and an engine at work; jobs that fall silent. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHECKS } from '../../db/check/checks.js';
import { heartbeats } from '../../db/jobs/heartbeats.js';
import { HeartbeatWatch } from '../../workers/heartbeat-watch.js';
import { atRest, example, expected, openApi, until, type ApiBench } from './support/bench.js';
import type { Started } from './support/shapes.js';

interface Checked {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly count: number;
    readonly skipped: string | null;
  }[];
}

let api: ApiBench;
beforeAll(async () => {
  api = await openApi();
  const answer = await api.as('kim-field').post('/v1/contracts', { file: example('contract.yaml') });
  expected<Started>(answer, 201);
  await atRest(api.database);
}, 90_000);
afterAll(async () => {
  await api.close();
});

const look = async () => expected<Checked>(await api.as('lee-ward').get('/v1/operations/check'), 200);

describe('the checker', () => {
  it('finds nothing wrong with an installation at work, its runners in the engine included', async () => {
    const { ok, checks } = await look();
    expect(checks.filter((check) => check.count > 0 || check.skipped !== null)).toEqual([]);
    expect(ok).toBe(true);
    expect(checks.map((check) => check.name)).toEqual([
      ...CHECKS.map((check) => check.name),
      'runnerMissing',
      'runnerStray',
    ]);
  });

  it('is for operators only', async () => {
    expect((await api.as('sam-rivers').get('/v1/operations/check')).status).toBe(403);
    expect((await api.as(null).get('/v1/operations/check')).status).toBe(401);
  });
});

describe('a system job that falls silent', () => {
  it('is shown to the operators, found by the checker, and an error in the log once', async () => {
    const beats = heartbeats(api.database);
    const said: (readonly [string, object])[] = [];
    const log = {
      info: (fields: object, text: string) => void said.push([text, fields]),
      warn: () => undefined,
      error: (fields: object, text: string) => void said.push([text, fields]),
    };
    const watch = new HeartbeatWatch({ heartbeats: beats, log });
    await beats.succeeded({ name: 'digest', everyMs: 60_000 }, { sent: 3 });
    await watch.look();
    expect(said).toEqual([]);
    // One that should run every millisecond is late at once.
    await beats.declare([{ name: 'digest', everyMs: 1 }]);
    await until(async () => (await look()).checks.some((one) => one.name === 'jobSilent' && one.count === 1));
    await watch.look();
    await watch.look();
    expect(said).toEqual([
      [
        'a system job has not succeeded for three of its intervals',
        expect.objectContaining({ job: 'digest' }),
      ],
    ]);
    const body = expected<{ silentJobs: unknown }>(
      await api.as('lee-ward').get('/v1/operations/attention'),
      200,
    );
    expect(body.silentJobs).toEqual([
      expect.objectContaining({ name: 'digest', everyMs: 1, lastFailure: null }),
    ]);
    await beats.declare([{ name: 'digest', everyMs: 60_000 }]);
    await watch.look();
    expect(said.at(-1)?.[0]).toBe('a system job is heard again');
    expect((await api.as('lee-ward').get('/v1/operations/attention')).text).not.toContain('digest');
  });
});
