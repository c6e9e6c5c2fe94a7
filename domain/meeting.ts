/**
 * A meeting that a process plans, moves and calls off, one at a time, and to which it invites: walkthroughs and technical
 * tests (service spec §4.4, §4.5b). Values only; who may do it and when are the process's rules.
 */
import { z } from 'zod';
import { showInvitation } from './invitation.js';
import { activeOnly, type Directory } from './kernel/directory.js';

export const MOST_INVITED = 200;
const person = z.string().min(1).max(63);
export const meetingInstant = z.iso.datetime({ offset: true });
const place = z.string().trim().min(3).max(300).describe('A room, a bridge, an address');
export const meetingMinutes = z.int().min(5).max(480);
const invitees = z.array(person).min(1).max(MOST_INVITED);

export const meetingSchema = z.strictObject({
  number: z.number().int().positive(),
  /** Rises with every change, so that calendars take the newest. */
  revision: z.number().int(),
  state: z.enum(['planned', 'held', 'cancelled']),
  /** Epoch milliseconds. */
  startsAt: z.number().int(),
  minutes: z.number().int(),
  place: z.string(),
  invitees: z.array(z.string()),
  /** The last change, and whom it took off the list. */
  changedAt: z.number().int(),
  uninvited: z.array(z.string()),
});
export type Meeting = z.infer<typeof meetingSchema>;

/** What the commands that plan and change a meeting say; `who`: whom a plan without invitees invites. */
export const planPayload = (who: string) =>
  z.strictObject({
    startsAt: meetingInstant,
    minutes: meetingMinutes.optional().describe("Without it: the policy's"),
    place,
    invitees: invitees.optional().describe(`Without them: ${who}`),
  });
export const movePayload = z
  .strictObject({
    startsAt: meetingInstant.optional(),
    minutes: meetingMinutes.optional(),
    place: place.optional(),
    invitees: invitees.optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'name what changes');
export type Plan = z.infer<ReturnType<typeof planPayload>>;
export type Change = z.infer<typeof movePayload>;

interface Scene {
  readonly data: { readonly meeting: Meeting | null };
  readonly directory: Directory;
  readonly at: number;
}

/** To be spread into the roles of a process that has a meeting. */
export const meetingRoles = {
  invitees: {
    label: 'Invited to the meeting',
    who: ({ data, directory }: Scene) => activeOnly(directory, data.meeting?.invitees ?? []),
  },
  /** Whom this very step has taken off the list, or everybody when it called the meeting off. */
  uninvited: {
    label: 'No longer invited to the meeting',
    who: ({ data, directory, at }: Scene) => {
      const { meeting } = data;
      if (meeting?.changedAt !== at) return [];
      return activeOnly(directory, meeting.state === 'cancelled' ? meeting.invitees : meeting.uninvited);
    },
  },
};

export function isPlanned({ data }: Pick<Scene, 'data'>): boolean {
  return data.meeting?.state === 'planned';
}

/** When it begins after a change (epoch ms); 0 where nothing was ever planned. */
export function startOf(change: Pick<Change, 'startsAt'>, meeting: Meeting | null): number {
  return change.startsAt === undefined ? (meeting?.startsAt ?? 0) : Date.parse(change.startsAt);
}

export function startsLater({
  payload,
  data,
  at,
}: Pick<Scene, 'data' | 'at'> & { readonly payload: Change }): boolean {
  return startOf(payload, data.meeting) > at;
}

/** Whether everybody who is named is known and has not left. */
export function areActive(directory: Directory, ids: readonly string[]): boolean {
  return ids.every((id) => directory.people[id]?.active === true);
}

export function planned(
  plan: Plan,
  more: {
    readonly number: number;
    readonly minutes: number;
    readonly invitees: readonly string[];
    readonly at: number;
  },
): Meeting {
  return {
    number: more.number,
    revision: 0,
    state: 'planned',
    startsAt: Date.parse(plan.startsAt),
    minutes: plan.minutes ?? more.minutes,
    place: plan.place,
    invitees: [...new Set(plan.invitees ?? more.invitees)],
    changedAt: more.at,
    uninvited: [],
  };
}

export function moved({
  data: { meeting },
  payload,
  at,
}: Pick<Scene, 'data' | 'at'> & { readonly payload: Change }): Meeting | null {
  if (!meeting) return null;
  return {
    ...invitedTo(meeting, [...new Set(payload.invitees ?? meeting.invitees)], at),
    startsAt: startOf(payload, meeting),
    minutes: payload.minutes ?? meeting.minutes,
    place: payload.place ?? meeting.place,
  };
}

/** The meeting with another list of invitees; who is on it no more is told. */
export function invitedTo(meeting: Meeting, ids: readonly string[], at: number): Meeting {
  return {
    ...meeting,
    revision: meeting.revision + 1,
    invitees: [...ids],
    changedAt: at,
    uninvited: meeting.invitees.filter((id) => !ids.includes(id)),
  };
}

/** A planned meeting is called off; one that was held or called off before stays as it was. */
export function calledOff({ data: { meeting }, at }: Pick<Scene, 'data' | 'at'>): Meeting | null {
  if (meeting?.state !== 'planned') return meeting;
  return { ...meeting, revision: meeting.revision + 1, state: 'cancelled', changedAt: at, uninvited: [] };
}

/** What a notice shows so that its mail invites to the meeting, or calls it off; `kind` tells it from other meetings. */
export function showMeeting(
  meeting: Meeting | null,
  method: 'REQUEST' | 'CANCEL',
  { kind, title }: { readonly kind: string; readonly title: string },
) {
  if (!meeting) throw new Error('No meeting was ever planned.');
  const { number, revision, startsAt, minutes, place: where } = meeting;
  return showInvitation({
    meeting: `${kind}-${String(number)}`,
    revision,
    method,
    title,
    startsAt,
    minutes,
    place: where,
  });
}
