/** The people of the Provider. */
import { z } from 'zod';
import { createTenant, PROVIDER, readSetting, savePeople, saveSetting } from '../../db/provision/tenants.js';
import { listPeople, listVersions } from '../../db/read/set-up.js';
import type { Dependencies } from '../dependencies.js';
import { problem, type Place } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { person, route } from '../http/route.js';
import { instantOut } from '../http/schemas.js';
import { inputSchema } from '../processes/definition-views.js';
import { scopes } from '../../db/provision/keys.js';
import { endOfKey, issueKey } from './issue-key.js';
import {
  peopleOf,
  providerFileSchema,
  readProviderFile,
  skillsOf,
  type ProviderFile,
} from './provider-file.js';

const staffOut = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    zone: z.string(),
    language: z.string(),
    calendarId: z.string().nullable(),
    deputyId: z.string().nullable(),
    grants: z.array(z.string()),
    active: z.boolean(),
  })
  .meta({ id: 'Staff' });

const list = route({
  method: 'get',
  path: '/v1/staff',
  tag: 'People',
  summary: 'The people of the Provider and their staff functions',
  access: person,
  answers: {
    200: {
      description: 'Active ones first',
      schema: z.object({ items: z.array(staffOut), calendar: z.string().nullable() }),
    },
  },
  handle: async ({ caller }, deps) => {
    const people = await listPeople(deps.database, caller.id, PROVIDER);
    const calendar = await readSetting(deps.database, CALENDAR_SETTING);
    const items = people.map(
      ({ id, name, email, phone, zone, language, calendarId, deputyId, grants, active }) => ({
        id,
        name,
        // An End User reaches staff through the process, not around it.
        email: caller.side === 'provider' ? email : null,
        phone: caller.side === 'provider' ? phone : null,
        zone,
        language,
        calendarId,
        deputyId,
        grants,
        active,
      }),
    );
    return ok({ items, calendar: typeof calendar === 'string' ? calendar : null });
  },
});

const CALENDAR_SETTING = 'providerCalendarId';
/** Who is senior for which product; the Senior Desk holds it against who accepts. */
const SKILLS = 'skillRegister';

const save = route({
  method: 'put',
  path: '/v1/staff',
  tag: 'People',
  summary: 'Save the Provider: name, hours, people',
  description:
    'People who are not in the file stay as they are. An installation without any people takes the file from anybody on the same machine; in production it answers with the first API key then.',
  access: { to: 'bootstrap', grants: ['policyAdministrator'] },
  body: z.unknown().meta(inputSchema(providerFileSchema)),
  problems: ['UNAUTHENTICATED'],
  answers: {
    200: {
      description: 'Saved',
      schema: z.object({
        saved: z.int(),
        notes: z.array(z.string()),
        apiKey: z.object({ personId: z.string(), key: z.string(), expiresAt: instantOut }).optional(),
      }),
    },
  },
  handle: async ({ caller, body, loopback }, deps) => {
    if (!caller && !loopback) return problem('UNAUTHENTICATED');
    const read = readProviderFile(body);
    if (!read.ok) return problem('BODY_INVALID', { problems: read.problems });
    const file = read.value;
    const missing = caller ? await missingCalendars(deps, caller.id, file) : [];
    if (missing.length > 0) return problem('BODY_INVALID', { problems: missing });
    if (!caller) await createTenant(deps.database, { id: PROVIDER, name: file.name });
    const { taken } = await savePeople(deps.database, PROVIDER, peopleOf(file), caller?.id ?? null);
    if (taken.length > 0) return problem('BODY_INVALID', { problems: takenPlaces(file, taken) });
    await saveSetting(deps.database, CALENDAR_SETTING, file.calendar);
    await saveSetting(deps.database, SKILLS, skillsOf(file, await readSetting(deps.database, SKILLS)));
    const notes = caller ? [] : [`Import and approve the calendar ${file.calendar}, then a policy set.`];
    const first = file.staff.find((one) => one.active && one.grants.includes('policyAdministrator'));
    const withKey = !caller && deps.profile === 'production' && first;
    return ok({
      saved: file.staff.length,
      notes,
      ...(withKey ? { apiKey: await firstKey(deps, first.id) } : {}),
    });
  },
});

/** Only at the very beginning may people name calendars that are not there yet. */
async function missingCalendars(
  deps: Dependencies,
  principal: string,
  file: ProviderFile,
): Promise<readonly Place[]> {
  const versions = await listVersions(deps.database, principal, 'calendar');
  const known = new Set(
    versions.filter((one) => one.tenantId === PROVIDER && one.inForce).map((one) => one.id),
  );
  const current = await readSetting(deps.database, CALENDAR_SETTING);
  const named = [
    // What is set stays possible, so that people can be changed before the first calendar is approved.
    ...(file.calendar === current ? [] : [{ path: 'calendar', id: file.calendar }]),
    ...file.staff.flatMap(({ calendar }, index) =>
      calendar === undefined ? [] : [{ path: `staff.${String(index)}.calendar`, id: calendar }],
    ),
  ];
  return named
    .filter(({ id }) => !known.has(id))
    .map(({ path, id }) => ({
      path,
      problem: `no calendar named ${id} is in force; import and approve it first`,
    }));
}

function takenPlaces(file: ProviderFile, taken: readonly string[]): readonly Place[] {
  return file.staff.flatMap(({ id }, index) =>
    taken.includes(id)
      ? [{ path: `staff.${String(index)}.id`, problem: `the id ${id} is taken by somebody else` }]
      : [],
  );
}

/** May do everything: somebody has to begin. It ends like every key. */
async function firstKey(
  deps: Dependencies,
  personId: string,
): Promise<{ readonly personId: string; readonly key: string; readonly expiresAt: string } | undefined> {
  const expiresAt = await endOfKey(deps, undefined);
  if (typeof expiresAt === 'string') throw new Error(`The usual end of a key ${expiresAt}.`);
  const asked = { tenantId: PROVIDER, personId, label: 'First key of the installation', scopes, expiresAt };
  const shown = await issueKey(deps, { ...asked, request: null }, null);
  return 'key' in shown ? { personId, key: shown.key, expiresAt: shown.expiresAt } : undefined;
}

export const staffRoutes = [list, save];
