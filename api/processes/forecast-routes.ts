/** What happens if nobody acts, and why a deadline is when it is. */
import { z } from 'zod';
import { readClock } from '../../db/read/clocks.js';
import { readContractsById } from '../../db/read/contract.js';
import { readNames, readSnapshot } from '../../db/read/forecast.js';
import { readProcessHead } from '../../db/read/process.js';
import type { Person } from '../../db/read/person.js';
import { MemoryStore } from '../../domain/kernel/memory-store.js';
import { explainClock } from '../../domain/kernel/views/explain.js';
import { forecast, type ForecastItem } from '../../domain/kernel/views/forecast.js';
import { definitionOf } from '../../domain/processes.js';
import type { Dependencies } from '../dependencies.js';
import { Breather } from '../http/breather.js';
import { iso, local } from '../http/instants.js';
import { notFound } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { person, route } from '../http/route.js';
import { idParams, idText, instantOut, localOut, personOf, personOut, wholeNumber } from '../http/schemas.js';

const DAY_MS = 86_400_000;
const daysQuery = z.strictObject({ days: wholeNumber(1, 800).default(90) });

const common = { at: instantOut, atLocal: localOut, processId: z.string(), slug: z.string() };
const itemOut = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('event'),
    ...common,
    event: z.string(),
    trigger: z.string(),
    label: z.string(),
    from: z.string().nullable(),
    to: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('notice'),
    ...common,
    sendAt: instantOut,
    sendAtLocal: localOut,
    notice: z.string(),
    label: z.string(),
    role: z.string(),
    recipient: personOut,
    about: z.string(),
  }),
]);

const forecastOut = z
  .object({
    from: instantOut,
    until: instantOut,
    items: z.array(itemOut),
    assumptions: z.array(z.string()),
    truncated: z.boolean(),
  })
  .meta({ id: 'Forecast' });

const ofProcess = route({
  method: 'get',
  path: '/v1/processes/{id}/forecast',
  tag: 'Processes',
  summary: 'What happens in this process if nobody acts',
  access: person,
  params: idParams,
  query: daysQuery,
  answers: { 200: { description: 'In the order of time', schema: forecastOut } },
  handle: async ({ caller, params, query }, deps) => {
    const head = await readProcessHead(deps.database, caller.id, params.id);
    if (!head) return notFound();
    return forecastReply(deps, caller, { ...head, processId: head.id }, query.days);
  },
});

const ofContract = route({
  method: 'get',
  path: '/v1/contracts/{contractId}/forecast',
  tag: 'Contracts',
  summary: 'What happens in every process of a contract if nobody acts',
  access: person,
  params: z.object({ contractId: idText }),
  query: daysQuery,
  answers: { 200: { description: 'In the order of time', schema: forecastOut } },
  handle: async ({ caller, params, query }, deps) => {
    const { contractId } = params;
    const found = await readContractsById(deps.database, caller.id, contractId);
    if (!found) return notFound();
    return forecastReply(deps, caller, { tenantId: found.tenantId, contractId, processId: null }, query.days);
  },
});

async function forecastReply(
  deps: Dependencies,
  caller: Person,
  at: { readonly tenantId: string; readonly contractId: string | null; readonly processId: string | null },
  days: number,
): Promise<Reply> {
  const { registry } = deps;
  const snapshot = await readSnapshot(deps.database, deps.inputs, at, registry.definitions);
  const store = new MemoryStore(snapshot.world);
  for (const process of snapshot.processes) store.put(process);
  const until = snapshot.now + days * DAY_MS;
  const breather = new Breather();
  const made = await forecast(registry, store, {
    tenantId: at.tenantId,
    from: snapshot.now,
    until,
    breathe: () => breather.breathe(),
  });
  const recipients = made.items.flatMap((item) => (item.kind === 'notice' ? [item.recipient] : []));
  const names = await readNames(deps.database, caller.id, recipients);
  return ok({
    from: iso(snapshot.now),
    until: iso(until),
    items: made.items.map((item) => itemView(item, names, caller.zone)),
    assumptions: made.assumptions,
    truncated: made.truncated,
  });
}

function itemView(item: ForecastItem, names: Readonly<Record<string, string>>, zone: string) {
  const words = definitionOf(item.slug)?.words;
  const { at, processId, slug } = item;
  const base = { at: iso(at), atLocal: local(at, zone), processId, slug };
  if (item.kind === 'notice') {
    const { notice, role, sendAt, about } = item;
    const label = words?.notices[notice]?.label ?? notice;
    const sending = { sendAt: iso(sendAt), sendAtLocal: local(sendAt, zone) };
    return {
      kind: item.kind,
      ...base,
      ...sending,
      notice,
      label,
      role,
      recipient: personOf(item.recipient, names),
      about,
    };
  }
  const { event, trigger, from, to } = item;
  const clock = /^mark ([^.]+)\./.exec(trigger)?.[1];
  const label = clock === undefined ? event : (words?.clocks[clock]?.label ?? clock);
  return { kind: item.kind, ...base, event, trigger, label, from, to };
}

const explanationOut = z
  .object({
    clock: z.string(),
    label: z.string(),
    key: z.string(),
    run: z.int(),
    outcome: z.string(),
    startedAt: instantOut,
    startedLocal: localOut,
    calendar: z.object({ id: z.string(), version: z.int(), zone: z.string(), title: z.string() }),
    policy: z.object({ id: z.string(), version: z.int(), path: z.string() }),
    pauses: z.array(z.object({ from: z.string(), to: z.string().nullable(), cause: z.string() })),
    marks: z.array(
      z.object({
        step: z.string(),
        state: z.enum(['armed', 'fired', 'passed']),
        dueAt: instantOut.nullable(),
        dueLocal: localOut.nullable(),
        rule: z.string(),
        agrees: z.boolean().describe('Whether the stored inputs still give the stored instant'),
        lines: z.array(z.object({ kind: z.string(), text: z.string(), from: instantOut, to: instantOut })),
      }),
    ),
    moves: z
      .array(
        z.object({
          seq: z.int(),
          at: instantOut,
          atLocal: localOut,
          step: z.string(),
          before: instantOut.nullable(),
          beforeLocal: localOut.nullable(),
          dueAt: instantOut.nullable(),
          dueLocal: localOut.nullable(),
          calendarVersion: z.int().nullable(),
        }),
      )
      .describe(
        'Deadlines that a new calendar version has moved, with the old instant and the new one; newest first',
      ),
  })
  .meta({ id: 'Explanation' });

const explain = route({
  method: 'get',
  path: '/v1/processes/{id}/clocks/{name}/explain',
  tag: 'Processes',
  summary: 'Why a deadline is when it is, line by line',
  description: "Local times are those of the calendar's zone.",
  access: person,
  params: z.object({ id: idText, name: z.string().max(60) }),
  query: z.strictObject({
    key: z.string().max(200).default(''),
    run: wholeNumber(1, 1_000_000).optional().describe('Without it the newest'),
  }),
  answers: { 200: { description: 'The explanation', schema: explanationOut } },
  handle: async ({ caller, params, query }, deps) => {
    const at = { name: params.name, key: query.key, run: query.run ?? null };
    const found = await readClock(deps.database, caller.id, params.id, at);
    if (!found?.calendar) return notFound();
    const { clock, calendar, policyId, policyVersion, slug, moves } = found;
    const { startedAt, policy, marks, ...rest } = explainClock(clock, calendar);
    return ok({
      ...rest,
      label: definitionOf(slug)?.words.clocks[clock.name]?.label ?? clock.name,
      startedAt: iso(startedAt),
      policy: { id: policyId, version: policyVersion, path: policy.path },
      marks: marks.map(({ dueAt, lines, ...mark }) => ({
        ...mark,
        dueAt: iso(dueAt),
        lines: lines.map(({ kind, text, fromMs, toMs }) => ({
          kind,
          text,
          from: iso(fromMs),
          to: iso(toMs),
        })),
      })),
      moves: moves.map(({ seq, at, step, before, dueAt, calendarVersion }) => ({
        seq,
        at: iso(at),
        atLocal: local(at, calendar.zone),
        step,
        before: iso(before),
        beforeLocal: local(before, calendar.zone),
        dueAt: iso(dueAt),
        dueLocal: local(dueAt, calendar.zone),
        calendarVersion,
      })),
    });
  },
});

export const forecastRoutes = [ofProcess, ofContract, explain];
