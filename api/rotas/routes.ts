/** Rotas: check a file, draft a version, have it approved, read them, and ask who is on duty. */
import { z } from 'zod';
import type { Person } from '../../db/read/person.js';
import { PROVIDER } from '../../db/provision/tenants.js';
import { listPeople, listVersions } from '../../db/read/set-up.js';
import { readDuty } from '../../db/rota/read.js';
import { businessNow } from '../../db/business-clock.js';
import { holesIn, overlapsIn, type Span } from '../../domain/rota/duty.js';
import { peopleOf, rotaFileSchema, type Rota } from '../../domain/rota/rota-file.js';
import { formatLocal } from '../../domain/time/local-time.js';
import { parseInstant } from '../../domain/time/instant.js';
import type { Dependencies } from '../dependencies.js';
import { iso } from '../http/instants.js';
import { places } from '../http/places.js';
import { problem, type Place } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { person, route, staff } from '../http/route.js';
import { instantOut, personOut, placeOut } from '../http/schemas.js';
import { inputSchema } from '../processes/definition-views.js';
import { versionRoutes } from '../versions/routes.js';
import { draft, draftedOut } from '../versions/versions.js';

const administrators = staff('policyAdministrator');
const fileBody = z.unknown().meta(inputSchema(rotaFileSchema));
/** Of a rota that is full of holes the first are told. */
const MOST_TOLD = 50;

interface Checked {
  readonly rota: Rota;
  readonly holes: readonly Place[];
  readonly notes: readonly string[];
}

/** Reads a rota; what is wrong in itself, people whom nobody knows included, or its holes and remarks about it. */
async function checked(
  deps: Dependencies,
  caller: string,
  body: unknown,
): Promise<Checked | { readonly problems: readonly Place[] }> {
  const read = rotaFileSchema.safeParse(body);
  if (!read.success) return { problems: places(read.error) };
  const rota = read.data;
  const staffNow = await listPeople(deps.database, caller, PROVIDER);
  const active = new Set(staffNow.filter((one) => one.active).map((one) => one.id));
  const unknown = peopleOf(rota).filter(({ id }) => !active.has(id));
  if (unknown.length > 0) {
    const problems = unknown.map(({ path, id }) => ({ path, problem: `nobody of the Provider is ${id}` }));
    return { problems };
  }
  const holes = holesIn(rota).map(({ duty, ...span }) => ({
    path: `shifts (${duty})`,
    problem: `nobody is on duty ${spanText(span, rota)}`,
  }));
  const overlaps = overlapsIn(rota).map(
    ({ duty, people, ...span }) =>
      `${duty}: ${people.join(' and ')} are both on duty ${spanText(span, rota)}`,
  );
  return { rota, holes: holes.slice(0, MOST_TOLD), notes: overlaps.slice(0, MOST_TOLD) };
}

/** Instants in UTC, and as the zone of the rota reads them. */
function spanText({ from, to }: Span, { zone }: Rota): string {
  return `from ${iso(from)} to ${iso(to)} (${formatLocal(from, zone)} to ${formatLocal(to, zone)})`;
}

/** How staff are reached, and when they work, is the Provider's own business. */
function notForEndUsers({ side }: Person): Reply | null {
  return side === 'provider'
    ? null
    : problem('FORBIDDEN', { detail: 'Rotas are the business of the Provider.' });
}

const check = route({
  method: 'post',
  path: '/v1/rotas/check',
  tag: 'Rotas',
  summary: 'Check a rota without storing anything',
  access: person,
  scope: 'read',
  body: fileBody,
  problems: ['FORBIDDEN'],
  answers: {
    200: {
      description: 'Every problem with its place; without any, holes with their instants and remarks',
      schema: z.object({
        problems: z.array(placeOut),
        holes: z.array(placeOut),
        notes: z.array(z.string()),
      }),
    },
  },
  handle: async ({ caller, body }, deps) => {
    const refused = notForEndUsers(caller);
    if (refused) return refused;
    const read = await checked(deps, caller.id, body);
    if ('problems' in read) return ok({ problems: read.problems, holes: [], notes: [] });
    return ok({ problems: [], holes: read.holes, notes: read.notes });
  },
});

const add = route({
  method: 'post',
  path: '/v1/rotas',
  tag: 'Rotas',
  summary: 'Store a rota as a new draft version',
  description:
    'One with a hole is refused with the instants, unless the file names a fallback. The newest version is given back when it says the same already.',
  access: administrators,
  body: fileBody,
  problems: ['ROTA_HOLE'],
  answers: {
    200: { description: 'Nothing was to be done', schema: draftedOut },
    201: { description: 'Drafted', schema: draftedOut, headers: { location: 'The rota' } },
  },
  handle: async ({ caller, body }, deps) => {
    const read = await checked(deps, caller.id, body);
    if ('problems' in read) return problem('BODY_INVALID', { problems: read.problems });
    const { rota, holes, notes } = read;
    if (holes.length > 0 && rota.fallback === undefined) return problem('ROTA_HOLE', { problems: holes });
    const filled = holes.map(({ problem: text }) => `${text}: ${rota.fallback ?? ''} stands in`);
    const versions = await listVersions(deps.database, caller.id, 'rota', rota.id);
    const file = { id: rota.id, body: rota, notes: [...filled, ...notes] };
    return draft(deps, 'rota', caller.id, versions[0], file);
  },
});

const who = route({
  method: 'get',
  path: '/v1/rotas/who',
  tag: 'Rotas',
  summary: 'Who is on duty, now or at an instant',
  access: person,
  query: z.object({ at: z.string().max(40).optional().describe('Such as 2026-12-24T03:00+01:00') }),
  problems: ['FORBIDDEN', 'QUERY_INVALID'],
  answers: {
    200: {
      description: 'By duty; a fallback included',
      schema: z.object({
        at: instantOut,
        engineers: z.array(personOut),
        dutyManager: personOut.nullable(),
        supportDirector: personOut.nullable(),
      }),
    },
  },
  handle: async ({ caller, query }, deps) => {
    const refused = notForEndUsers(caller);
    if (refused) return refused;
    const read = query.at === undefined ? null : parseInstant(query.at);
    if (read && !read.ok)
      return problem('QUERY_INVALID', { problems: [{ path: 'at', problem: read.problem }] });
    const people = await listPeople(deps.database, caller.id, PROVIDER);
    const named = (id: string) => ({ id, name: people.find((one) => one.id === id)?.name ?? id });
    return deps.database.as('api', { principal: caller.id }, async (trx) => {
      const at = read ? read.value : await businessNow(trx);
      const { engineers, dutyManager, supportDirector } = await readDuty(trx, at);
      return ok({
        at: iso(at),
        engineers: engineers.map(named),
        dutyManager: dutyManager === null ? null : named(dutyManager),
        supportDirector: supportDirector === null ? null : named(supportDirector),
      });
    });
  },
});

const versions = versionRoutes({
  kind: 'rota',
  tag: 'Rotas',
  noun: 'rota',
  approving: { effect: 'who is on duty follows from it at once' },
  hiddenFrom: notForEndUsers,
});

export const rotaRoutes = [check, add, who, ...versions];
