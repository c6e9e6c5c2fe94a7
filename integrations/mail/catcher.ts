/** A mail server for development: takes every message, sends none on, and can fail in every way that mail fails. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import { createCatcherHttp } from './catcher-http.js';
import { composeAutoReply, composeBounce, createReportPoster } from './catcher-reports.js';
import type { ReportPoster } from './catcher-reports.js';
import { behaviourFor } from './catcher-rules.js';
import { openMessageStore } from './catcher-store.js';
import type { MessageStore, StoredMessage } from './catcher-store.js';
import { KEY_HEADER } from './port.js';

export interface CatcherOptions {
  /** Messages, index and rules; they survive a restart. */
  readonly dataDir: string;
  /** 0 takes a free port. */
  readonly smtpPort: number;
  readonly httpPort: number;
  /** Loopback unless told otherwise. */
  readonly host?: string;
  /** Where bounces and automatic replies are posted as message/rfc822; without it they only lie in the inbox. */
  readonly onBounce?: string;
  /** Sent along with every such post, for instance an Authorization header. */
  readonly reportHeaders?: Readonly<Record<string, string>>;
}

export interface Catcher {
  readonly smtpUrl: string;
  readonly pageUrl: string;
  close(): Promise<void>;
}

const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;

/** Starts the catcher; rejects when a port is taken. */
export async function startCatcher(options: CatcherOptions): Promise<Catcher> {
  const host = options.host ?? '127.0.0.1';
  const store = await openMessageStore(options.dataDir);
  const poster = createReportPoster(store, options.onBounce, options.reportHeaders ?? {});
  const http = createCatcherHttp({ store, poster, postsTo: options.onBounce });
  const smtp = createSmtpServer(store, poster, options.onBounce !== undefined);
  const close = async (): Promise<void> => {
    await Promise.all([closeSmtp(smtp), closeHttp(http), poster.close()]);
  };
  try {
    http.listen(options.httpPort, host);
    smtp.server.listen(options.smtpPort, host);
    await Promise.all([once(http, 'listening'), once(smtp.server, 'listening')]);
  } catch (error) {
    await close();
    throw error;
  }
  // Reports that were owed when the catcher stopped.
  for (const { n } of store.list({ limit: Infinity })) if (store.postsOwed(n) > 0) poster.enqueue(n);
  return {
    smtpUrl: `smtp://${urlHost(host)}:${portOf(smtp.server.address())}`,
    pageUrl: `http://${urlHost(host)}:${portOf(http.address())}/`,
    close,
  };
}

function createSmtpServer(store: MessageStore, poster: ReportPoster, reportsWanted: boolean): SMTPServer {
  const server = new SMTPServer({
    banner: 'care plus mail catcher',
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    size: MAX_MESSAGE_BYTES,
    closeTimeout: 500,
    onAuth: (auth, _session, callback) => callback(null, { user: auth.username ?? 'anybody' }),
    onRcptTo: ({ address }, _session, callback) => {
      const { then } = behaviourFor(address, store.rules());
      if (then === 'reject') return callback(refusal(550, `5.1.1 <${address}>: no such mailbox`));
      if (then === 'defer') return callback(refusal(451, `4.3.0 <${address}>: try again later`));
      callback();
    },
    onData: (stream, session, callback) => {
      receive(store, stream, session).then(
        (received) => {
          if (received === undefined) return callback(refusal(552, '5.3.4 message too large'));
          const drops = received.message.to.some(
            (address) => behaviourFor(address, store.rules()).then === 'dropAfterData',
          );
          if (drops) cut(server, session.id);
          else callback(null, `2.0.0 kept as message ${received.message.n}`);
          report(store, poster, received, reportsWanted).catch((error: unknown) =>
            server.emit('error', error),
          );
        },
        (error: unknown) => callback(refusal(451, error instanceof Error ? error.message : 'cannot store')),
      );
    },
  });
  // A client that goes away in the middle is part of the day; what the catcher cannot do itself is said aloud.
  server.on('error', (error: Error) => {
    if (server.server.listening && !('remoteAddress' in error)) process.emitWarning(error);
  });
  return server;
}

interface Received {
  readonly message: StoredMessage;
  readonly raw: Buffer;
}

async function receive(
  store: MessageStore,
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
): Promise<Received | undefined> {
  const chunks: Buffer[] = [];
  // An oversized message is read to its end, or the client would never hear why it was refused.
  for await (const chunk of stream) if (!stream.sizeExceeded) chunks.push(Buffer.from(chunk as Uint8Array));
  if (stream.sizeExceeded) return undefined;
  const raw = Buffer.concat(chunks);
  const mail = await PostalMime.parse(raw);
  const key = mail.headers.find((header) => header.key === KEY_HEADER.toLowerCase())?.value;
  const { mailFrom, rcptTo } = session.envelope;
  const message = await store.add(
    {
      kind: 'mail',
      from: mailFrom === false ? '' : mailFrom.address,
      to: rcptTo.map(({ address }) => address),
      subject: mail.subject ?? '',
      posts: 0,
      ...(key === undefined ? {} : { key }),
      ...(mail.messageId === undefined ? {} : { messageId: mail.messageId }),
    },
    raw,
  );
  return { message, raw };
}

/** Makes the bounces and automatic replies that the recipients' rules ask for. */
async function report(
  store: MessageStore,
  poster: ReportPoster,
  { message, raw }: Received,
  wanted: boolean,
): Promise<void> {
  // A message from nobody (a bounce) is never answered: RFC 5321 §6.1.
  if (message.from === '') return;
  for (const recipient of message.to) {
    const { then, double } = behaviourFor(recipient, store.rules());
    if (then !== 'bounce' && then !== 'autoReply') continue;
    const bounce = then === 'bounce';
    const content = bounce
      ? composeBounce(message, raw, recipient)
      : await composeAutoReply(message, recipient);
    const { n } = await store.add(
      {
        kind: then,
        from: bounce ? '' : recipient,
        to: [message.from],
        subject: bounce ? 'Undelivered Mail Returned to Sender' : `Automatic reply: ${message.subject}`,
        regarding: message.n,
        posts: wanted ? (double ? 2 : 1) : 0,
      },
      content,
    );
    if (wanted) poster.enqueue(n);
  }
}

/** Ends the connection without an answer, as a server does that dies after it took the message. */
function cut(server: SMTPServer, sessionId: string): void {
  for (const connection of server.connections) {
    if (connection.id === sessionId) connection._socket.destroy();
  }
}

function refusal(responseCode: number, text: string): Error & { responseCode: number } {
  return Object.assign(new Error(text), { responseCode });
}

function closeSmtp(server: SMTPServer): Promise<void> {
  return new Promise((resolve) => (server.server.listening ? server.close(() => resolve()) : resolve()));
}

function closeHttp(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}

/** A wildcard address is no place to connect to. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
