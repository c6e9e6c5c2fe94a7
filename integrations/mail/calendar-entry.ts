/** An invitation as mail programs take it: one event of iCalendar (RFC 5545) that asks or calls off (RFC 5546, 6047). */
import ical, {
  ICalAttendeeRole,
  ICalAttendeeStatus,
  ICalAttendeeType,
  ICalCalendarMethod,
  ICalEventStatus,
} from 'ical-generator';
import type { Invitation } from '../../domain/invitation.js';
import { bareAddress, DEFAULT_MESSAGE_ID_DOMAIN } from './port.js';
import type { CalendarPart } from './port.js';

export interface EntrySource {
  readonly invitation: Invitation;
  /** With the invitation's meeting it makes the UID, which stays the same in every update. */
  readonly processId: string;
  /** The sender of the mail, `Name <address>`: programs take updates from the organizer they know. */
  readonly organizer: string;
  readonly attendee: { readonly name: string; readonly email: string };
  /** When this version of the entry was decided (epoch ms). */
  readonly decidedAt: number;
  /** Where the meeting can be read about. */
  readonly url: string;
}

/** Names its recipient only: nobody learns an address by being invited. */
export function calendarEntry(source: EntrySource): CalendarPart {
  const { invitation, processId, attendee, decidedAt, url } = source;
  const { method, startsAt, minutes, title, place, revision, meeting } = invitation;
  const cancelled = method === 'CANCEL';
  const address = bareAddress(source.organizer) ?? '';
  const calendar = ical({
    prodId: { company: 'Care Plus', product: 'Care Plus' },
    method: cancelled ? ICalCalendarMethod.CANCEL : ICalCalendarMethod.REQUEST,
  });
  calendar.createEvent({
    id: `${processId}-${meeting}@${address.split('@')[1] ?? DEFAULT_MESSAGE_ID_DOMAIN}`,
    sequence: revision,
    stamp: new Date(decidedAt),
    start: new Date(startsAt),
    end: new Date(startsAt + minutes * 60_000),
    summary: oneLine(title),
    location: { title: oneLine(place) },
    url,
    status: cancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    organizer: { name: inQuotes(source.organizer.replace(/<[^<>]*>\s*$/, '')) || address, email: address },
    attendees: [
      {
        name: inQuotes(attendee.name) || attendee.email,
        email: attendee.email,
        type: ICalAttendeeType.INDIVIDUAL,
        role: ICalAttendeeRole.REQ,
        status: ICalAttendeeStatus.NEEDSACTION,
        rsvp: !cancelled,
      },
    ],
  });
  // The library leaves out the end of the last line.
  return { method, content: `${calendar.toString()}\r\n` };
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

/** A parameter value knows no way to write a quotation mark (RFC 5545 §3.1). */
function inQuotes(text: string): string {
  return oneLine(text).replaceAll('"', "'");
}
