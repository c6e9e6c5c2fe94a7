/** The worker's own process: it says when it is ready, and ends in order when it is asked to. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { inheritedEnvironment } from '../../config/environment.js';
import { freePort } from '../../workers/servers/ports.js';
import { freshDatabase } from '../support/database.js';
import { temporalAddress } from '../support/temporal.js';
import { until } from './look.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

async function startMain(environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ['--import', 'tsx/esm', 'workers/main.ts'], {
    cwd: ROOT,
    env: inheritedEnvironment({ NODE_OPTIONS: '', LOG_LEVEL: 'error', ...environment }),
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return { child, ended, said: () => said };
}

describe('the process of the worker', () => {
  it('is ready once it polls, is no longer when it stops, and ends with 0', async () => {
    const database = await freshDatabase();
    const data = mkdtempSync(join(tmpdir(), 'careplus-worker-'));
    const port = await freePort();
    const main = await startMain({
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: await temporalAddress(),
      CAREPLUS_WORKER_OPS_PORT: String(port),
      CAREPLUS_DATA: data,
    });
    try {
      // 0: nobody listens (yet).
      const status = (path: string): Promise<number> =>
        fetch(`http://127.0.0.1:${port}${path}`).then(
          (response) => response.status,
          () => 0,
        );
      await until('it is ready', async () => (await status('/readyz')) === 200, 40_000);
      expect(await status('/livez')).toBe(200);
      main.child.kill('SIGTERM');
      expect(await main.ended).toBe(0);
      expect(main.said()).toBe('');
    } finally {
      main.child.kill('SIGKILL');
      rmSync(data, { recursive: true, force: true });
      await database.drop();
    }
  }, 60_000);

  it('names the setting that is missing, and ends with 78', async () => {
    const main = await startMain({ DATABASE_URL: '', TEMPORAL_ADDRESS: '' });
    expect(await main.ended).toBe(78);
    expect(main.said()).toContain('DATABASE_URL');
  });

  it.each([
    ['does not answer', async () => ({ TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` })],
    [
      'does not know the namespace',
      async () => ({ TEMPORAL_ADDRESS: await temporalAddress(), TEMPORAL_NAMESPACE: 'nobody-made-it' }),
    ],
  ])(
    'says what to do about a Temporal that %s, and ends with 69',
    async (_what, settings) => {
      const database = await freshDatabase();
      const data = mkdtempSync(join(tmpdir(), 'careplus-worker-'));
      const given = { ...(await settings()), DATABASE_URL: database.url, CAREPLUS_DATA: data };
      const main = await startMain({ ...given, CAREPLUS_WORKER_OPS_PORT: String(await freePort()) });
      try {
        expect(await main.ended).toBe(69);
        expect(main.said()).toContain(given.TEMPORAL_ADDRESS);
        expect(main.said()).toContain('correct TEMPORAL_ADDRESS or TEMPORAL_NAMESPACE');
        expect(main.said()).not.toContain('    at ');
      } finally {
        main.child.kill('SIGKILL');
        rmSync(data, { recursive: true, force: true });
        await database.drop();
      }
    },
    60_000,
  );
});
