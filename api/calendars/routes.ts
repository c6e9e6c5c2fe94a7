/** Business calendars: check a file, draft a version, have it approved, read them. */
import { z } from 'zod';
import { PROVIDER } from '../../db/provision/tenants.js';
import { listVersions } from '../../db/read/set-up.js';
import { calendarFileSchema, readCalendarFile, type CalendarVersion } from '../../domain/time/calendar.js';
import { buildCalendarVersion } from '../../domain/time/import.js';
import { problem, type Place } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { person, route, staff } from '../http/route.js';
import { placeOut } from '../http/schemas.js';
import { inputSchema } from '../processes/definition-views.js';
import { versionRoutes } from '../versions/routes.js';
import { draft, draftedOut } from '../versions/versions.js';

const administrators = staff('policyAdministrator');
const fileBody = z.unknown().meta(inputSchema(calendarFileSchema));

type Built =
  | { readonly ok: true; readonly value: CalendarVersion; readonly notes: readonly string[] }
  | { readonly ok: false; readonly problems: readonly Place[] };

/** Reads and builds a calendar file; every problem with its place. */
export function buildFrom(input: unknown, version: number): Built {
  const read = readCalendarFile(input);
  return read.ok ? buildCalendarVersion(read.value, version) : read;
}

const check = route({
  method: 'post',
  path: '/v1/calendars/check',
  tag: 'Calendars',
  summary: 'Check a calendar file without storing anything',
  access: person,
  scope: 'read',
  body: fileBody,
  answers: {
    200: {
      description: 'Every problem with its place; without any, the holidays that would be stored',
      schema: z.object({
        problems: z.array(placeOut),
        notes: z.array(z.string()),
        holidays: z.array(z.object({ date: z.string(), name: z.string() })),
      }),
    },
  },
  handle: ({ body }) => {
    const built = buildFrom(body, 1);
    if (!built.ok) return ok({ problems: built.problems, notes: [], holidays: [] });
    return ok({ problems: [], notes: built.notes, holidays: built.value.holidays });
  },
});

const add = route({
  method: 'post',
  path: '/v1/calendars',
  tag: 'Calendars',
  summary: 'Store a calendar file as a new draft version',
  description: 'The newest version is given back when it says the same already.',
  access: administrators,
  body: fileBody,
  answers: {
    200: { description: 'Nothing was to be done', schema: draftedOut },
    201: { description: 'Drafted', schema: draftedOut, headers: { location: 'The calendar' } },
  },
  handle: async ({ caller, body }, deps) => {
    const built = buildFrom(body, 1);
    if (!built.ok) return problem('BODY_INVALID', { problems: built.problems });
    const { value, notes } = built;
    const versions = await listVersions(deps.database, caller.id, 'calendar', value.id);
    const newest = versions.find((line) => line.tenantId === PROVIDER);
    return draft(deps, 'calendar', caller.id, newest, { id: value.id, body: { ...value }, notes });
  },
});

const versions = versionRoutes({
  kind: 'calendar',
  tag: 'Calendars',
  noun: 'calendar',
  approving: {
    effect: 'every running clock is moved to it',
    then: {
      says: {
        recalculation: z
          .enum(['started', 'later'])
          .describe('later: the engine could not be reached just now'),
      },
      act: async (deps, { id, version }) => {
        const started = await deps.startFanOut({ tenantId: PROVIDER, calendarId: id, version });
        return { recalculation: started ? 'started' : 'later' };
      },
    },
  },
});

export const calendarRoutes = [check, add, ...versions];
