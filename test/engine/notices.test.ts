/** Every notice of every process can be made into a message, those with a template of their own with that one. */
import { describe, expect, it } from '@jest/globals';
import { mailVariables } from '../../activities/effects/mail-variables.js';
import { definitions } from '../../domain/processes.js';
import type { MailContent } from '../../domain/kernel/state.js';
import { renderNotice } from '../../integrations/mail/render.js';

const person = {
  name: 'Ann Example',
  email: 'ann@acme.example',
  phone: '+1 555 0100',
  zone: 'UTC',
  language: 'en',
};
const context = {
  customer: 'Acme Networks',
  headline: 'SC-1',
  ownerId: 'ann',
  people: { ann: person },
};
const at = Date.UTC(2026, 2, 2, 9);

/** What the notices with templates of their own show, in the words of their definitions. */
const SHOWN: Readonly<Record<string, MailContent['show']>> = {
  dayOne: {
    contractNumber: 'SC-1',
    seniorDeskNumber: '+1 555 0199',
    callers: { list: [{ person: 'ann' }] },
    manager: '',
    backup: '',
    namedBy: { instant: at },
    startsOn: '2026-03-01',
    endsOn: '2027-03-01',
  },
  managerNamed: { contractNumber: 'SC-1', manager: { person: 'ann' }, backup: { person: 'ann' } },
  guideDelivered: { contract: 'SC-1', title: 'User Guide', version: 2, sha256: 'abc', documentId: 'doc-1' },
  guideReminder: { contract: 'SC-1', title: 'User Guide', version: 2, deliveredAt: { instant: at } },
  signatureAsked: { contract: 'SC-1', title: 'Agreement', version: 2, sha256: 'abc' },
  sessionStarted: {
    contract: 'SC-1',
    caseNumber: '7',
    devices: { list: ['core-1'] },
    engineer: { person: 'ann' },
    purpose: 'Read the logs.',
    plannedEnd: { instant: at },
  },
};
const OTHERS: MailContent['show'] = { contract: 'SC-1', due: { instant: at }, recipient: { person: 'ann' } };

const all = Object.entries(definitions).flatMap(([slug, definition]) =>
  Object.keys(definition.words.notices).map((notice) => ({ slug, notice })),
);

/** A notice as somebody in Berlin reads it. */
async function read(slug: string, notice: string, show: MailContent['show'], language = 'en') {
  const role = 'owner';
  const content = { notice, role, recipient: 'ann', instead: [], show, link: null, urgent: false, at };
  const registry = { definitions, hashes: {}, zoneData: 'test' };
  const source = { registry, slug, processId: 'prc_1', content, context, publicUrl: 'http://127.0.0.1:8088' };
  const variables = mailVariables({ ...source, linkUrl: null });
  return (await renderNotice({ notice, language, zone: 'Europe/Berlin', variables })).text;
}
const march = (day: number) => ({ instant: Date.UTC(2026, 2, day, 9) });

describe('the generic notice', () => {
  it('calls due what is due, and shows every other instant under its own name', async () => {
    const text = await read('handover', 'groupsWait', {
      from: { person: 'ann' },
      begins: march(3),
      until: march(6),
      contracts: { list: ['CP-1'] },
      acceptBy: march(4),
    });
    expect(text).toMatch(/^Due: +Wednesday 4 March 2026, 10:00 /m);
    expect(text).toMatch(/^Begins: +Tuesday 3 March 2026, 10:00 /m);
    expect(text).toMatch(/^Until: +Friday 6 March 2026, 10:00 /m);
    expect(text).not.toContain('Accept by');
  });

  it('calls nothing due where nothing is to be done by an instant', async () => {
    const text = await read('contactMatrix', 'stale', {
      contract: 'CP-1',
      version: 2,
      confirmedAt: march(2),
    });
    expect(text).toMatch(/^Confirmed at: +Monday 2 March 2026, 10:00 /m);
    expect(text).not.toMatch(/^Due: /m);
    expect(text).toContain('this is for your information');
  });

  it('says in German when the next news will come', async () => {
    const text = await read('escalation', 'planSet', { action: 'x', nextUpdate: march(2) }, 'de');
    expect(text).toMatch(/^Nächster Stand: +Montag, 2\. März 2026, 10:00 Uhr/m);
    expect(text).not.toContain('Fällig');
  });
});

describe('a notice', () => {
  it.each(all)('$slug.$notice becomes a message in both languages', async ({ slug, notice }) => {
    const content: MailContent = {
      notice,
      role: 'owner',
      recipient: 'ann',
      instead: [],
      show: SHOWN[notice] ?? OTHERS,
      link: null,
      urgent: false,
      at,
    };
    const linkUrl = 'http://127.0.0.1:8088/l/token';
    const registry = { definitions, hashes: {}, zoneData: 'test' };
    const source = {
      registry,
      slug,
      processId: 'prc_1',
      content,
      context,
      publicUrl: 'http://127.0.0.1:8088',
    };
    const variables = mailVariables({ ...source, linkUrl });
    for (const language of ['en', 'de']) {
      const { subject, text } = await renderNotice({ notice, language, zone: 'Europe/Berlin', variables });
      expect(subject.length).toBeGreaterThan(3);
      expect(text).toContain('Acme Networks');
    }
    if (notice.startsWith('guide')) {
      const { text } = await renderNotice({ notice, language: 'en', zone: 'Europe/Berlin', variables });
      expect(text).toContain(linkUrl);
    }
  });
});
