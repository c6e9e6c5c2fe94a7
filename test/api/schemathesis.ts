/** Schemathesis, a fuzzer for HTTP APIs that is written in Python: found in the cache, or put there where Python has venv and pip. */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describeProblems, inheritedEnvironment, readEnvironment } from '../../config/environment.js';

const VERSION = '4.32.5';
const INSTALL_MS = 120_000;

/** The path of the program, or a sentence that says why there is none. */
export function findSchemathesis(): { readonly path: string } | { readonly missing: string } {
  const read = readEnvironment();
  if (!read.ok) throw new Error(describeProblems(read.problems));
  const home = join(read.environment.cacheFolder, `schemathesis-${VERSION}`);
  const path = join(home, 'bin', 'schemathesis');
  if (existsSync(path)) return { path };
  const problem =
    failureOf('python3', ['-m', 'venv', home]) ??
    failureOf(join(home, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', `schemathesis==${VERSION}`]);
  if (problem === undefined && existsSync(path)) return { path };
  rmSync(home, { recursive: true, force: true });
  return { missing: problem ?? 'pip has not made the program' };
}

/** Why a program did not do its work, in its own last words. */
function failureOf(program: string, args: readonly string[]): string | undefined {
  const done = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: INSTALL_MS,
    env: inheritedEnvironment({}),
  });
  if (done.status === 0) return undefined;
  const said = done.error?.message ?? done.stderr.trim().split('\n').at(-1) ?? '';
  return `${program} ${args.slice(0, 3).join(' ')}: ${said}`;
}
