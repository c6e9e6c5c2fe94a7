import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Connection, WorkflowClient } from '@temporalio/client';
import { freePort } from '../../workers/servers/ports.js';
import { isRunning, waitUntil } from '../../workers/servers/processes.js';
import { demandTemporal, startTemporal, type TemporalServer } from '../../workers/servers/temporal.js';
import { programPath } from '../support/temporal.js';

let folder: string;
let notes: string[] = [];
const started: TemporalServer[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'temporal-'));
});
afterAll(async () => {
  for (const server of started) await server.stop();
  rmSync(folder, { recursive: true });
});

const start = async (port = 0, executable?: string): Promise<TemporalServer> => {
  notes = [];
  const server = await startTemporal({
    executable: executable ?? (await programPath('dev-server')),
    dataDir: join(folder, 'data'),
    port,
    namespace: 'care',
    log: (note) => notes.push(note),
  });
  started.push(server);
  return server;
};

/** A program of the shell in the folder of this test, by its path. */
const script = (name: string, body: string): string => {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return path;
};

describe('the Temporal dev server', () => {
  it('keeps a started workflow through kill -9', async () => {
    const first = await start();
    const connection = await Connection.connect({ address: first.address });
    const client = new WorkflowClient({ connection, namespace: 'care' });
    await client.start('nobodyRunsThis', { workflowId: 'kept', taskQueue: 'none' });
    await connection.close();
    process.kill(first.process.pid, 'SIGKILL');
    expect(await first.process.gone).toBe('signal SIGKILL');

    const second = await start();
    expect(second.reused).toBe(false);
    const again = await Connection.connect({ address: second.address });
    const { status } = await new WorkflowClient({ connection: again, namespace: 'care' })
      .getHandle('kept')
      .describe();
    expect(status.name).toBe('RUNNING');
    await again.close();
  });

  it('is used again when it was left running as asked for, and replaced when it was not', async () => {
    const left = started.at(-1);
    const same = await start();
    expect(same.process.pid).toBe(left?.process.pid);
    expect(notes.join()).toMatch(/already running/);
    const elsewhere = await start(await freePort());
    expect(elsewhere.reused).toBe(false);
    expect(isRunning(same.process)).toBe(false);
    expect(notes.join()).toMatch(/it is stopped/);
  });

  it('is started again when it ended before it answered, and says why when it does so each time', async () => {
    await started.at(-1)?.stop();
    const tried = join(folder, 'tried');
    const real = await programPath('dev-server');
    const panic = 'printf "panic: bind: address already in use\\n\\ngoroutine 1:\\n"; exit 2';
    const once = script('once', `[ -e ${tried} ] || { touch ${tried}; ${panic}; }\nexec ${real} "$@"`);
    expect((await start(0, once)).reused).toBe(false);
    await started.at(-1)?.stop();
    await expect(start(0, script('always', panic))).rejects.toThrow(
      /ends with:\npanic: bind: address already/,
    );
  });

  it('names the port and the variable when the port is taken', async () => {
    await started.at(-1)?.stop();
    const port = await freePort();
    const other = createServer().listen(port, '127.0.0.1');
    expect(await waitUntil(() => other.listening, 5_000)).toBe(true);
    await expect(start(port)).rejects.toThrow(new RegExp(`Port ${port} .*CAREPLUS_TEMPORAL_PORT`));
    other.close();
  });

  it('of the user is refused with a sentence when nobody answers there', async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    const failure = demandTemporal(nobody, 'default', 100);
    await expect(failure).rejects.toMatchObject({ exitCode: 69 });
    await expect(failure).rejects.toThrow(/TEMPORAL_ADDRESS/);
  });
});
