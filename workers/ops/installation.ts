/** Where the parts of an installation are: settings of the operator, or what the embedded servers noted of themselves. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Environment } from '../../config/environment.js';
import { codeOf } from '../servers/failure.js';
import { readJsonFile } from '../servers/json-file.js';
import { clusterHome } from '../servers/postgres-home.js';

export interface Installation {
  readonly environment: Environment;
  /** Null: no database was named, and no embedded one was ever started here. */
  readonly databaseUrl: string | null;
  readonly temporalAddress: string;
  readonly apiOps: string;
  readonly workerOps: string;
}

const temporalNote = z.object({ port: z.int() });
/** The fourth line of a postmaster's own note is its port. */
const PORT_LINE = 3;

export function installationOf(environment: Environment): Installation {
  const { dataFolder, temporalAddress, temporalPort, opsPort, workerOpsPort } = environment;
  const note = readJsonFile(join(dataFolder, 'temporal', 'server.json'), temporalNote);
  return {
    environment,
    databaseUrl: environment.databaseUrl ?? embeddedDatabase(environment),
    temporalAddress: temporalAddress ?? `127.0.0.1:${String(note?.port ?? temporalPort)}`,
    apiOps: `http://127.0.0.1:${String(opsPort)}`,
    workerOps: `http://127.0.0.1:${String(workerOpsPort)}`,
  };
}

function embeddedDatabase({ dataFolder, postgresPort }: Environment): string | null {
  const folder = join(dataFolder, 'postgres');
  if (!existsSync(join(folder, 'password'))) return null;
  const home = clusterHome(folder, () => undefined);
  const port = portOf(join(home.cluster, 'postmaster.pid')) ?? postgresPort;
  return `postgres://careplus:${home.password()}@127.0.0.1:${String(port)}/careplus`;
}

function portOf(file: string): number | null {
  try {
    const port = Number(readFileSync(file, 'utf8').split('\n')[PORT_LINE]);
    return Number.isInteger(port) && port > 0 ? port : null;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EACCES') return null;
    throw error;
  }
}
