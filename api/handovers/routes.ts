/** Hand-overs: who hands over what to whom, and everything that was open at the beginning. */
import { z } from 'zod';
import { readDryRun } from '../../db/read/dry-run.js';
import { listHandovers, readKeptList, readTenantsOf } from '../../db/read/handover.js';
import type { Person } from '../../db/read/person.js';
import { readProcess } from '../../db/read/process.js';
import { readNames } from '../../db/read/forecast.js';
import { handoverRules } from '../../domain/handover/rules.js';
import { handover, type PortfolioEntry } from '../../domain/handover/words.js';
import { definitionOf } from '../../domain/processes.js';
import type { Dependencies } from '../dependencies.js';
import { iso, local } from '../http/instants.js';
import { notFound } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { person, route } from '../http/route.js';
import { flag, idParams, instantOut, localOut, personOf, personOut } from '../http/schemas.js';
import { statusWords } from '../processes/views.js';

const kindOut = z.enum(['leaves', 'absence']);

const list = route({
  method: 'get',
  path: '/v1/handovers',
  tag: 'Hand-overs',
  summary: 'Hand-overs that you may see, the last to begin first',
  access: person,
  query: z.strictObject({ closed: flag.default(false).describe('true: also those that are over') }),
  answers: {
    200: {
      description: 'At most 200',
      schema: z.object({
        items: z.array(
          z.object({
            id: z.string(),
            status: z.string(),
            statusLabel: z.string(),
            kind: kindOut,
            from: personOut,
            to: personOut.nullable(),
            owner: personOut,
            begins: instantOut,
            beginsLocal: localOut,
            ends: instantOut.nullable(),
            endsLocal: localOut.nullable(),
            groups: z.int().describe('Contracts that he served at the beginning'),
            waiting: z.int().describe('Of these, not accepted yet'),
          }),
        ),
      }),
    },
  },
  handle: async ({ caller, query }, deps) => {
    const { rows, names } = await listHandovers(deps.database, caller.id, query.closed);
    const items = rows.map(
      ({ id, status, kind, from, to, ownerId, effectiveAt, endsAt, groups, waiting }) => ({
        id,
        status,
        statusLabel: statusWords(handoverRules.words, status).statusLabel,
        kind,
        from: personOf(from, names),
        to: to === null ? null : personOf(to, names),
        owner: personOf(ownerId, names),
        begins: iso(effectiveAt),
        beginsLocal: local(effectiveAt, caller.zone) ?? '',
        ends: iso(endsAt),
        endsLocal: local(endsAt, caller.zone),
        groups,
        waiting,
      }),
    );
    return ok({ items });
  },
});

const entryOut = z.object({
  group: z.string(),
  contractId: z.string(),
  number: z.string(),
  place: z.enum(['manager', 'backup']),
  manager: personOut.nullable(),
  backup: personOut.nullable(),
  smManager: personOut,
  processes: z.array(
    z.object({
      processId: z.string(),
      slug: z.string(),
      title: z.string(),
      headline: z.string(),
      statusLabel: z.string(),
      owner: personOut,
      tasks: z.array(
        z.object({
          command: z.string(),
          label: z.string(),
          dueAt: instantOut.nullable(),
          dueLocal: localOut.nullable(),
        }),
      ),
      clocks: z.array(
        z.object({
          name: z.string(),
          key: z.string(),
          label: z.string(),
          promise: z.boolean(),
          dueAt: instantOut.nullable(),
          dueLocal: localOut.nullable(),
        }),
      ),
    }),
  ),
});

const items = route({
  method: 'get',
  path: '/v1/handovers/{id}/items',
  tag: 'Hand-overs',
  summary: 'Every open process, task and clock that is handed over, by contract',
  description:
    'Kept as it stood when the hand-over began; before that, as it stands. Contracts of customers that you do not serve are left out, unless you are the successor.',
  access: person,
  params: idParams,
  problems: ['NOT_FOUND'],
  answers: {
    200: {
      description: 'One entry a contract',
      schema: z.object({
        keptAt: instantOut.nullable().describe('Null: the hand-over has not begun'),
        items: z.array(entryOut),
      }),
    },
  },
  handle: async ({ caller, params }, deps) => {
    const process = await readProcess(deps.database, caller.id, params.id);
    if (process?.slug !== handover.slug || process.data === null) return notFound();
    const kept = await readKeptList(deps.database, caller.id, process.id);
    const entries = kept?.entries ?? (await standing(deps, process.tenantId, process.id));
    const mine = await readTenantsOf(deps.database, caller.id);
    const takesAll = process.data['to'] === caller.id;
    const shown = entries.filter(({ tenantId }) => takesAll || mine.has(tenantId));
    const names = await readNames(deps.database, caller.id, peopleIn(shown));
    return ok({
      keptAt: iso(kept?.at ?? null),
      items: shown.map((entry) => entryView(entry, names, caller)),
    });
  },
});

/** What he serves now, as the decision would read it. */
async function standing(
  deps: Dependencies,
  tenantId: string,
  processId: string,
): Promise<readonly PortfolioEntry[]> {
  const at = { tenantId, processId, definition: handoverRules, payload: {}, key: null };
  const dry = await readDryRun(deps.database, deps.inputs, at);
  if (dry.kind !== 'read' || !dry.read) return [];
  return handover.lookups.portfolio.schema.parse(dry.read.inputs.look['portfolio']);
}

function peopleIn(entries: readonly PortfolioEntry[]): string[] {
  return entries
    .flatMap(({ managerId, backupId, smManagerId, processes }) => [
      managerId,
      backupId,
      smManagerId,
      ...processes.map(({ ownerId }) => ownerId),
    ])
    .filter((id) => id !== null);
}

function entryView(entry: PortfolioEntry, names: Readonly<Record<string, string>>, { zone }: Person) {
  const { key, contractId, number, place, managerId, backupId, smManagerId, processes } = entry;
  const who = (id: string | null) => (id === null ? null : personOf(id, names));
  return {
    group: key,
    contractId,
    number,
    place,
    manager: who(managerId),
    backup: who(backupId),
    smManager: personOf(smManagerId, names),
    processes: processes.map(({ processId, slug, headline, status, ownerId, tasks, clocks }) => {
      const words = definitionOf(slug)?.words;
      return {
        processId,
        slug,
        title: words?.title ?? slug,
        headline,
        statusLabel: statusWords(words, status).statusLabel,
        owner: personOf(ownerId, names),
        tasks: tasks.map((task) => ({ ...task, dueAt: iso(task.dueAt), dueLocal: local(task.dueAt, zone) })),
        clocks: clocks.map(({ name, key, promise, dueAt }) => ({
          name,
          key,
          label: words?.clocks[name]?.label ?? name,
          promise,
          dueAt: iso(dueAt),
          dueLocal: local(dueAt, zone),
        })),
      };
    }),
  };
}

export const handoverRoutes = [list, items];
