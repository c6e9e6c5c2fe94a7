import { createServer } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { migrationPart } from '../../workers/migration-part.js';
import { portsPart } from '../../workers/ports-part.js';
import { demandFreePort, freePort } from '../../workers/servers/ports.js';

describe('what stops the start is a sentence with a remedy', () => {
  it('when the database of the user does not answer', async () => {
    const databaseUrl = `postgres://careplus:not-to-be-told@127.0.0.1:${await freePort()}/careplus`;
    const failure = migrationPart({ databaseUrl }).start({ provided: {}, log: () => undefined });
    await expect(failure).rejects.toMatchObject({ exitCode: 69 });
    await expect(failure).rejects.toThrow(/ECONNREFUSED.*correct DATABASE_URL/);
    await expect(failure).rejects.not.toThrow(/not-to-be-told/);
  });

  it.each(['no-such-host.invalid', '192.0.2.1'])('when the address to listen on is %s', async (address) => {
    const failure = demandFreePort({ port: await freePort(), purpose: 'API', variable: 'PORT' }, address);
    await expect(failure).rejects.toMatchObject({ exitCode: 78 });
    await expect(failure).rejects.toThrow(/CAREPLUS_BIND/);
  });

  it('when another program answers on a port of the mail catcher, unless there is a mail server', async () => {
    const [port, opsPort, workerOpsPort, mailSmtpPort, mailPort] = await Promise.all([
      freePort(),
      freePort(),
      freePort(),
      freePort(),
      freePort(),
    ]);
    const other = createServer((_request, response) => response.end('{"messages":[]}'));
    await new Promise<void>((resolve) => other.listen(mailPort, '127.0.0.1', resolve));
    const ask = (smtpUrl: string | undefined) =>
      portsPart({ bind: '127.0.0.1', port, opsPort, workerOpsPort, mailSmtpPort, mailPort, smtpUrl }).start({
        provided: {},
        log: () => undefined,
      });
    try {
      await expect(ask(undefined)).rejects.toMatchObject({ exitCode: 78 });
      await expect(ask(undefined)).rejects.toThrow(/CAREPLUS_MAIL_PORT/);
      await expect(ask('smtp://127.0.0.1:25')).resolves.toBeDefined();
    } finally {
      other.close();
    }
  });
});
