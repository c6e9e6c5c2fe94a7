/** Whether the Provider may come in: at an instant of the past from the events, in the future if nobody acts. */
import { z } from 'zod';
import {
  readAccessNames,
  readAccessPlace,
  readStatesAt,
  type AccessPlace,
} from '../../db/read/access-status.js';
import { readSnapshot, type Snapshot } from '../../db/read/forecast.js';
import { contactFlags } from '../../domain/contract/words.js';
import { MemoryStore } from '../../domain/kernel/memory-store.js';
import type { Data } from '../../domain/kernel/words.js';
import { forecast } from '../../domain/kernel/views/forecast.js';
import { definitionOf } from '../../domain/processes.js';
import { accessMethod, accessTest, agreementInForce } from '../../domain/remote-access/facts.js';
import { accessStatus } from '../../domain/remote-access/status.js';
import type { Dependencies } from '../dependencies.js';
import { Breather } from '../http/breather.js';
import { iso, local } from '../http/instants.js';
import { notFound, problem } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { person, route } from '../http/route.js';
import { idText, instantOut, localOut, personOf, personOut } from '../http/schemas.js';
import { statusWords } from '../processes/views.js';

const DAY_MS = 86_400_000;
/** As far as the forecast goes. */
const MOST_DAYS = 800;

const statusOut = z
  .object({
    contractId: z.string(),
    processId: z.string().nullable(),
    at: instantOut,
    atLocal: localOut,
    basis: z.enum(['recorded', 'forecast']).describe('Of an instant to come: what follows if nobody acts'),
    usable: z.boolean(),
    status: z.string().nullable(),
    statusLabel: z.string(),
    agreement: z
      .object({
        title: z.string(),
        version: z.int(),
        sha256: z.string(),
        method: accessMethod,
        sites: z.array(z.object({ id: z.string(), name: z.string() })),
        devices: z.array(z.string()),
        standingConsent: z.boolean(),
        emergency: z.boolean(),
        endsAt: instantOut,
        endsLocal: localOut,
      })
      .nullable(),
    engineers: z.array(personOut).describe('Named ones who are active'),
    consent: z
      .array(personOut.extend({ inHours: z.boolean().nullable() }))
      .describe('Who may consent at this instant, those within their hours first'),
    lastTest: accessTest.extend({ by: personOut }).nullable(),
    alternative: z.string().nullable().describe('What is open without an agreement'),
  })
  .meta({ id: 'AccessStatus' });

const ALTERNATIVE =
  'A session that the End User leads by sharing the screen: careplus access session start --method endUserScreenShare.';

const status = route({
  method: 'get',
  path: '/v1/contracts/{contractId}/access',
  tag: 'Contracts',
  summary: 'Whether the Provider may come in, how, where, who, and with whose consent',
  access: person,
  params: z.object({ contractId: idText }),
  query: z.strictObject({
    at: z.iso.datetime({ offset: true }).optional().describe('Any instant; without it now'),
  }),
  problems: ['NOT_FOUND'],
  answers: { 200: { description: 'As it stood, stands, or will stand if nobody acts', schema: statusOut } },
  handle: async ({ caller, params, query }, deps) => {
    const place = await readAccessPlace(deps.database, caller.id, params.contractId);
    if (!place) return notFound();
    const about = { tenantId: place.tenantId, contractId: place.contractId, processId: null };
    const snapshot = await readSnapshot(deps.database, deps.inputs, about, deps.registry.definitions);
    const at = query.at === undefined ? snapshot.now : Date.parse(query.at);
    if (at > snapshot.now + MOST_DAYS * DAY_MS) {
      const path = { path: 'at', problem: `lies more than ${String(MOST_DAYS)} days ahead` };
      return problem('QUERY_INVALID', { problems: [path] });
    }
    const states = await statesAt(deps, caller.id, place, snapshot, at);
    const access = states[place.accessProcessId ?? ''];
    const found = accessStatus({
      at,
      inForce: agreementInForce.nullable().parse(access?.data?.['inForce'] ?? null),
      approvers: approversIn(states[place.contractProcessId]?.data ?? null),
      past: at < snapshot.now,
      calendarId: place.calendarId,
      directory: snapshot.world.directory,
      calendars: snapshot.world.calendars(),
    });
    const { agreement, engineers, consent, usable } = found;
    const test = agreement?.test ?? null;
    const people = [...engineers, ...consent.map((one) => one.person), ...(test ? [test.by] : [])];
    const named = { contractId: place.contractId, people };
    const { names, sites } = await readAccessNames(deps.database, caller.id, named);
    return ok({
      contractId: place.contractId,
      processId: place.accessProcessId,
      at: iso(at),
      atLocal: local(at, caller.zone),
      basis: at > snapshot.now ? 'forecast' : 'recorded',
      usable,
      status: access?.status ?? null,
      statusLabel: access
        ? statusWords(definitionOf('remoteAccess')?.words, access.status).statusLabel
        : 'Not decided',
      agreement: agreement && {
        title: agreement.title,
        version: agreement.version,
        sha256: agreement.sha256,
        method: agreement.method,
        sites: agreement.siteIds.map((id) => ({
          id,
          name: sites.find((site) => site.id === id)?.name ?? id,
        })),
        devices: agreement.devices,
        standingConsent: agreement.standingConsent,
        emergency: agreement.emergency,
        endsAt: iso(agreement.endsAt),
        endsLocal: local(agreement.endsAt, caller.zone),
      },
      engineers: engineers.map((id) => personOf(id, names)),
      consent: consent.map(({ person: id, inHours }) => ({ ...personOf(id, names), inHours })),
      lastTest: test && { ...test, by: personOf(test.by, names) },
      alternative: usable ? null : ALTERNATIVE,
    });
  },
});

type States = Readonly<Record<string, { readonly status: string; readonly data: Data | null }>>;

/** How the contract and its remote access stood, or will stand if nobody acts. */
async function statesAt(
  deps: Dependencies,
  principal: string,
  { tenantId, contractProcessId, accessProcessId }: AccessPlace,
  snapshot: Snapshot,
  at: number,
): Promise<States> {
  const ids = [contractProcessId, ...(accessProcessId === null ? [] : [accessProcessId])];
  const recorded = await readStatesAt(deps.database, principal, ids, at);
  if (at <= snapshot.now) return recorded;
  const store = new MemoryStore(snapshot.world);
  for (const process of snapshot.processes) store.put(process);
  const breather = new Breather();
  await forecast(deps.registry, store, {
    tenantId,
    from: snapshot.now,
    until: at + 1,
    breathe: () => breather.breathe(),
  });
  const foreseen = ids.flatMap((id) => {
    const state = store.processes.get(id)?.state;
    return state ? [[id, { status: state.status, data: state.data }] as const] : [];
  });
  return { ...recorded, ...Object.fromEntries(foreseen) };
}

function approversIn(contract: Data | null): readonly string[] {
  const contacts = z.array(contactFlags).safeParse(contract?.['contacts']);
  return contacts.success
    ? contacts.data.filter((contact) => contact.approver).map((contact) => contact.personId)
    : [];
}

export const remoteAccessRoutes = [status];
