/** A real SMTP server that treats messages as a test tells it to. */
import { once } from 'node:events';
import PostalMime from 'postal-mime';
import type { Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import type { Treatment } from './mail-port-contract.js';

export interface SmtpReceiver {
  readonly url: string;
  readonly received: Email[];
  unanswered: () => number;
  treatNext: (to: string, treatment: Treatment) => void;
  close(): Promise<void>;
}

export async function startSmtpReceiver(over: SMTPServerOptions = {}): Promise<SmtpReceiver> {
  const treatments = new Map<string, Treatment>();
  const received: Email[] = [];
  let unanswered = 0;
  const take = (to: string, ...kinds: Treatment[]): Treatment | undefined => {
    const treatment = treatments.get(to);
    if (treatment === undefined || !kinds.includes(treatment)) return undefined;
    treatments.delete(to);
    return treatment;
  };
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onRcptTo: ({ address }, _session, callback) => {
      const treatment = take(address, 'reject', 'defer');
      if (treatment === undefined) return callback();
      const responseCode = treatment === 'reject' ? 550 : 451;
      callback(Object.assign(new Error('as told'), { responseCode }));
    },
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo[0]?.address ?? '';
        const treatment = take(to, 'loseAnswer', 'neverAnswer');
        const connection = [...server.connections].find(({ id }) => id === session.id);
        if (treatment === 'neverAnswer') unanswered += 1;
        else if (treatment === 'loseAnswer') connection?._socket.destroy();
        else {
          PostalMime.parse(Buffer.concat(chunks)).then((mail) => {
            received.push(mail);
            callback();
          }, callback);
        }
      });
    },
    ...over,
  });
  server.on('error', () => undefined);
  server.server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    received,
    unanswered: () => unanswered,
    treatNext: (to, treatment) => void treatments.set(to, treatment),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
