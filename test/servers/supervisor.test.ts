import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { childPart, type Part, type StartedPart } from '../../workers/parts.js';
import { screenProgress } from '../../workers/progress.js';
import { StartFailure } from '../../workers/servers/failure.js';
import { freePort } from '../../workers/servers/ports.js';
import { isRunning, recordOf, waitUntil } from '../../workers/servers/processes.js';
import { supervise, type SupervisorOptions } from '../../workers/supervisor.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CHILD = 'test/servers/fixtures/obedient-child.ts';

let folder: string;
let screen: string;
let stop: AbortController;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'supervisor-'));
  screen = '';
  stop = new AbortController();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const journal = (): string => {
  const path = join(folder, 'journal');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};
const eventsOf = (text: string): readonly string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.replace(/ \d+$/, ''));
const pidOf = (event: string): number => Number(new RegExp(`${event} (\\d+)`).exec(journal())?.[1] ?? 0);

/** Runs a system until `during` is done, then asks it to stop. */
const run = async (
  parts: readonly Part[],
  during: () => Promise<void>,
  more: Partial<SupervisorOptions> = {},
) => {
  let doing = Promise.resolve();
  await supervise({
    dataFolder: join(folder, 'data'),
    parts,
    progress: screenProgress({ write: (text) => (screen += text) }),
    stop: stop.signal,
    ready: () => {
      doing = during().finally(() => stop.abort());
    },
    ...more,
  });
  await doing;
};

const aServer = (name: string, record: string[], running = new Promise<string>(() => undefined)): Part => ({
  name,
  title: name,
  start: async (): Promise<StartedPart> => {
    record.push(`${name} up`);
    return {
      provides: { [name]: 'here' },
      running: { gone: running, stop: async () => void record.push(`${name} down`) },
    };
  },
});

const aChild = async (name: string): Promise<readonly Part[]> => {
  const port = await freePort();
  const settings = { CHILD_PORT: String(port), CHILD_NAME: name, CHILD_JOURNAL: join(folder, 'journal') };
  return [
    { name: `${name}-settings`, title: 'Settings', start: async () => ({ provides: settings }) },
    childPart({
      name,
      title: name,
      script: CHILD,
      readyUrl: `http://127.0.0.1:${port}/readyz`,
      logFolder: join(folder, 'log'),
    }),
  ];
};

describe('the supervisor', () => {
  it('starts the parts in order, hands on what they provide, and stops them in reverse', async () => {
    const record: string[] = [];
    let provided: unknown;
    const parts = [aServer('postgres', record), aServer('temporal', record), aServer('worker', record)];
    const last: Part = {
      name: 'last',
      title: 'last',
      start: async (context) => {
        provided = context.provided;
        return {};
      },
    };
    await run([...parts, last], async () => undefined);
    expect(record).toEqual([
      'postgres up',
      'temporal up',
      'worker up',
      'worker down',
      'temporal down',
      'postgres down',
    ]);
    expect(provided).toEqual({ postgres: 'here', temporal: 'here', worker: 'here' });
    expect(existsSync(join(folder, 'data', 'careplus.lock'))).toBe(false);
  });

  it('stops what was started when a later part fails, and passes the failure on', async () => {
    const record: string[] = [];
    const failing: Part = {
      name: 'bad',
      title: 'bad',
      start: async () => {
        throw new StartFailure(69, 'Nothing there.', 'Put it there.');
      },
    };
    await expect(run([aServer('postgres', record), failing], async () => undefined)).rejects.toMatchObject({
      exitCode: 69,
    });
    expect(record).toEqual(['postgres up', 'postgres down']);
    expect(screen).toContain('✖ bad');
  });

  it('stops the others too when one cannot be stopped, and the data can be used again', async () => {
    const record: string[] = [];
    const stuck: Part = {
      ...{ name: 'temporal', title: 'temporal' },
      start: async () => ({
        running: {
          gone: new Promise(() => undefined),
          stop: async () => Promise.reject(new Error('It does not go.')),
        },
      }),
    };
    const parts = [aServer('postgres', record), stuck, aServer('worker', record)];
    await expect(run(parts, async () => undefined)).rejects.toThrow('It does not go.');
    expect(record.slice(-2)).toEqual(['worker down', 'postgres down']);
    stop = new AbortController();
    await run([aServer('postgres', record)], async () => undefined);
  });

  it('says that one is running on the same data', async () => {
    await run([], async () => {
      const second = supervise({ ...silentOptions(), dataFolder: join(folder, 'data') });
      await expect(second).rejects.toMatchObject({ exitCode: 1 });
      await expect(second).rejects.toThrow(new RegExp(`already running .*\\(process ${process.pid}\\)`));
    });
  });

  it('refuses a data folder that cannot be written, and names the variable', async () => {
    writeFileSync(join(folder, 'a-file'), '');
    const inFile = supervise({ ...silentOptions(), dataFolder: join(folder, 'a-file', 'data') });
    await expect(inFile).rejects.toMatchObject({ exitCode: 78 });
    await expect(inFile).rejects.toThrow(/cannot be written .*CAREPLUS_DATA/);
  });

  it('starts a killed child again, and lets it end in order', async () => {
    await run(await aChild('worker'), async () => {
      process.kill(pidOf('worker up'), 'SIGKILL');
      expect(await waitUntil(() => eventsOf(journal()).length === 2, 20_000)).toBe(true);
      expect(await waitUntil(() => screen.includes('up again'), 20_000)).toBe(true);
    });
    expect(eventsOf(journal())).toEqual(['worker up', 'worker up', 'worker stopping', 'worker closed']);
    expect(screen).toMatch(/worker ended \(signal SIGKILL\); it is started again/);
  });

  it('stops a part too that is just starting again when the stop is asked for', async () => {
    const record: string[] = [];
    let starts = 0;
    const slow: Part = {
      name: 'slow',
      title: 'slow',
      start: async () => {
        starts += 1;
        const again = starts > 1;
        if (again) {
          stop.abort();
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
        const gone = again ? new Promise<string>(() => undefined) : Promise.resolve('signal SIGKILL');
        return { running: { gone, stop: async () => void record.push(`slow ${starts} down`) } };
      },
    };
    await supervise({ ...silentOptions(), stop: stop.signal, parts: [slow], limits: { firstDelayMs: 1 } });
    expect(record).toEqual(['slow 2 down']);
  });

  it('gives up on a part that ends again and again, and stops the others', async () => {
    const record: string[] = [];
    const crashing: Part = {
      name: 'crashing',
      title: 'Crashing part',
      start: async () => ({ running: { gone: Promise.resolve('exit code 7'), stop: async () => undefined } }),
    };
    const limits = { mostRestarts: 3, firstDelayMs: 1 };
    const forever = new Promise<void>(() => undefined);
    const failure = run([aServer('postgres', record), crashing], () => forever, { limits });
    await expect(failure).rejects.toThrow(
      /Crashing part ended 4 times within 60 s, the last time with: exit code 7/,
    );
    expect(record).toEqual(['postgres up', 'postgres down']);
    expect(screen.match(/started again in/g)).toHaveLength(3);
  });

  it('shows the end of the log when a child does not start', async () => {
    const broken = childPart({
      name: 'broken',
      title: 'Broken',
      script: 'test/servers/fixtures/no-such-file.ts',
      readyUrl: 'http://127.0.0.1:1/readyz',
      logFolder: join(folder, 'log'),
    });
    await expect(run([broken], async () => undefined)).rejects.toThrow(
      /Broken did not start \(exit code 1\).*no-such-file/s,
    );
  });

  it('leaves no child behind when it is killed', async () => {
    const script = join(ROOT, 'test/servers/fixtures/supervise-one.ts');
    const args = ['--import', 'tsx/esm', script, join(folder, 'data'), join(folder, 'journal')];
    const supervisor = spawn(process.execPath, args, { cwd: ROOT, stdio: 'ignore' });
    expect(await waitUntil(() => journal().includes('only up'), 20_000)).toBe(true);
    const child = recordOf(pidOf('only up'));
    supervisor.kill('SIGKILL');
    expect(child).toBeDefined();
    expect(await waitUntil(() => child !== undefined && !isRunning(child), 20_000)).toBe(true);
    expect(eventsOf(journal())).toEqual(['only up', 'only stopping', 'only closed']);
  });
});

const silentOptions = (): SupervisorOptions => ({
  dataFolder: folder,
  parts: [],
  progress: screenProgress({ write: () => undefined }),
  stop: AbortSignal.abort(),
  ready: () => undefined,
});
