// The two servers as parts of the supervised system; an address of the user's own replaces each.
import { join } from 'node:path';
import { programFolders, type Environment } from '../../config/environment.js';
import type { Part } from '../parts.js';
import { obtainProgram } from './obtain.js';
import { startPostgres } from './postgres.js';
import { demandTemporal, startTemporal } from './temporal.js';

/** A server that was named by the user and does not answer at once may be starting beside us. */
const OWN_TEMPORAL_PATIENCE_MS = 15_000;

/** Provides DATABASE_URL; with a DATABASE_URL of the user's own there is no such part. */
export const postgresPart = (environment: Environment): Part => ({
  name: 'postgres',
  title: 'Postgres',
  start: async ({ log }) => {
    const server = await startPostgres({
      dataDir: join(environment.dataFolder, 'postgres'),
      port: environment.postgresPort,
      log,
    });
    return {
      detail: `on port ${server.port}${server.reused ? ', was running' : ''}`,
      provides: { DATABASE_URL: server.url },
      running: { gone: server.process.gone, stop: () => server.stop() },
    };
  },
});

/** Provides TEMPORAL_ADDRESS: a dev server of ours, or the one that the user named, once it answers. */
export const temporalPart = (environment: Environment): Part => ({
  name: 'temporal',
  title: 'Temporal',
  start: ({ log }) =>
    environment.temporalAddress === undefined
      ? startOwn(environment, log)
      : useNamed(environment.temporalAddress, environment.temporalNamespace),
});

const startOwn = async (
  environment: Environment,
  log: (sentence: string) => void,
): ReturnType<Part['start']> => {
  const { path } = await obtainProgram('dev-server', {
    programFolders: programFolders(),
    cacheFolder: environment.cacheFolder,
    log,
  });
  const server = await startTemporal({
    executable: path,
    dataDir: join(environment.dataFolder, 'temporal'),
    port: environment.temporalPort,
    uiPort: environment.temporalUiPort,
    namespace: environment.temporalNamespace,
    log,
  });
  return {
    detail: `on ${server.address}, pages at ${server.uiUrl ?? ''}${server.reused ? ', was running' : ''}`,
    provides: { TEMPORAL_ADDRESS: server.address },
    running: { gone: server.process.gone, stop: () => server.stop() },
  };
};

const useNamed = async (address: string, namespace: string): ReturnType<Part['start']> => {
  await demandTemporal(address, namespace, OWN_TEMPORAL_PATIENCE_MS);
  return { detail: `at ${address} (TEMPORAL_ADDRESS)`, provides: { TEMPORAL_ADDRESS: address } };
};
