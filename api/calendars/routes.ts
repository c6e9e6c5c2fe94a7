/** Business calendars: check a file, draft a version, have it approved, read them. */
import { z } from 'zod';
import { PROVIDER } from '../../db/provision/tenants.js';
import { listVersions, readVersion } from '../../db/read/set-up.js';
import { calendarFileSchema, readCalendarFile, type CalendarVersion } from '../../domain/time/calendar.js';
import { buildCalendarVersion } from '../../domain/time/import.js';
import { notFound, problem, type Place } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { person, route, staff } from '../http/route.js';
import { idText, placeOut } from '../http/schemas.js';
import { inputSchema } from '../processes/definition-views.js';
import { approve, draft, draftedOut, versionOut, versionView } from './versions.js';

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

const versionParams = z.object({
  id: idText,
  version: z
    .string()
    .regex(/^[1-9]\d{0,6}$/)
    .transform(Number)
    .meta({ type: 'integer', minimum: 1 }),
});

const approveRoute = route({
  method: 'post',
  path: '/v1/calendars/{id}/versions/{version}/approve',
  tag: 'Calendars',
  summary: 'Approve a version; every running clock is moved to it',
  description: 'By somebody else than its author.',
  access: administrators,
  params: versionParams,
  body: z.strictObject({}),
  problems: ['SELF_APPROVAL', 'VERSION_APPROVED'],
  answers: {
    200: {
      description: 'Approved',
      schema: z.object({
        id: z.string(),
        version: z.int(),
        state: z.literal('approved'),
        recalculation: z
          .enum(['started', 'later'])
          .describe('later: the engine could not be reached just now'),
      }),
    },
  },
  handle: async ({ caller, params }, deps) => {
    const approval = await approve(deps, 'calendar', caller.id, params);
    if (approval !== 'approved') return approval;
    const { id, version } = params;
    const started = await deps.startFanOut({ tenantId: PROVIDER, calendarId: id, version });
    return ok({ id, version, state: 'approved', recalculation: started ? 'started' : 'later' });
  },
});

const list = route({
  method: 'get',
  path: '/v1/calendars',
  tag: 'Calendars',
  summary: 'Every version of every calendar',
  access: person,
  answers: {
    200: { description: 'By id, newest version first', schema: z.object({ items: z.array(versionOut) }) },
  },
  handle: async ({ caller }, deps) =>
    ok({ items: (await listVersions(deps.database, caller.id, 'calendar')).map(versionView) }),
});

const one = route({
  method: 'get',
  path: '/v1/calendars/{id}',
  tag: 'Calendars',
  summary: 'A calendar with its versions; the body is that of the version in force, else of the newest',
  access: person,
  params: z.object({ id: idText }),
  answers: {
    200: {
      description: 'The calendar',
      schema: z.object({
        id: z.string(),
        inForce: z.int().nullable(),
        versions: z.array(versionOut),
        body: z.record(z.string(), z.unknown()),
      }),
    },
  },
  handle: async ({ caller, params }, deps) => {
    const versions = await listVersions(deps.database, caller.id, 'calendar', params.id);
    const newest = versions[0];
    if (!newest) return notFound();
    const inForce = versions.find((line) => line.inForce)?.version ?? null;
    const stored = await readVersion(
      deps.database,
      caller.id,
      'calendar',
      params.id,
      inForce ?? newest.version,
    );
    return ok({ id: params.id, inForce, versions: versions.map(versionView), body: stored?.body ?? {} });
  },
});

export const calendarRoutes = [check, add, approveRoute, list, one];
