/** What the SMTP adapter writes, and what it concludes from each way in which a server can fail. */
import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { MailOutcome } from '../../integrations/mail/port.js';
import { messageIdOf } from '../../integrations/mail/port.js';
import { classifyFailure, createSmtpMail } from '../../integrations/mail/smtp.js';
import { aMail } from './mail-builders.js';
import { startSmtpReceiver } from './smtp-receiver.js';

type Stage = 'greeting' | 'EHLO' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'body' | 'end';
/** A line to write, or `cut` to hang up, or `silence`. */
type Reply = string;
const USUAL: Readonly<Record<Exclude<Stage, 'body'>, string>> = {
  greeting: '220 ready',
  EHLO: '250-here\r\n250 AUTH PLAIN',
  AUTH: '235 ok',
  MAIL: '250 ok',
  RCPT: '250 ok',
  DATA: '354 go on',
  end: '250 taken',
};

/** Sends one message to a server that answers as usual except at the stages named. */
async function sendTo(
  replies: Partial<Record<Stage, Reply>>,
  { credentials = '', html = '<p>Hello</p>' } = {},
): Promise<{ outcome: MailOutcome; stages: Stage[] }> {
  const stages: Stage[] = [];
  const server = net.createServer((socket) => {
    let inBody = false;
    let tail = '';
    const reply = (stage: Stage): void => {
      stages.push(stage);
      const text = replies[stage] ?? (stage === 'body' ? 'silence' : USUAL[stage]);
      if (text === 'cut') socket.destroy();
      else if (text !== 'silence') socket.write(`${text}\r\n`);
      if (stage === 'DATA' && text.startsWith('354')) inBody = true;
      if (stage === 'end') inBody = false;
    };
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      if (inBody) {
        if (!stages.includes('body')) reply('body');
        tail = (tail + chunk.toString('latin1')).slice(-5);
        if (tail === '\r\n.\r\n') reply('end');
        return;
      }
      for (const line of chunk.toString('latin1').split('\r\n')) {
        const stage = /^(EHLO|AUTH|MAIL|RCPT|DATA)/.exec(line)?.[1];
        if (stage !== undefined) reply(stage as Stage);
      }
    });
    reply('greeting');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const mail = createSmtpMail({
    url: `smtp://${credentials}127.0.0.1:${port}`,
    connectTimeoutMs: 400,
    silenceTimeoutMs: 400,
  });
  try {
    return { outcome: await mail.send(aMail({ html })), stages };
  } finally {
    await mail.close();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** More than the kernel buffers on the way, so that its end cannot have been written when the server hangs up. */
const LARGE = `${'words '.repeat(11)}\n`.repeat(270_000);

describe('SMTP: what becomes of a message', () => {
  it.each<[string, Partial<Record<Stage, Reply>>, Stage, MailOutcome['kind'], object?]>([
    ['takes it', {}, 'end', 'sent'],
    ['takes nobody', { greeting: '554 no service' }, 'greeting', 'deferred'],
    ['never greets', { greeting: 'silence' }, 'greeting', 'deferred'],
    ['hangs up at the greeting', { greeting: 'cut' }, 'greeting', 'deferred'],
    ['hangs up at EHLO', { EHLO: 'cut' }, 'EHLO', 'deferred'],
    ['refuses the sender for good', { MAIL: '550 not you' }, 'MAIL', 'rejected', { code: 550 }],
    ['wants a login first', { MAIL: '530 5.7.0 authentication required' }, 'MAIL', 'deferred'],
    ['refuses the recipient for good', { RCPT: '550 5.1.1 nobody' }, 'RCPT', 'rejected', { code: 550 }],
    ['refuses the recipient for now', { RCPT: '450 greylisted' }, 'RCPT', 'deferred'],
    ['goes silent at RCPT', { RCPT: 'silence' }, 'RCPT', 'deferred'],
    ['hangs up at DATA', { DATA: 'cut' }, 'DATA', 'deferred'],
    ['refuses DATA for good', { DATA: '554 no' }, 'DATA', 'rejected', { code: 554 }],
    ['refuses the content for good', { end: '554 5.7.1 spam' }, 'end', 'rejected', { code: 554 }],
    ['refuses the content for now', { end: '452 4.3.1 disk full' }, 'end', 'deferred'],
    ['shuts down instead of an answer', { end: '421 shutting down' }, 'end', 'deferred'],
    ['hangs up after the end of the message', { end: 'cut' }, 'end', 'unknown'],
    ['goes silent after the end of the message', { end: 'silence' }, 'end', 'unknown'],
    ['answers nonsense after the end of the message', { end: 'what?' }, 'end', 'unknown'],
  ])('a server that %s', async (_what, replies, lastStage, kind, more = {}) => {
    const { outcome, stages } = await sendTo(replies);
    expect(stages.at(-1)).toBe(lastStage);
    expect(outcome).toMatchObject({ kind, ...more });
  });

  it('is deferred when the connection dies in the middle of the message: half a message is never accepted', async () => {
    const { outcome, stages } = await sendTo({ body: 'cut' }, { html: LARGE });
    expect(stages.at(-1)).toBe('body');
    expect(outcome.kind).toBe('deferred');
  });

  it('is deferred when the password is wrong: the message is as good as before', async () => {
    const { outcome, stages } = await sendTo({ AUTH: '535 5.7.8 wrong' }, { credentials: 'care:wrong@' });
    expect(stages.at(-1)).toBe('AUTH');
    expect(outcome.kind).toBe('deferred');
  });

  it('is deferred when nobody listens', async () => {
    const receiver = await startSmtpReceiver();
    await receiver.close();
    expect((await createSmtpMail({ url: receiver.url }).send(aMail())).kind).toBe('deferred');
  });

  it.each<[string, Partial<Record<Stage, Reply>>]>([
    ['greets nobody', { greeting: '554 no service' }],
    ['hangs up at the greeting', { greeting: 'cut' }],
    ['goes silent at EHLO', { EHLO: 'silence' }],
    ['takes the password of nobody', { AUTH: '535 5.7.8 wrong' }],
    ['wants a login from every sender', { MAIL: '530 5.7.0 authentication required' }],
  ])('a server that %s is away for every message', async (_what, replies) => {
    const { outcome } = await sendTo(replies, { credentials: 'care:wrong@' });
    expect(outcome).toMatchObject({ kind: 'deferred', away: true });
  });

  it.each<[string, Partial<Record<Stage, Reply>>]>([
    ['goes silent at the sender', { MAIL: 'silence' }],
    ['wants a login for this recipient', { RCPT: '530 5.7.0 authentication required' }],
    ['has no room for the moment', { MAIL: '452 4.3.1 insufficient storage' }],
    ['goes silent at the recipient', { RCPT: 'silence' }],
    ['hangs up at the recipient', { RCPT: 'cut' }],
    ['hangs up at DATA', { DATA: 'cut' }],
    ['hangs up in the middle of the message', { body: 'cut' }],
  ])('a server that %s is not away: the message after it is tried all the same', async (_what, replies) => {
    const { outcome } = await sendTo(replies, replies.body === undefined ? {} : { html: LARGE });
    expect(outcome.kind).toBe('deferred');
    expect(outcome).not.toHaveProperty('away');
  });

  it('is rejected before DATA when the server announces a smaller limit', async () => {
    const { outcome, stages } = await sendTo({ EHLO: '250-here\r\n250 SIZE 100' });
    expect(stages.at(-1)).toBe('EHLO');
    expect(outcome).toMatchObject({ kind: 'rejected', code: 552 });
  });

  it('never calls an error after the end of the message deferred without the server having said so', () => {
    for (const code of ['ECONNECTION', 'ESOCKET', 'ETIMEDOUT', 'EPROTOCOL', 'ESTREAM', 'ETLS']) {
      const error = { code, command: 'CONN', message: 'gone', responseCode: 451 };
      expect(classifyFailure(error, 'end').kind).toBe('unknown');
      expect(classifyFailure(error, 'message').kind).toBe('deferred');
      expect(classifyFailure(error, 'nothing').kind).toBe('deferred');
    }
  });
});

describe('SMTP: what a message carries', () => {
  it('both bodies, the key, a Message-ID made of the key, and the mark of a machine', async () => {
    const receiver = await startSmtpReceiver();
    const mail = aMail({ subject: 'Größe 漢字', text: 'Grüße\n', replyTo: 'sam@provider.test' });
    await createSmtpMail({ url: receiver.url, messageIdDomain: 'mail.provider.test' }).send(mail);
    await receiver.close();
    const [received] = receiver.received;
    const headers = new Map(received?.headers.map(({ key, value }) => [key, value]));
    expect(received?.subject).toBe('Größe 漢字');
    expect(received?.text?.trim()).toBe('Grüße');
    expect(received?.html).toContain('<p>Hello</p>');
    expect(received?.replyTo).toMatchObject([{ address: 'sam@provider.test' }]);
    expect(headers.get('auto-submitted')).toBe('auto-generated');
    expect(headers.get('x-careplus-key')).toBe(mail.key);
    expect(received?.messageId).toBe(messageIdOf(mail.key, 'mail.provider.test'));
    expect(received?.messageId).not.toContain('guide');
  });

  it('no header that a subject or a header value smuggles in, and none of ours replaced', async () => {
    const receiver = await startSmtpReceiver();
    await createSmtpMail({ url: receiver.url }).send(
      aMail({
        subject: 'Hello\r\nBcc: eve@x.test',
        headers: { 'X-Note': 'one\r\nX-Evil: two', 'Auto-Submitted': 'no' },
      }),
    );
    await receiver.close();
    const [received] = receiver.received;
    const names = received?.headers.map(({ key }) => key) ?? [];
    expect(names).toContain('x-note');
    expect(names).not.toContain('bcc');
    expect(names).not.toContain('x-evil');
    expect(received?.headers.filter(({ key }) => key === 'auto-submitted').map(({ value }) => value)).toEqual(
      ['auto-generated'],
    );
  });
});
