/** The gateway and chat rooms over real HTTP: what is sent, what comes of it, and where nothing may be sent. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { chatWebhooks } from '../../integrations/paging/chat.js';
import { pagingGateway } from '../../integrations/paging/http.js';
import type { OutgoingChat, OutgoingPage, TryLimit } from '../../integrations/paging/port.js';
import { startRecordingReceiver, type RecordingReceiver } from '../../integrations/paging/recording.js';
import { pageReportReader } from '../../integrations/paging/report.js';
import { addressGuard } from '../../integrations/paging/safe-address.js';

const SECRET = `whsec_${Buffer.from('a secret of the tests, long enough').toString('base64')}`;
const LOOPBACK = ['127.0.0.0/8'];

let receiver: RecordingReceiver;
beforeAll(async () => {
  receiver = await startRecordingReceiver();
});
afterAll(() => receiver.close());

const limit = (limitMs = 5_000): TryLimit => ({ limitMs, signal: new AbortController().signal });
const aPage = (key: string): OutgoingPage => ({
  key,
  channel: 'sms',
  to: '+4930123',
  language: 'en',
  text: 'Come.',
});
const gateway = () =>
  pagingGateway({
    url: `${receiver.url}/messages`,
    token: 'token',
    reportTo: 'https://care.example/v1/pages/reports',
  });
const keysAt = (path: string) =>
  receiver.kept.filter((one) => one.path === path).map(({ body }) => body['key']);

describe('the gateway', () => {
  it('is handed number, text, key and where to report, with its token', async () => {
    expect(await gateway().send(aPage('pgt_1'), limit())).toMatchObject({ kind: 'taken', final: false });
    expect(receiver.kept.at(-1)).toMatchObject({
      path: '/messages',
      headers: { authorization: 'Bearer token', 'idempotency-key': 'pgt_1' },
      body: { ...aPage('pgt_1'), reportTo: 'https://care.example/v1/pages/reports' },
    });
  });

  it.each([
    ['refuses with 400', { status: 400 }, { kind: 'refused', text: 'the gateway answered 400' }],
    [
      'redirects',
      { status: 307, location: '/elsewhere' },
      { kind: 'refused', text: 'the gateway answered 307' },
    ],
    [
      'fails after it has taken it',
      { status: 500, keep: true },
      { kind: 'unknown', text: 'the gateway answered 500' },
    ],
    ['breaks off after it has taken it', 'drop', { kind: 'unknown', text: 'ECONNRESET' }],
    ['never answers', 'stall', { kind: 'unknown', text: 'no answer in time' }],
  ] as const)('that %s is not called a second time', async (name, treatment, outcome) => {
    receiver.treat('/messages', treatment);
    const before = receiver.requests();
    expect(await gateway().send(aPage(`pgt_${name}`), limit(300))).toEqual(outcome);
    expect(receiver.requests()).toBe(before + 1);
    expect(keysAt('/elsewhere')).toEqual([]);
  });

  it('that is not there has surely sent nothing', async () => {
    const port = pagingGateway({ url: 'http://127.0.0.1:1/', token: null, reportTo: '' });
    expect(await port.send(aPage('pgt_2'), limit())).toEqual({ kind: 'refused', text: 'ECONNREFUSED' });
  });

  it('that answers without end is read no further than needed', async () => {
    receiver.treat('/messages', { status: 200, keep: true, body: 'x'.repeat(200_000) });
    expect(await gateway().send(aPage('pgt_3'), limit())).toEqual({
      kind: 'taken',
      messageId: null,
      final: false,
    });
  });
});

describe('a chat room', () => {
  const aMessage = (key: string, url = `${receiver.url}/room`): OutgoingChat => ({
    key,
    url,
    text: 'Come.',
    data: { notice: 'alarm' },
  });
  const chat = chatWebhooks({ secret: SECRET, allowedNetworks: LOOPBACK });

  it('gets a message that it can verify as Standard Webhooks', async () => {
    expect(await chat.post(aMessage('pgt_4'), limit())).toEqual({
      kind: 'taken',
      messageId: null,
      final: true,
    });
    const kept = receiver.kept.at(-1);
    expect(new Webhook(SECRET).verify(kept?.text ?? '', kept?.headers ?? {})).toMatchObject({
      type: 'page.sent',
      text: 'Come.',
      data: { notice: 'alarm' },
    });
    expect(kept?.headers['webhook-id']).toBe('pgt_4');
    expect(kept?.text).not.toContain('/room');
  });

  it('that redirects is not followed', async () => {
    receiver.treat('/room', { status: 302, location: '/inside' });
    expect(await chat.post(aMessage('pgt_5'), limit())).toEqual({
      kind: 'refused',
      text: 'the chat room answered 302',
    });
    expect(receiver.kept.some(({ path }) => path === '/inside')).toBe(false);
  });

  it.each([
    'http://127.0.0.1:9/',
    'http://localhost:9/',
    'http://0x7f000001:9/',
    'http://[::1]:9/',
    'http://[::ffff:127.0.0.1]:9/',
    'http://10.1.2.3/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://100.100.100.200/',
    'http://168.63.129.16/',
    'http://0.0.0.0/',
    'http://[fd00:ec2::254]/',
    'http://[fe80::1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
  ])('at %s is never called', async (url) => {
    const strict = chatWebhooks({ secret: SECRET, allowedNetworks: [] });
    expect(await strict.post(aMessage('pgt_6', url), limit())).toEqual({
      kind: 'refused',
      text: 'the host is not a public address',
    });
  });

  it('has an address that can be called, and no password in it', async () => {
    for (const url of ['file:///etc/passwd', 'https://user:secret@chat.example/', 'no address']) {
      expect(await chat.post(aMessage('pgt_7', url), limit())).toMatchObject({ kind: 'refused' });
    }
  });

  it('is called at the address that was checked, even when its name means another one by then', async () => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return [{ address: asked === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 } as const];
    };
    const port = new URL(receiver.url).port;
    const rebinding = chatWebhooks({ secret: SECRET, allowedNetworks: LOOPBACK, resolve });
    expect(
      await rebinding.post(aMessage('pgt_8', `http://chat.invalid:${port}/room`), limit()),
    ).toMatchObject({
      kind: 'taken',
    });
    expect(asked).toBe(1);
  });

  it('of which one address is inside is not called at all', async () => {
    const guard = addressGuard([], async () => [
      { address: '93.184.215.14', family: 4 },
      { address: '10.0.0.1', family: 4 },
    ]);
    expect(await guard('chat.example')).toEqual({ ok: false, problem: 'the host is not a public address' });
  });

  it('whose name nobody resolves holds the try no longer than its limit', async () => {
    const resolve = () => new Promise<never>(() => undefined);
    const slow = chatWebhooks({ secret: SECRET, allowedNetworks: [], resolve });
    expect(await slow.post(aMessage('pgt_9', 'https://chat.example/'), limit(200))).toEqual({
      kind: 'refused',
      text: 'the name server does not answer',
    });
  });

  it('that takes the connection and says nothing is unknown in the end', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const url = `http://127.0.0.1:${String(port)}/`;
    expect(await chat.post(aMessage('pgt_10', url), limit(200))).toEqual({
      kind: 'unknown',
      text: 'no answer in time',
    });
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe('a delivery report', () => {
  const read = pageReportReader(SECRET);
  const signed = (body: string, { id = 'rep_1', at = new Date(), secret = SECRET } = {}) => ({
    raw: Buffer.from(body),
    id,
    timestamp: String(Math.floor(at.getTime() / 1000)),
    signature: new Webhook(secret).sign(id, at, body),
  });
  const body = JSON.stringify({ key: 'pgt_1', status: 'delivered', at: '2026-11-29T12:00:00Z' });

  it('is read when it is signed', () => {
    expect(read(signed(body))).toEqual({
      kind: 'report',
      report: { id: 'rep_1', key: 'pgt_1', status: 'delivered', at: Date.parse('2026-11-29T12:00:00Z') },
    });
  });

  it('with another secret, another body, another id, an old or a future time is not', () => {
    const other = `whsec_${Buffer.from('another secret of somebody').toString('base64')}`;
    expect(read(signed(body, { secret: other }))).toEqual({ kind: 'unsigned' });
    expect(read({ ...signed(body), raw: Buffer.from(body.replace('delivered', 'failed')) })).toEqual({
      kind: 'unsigned',
    });
    expect(read({ ...signed(body), id: 'rep_2' })).toEqual({ kind: 'unsigned' });
    expect(read({ ...signed(body), signature: undefined })).toEqual({ kind: 'unsigned' });
    for (const minutes of [-6, 6]) {
      expect(read(signed(body, { at: new Date(Date.now() + minutes * 60_000) }))).toEqual({
        kind: 'unsigned',
      });
    }
  });

  it('that is signed and says nothing is told so', () => {
    expect(read(signed('{"key":"pgt_1"}'))).toMatchObject({ kind: 'unreadable' });
    expect(read(signed('no JSON'))).toMatchObject({ kind: 'unreadable' });
  });
});
