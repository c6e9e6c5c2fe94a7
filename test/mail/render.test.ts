/** Notices: what a recipient sees, in his language and zone, and what hostile values cannot do. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { Definition } from '../../domain/kernel/rules.js';
import { definitions } from '../../domain/processes.js';
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
    kind: 'User Guide',
    isUserGuide: true,
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
  process: {
    title: 'Escalation of case 4711',
    kind: 'Escalation',
    headline: 'of case 4711',
    id: 'escalation_1',
    url: `${URL_BASE}/escalations/1`,
  },
  actionLabel: 'Open it',
  role: 'Present level',
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

/** As the mail of a page, of a case and of a fire drill have it. */
const PAGE = {
  ...TASK,
  title: 'An escalation has reached your level',
  paged: true,
  actionLabel: 'Acknowledge',
  process: { ...TASK.process, url: `${URL_BASE}/l/token` },
};
const CLOSURE = {
  ...TASK,
  title: 'May your case be closed?',
  linked: true,
  actionLabel: 'Consent to the closure',
  role: 'Caller',
  process: {
    ...TASK.process,
    title: 'Case C-1 P1',
    kind: 'Case',
    headline: 'C-1 P1',
    url: `${URL_BASE}/l/token`,
  },
  dueAt: null,
};
const DRILL = {
  ...PAGE,
  drill: true,
  title: 'Fire drill: an escalation has reached your level',
  process: { ...PAGE.process, title: 'Fire drill CP-1001', kind: 'Fire drill', headline: 'CP-1001' },
};

const anEntry = (over: object) => ({
  title: 'A step of the onboarding is due',
  process: {
    title: 'Onboarding CP-1001',
    id: 'prc_1',
    url: `${URL_BASE}/processes/prc_c0dbf0055295bf7eef18b1a040`,
  },
  step: 'Kickoff',
  dueAt: null,
  earlier: [],
  role: 'Service manager',
  actions: [{ label: 'What can be done now', command: 'careplus next prc_c0dbf0055295bf7eef18b1a040' }],
  ...over,
});
const DIGEST = {
  person: { name: 'Ada Example' },
  customer: 'Harbour & Sons',
  count: 2,
  tasksUrl: URL_BASE,
  entries: [
    anEntry({ earlier: ['2026-09-29T08:00:00Z'] }),
    anEntry({ title: 'The User Guide is to be sent', step: 'Send the guide', dueAt: '2026-09-30T15:00:00Z' }),
  ],
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

const SESSION = {
  caseNumber: '2026-0311-0007',
  devices: ['core-1', 'edge-7'],
  engineer: { name: 'Noor Dale' },
  purpose: 'Read the logs.',
  plannedEnd: '2026-03-11T15:00:00Z',
};

const INVITATION = {
  ...GUIDE,
  meeting: {
    title: 'Walkthrough of the web support tools',
    place: 'https://bridge.provider.test/tools',
    startsAt: '2026-03-09T09:00:00Z',
    endsAt: '2026-03-09T10:00:00Z',
    cancelled: false,
    updated: false,
  },
  process: { url: `${URL_BASE}/processes/1` },
  reason: 'you are involved in this as: Invited to the walkthrough.',
};

const NOTICES: [string, Record<string, unknown>][] = [
  ['guideDelivered', GUIDE],
  ['guideReminder', GUIDE],
  ['dayOne', CONTRACT],
  ['managerNamed', CONTRACT],
  ['signatureAsked', { ...GUIDE, document: { title: 'Agreement', version: 2, hash: 'c'.repeat(64) } }],
  ['sessionStarted', { ...GUIDE, ...SESSION }],
  ['invitation', INVITATION],
  ['digest', DIGEST],
];

describe('the notices', () => {
  it.each([
    [
      'en',
      'Bo Former has handed over to Jo Sample',
      'Bo Former is absent. Until Monday 4 January 2027 Jo Sample is',
    ],
    [
      'de',
      'Bo Former hat an Jo Sample übergeben',
      'Bo Former ist abwesend. Bis Montag, 4. Januar 2027 ist Jo Sample',
    ],
  ] as const)(
    'name in %s who serves instead of whom, and until when',
    async (language, forGood, forATime) => {
      const insteadOf = { name: 'Bo Former' };
      const manager = { name: 'Jo Sample', phone: '', mail: 'jo@provider.example' };
      const change = { ...CONTRACT, manager, insteadOf };
      const plain = async (variables: object) =>
        (await renderNotice(aNotice('managerNamed', { ...variables }, { language }))).text.replaceAll(
          /\s+/g,
          ' ',
        );
      expect(await plain(change)).toContain(forGood);
      expect(await plain({ ...change, until: '2027-01-04T08:00:00Z' })).toContain(forATime);
    },
  );

  it.each([
    ...NOTICES.flatMap(([notice, variables]) => [
      aNotice(notice, variables),
      aNotice(notice, variables, { language: 'de' }),
    ]),
    aNotice('dayOne', NOBODY_NAMED),
    aNotice('dayOne', NOBODY_NAMED, { language: 'de' }),
    aNotice('task', TASK),
    ...['en', 'de'].map((language) => aNotice('levelReached', PAGE, { language })),
    ...['en', 'de'].map((language) => aNotice('closureAsked', CLOSURE, { language })),
    ...['en', 'de'].map((language) => aNotice('levelPage', DRILL, { language })),
  ])('look as agreed: $notice in $language', async (input) => {
    const { subject, html, text } = await renderNotice(input);
    expect(`Subject: ${subject}\n\n${text}`).toMatchSnapshot('text');
    expect(structure(html)).toMatchSnapshot('html');
  });

  it('of a day fit into 80 columns, whatever their number', async () => {
    for (const language of ['en', 'de']) {
      const { text } = await renderNotice(aNotice('digest', DIGEST, { language }));
      expect(text.split('\n').filter((line) => [...line].length > 80)).toEqual([]);
      expect(text).toMatch(/1\. A step[\s\S]*2\. The User Guide/);
    }
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

describe('the generic notice', () => {
  const german = async () => {
    const source = await readFile(path.join(TEMPLATES, 'layout/de.terms.yaml'), 'utf8');
    return Object.keys(parse(source) as Record<string, string>);
  };

  it('is German for every notice of cases, escalations and drills: titles, roles, what the link does', async () => {
    const known = new Set(await german());
    const said = [definitions.supportCase, definitions.escalation, definitions.drill].flatMap(
      ({ words, rows }: Definition) => [
        words.title,
        ...Object.values(words.notices).map(({ label }) => label),
        ...rows
          .flatMap(({ tell }) => Object.keys(tell ?? {}))
          .map((role) => words.roles[role]?.label ?? role),
        ...Object.values(words.notices).flatMap(({ link }) =>
          link ? [words.commands[link.command]?.label ?? link.command] : [],
        ),
      ],
    );
    expect([...new Set(said)].filter((text) => !known.has(text))).toEqual([]);
  });

  it('is English as a whole where its title is not known in the language', async () => {
    const { text } = await renderNotice(aNotice('somethingNew', TASK, { language: 'de' }));
    expect(text).toContain('Dear Ada Example');
    expect(text).not.toMatch(/Kunde|Öffnen/);
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
