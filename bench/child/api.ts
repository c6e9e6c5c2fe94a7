/** The API of the product on a port of its own; composed like api/main.ts, with a limit on requests that no measurement meets. */
import { createApp } from '../../api/app.js';
import { composeParts } from '../../api/compose.js';
import { defaultLimits } from '../../api/dependencies.js';
import { createLog } from '../../api/middleware/request-log.js';
import { connect } from '../../db/connection.js';
import { createRegistry } from '../../db/definitions.js';
import { stores } from '../../db/stores.js';
import { recordingFiles } from '../../integrations/files/recording.js';
import { readMailReport } from '../../integrations/mail/report.js';
import { connectClient } from '../../messages/ringer.js';
import { planOf, serve } from './serve.js';
import { timeStatements } from './statement-times.js';

export interface ApiPlan {
  readonly databaseUrl: string;
  readonly poolSize: number;
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly timed: boolean;
}

/** A minute; the counting itself is paid for. */
const MANY = 10_000_000;

const plan = planOf<ApiPlan>();
const watch = plan.timed ? timeStatements() : null;
const database = connect({ databaseUrl: plan.databaseUrl, poolSize: plan.poolSize, name: 'bench-api' });
const client = connectClient({ address: plan.temporalAddress, namespace: plan.namespace });
const { taskQueue } = plan;
const parts = composeParts({ database, client, taskQueue, registry: createRegistry(), stores });
const { ringer } = parts;
const timedRinger: typeof ringer = {
  ...ringer,
  ring: async (...at) => (watch ? watch.time('(ring)', () => ringer.ring(...at)) : ringer.ring(...at)),
};
const app = createApp({
  ...parts,
  ringer: timedRinger,
  readMailReport,
  files: recordingFiles(),
  log: createLog('fatal'),
  profile: 'production',
  mailSecret: null,
  limits: {
    ...defaultLimits,
    requestsPerMinute: MANY,
    requestsPerKey: MANY,
    requestsPerPerson: MANY,
    requestsPerTenant: MANY,
  },
});
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  serve(typeof address === 'object' && address ? address.port : 0, {
    stop: async () => {
      server.closeAllConnections();
      await client.connection.close();
      await database.close();
    },
    ...(watch ? { report: () => watch.report() } : {}),
  });
});
