/** Invitations by mail: one entry in the recipient's calendar from the first message to the last (RFC 5545, 5546, 6047). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ICAL from 'ical.js';
import type { Email } from 'postal-mime';
import { mail } from '../../activities/effects/mail.js';
import { silentLog } from '../../activities/log.js';
import type { ClaimOf } from '../../activities/perform.js';
import type { Invitation } from '../../domain/invitation.js';
import { calendarEntry, type EntrySource } from '../../integrations/mail/calendar-entry.js';
import { createSmtpMail } from '../../integrations/mail/smtp.js';
import { done, JAN, MARIA } from '../processes/journeys.js';
import { act, plannedIn, someTools } from '../processes/journeys-support-tools.js';
import { registry, TENANT, type TestWorld } from '../support/world.js';
import { startSmtpReceiver, type SmtpReceiver } from './smtp-receiver.js';

const FROM = 'Care Plus <care@provider.test>';

const INVITATION: Invitation = {
  meeting: 'walkthrough-1',
  revision: 0,
  method: 'REQUEST',
  title: 'Walkthrough',
  startsAt: Date.parse('2026-12-01T09:00:00Z'),
  minutes: 60,
  place: 'Room 4',
};

function entry(over: Partial<Invitation> = {}, source: Partial<EntrySource> = {}): string {
  return calendarEntry({
    invitation: { ...INVITATION, ...over },
    processId: 'prc_1',
    organizer: FROM,
    attendee: { name: 'Ada Example', email: 'ada@enduser.test' },
    decidedAt: Date.parse('2026-11-24T10:00:00Z'),
    url: 'https://care.provider.test/processes/prc_1',
    ...source,
  }).content;
}

/** The one event of an iCalendar text, read by another library than the one that wrote it. */
function eventOf(text: string) {
  const calendar = new ICAL.Component(ICAL.parse(text) as unknown[]);
  const events = calendar.getAllSubcomponents('vevent');
  const [event] = events;
  if (!event || events.length !== 1) throw new Error('one event is expected');
  const value = (name: string) => String(event.getFirstPropertyValue(name));
  const instant = (name: string) => {
    const time = event.getFirstPropertyValue(name);
    if (!(time instanceof ICAL.Time)) throw new Error(`${name} is no instant`);
    return { at: time.toJSDate().toISOString(), zone: time.zone?.tzid };
  };
  const attendees = event.getAllProperties('attendee');
  return { method: calendar.getFirstPropertyValue('method'), event, attendees, value, instant };
}

describe('a calendar entry', () => {
  it('asks its recipient for an answer, in universal time', () => {
    const { method, value, instant, attendees, event } = eventOf(entry());
    expect(method).toBe('REQUEST');
    expect(value('uid')).toBe('prc_1-walkthrough-1@provider.test');
    expect(value('sequence')).toBe('0');
    expect(value('status')).toBe('CONFIRMED');
    expect(value('summary')).toBe('Walkthrough');
    expect(value('location')).toBe('Room 4');
    expect(instant('dtstart')).toEqual({ at: '2026-12-01T09:00:00.000Z', zone: 'UTC' });
    expect(instant('dtend')).toEqual({ at: '2026-12-01T10:00:00.000Z', zone: 'UTC' });
    expect(instant('dtstamp')).toEqual({ at: '2026-11-24T10:00:00.000Z', zone: 'UTC' });
    expect(attendees).toHaveLength(1);
    expect(attendees[0]?.getParameter('rsvp')).toBe('TRUE');
    expect(attendees[0]?.getParameter('partstat')).toBe('NEEDS-ACTION');
    expect(String(attendees[0]?.getFirstValue()).toLowerCase()).toBe('mailto:ada@enduser.test');
    const organizer = event.getFirstProperty('organizer');
    expect(organizer?.getFirstValue()).toBe('mailto:care@provider.test');
    expect(organizer?.getParameter('cn')).toBe('Care Plus');
  });

  it('is cancelled under the same UID, with a higher sequence', () => {
    const { method, value } = eventOf(entry({ method: 'CANCEL', revision: 2 }));
    expect(method).toBe('CANCEL');
    expect(value('uid')).toBe('prc_1-walkthrough-1@provider.test');
    expect(value('sequence')).toBe('2');
    expect(value('status')).toBe('CANCELLED');
  });

  it('has lines of at most 75 octets that end with CR LF, whatever the script', () => {
    for (const title of ['ü漢😀'.repeat(80), 'W'.repeat(300)]) {
      const text = entry({ title, place: title }, { attendee: { name: title, email: 'ada@enduser.test' } });
      expect(text.endsWith('END:VCALENDAR\r\n')).toBe(true);
      expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
      for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
      expect(text).not.toContain('\ufffd');
      expect(eventOf(text).value('summary')).toBe(title);
    }
  });

  it('is not led astray by what people call themselves and their meetings', () => {
    const name = 'Eve":mailto:eve@x.test\r\nATTENDEE:mailto:eve@x.test;x="';
    const text = entry(
      { title: 'One; two, three\\n\r\nMETHOD:CANCEL', place: 'BEGIN:VALARM\nhttps://x.test/a;b,c' },
      { attendee: { name, email: 'ada@enduser.test' } },
    );
    const { method, value, attendees, event } = eventOf(text);
    expect(method).toBe('REQUEST');
    expect(value('summary')).toBe('One; two, three\\n METHOD:CANCEL');
    expect(value('location')).toBe('BEGIN:VALARM https://x.test/a;b,c');
    expect(event.getAllSubcomponents()).toEqual([]);
    expect(attendees.map((one) => String(one.getFirstValue()).toLowerCase())).toEqual([
      'mailto:ada@enduser.test',
    ]);
  });
});

describe('a walkthrough that is planned, moved and called off', () => {
  let receiver: SmtpReceiver;
  beforeAll(async () => {
    receiver = await startSmtpReceiver();
    const world = await plannedIn(someTools);
    const change = { startsAt: '2026-12-02T14:30:00+01:00', minutes: 45 };
    await done(act(world, 'moveWalkthrough', change, '2026-11-24T11:00:00Z'));
    await done(act(world, 'cancelWalkthrough', { reason: 'Another week.' }, '2026-11-24T12:00:00Z'));
    await deliver(world, receiver.url);
  });
  afterAll(async () => receiver.close());

  const received = (person: string) =>
    receiver.received.filter(({ to }) => to?.some(({ address }) => address === `${person}@northwind.test`));
  /** By the part that calendars read, and the file for programs that do not look there. */
  const partsOf = (message: Email) =>
    ['text/calendar', 'application/ics'].map((type) => {
      const part = message.attachments.find(({ mimeType }) => mimeType === type);
      if (!part || typeof part.content === 'string') throw new Error(`no part ${type}`);
      return { part, text: new TextDecoder().decode(part.content) };
    });

  it('is one entry of the calendar: the same UID, a rising sequence, cancelled at the end', () => {
    const read = received(MARIA).map((message) => {
      const [inline, file] = partsOf(message);
      expect(inline?.part.method).toBe(eventOf(inline?.text ?? '').method);
      expect(file?.text).toBe(inline?.text);
      expect(file?.part.filename).toBe('invite.ics');
      const { method, value, instant } = eventOf(inline?.text ?? '');
      return [method, value('uid'), value('sequence'), value('status'), instant('dtstart').at];
    });
    const uid = 'tls_1-walkthrough-1@provider.test';
    expect(read).toEqual([
      ['REQUEST', uid, '0', 'CONFIRMED', '2026-12-01T09:00:00.000Z'],
      ['REQUEST', uid, '1', 'CONFIRMED', '2026-12-02T13:30:00.000Z'],
      ['CANCEL', uid, '2', 'CANCELLED', '2026-12-02T13:30:00.000Z'],
    ]);
  });

  it('says in words what the entry says, in the zone and the language of the recipient', () => {
    const [first, second, last] = received(MARIA);
    expect(first?.subject).toBe(
      'Invitation: Walkthrough of the web support tools, Tuesday 1 December 2026, 10:00 (UTC+01:00, Europe/Berlin)',
    );
    for (const body of [first?.text, first?.html]) {
      expect(body).toContain('Tuesday 1 December 2026, 11:00 (UTC+01:00, Europe/Berlin)');
      expect(body).toContain('https://bridge.example/tools');
    }
    expect(second?.subject).toMatch(/^Changed: .* 2 December 2026, 14:30/);
    expect(last?.subject).toMatch(/^Called off: /);
    expect(last?.text).toContain('takes it out of your calendar');
    const german = received(JAN).map(({ subject }) => subject ?? '');
    expect(german[0]).toContain('Einladung: ');
    expect(german[0]).toContain('Dienstag, 1. Dezember 2026, 04:00 Uhr (UTC-05:00, America/New_York)');
    expect(german.slice(1).map((subject) => subject.split(':')[0])).toEqual(['Geändert', 'Abgesagt']);
  });

  it('names nobody but its recipient and the sender', () => {
    for (const message of received(MARIA)) {
      for (const { text } of partsOf(message)) expect(text).not.toContain(JAN);
    }
  });
});

/** Sends the mails of the walkthrough, oldest first, by the effect of the product to a real SMTP server. */
async function deliver(world: TestWorld, url: string): Promise<void> {
  const port = createSmtpMail({ url });
  const personOf = (id: string) => ({
    name: id,
    email: `${id}@northwind.test`,
    phone: null,
    ...(id === JAN
      ? { zone: 'America/New_York', language: 'de' }
      : { zone: 'Europe/Berlin', language: 'en' }),
  });
  const send = mail({
    port,
    registry,
    log: silentLog,
    from: FROM,
    publicUrl: 'https://care.provider.test',
    linkSecret: 'x'.repeat(32),
    linkLifetimeMs: 1,
    facts: {
      read: async (_tenantId, _processId, ids) => ({
        customer: 'Northwind Logistics',
        headline: 'CP-2026-0417',
        ownerId: 'sam-rivers',
        people: Object.fromEntries([...ids, 'sam-rivers'].map((id) => [id, personOf(id)])),
      }),
      keepLink: async () => undefined,
    },
  });
  for (const { intent } of world.store.effects) {
    if (intent.kind !== 'mail' || !intent.content.notice.startsWith('walkthrough')) continue;
    const claim: ClaimOf<'mail'> = {
      effectId: 'eff_1',
      tenantId: TENANT,
      processId: 'tls_1',
      slug: 'supportTools',
      fence: 1,
      attempt: 1,
      intent,
      expired: false,
      standsFor: [],
      together: null,
      carriedBy: null,
    };
    const { settlement } = await send(claim, { now: intent.notBefore, signal: new AbortController().signal });
    expect(settlement.kind).toBe('confirmed');
  }
  await port.close();
}
