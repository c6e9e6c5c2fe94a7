/** Business time as a calculator: when is something due, how much open time has passed. */
import { z } from 'zod';
import { readVersion } from '../../db/read/set-up.js';
import type { Person } from '../../db/read/person.js';
import { addDuration, elapsedBusinessMs, formatLocal } from '../../domain/time/business.js';
import type { CalendarVersion } from '../../domain/time/calendar.js';
import { durationSchema, parseDuration, type Duration } from '../../domain/time/duration.js';
import { formatElapsed } from '../../domain/time/local-time.js';
import { buildFrom } from '../calendars/routes.js';
import type { Dependencies } from '../dependencies.js';
import { iso } from '../http/instants.js';
import { problem, type Place } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { person, route } from '../http/route.js';
import { idText, instantOut, localOut } from '../http/schemas.js';
import { answerTable, bulkQuery, MOST_LINES } from './bulk.js';

const instant = z
  .string()
  .refine(
    (text) => z.iso.datetime({ offset: true }).safeParse(text).success,
    'must be an instant with its zone, such as 2026-03-02T09:00:00+01:00',
  )
  .meta({ type: 'string', format: 'date-time' });

const which = {
  calendar: idText.optional().describe('The version in force of a stored calendar'),
  calendarFile: z.unknown().optional().describe('A calendar file that need not be stored'),
};

const dueBody = z.strictObject({
  ...which,
  from: instant,
  add: z.union([z.string().max(80), durationSchema]).describe('Such as "10 business days" or "4 bh"'),
});

const elapsedBody = z.strictObject({ ...which, from: instant, to: instant });

const stepOut = z.object({ kind: z.string(), text: z.string(), from: instantOut, to: instantOut });

const due = route({
  method: 'post',
  path: '/v1/time/due',
  tag: 'Time',
  summary: 'When something is due, and why',
  access: person,
  scope: 'read',
  body: dueBody,
  query: bulkQuery,
  csv: {
    description: `At most ${String(MOST_LINES)} lines; the columns are calendar, from, add, in any order.`,
    example: 'calendar,from,add\nberlin-office,2026-12-23T10:00+01:00,3 business days\n',
    answer: 'Line by line, in the same order; what is wrong with a line stands in its column `problem`',
    handle: ({ caller, body, query }, deps) =>
      answerTable(deps, caller, 'due', { text: body, calendar: query.calendar }),
  },
  example: { calendar: 'berlin-office', from: '2026-12-23T10:00:00+01:00', add: '3 business days' },
  answers: {
    200: {
      description: 'The instant, line by line',
      schema: z.object({ due: instantOut, dueLocal: localOut, steps: z.array(stepOut) }),
    },
  },
  handle: async ({ caller, body }, deps) => {
    const calendar = await calendarOf(deps, caller, body);
    const duration = readDuration(body.add);
    const problems = [...calendar.problems, ...duration.problems];
    if (!calendar.value || !duration.value) return problem('BODY_INVALID', { problems });
    const { value: version } = calendar;
    const { value: length } = duration;
    return withinReach(() => {
      const { dueMs, steps } = addDuration(Date.parse(body.from), length, version);
      return ok({
        due: iso(dueMs),
        dueLocal: formatLocal(dueMs, version.zone),
        steps: steps.map(({ kind, text, fromMs, toMs }) => ({
          kind,
          text,
          from: iso(fromMs),
          to: iso(toMs),
        })),
      });
    });
  },
});

const elapsed = route({
  method: 'post',
  path: '/v1/time/elapsed',
  tag: 'Time',
  summary: 'How much open time lies between two instants',
  access: person,
  scope: 'read',
  body: elapsedBody,
  query: bulkQuery,
  csv: {
    description: `At most ${String(MOST_LINES)} lines; the columns are calendar, from, to, in any order.`,
    example: 'calendar,from,to\nberlin-office,2026-12-23T10:00+01:00,2026-12-28T10:00+01:00\n',
    answer: 'Line by line, in the same order; what is wrong with a line stands in its column `problem`',
    handle: ({ caller, body, query }, deps) =>
      answerTable(deps, caller, 'elapsed', { text: body, calendar: query.calendar }),
  },
  example: { calendar: 'berlin-office', from: '2026-12-23T10:00:00+01:00', to: '2026-12-28T10:00:00+01:00' },
  answers: {
    200: {
      description: 'Negative when `to` lies before `from`',
      schema: z.object({ ms: z.int(), hours: z.number(), text: z.string() }),
    },
  },
  handle: async ({ caller, body }, deps) => {
    const { value, problems } = await calendarOf(deps, caller, body);
    if (!value) return problem('BODY_INVALID', { problems });
    return withinReach(() => {
      const ms = elapsedBusinessMs(Date.parse(body.from), Date.parse(body.to), value);
      const text = `${ms < 0 ? '-' : ''}${formatElapsed(Math.abs(ms))}`;
      return ok({ ms, hours: Math.round(ms / 36_000) / 100, text });
    });
  },
});

interface Found<T> {
  readonly value?: T;
  readonly problems: readonly Place[];
}

async function calendarOf(
  deps: Dependencies,
  caller: Person,
  { calendar, calendarFile }: { readonly calendar?: string | undefined; readonly calendarFile?: unknown },
): Promise<Found<CalendarVersion>> {
  if ((calendar === undefined) === (calendarFile === undefined)) {
    return {
      problems: [{ path: 'calendar', problem: 'name a calendar, or give a calendarFile: one of the two' }],
    };
  }
  if (calendar === undefined) {
    const built = buildFrom(calendarFile, 1);
    if (built.ok) return { value: built.value, problems: [] };
    return {
      problems: built.problems.map(({ path, problem: text }) => ({
        path: `calendarFile.${path}`,
        problem: text,
      })),
    };
  }
  const stored = await readVersion(deps.database, caller.id, 'calendar', calendar);
  if (!stored)
    return { problems: [{ path: 'calendar', problem: `no calendar named ${calendar} is in force` }] };
  // Stored by draftVersion from a version that was built and checked.
  return { value: stored.body as unknown as CalendarVersion, problems: [] };
}

function readDuration(add: string | Duration): Found<Duration> {
  if (typeof add !== 'string') return { value: add, problems: [] };
  const read = parseDuration(add);
  return read.ok
    ? { value: read.value, problems: [] }
    : { problems: [{ path: 'add', problem: read.problem }] };
}

/** Instants far away, and calendars that never open, are mistakes of the request here. */
function withinReach(work: () => Reply): Reply {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return problem('BODY_INVALID', { problems: [{ path: '(whole)', problem: error.message }] });
  }
}

export const timeRoutes = [due, elapsed];
