/** The mail catcher: what it keeps, what it shows, and what it answers. */
import { appendFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { startCatcher } from '../../integrations/mail/catcher.js';
import type { Catcher, CatcherOptions } from '../../integrations/mail/catcher.js';
import { behaviourFor } from '../../integrations/mail/catcher-rules.js';
import { messageIdOf } from '../../integrations/mail/port.js';
import type { MailOutcome, OutgoingMail } from '../../integrations/mail/port.js';
import { readMailReport } from '../../integrations/mail/report.js';
import { createSmtpMail } from '../../integrations/mail/smtp.js';
import { aFolder, aMail, until } from './mail-builders.js';

const SENDER = 'care@provider.test';
const listed = z.object({
  messages: z.array(
    z.object({
      n: z.number(),
      kind: z.string(),
      to: z.array(z.string()),
      subject: z.string(),
      key: z.string().optional(),
      regarding: z.number().optional(),
      report: z.object({ state: z.string(), attempts: z.number() }),
    }),
  ),
});
type Listed = z.infer<typeof listed>['messages'];

async function inFolder(
  run: (start: (over?: Partial<CatcherOptions>) => Promise<Catcher>, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await aFolder();
  const started: Catcher[] = [];
  try {
    await run(async (over = {}) => {
      const catcher = await startCatcher({ dataDir: folder.path, smtpPort: 0, httpPort: 0, ...over });
      started.push(catcher);
      return catcher;
    }, folder.path);
  } finally {
    for (const catcher of started) await catcher.close();
    await folder[Symbol.asyncDispose]();
  }
}

const send = (catcher: Catcher, mail: OutgoingMail): Promise<MailOutcome> =>
  createSmtpMail({ url: catcher.smtpUrl }).send(mail);

async function list(catcher: Catcher, query = ''): Promise<Listed> {
  return listed.parse(await (await fetch(`${catcher.pageUrl}messages.json${query}`)).json()).messages;
}

async function get(
  catcher: Catcher,
  where: string,
): Promise<{ status: number; headers: Headers; body: string }> {
  const answer = await fetch(new URL(where, catcher.pageUrl));
  return { status: answer.status, headers: answer.headers, body: await answer.text() };
}

const putRules = (catcher: Catcher, rules: unknown): Promise<Response> =>
  fetch(`${catcher.pageUrl}rules`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(rules),
  });

const receivers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const receiver of receivers.splice(0)) await receiver.close();
});

/** A receiver of reports that answers with the given statuses in turn, then 202. */
async function aReportReceiver(...statuses: number[]): Promise<{
  url: string;
  posts: { type: string; token: string; body: string }[];
  close(): Promise<void>;
}> {
  const posts: { type: string; token: string; body: string }[] = [];
  const server = createServer((asked, response) => {
    let body = '';
    asked.setEncoding('utf8');
    asked.on('data', (chunk: string) => (body += chunk));
    asked.on('end', () => {
      const { authorization = '', 'content-type': type = '' } = asked.headers;
      posts.push({ type, token: authorization, body });
      response.writeHead(statuses.shift() ?? 202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/mail/reports`,
    posts,
    close: (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  receivers.push(receiver);
  return receiver;
}

describe('keeping', () => {
  it('keeps every copy of a message, over a restart, newest first', () =>
    inFolder(async (start) => {
      const mail = aMail();
      const first = await start();
      await send(first, mail);
      await send(first, mail);
      await first.close();
      const second = await start();
      await send(second, aMail({ to: 'bo@enduser.test' }));
      expect((await list(second)).map(({ n, key }) => [n, key])).toEqual([
        [3, expect.not.stringMatching(mail.key)],
        [2, mail.key],
        [1, mail.key],
      ]);
    }));

  it('opens after a kill in the middle of a line, and does not mix the next line with it', () =>
    inFolder(async (start, folder) => {
      const first = await start();
      await send(first, aMail());
      await first.close();
      await appendFile(path.join(folder, 'index.jsonl'), '{"message":{"n":2,"fr');
      const second = await start();
      await send(second, aMail());
      await second.close();
      expect((await list(await start())).map(({ n }) => n)).toEqual([2, 1]);
    }));

  it('lists by recipient and limit', () =>
    inFolder(async (start) => {
      const catcher = await start();
      for (const to of ['ada@enduser.test', 'bo@enduser.test', 'ada@enduser.test'])
        await send(catcher, aMail({ to }));
      expect((await list(catcher, '?to=ADA@enduser.test')).map(({ n }) => n)).toEqual([3, 1]);
      expect((await list(catcher, '?limit=1')).map(({ n }) => n)).toEqual([3]);
      expect(await list(catcher, '?to=da@enduser.test')).toEqual([]);
    }));

  it('keeps 40 messages that come at once, each whole', () =>
    inFolder(async (start) => {
      const catcher = await start();
      const mails = Array.from({ length: 40 }, () => aMail());
      const outcomes = await Promise.all(mails.map((mail) => send(catcher, mail)));
      expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['sent']));
      const keys = (await list(catcher)).map(({ key }) => key);
      expect(keys.sort()).toEqual(mails.map(({ key }) => key).sort());
    }));
});

describe('showing', () => {
  const hostile = aMail({
    subject: '<script>alert(1)</script> "x"',
    html: '<p>Hello</p><script>alert(2)</script>',
    text: 'a < b & <script>alert(3)</script>\n',
    to: 'ada@enduser.test',
  });

  it('shows the inbox and a message, with everything in it escaped', () =>
    inFolder(async (start) => {
      const catcher = await start();
      await send(catcher, hostile);
      for (const where of ['/', '/messages/1', '/?to=%22%3E%3Cscript%3E']) {
        const { status, headers, body } = await get(catcher, where);
        expect(status).toBe(200);
        expect(body).not.toContain('<script');
        expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      }
      expect((await get(catcher, '/')).body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
      expect((await get(catcher, '/messages/1')).body).toContain('a &lt; b &amp; &lt;script&gt;alert(3)');
    }));

  it("shows a mail's own HTML only where nothing can run", () =>
    inFolder(async (start) => {
      const catcher = await start();
      await send(catcher, hostile);
      const page = await get(catcher, '/messages/1');
      expect(page.body).toMatch(/<iframe [^>]*sandbox="allow-popups allow-popups-to-escape-sandbox"/);
      const { headers, body } = await get(catcher, '/messages/1/html');
      expect(body).toContain('<script>alert(2)</script>');
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/^sandbox allow-popups allow-popups-to-escape-sandbox;/);
      expect(policy).not.toContain('allow-scripts');
      expect(policy).toContain("default-src 'none'");
    }));

  it('gives a message as source, text and JSON', () =>
    inFolder(async (start) => {
      const catcher = await start();
      const mail = aMail({ text: 'Grüße\n' });
      await send(catcher, mail);
      expect((await get(catcher, '/messages/1.eml')).body).toContain(`X-Careplus-Key: ${mail.key}`);
      expect((await get(catcher, '/messages/1/text')).body.trim()).toBe('Grüße');
      expect(JSON.parse((await get(catcher, '/messages/1.json')).body)).toMatchObject({
        n: 1,
        key: mail.key,
        messageId: messageIdOf(mail.key),
        report: { state: 'none' },
      });
    }));

  it.each([
    '/messages/2',
    '/messages/0.eml',
    '/messages/../index.jsonl',
    '/index.jsonl',
    '/messages/1/x',
    '//',
  ])('has nothing at %s', (where) =>
    inFolder(async (start) => {
      const catcher = await start();
      await send(catcher, aMail());
      expect((await get(catcher, catcher.pageUrl.slice(0, -1) + where)).status).toBe(404);
    }),
  );

  it('deletes nothing', () =>
    inFolder(async (start) => {
      const catcher = await start();
      expect((await fetch(`${catcher.pageUrl}messages`, { method: 'DELETE' })).status).toBe(405);
    }));

  it('answers nobody who came under a foreign host name', () =>
    inFolder(async (start) => {
      const catcher = await start();
      const status = await new Promise((resolve, reject) => {
        const asked = request(
          `${catcher.pageUrl}messages.json`,
          { headers: { host: 'evil.test' } },
          (answer) => {
            answer.resume();
            resolve(answer.statusCode);
          },
        );
        asked.on('error', reject).end();
      });
      expect(status).toBe(421);
    }));
});

describe('behaving', () => {
  it.each([
    ['reject', 'rejected', 0],
    ['defer', 'deferred', 0],
    ['dropAfterData', 'unknown', 1],
    ['accept', 'sent', 1],
  ])('by a rule "%s" a message is %s', (then, kind, kept) =>
    inFolder(async (start) => {
      const catcher = await start();
      expect((await putRules(catcher, [{ match: '*@odd.test', then }])).status).toBe(200);
      expect(await send(catcher, aMail({ to: 'Any@Odd.test' }))).toMatchObject({ kind });
      expect(await list(catcher)).toHaveLength(kept);
    }),
  );

  it('keeps its rules over a restart', () =>
    inFolder(async (start) => {
      const first = await start();
      const rules = [{ match: 'ada@enduser.test', then: 'bounce', double: true }];
      await putRules(first, rules);
      await first.close();
      const second = await start();
      expect(await (await fetch(`${second.pageUrl}rules`)).json()).toEqual(rules);
    }));

  it('refuses rules that are no rules, and keeps the old ones', () =>
    inFolder(async (start) => {
      const catcher = await start();
      const good = [{ match: '*@x.test', then: 'reject' }];
      await putRules(catcher, good);
      for (const bad of [{}, [{ match: 'x', then: 'explode' }], [{ match: 'x', then: 'bounce', extra: 1 }]]) {
        expect((await putRules(catcher, bad)).status).toBe(422);
      }
      const form = await fetch(`${catcher.pageUrl}rules`, { method: 'PUT', body: '[]' });
      expect(form.status).toBe(415);
      const huge = await putRules(catcher, [{ match: 'x'.repeat(300_000), then: 'bounce' }]);
      expect(huge.status).toBe(413);
      expect(await (await fetch(`${catcher.pageUrl}rules`)).json()).toEqual(good);
    }));

  it('knows the conventions of the local part, and lets rules go first', () => {
    expect(behaviourFor('bounce+1@x.test', []).then).toBe('bounce');
    expect(behaviourFor('AWAY+ada@x.test', []).then).toBe('autoReply');
    expect(behaviourFor('bounce@x.test', []).then).toBe('accept');
    expect(behaviourFor('constructor+1@x.test', []).then).toBe('accept');
    expect(behaviourFor('bounce+1@x.test', [{ match: '*', then: 'accept' }]).then).toBe('accept');
    expect(behaviourFor('ada@sub.x.test', [{ match: '*@x.test', then: 'reject' }]).then).toBe('accept');
  });
});

describe('reporting', () => {
  it('bounces to the inbox of the sender, and to whoever listens, in a form that our reader reads', () =>
    inFolder(async (start) => {
      const receiver = await aReportReceiver();
      const catcher = await start({ onBounce: receiver.url, reportHeaders: { authorization: 'Bearer t' } });
      const mail = aMail({ to: 'bounce+ada@enduser.test' });
      expect((await send(catcher, mail)).kind).toBe('sent');
      const post = await until('a post', () => receiver.posts[0]);
      expect(post).toMatchObject({ type: 'message/rfc822', token: 'Bearer t' });
      expect(await readMailReport(post.body)).toEqual({
        kind: 'bounce',
        key: mail.key,
        messageId: messageIdOf(mail.key),
        recipient: mail.to,
        status: '5.1.1',
        action: 'failed',
        diagnostic: `550 5.1.1 <${mail.to}>: no such mailbox`,
        permanent: true,
      });
      const [report] = await list(catcher, `?to=${SENDER}`);
      expect(report).toMatchObject({ kind: 'bounce', regarding: 1 });
      expect((await get(catcher, `/messages/${report?.n}`)).body).toContain(
        'Final-Recipient: rfc822; bounce+ada',
      );
    }));

  it('answers for those who are away, and says that a machine did', () =>
    inFolder(async (start) => {
      const receiver = await aReportReceiver();
      const catcher = await start({ onBounce: receiver.url });
      const mail = aMail({ to: 'away+ada@enduser.test', subject: 'Größe' });
      await send(catcher, mail);
      const post = await until('a post', () => receiver.posts[0]);
      expect(await readMailReport(post.body)).toEqual({
        kind: 'autoReply',
        from: mail.to,
        subject: 'Automatic reply: Größe',
        messageId: messageIdOf(mail.key),
      });
    }));

  it('posts until the report is accepted, and twice where a rule says so', () =>
    inFolder(async (start) => {
      const receiver = await aReportReceiver(503, 500);
      const catcher = await start({ onBounce: receiver.url });
      await putRules(catcher, [{ match: '*@gone.test', then: 'bounce', double: true }]);
      await send(catcher, aMail({ to: 'ada@gone.test' }));
      const report = await until('the report accepted', async () =>
        (await list(catcher)).find(({ report: { state } }) => state === 'posted'),
      );
      expect(report.report.attempts).toBe(4);
      expect(receiver.posts).toHaveLength(4);
      expect(new Set(receiver.posts.map(({ body }) => body)).size).toBe(1);
    }));

  it('still owes after a restart what was not accepted before', () =>
    inFolder(async (start) => {
      const closed = await aReportReceiver();
      await closed.close();
      const first = await start({ onBounce: closed.url });
      await send(first, aMail({ to: 'bounce+ada@enduser.test' }));
      await until('a failed attempt', async () =>
        (await list(first)).find(({ report }) => report.state === 'posting' && report.attempts > 0),
      );
      await first.close();
      const receiver = await aReportReceiver();
      const second = await start({ onBounce: receiver.url });
      await until('a post', () => receiver.posts[0]);
      await until('the report accepted', async () =>
        (await list(second)).find(({ report }) => report.state === 'posted'),
      );
      await second.close();
      const third = await start({ onBounce: receiver.url });
      expect((await list(third)).map(({ report }) => report.state)).toEqual(['posted', 'none']);
      expect(receiver.posts).toHaveLength(1);
    }));
});
