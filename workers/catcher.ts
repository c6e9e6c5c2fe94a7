/** The mail catcher of a development installation as a supervised process: an SMTP server and a page to read. */
import { join } from 'node:path';
import { exitOnBadConfiguration, readEnvironment } from '../config/environment.js';
import { startCatcher } from '../integrations/mail/catcher.js';

const environment = exitOnBadConfiguration(readEnvironment());
const catcher = await startCatcher({
  dataDir: join(environment.dataFolder, 'mail'),
  smtpPort: environment.mailSmtpPort,
  httpPort: environment.mailPort,
  host: '127.0.0.1',
  onBounce: `${environment.publicUrl}/v1/mail/reports`,
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    catcher.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}
