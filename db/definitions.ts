/** The registry of definitions with a hash of the sources that each one's decisions follow from. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Registry } from '../domain/kernel/advance.js';
import { sha256 } from '../domain/kernel/hash.js';
import { definitions } from '../domain/processes.js';

const DOMAIN = fileURLToPath(new URL('../domain/', import.meta.url));
/** Every definition is decided by these too. */
const SHARED = ['kernel', 'time', 'policy', 'signature'];

export function createRegistry(): Registry {
  const shared = SHARED.map(hashOfFolder);
  const hashes = Object.keys(definitions).map((slug): [string, string] => [
    slug,
    sha256([...shared, hashOfFolder(folderOf(slug))]),
  ]);
  return { definitions, hashes: Object.fromEntries(hashes), zoneData: process.versions.tz ?? 'unknown' };
}

/** `eventPlan` lies in `event-plan`. */
function folderOf(slug: string): string {
  return slug.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function hashOfFolder(folder: string): string {
  const path = join(DOMAIN, folder);
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.[jt]s$/.test(name),
  );
  return sha256(files.sort().map((name) => [name, sha256(readFileSync(join(path, name), 'utf8'))]));
}
