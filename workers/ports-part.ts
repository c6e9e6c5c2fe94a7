// The step of the start that asks for the ports before the children start: their own message would only be in a log file.
import type { Environment } from '../config/environment.js';
import type { Part } from './parts.js';
import { demandFreePort } from './servers/ports.js';

type Ports = Pick<
  Environment,
  'bind' | 'port' | 'opsPort' | 'workerOpsPort' | 'mailPort' | 'mailSmtpPort' | 'smtpUrl'
>;

/** With a mail server of the user's own the catcher is not started, and its ports are not asked for. */
export const portsPart = ({
  bind,
  port,
  opsPort,
  workerOpsPort,
  mailPort,
  mailSmtpPort,
  smtpUrl,
}: Ports): Part => ({
  name: 'ports',
  title: 'Ports',
  start: async () => {
    await demandFreePort({ port, purpose: 'API', variable: 'PORT' }, bind);
    const others = [
      { port: opsPort, purpose: 'health and metrics', variable: 'CAREPLUS_OPS_PORT' },
      {
        port: workerOpsPort,
        purpose: "the worker's health and metrics",
        variable: 'CAREPLUS_WORKER_OPS_PORT',
      },
      ...(smtpUrl === undefined
        ? [
            { port: mailPort, purpose: "the mail catcher's page", variable: 'CAREPLUS_MAIL_PORT' },
            { port: mailSmtpPort, purpose: 'the mail catcher', variable: 'CAREPLUS_MAIL_SMTP_PORT' },
          ]
        : []),
    ];
    for (const wanted of others) await demandFreePort(wanted);
    return { detail: [port, ...others.map((wanted) => wanted.port)].join(', ') };
  },
});
