/** Notices: what a recipient sees, in his language and zone, and what hostile values cannot do. */
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { NoticeError } from '../../integrations/mail/notice-template.js';
import { createNoticeRenderer, renderNotice } from '../../integrations/mail/render.js';
import type { NoticeInput } from '../../integrations/mail/render.js';
import { aFolder } from './mail-builders.js';

const TEMPLATES = path.join(import.meta.dirname, '../../integrations/mail/templates');
const URL_BASE = 'https://care.provider.test';

const GUIDE = {
  person: { name: 'Ada Example' },
  customer: 'Harbour & Sons',
  sender: { name: 'Sam Steward' },
  guide: {
    title: 'Support User Guide',
    version: '3.1',
    hash: '9f86d081',
    url: `${URL_BASE}/guides/3.1?a=1&b=2`,
  },
  acknowledgeUrl: `${URL_BASE}/acknowledge/abc`,
  confirmBy: '2026-03-09T16:00:00Z',
  deliveredAt: '2026-03-02T08:00:00Z',
};
const CONTRACT = {
  person: { name: 'Ada Example' },
  customer: 'Harbour & Sons',
  contract: { number: 'CP-1001', url: `${URL_BASE}/contracts/1` },
  seniorDesk: { phone: '+49 30 5550100' },
  callers: ['Ada Example', 'Bo Example'],
  manager: { name: 'Sam Steward', phone: '+49 30 5550101', mail: 'sam@provider.test' },
  backup: { name: 'Kim Stand', phone: '+49 30 5550102' },
};
const { manager: _manager, backup: _backup, ...NOBODY_NAMED } = { ...CONTRACT, managerNamedBy: '2026-03-04' };
const TASK = {
  title: 'Acknowledge the escalation',
  customer: 'Harbour & Sons',
  process: { title: 'Escalation of case 4711', id: 'escalation_1', url: `${URL_BASE}/escalations/1` },
  person: { name: 'Ada Example' },
  dueAt: '2026-03-02T08:00:00Z',
  details: [
    { label: 'Priority', value: 'P1' },
    { label: 'Level', value: 2 },
    { label: 'Left out', value: '' },
  ],
  actions: [{ label: 'Acknowledge', command: 'careplus escalation acknowledge escalation_1' }],
  reason: 'you are the level 2 contact.',
  answer: 'use the command above, or reply to this mail.',
};

function aNotice(
  notice: string,
  variables: Record<string, unknown>,
  over: Partial<NoticeInput> = {},
): NoticeInput {
  return { notice, language: 'en', zone: 'Europe/Berlin', variables, ...over };
}

/** The tags and the words of a page, without the styles and the conditional comments for one mail client. */
function structure(html: string): string {
  return html
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/ (style|class|xmlns(:\w)?|border|cellpadding|cellspacing|width|bgcolor|valign)="[^"]*"/g, '')
    .replace(/<\/?(table|tbody|td|tr|div)\b[^>]*>/g, '\n')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

const NOTICES: [string, Record<string, unknown>][] = [
  ['guideDelivered', GUIDE],
  ['guideReminder', GUIDE],
  ['dayOne', CONTRACT],
  ['managerNamed', CONTRACT],
];

describe('the notices', () => {
  it.each([
    ...NOTICES.flatMap(([notice, variables]) => [
      aNotice(notice, variables),
      aNotice(notice, variables, { language: 'de' }),
    ]),
    aNotice('dayOne', NOBODY_NAMED),
    aNotice('dayOne', NOBODY_NAMED, { language: 'de' }),
    aNotice('task', TASK),
  ])('look as agreed: $notice in $language', async (input) => {
    const { subject, html, text } = await renderNotice(input);
    expect(`Subject: ${subject}\n\n${text}`).toMatchSnapshot('text');
    expect(structure(html)).toMatchSnapshot('html');
  });

  it('all exist in English, are shown in the snapshots above, and need no web address but their links', async () => {
    const folders = (await readdir(TEMPLATES)).filter((name) => name !== 'layout');
    expect(folders.sort()).toEqual([...NOTICES.map(([name]) => name), 'task'].sort());
    const { html } = await renderNotice(aNotice('task', TASK));
    const elsewhere = html
      .replace(/<!--\[if[\s\S]*?<!\[endif\]-->/g, '')
      .match(/\b(src|href)="[^"]*"|url\([^)]*\)|@import/g);
    expect(elsewhere).toEqual([`href="${TASK.process.url}"`]);
  });

  it('say the same in both parts', async () => {
    const { html, text } = await renderNotice(aNotice('task', TASK));
    for (const part of [
      'careplus escalation acknowledge escalation_1',
      TASK.process.url,
      TASK.reason,
      TASK.answer,
    ]) {
      expect(html).toContain(part);
      expect(text).toContain(part);
    }
    expect(text).not.toContain('Left out');
    expect(html).not.toContain('Left out');
  });
});

describe('language and zone', () => {
  it('falls back from a regional language to the language, and then to English', async () => {
    expect((await renderNotice(aNotice('dayOne', CONTRACT, { language: 'de-AT' }))).html).toContain(
      'lang="de"',
    );
    expect((await renderNotice(aNotice('dayOne', CONTRACT, { language: 'fr' }))).html).toContain('lang="en"');
    expect((await renderNotice(aNotice('dayOne', CONTRACT, { language: '../layout' }))).html).toContain(
      'lang="en"',
    );
  });

  it('shows a notice without a template as the generic one', async () => {
    expect((await renderNotice(aNotice('climbTold', TASK))).subject).toBe(
      'Acknowledge the escalation: Escalation of case 4711',
    );
    expect((await renderNotice(aNotice('../../x', TASK))).subject).toContain('Acknowledge');
  });

  it.each([
    ['Europe/Berlin', '2026-03-02T08:00:00Z', 'Monday 2 March 2026, 09:00 (UTC+01:00, Europe/Berlin)'],
    // Both sides of the spring change of 29 March 2026, and a zone that changes by half an hour.
    ['Europe/Berlin', '2026-03-29T00:59:00Z', 'Sunday 29 March 2026, 01:59 (UTC+01:00, Europe/Berlin)'],
    ['Europe/Berlin', '2026-03-29T01:00:00Z', 'Sunday 29 March 2026, 03:00 (UTC+02:00, Europe/Berlin)'],
    [
      'Australia/Lord_Howe',
      '2026-01-15T13:30:00Z',
      'Friday 16 January 2026, 00:30 (UTC+11:00, Australia/Lord_Howe)',
    ],
    [
      'Australia/Lord_Howe',
      '2026-07-15T13:30:00Z',
      'Thursday 16 July 2026, 00:00 (UTC+10:30, Australia/Lord_Howe)',
    ],
    [
      'America/New_York',
      '2028-03-01T04:30:00+00:00',
      'Tuesday 29 February 2028, 23:30 (UTC-05:00, America/New_York)',
    ],
    ['UTC', '2026-12-31T23:59:59.999Z', 'Thursday 31 December 2026, 23:59 (UTC+00:00, UTC)'],
  ])('shows an instant in %s', async (zone, dueAt, shown) => {
    const { text, html } = await renderNotice(aNotice('task', { ...TASK, dueAt }, { zone }));
    expect(text).toContain(`Due:      ${shown}\n`);
    expect(html).toContain(shown);
  });

  it('writes German dates the German way', async () => {
    const { text } = await renderNotice(aNotice('guideReminder', GUIDE, { language: 'de' }));
    expect(text).toContain('Montag, 2. März 2026, 09:00 Uhr (UTC+01:00, Europe/Berlin)');
  });

  it.each([
    ['no zone', aNotice('task', TASK, { zone: 'Mars/Olympus' })],
    ['no offset', aNotice('task', { ...TASK, dueAt: '2026-03-02T08:00:00' })],
    ['no instant', aNotice('task', { ...TASK, dueAt: 'soon' })],
    ['no date', aNotice('dayOne', { ...NOBODY_NAMED, managerNamedBy: '2026-02-30' })],
  ])('refuses %s', async (_what, input) => {
    await expect(renderNotice(input)).rejects.toMatchObject({
      name: 'NoticeError',
      code: 'VARIABLE_INVALID',
    });
  });
});

describe('hostile values', () => {
  const withName = (name: string): NoticeInput =>
    aNotice('task', {
      ...TASK,
      title: name,
      person: { name },
      customer: name,
      reason: name,
      answer: name,
      details: [{ label: name, value: name }],
      actions: [{ label: name, command: name }],
    });

  it('are never markup', async () => {
    const { html, text } = await renderNotice(
      withName(`<script>alert('x')</script><img src=x onerror="y">&amp;`),
    );
    expect(html).not.toMatch(/<script|<img/);
    expect(html).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;');
    expect(html).toContain('&amp;amp;');
    expect(text).toContain(`Dear <script>alert('x')</script><img src=x onerror="y">&amp;,`);
  });

  it('are never read as a template', async () => {
    const { html, text, subject } = await renderNotice(
      withName('{{ process.url }}{% if true %}yes{% endif %}'),
    );
    for (const part of [html, text, subject])
      expect(part).toContain('{{ process.url }}{% if true %}yes{% endif %}');
  });

  it('put no line of their own into the subject, the text or the page', async () => {
    const { html, text, subject } = await renderNotice(
      withName('Ada\r\nBcc: eve@x.test\n\n- item\u2028more\u0000'),
    );
    expect(subject).toMatch(/^Ada Bcc: eve@x\.test - item more: Escalation/);
    expect(subject).not.toMatch(/\p{Cc}/u);
    expect(text).not.toMatch(/^(Bcc|- item|more)/m);
    expect(html).not.toContain('<li');
  });

  it('keep letters of every script, and cannot turn the text around them', async () => {
    const { html, text } = await renderNotice(withName('شركة الميناء \u202Egpj.exe\u2066x'));
    expect(text).toContain('Dear شركة الميناء gpj.exex,');
    expect(`${html}${text}`).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    expect(html).toContain('<p dir="auto">Dear شركة الميناء');
  });

  it('of 200 characters without a space are shown whole, and broken by the page', async () => {
    const word = 'W'.repeat(200);
    const { html, text, subject } = await renderNotice(withName(word));
    expect(text).toContain(word);
    expect(html).toContain(word);
    expect(html).toMatch(/overflow-wrap:\s*anywhere/);
    expect([...subject]).toHaveLength(200);
  });

  it('of any length are cut to a limit, and half a letter is replaced', async () => {
    const { text } = await renderNotice(withName(`${'😀'.repeat(5_000)}`));
    expect(text).toContain(`${'😀'.repeat(3_999)}…`);
    expect(text).not.toContain('😀'.repeat(4_000));
    expect((await renderNotice(withName('a\ud800b'))).text).toContain('a\ufffdb');
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', '/relative', '', 'https://'])(
    'are no link: %j',
    async (url) => {
      const input = aNotice('task', { ...TASK, process: { ...TASK.process, url } });
      await expect(renderNotice(input)).rejects.toMatchObject({ code: 'VARIABLE_INVALID' });
    },
  );

  it('do not leave a link attribute', async () => {
    const url = `${URL_BASE}/?a="><script>x</script>&b='`;
    const { html } = await renderNotice(aNotice('task', { ...TASK, process: { ...TASK.process, url } }));
    expect(html).not.toContain('<script>');
    expect(html).toMatch(/href="https:\/\/care\.provider\.test\/\?a=[^"<>]*"/);
  });
});

describe('mistakes of a caller or a template', () => {
  it.each(['title', 'customer', 'process', 'person', 'details', 'actions', 'reason', 'answer'])(
    'a notice without its %s is refused',
    async (name) => {
      const variables = Object.fromEntries(Object.entries(TASK).filter(([key]) => key !== name));
      await expect(renderNotice(aNotice('task', variables))).rejects.toMatchObject({
        code: 'VARIABLE_INVALID',
      });
    },
  );

  it.each([
    ['an object where a text belongs', { ...TASK, customer: { name: 'x' } }],
    ['rows that are no list', { ...TASK, details: 'x' }],
    ['a row without a value', { ...TASK, details: [{ label: 'x' }] }],
    [
      'rows without end',
      { ...TASK, details: Array.from({ length: 201 }, () => ({ label: 'x', value: 'y' })) },
    ],
    ['an inherited property', { ...TASK, person: Object.create({ name: 'x' }) as object }],
  ])('%s is refused', async (_what, variables) => {
    await expect(renderNotice(aNotice('task', variables))).rejects.toBeInstanceOf(NoticeError);
  });

  it.each([
    ['no front matter', 'Hello'],
    [
      'no reason',
      "---\nsubject: s\nheading: h\naction: { label: l, url: 'https://x.test' }\nanswer: a\n---\nHello\n",
    ],
    ['no link', '---\nsubject: s\nheading: h\nanswer: a\nreason: r\n---\nHello\n'],
    ['a mistyped field', `---\n${frontMatter()}\nreazon: r\n---\nHello\n`],
    ['a raw value', `---\n${frontMatter()}\n---\n{{ person.name | raw }}\n`],
    ['an unknown filter', `---\n${frontMatter()}\n---\n{{ person.name | shout }}\n`],
    ['another file', `---\n${frontMatter()}\n---\n{% render 'layout/notice.mjml' %}\n`],
  ])('a template with %s is refused', async (_what, source) => {
    await using folder = await aFolder();
    await cp(path.join(TEMPLATES, 'layout'), path.join(folder.path, 'layout'), { recursive: true });
    await mkdir(path.join(folder.path, 'odd'));
    await writeFile(path.join(folder.path, 'odd/en.liquid'), source);
    await expect(createNoticeRenderer(folder.path)(aNotice('odd', GUIDE))).rejects.toBeInstanceOf(
      NoticeError,
    );
  });

  it('a new notice is one short file', async () => {
    await using folder = await aFolder();
    await cp(path.join(TEMPLATES, 'layout'), path.join(folder.path, 'layout'), { recursive: true });
    await mkdir(path.join(folder.path, 'odd'));
    await writeFile(
      path.join(folder.path, 'odd/en.liquid'),
      `---\n${frontMatter()}\n---\nDear {{ person.name }},\n\n- one\n- two\n`,
    );
    const { html, text } = await createNoticeRenderer(folder.path)(aNotice('odd', GUIDE));
    expect(text).toMatch(/^h\n\nDear Ada Example,\n\n- one\n- two\n/);
    expect(html).toContain('<li dir="auto">one</li>');
  });
});

function frontMatter(): string {
  return "subject: s\nheading: h\naction: { label: l, url: 'https://x.test/' }\nanswer: a\nreason: r";
}
