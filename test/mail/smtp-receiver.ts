/** A real SMTP server that treats messages as a test tells it to. */
import { once } from 'node:events';
import PostalMime from 'postal-mime';
import type { Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import type { Treatment } from './mail-port-contract.js';

/** What the server does once it has kept a message: answers, breaks off, says that it failed, or nothing for now. */
export type AfterKeeping = 'ok' | 'drop' | 'fail' | 'hold';

export interface SmtpReceiver {
  readonly url: string;
  readonly received: Email[];
  unanswered: () => number;
  treatNext: (to: string, treatment: Treatment) => void;
  /** Decides for every message from now on. */
  afterKeeping: (decide: (mail: Email) => AfterKeeping) => void;
  /** How many kept messages wait for their answer. */
  held: () => number;
  /** Answers those that wait. */
  answerHeld: () => void;
  close(): Promise<void>;
}

export async function startSmtpReceiver(over: SMTPServerOptions = {}): Promise<SmtpReceiver> {
  const treatments = new Map<string, Treatment>();
  const received: Email[] = [];
  let unanswered = 0;
  const held: (() => void)[] = [];
  let decide: (mail: Email) => AfterKeeping = () => 'ok';
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
            const after = decide(mail);
            if (after === 'drop') connection?._socket.destroy();
            else if (after === 'fail') callback(Object.assign(new Error('as told'), { responseCode: 554 }));
            else if (after === 'ok') callback();
            else held.push(callback);
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
    afterKeeping: (wanted) => void (decide = wanted),
    held: () => held.length,
    answerHeld: () => {
      for (const answer of held.splice(0)) answer();
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
