/** The audit: chains verified, decisions repeated, a process taken away as a bundle. Each look at it is remembered. */
import { z } from 'zod';
import { exportProcess } from '../../db/audit/export.js';
import { redecide } from '../../db/audit/redecide.js';
import { readCheckpoints, verifyChain } from '../../db/audit/verify.js';
import { readProcessHead } from '../../db/read/process.js';
import { readTenantsOf, type Person } from '../../db/read/person.js';
import type { Dependencies } from '../dependencies.js';
import { withIsoInstants } from '../http/instants.js';
import { notFound } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { person, route, staff } from '../http/route.js';
import { idParams, idText } from '../http/schemas.js';
import { timelineOut, timelineView } from '../processes/history-views.js';
import { clockOut, clockView, processOut, processView } from '../processes/views.js';
import { definitionOf } from '../../domain/processes.js';
import { eraseRoutes } from './erase-routes.js';
import { outsideRoutes } from './outside-routes.js';
import { remember } from './remember.js';

const auditors = staff('auditor', 'supportDirector');

const checkpointSchema = z
  .strictObject({
    tenantId: z.string().max(80),
    chain: z.enum(['event', 'refusal']),
    number: z.int().min(0),
    hash: z.string().max(128),
  })
  .meta({ id: 'Checkpoint' });

const verify = route({
  method: 'post',
  path: '/v1/audit/verify',
  tag: 'Audit',
  summary: 'Verify the audit chains of every customer that you may see',
  description:
    'Keep the checkpoints of the answer elsewhere and send them with the next request: they show a tail that was cut off.',
  access: auditors,
  scope: 'read',
  remembered: 'audit.verified',
  body: z.strictObject({ checkpoints: z.array(checkpointSchema).max(2_000).default([]) }),
  answers: {
    200: {
      description: 'What was found; `ok` when nothing is wrong',
      schema: z.object({
        ok: z.boolean(),
        tenants: z.array(
          z.object({
            tenantId: z.string(),
            events: z.int(),
            refusals: z.int(),
            problems: z.array(z.object({ chain: z.string(), number: z.int(), problem: z.string() })),
          }),
        ),
        checkpoints: z.array(checkpointSchema),
      }),
    },
  },
  handle: async ({ caller, body }, deps) => {
    const tenants = [];
    const checkpoints = [];
    for (const { id } of await readTenantsOf(deps.database, caller.id)) {
      const report = await verifyChain(deps.database, id, body.checkpoints);
      tenants.push({ tenantId: id, ...report });
      // A chain without a head takes no entry; its absence is what is reported.
      if (report.problems.every((one) => one.number > 0))
        await remember(deps, caller, id, null, 'audit.verified');
      checkpoints.push(...(await readCheckpoints(deps.database, id)));
    }
    return ok({ ok: tenants.every((one) => one.problems.length === 0), tenants, checkpoints });
  },
});

const differenceOut = z.object({
  processId: z.string(),
  eventId: z.string(),
  seq: z.int(),
  differs: z.array(z.string()),
  now: z.unknown(),
});

const redecideRoute = route({
  method: 'post',
  path: '/v1/audit/redecide',
  tag: 'Audit',
  summary: 'Decide every stored event once more and compare',
  access: auditors,
  scope: 'read',
  remembered: 'audit.redecided',
  query: z.strictObject({ process: idText.optional().describe('Only this process') }),
  body: z.strictObject({}),
  problems: ['NOT_FOUND'],
  answers: {
    200: {
      description: '`differences` under the same definition must be empty',
      schema: z.object({
        checked: z.int(),
        differences: z.array(differenceOut),
        rulesChanged: z.array(differenceOut),
        erased: z.int(),
      }),
    },
  },
  handle: async ({ caller, query }, deps) => {
    const scopes = await scopesOf(deps, caller, query.process);
    if (!scopes) return notFound();
    const total = { checked: 0, differences: [] as unknown[], rulesChanged: [] as unknown[], erased: 0 };
    for (const scope of scopes) {
      await remember(deps, caller, scope.tenantId, scope.processId ?? null, 'audit.redecided');
      const report = await redecide(deps.database, deps.registry, scope);
      total.checked += report.checked;
      total.erased += report.erased;
      total.differences.push(...report.differences);
      total.rulesChanged.push(...report.rulesChanged);
    }
    return ok(total);
  },
});

type Scope = Parameters<typeof redecide>[2];

async function scopesOf(
  deps: Dependencies,
  caller: Person,
  processId: string | undefined,
): Promise<readonly Scope[] | null> {
  if (processId === undefined) {
    return (await readTenantsOf(deps.database, caller.id)).map(({ id }) => ({ tenantId: id }));
  }
  const head = await readProcessHead(deps.database, caller.id, processId);
  return head && [{ tenantId: head.tenantId, processId }];
}

const exportRoute = route({
  method: 'get',
  path: '/v1/processes/{id}/export',
  tag: 'Audit',
  summary: 'Everything about a process in one file; the export itself is remembered',
  description:
    'With the exact bytes of each link of the audit chain, so that it can be checked without Care Plus. An End User gets what he may see.',
  access: person,
  remembered: 'audit.exported',
  params: idParams,
  answers: {
    200: {
      description: 'The bundle',
      schema: z.looseObject({
        process: processOut,
        timeline: z.array(timelineOut),
        clocks: z.array(clockOut),
        effects: z.array(z.unknown()),
        refusals: z.array(z.unknown()),
        chain: z.array(
          z.object({ number: z.number(), bytes: z.string(), prevHash: z.string(), hash: z.string() }),
        ),
      }),
      headers: { 'content-disposition': 'A file name' },
    },
  },
  handle: async ({ caller, params }, deps) => {
    const bundle = await exportProcess(deps.database, caller.id, params.id);
    if (!bundle) return notFound();
    const definition = definitionOf(bundle.process.slug);
    if (!definition) return notFound();
    const { process, timeline, clocks, effects, refusals, chain } = bundle;
    const { words } = definition;
    const headers = { 'content-disposition': `attachment; filename="${params.id}.json"` };
    return ok(
      {
        process: processView(process, definition, caller),
        timeline: timeline.rows.map((row) => timelineView(row, timeline.names, words, caller.zone)),
        clocks: clocks.map((clock) => clockView(params.id, words, clock, process.now, caller)),
        effects: withIsoInstants(effects),
        refusals: withIsoInstants(refusals),
        chain,
      },
      headers,
    );
  },
});

export const auditRoutes = [verify, redecideRoute, exportRoute, ...outsideRoutes, ...eraseRoutes];
