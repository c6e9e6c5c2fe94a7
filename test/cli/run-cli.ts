/** Runs the command line inside the test: streams as text, a clock that only waiting moves. */
import { run } from '../../cli/main.js';
import { startFakeApi, type Asked, type Routes } from './fake-api.js';

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly asked: readonly Asked[];
  /** How long the command waited, in milliseconds of its own clock. */
  readonly waitedMs: number;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly terminal?: boolean;
  readonly columns?: number;
  readonly cwd?: string;
  /** The standard input; without it there is none. */
  readonly input?: () => NodeJS.ReadableStream;
  /** Whether the error stream is a terminal. */
  readonly progress?: boolean;
  /** What the person says to every question; without it nobody can be asked. */
  readonly says?: boolean;
}

export const NOW = Date.parse('2026-11-23T09:00:00Z');

/** Against no server at all: whoever needs one finds nothing listening. */
export async function cli(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  let out = '';
  let err = '';
  let waitedMs = 0;
  const { says, input, progress = false } = options;
  const code = await run(argv, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    env: { CAREPLUS_URL: 'http://127.0.0.1:1', ...options.env },
    terminal: options.terminal ?? false,
    columns: options.columns,
    zone: 'Europe/Berlin',
    cwd: options.cwd ?? process.cwd(),
    now: () => NOW + waitedMs,
    pause: async (ms) => void (waitedMs += ms),
    progress,
    ...(input === undefined ? {} : { input }),
    ...(says === undefined ? {} : { ask: async () => says }),
  });
  return { code, out, err, asked: [], waitedMs };
}

/** Against a server that answers from the table. */
export async function cliWith(
  routes: Routes,
  argv: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  const api = await startFakeApi(routes);
  try {
    const result = await cli(argv, { ...options, env: { CAREPLUS_URL: api.url, ...options.env } });
    return { ...result, asked: api.asked };
  } finally {
    await api.stop();
  }
}

/** Lines that a terminal of 80 columns would break. */
export function tooLong(text: string): string[] {
  return text
    .replace(/\u001b\[[0-9;]*m/g, '')
    .split('\n')
    .filter((line) => [...line].length > 80);
}
