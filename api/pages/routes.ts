/** Pages: who was paged about what, by which channel and with which outcome; acknowledgements; reports of the gateway. */
import { z } from 'zod';
import { findOwnPage, listPages, type PageLine } from '../../db/paging/list.js';
import { readProcessHead } from '../../db/read/process.js';
import { definitionOf } from '../../domain/processes.js';
import { CHANNELS } from '../../domain/paging/policy.js';
import { iso } from '../http/instants.js';
import { notFound, problem } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { anybody, person, route } from '../http/route.js';
import { idParams, instantOut, personOut } from '../http/schemas.js';
import { takeAcknowledgement } from './acknowledge.js';
import { takePageReport } from './reports.js';

const MOST = 100;

const tryOut = z.object({
  round: z.int(),
  channel: z.enum(CHANNELS),
  outcome: z.enum(['trying', 'accepted', 'delivered', 'failed', 'unknown']),
  joined: z.boolean().describe('The message to somebody else at the same place stands for it'),
  startedAt: instantOut,
  endedAt: instantOut.nullable(),
  reportedAt: instantOut.nullable(),
  problem: z.string().nullable(),
});

const pageOut = z
  .object({
    id: z.string(),
    processId: z.string(),
    slug: z.string(),
    headline: z.string(),
    notices: z.array(z.object({ name: z.string(), label: z.string() })),
    recipient: personOut,
    state: z.string(),
    decidedAt: instantOut,
    acknowledged: z
      .object({
        by: z.string(),
        via: z.enum(['link', 'api', 'cli']),
        channel: z.enum(CHANNELS).nullable().describe('Of the message whose link was used'),
        at: instantOut,
      })
      .nullable(),
    tries: z.array(tryOut).describe('Oldest first; shown to the Provider'),
  })
  .meta({ id: 'Page' });
const pagesOut = z.object({ items: z.array(pageOut) });

function viewOf({ tenantId: _tenant, notice, also, acknowledged, tries, decidedAt, ...line }: PageLine) {
  const notices = definitionOf(line.slug)?.words.notices ?? {};
  return {
    ...line,
    notices: [notice, ...also].map((name) => ({ name, label: notices[name]?.label ?? name })),
    decidedAt: iso(decidedAt),
    acknowledged: acknowledged && { ...acknowledged, at: iso(acknowledged.at) },
    tries: tries.map(({ startedAt, endedAt, reportedAt, ...one }) => ({
      ...one,
      startedAt: iso(startedAt),
      endedAt: iso(endedAt),
      reportedAt: iso(reportedAt),
    })),
  };
}

const own = route({
  method: 'get',
  path: '/v1/pages',
  tag: 'Pages',
  summary: "The caller's pages that he has not acknowledged, newest first",
  access: person,
  query: z.object({ all: z.enum(['true', 'false']).default('false').describe('Those acknowledged too') }),
  answers: { 200: { description: 'Newest first', schema: pagesOut } },
  handle: async ({ caller, query }, deps) => {
    const of = { recipient: caller.id, open: query.all === 'false' };
    return ok({ items: (await listPages(deps.database, caller.id, of, MOST)).map(viewOf) });
  },
});

const ofProcess = route({
  method: 'get',
  path: '/v1/processes/{id}/pages',
  tag: 'Pages',
  summary: 'The pages of a process with every try and its outcome',
  access: person,
  params: idParams,
  answers: { 200: { description: 'Newest first', schema: pagesOut } },
  handle: async ({ caller, params }, deps) => {
    const head = await readProcessHead(deps.database, caller.id, params.id);
    if (!head) return notFound();
    const pages = await listPages(deps.database, caller.id, { processId: head.id }, MOST);
    return ok({ items: pages.map(viewOf) });
  },
});

const acknowledge = route({
  method: 'post',
  path: '/v1/pages/{id}/acknowledge',
  tag: 'Pages',
  summary: 'Acknowledge a page of one’s own; it is sent no more',
  access: person,
  scope: 'command',
  params: idParams,
  body: z.strictObject({ via: z.enum(['api', 'cli']).default('api') }),
  answers: {
    200: {
      description: 'Acknowledged, now or before',
      schema: z.object({
        id: z.string(),
        processId: z.string(),
        state: z.enum(['acknowledged', 'known']),
      }),
    },
  },
  handle: async ({ caller, params, body }, deps) => {
    const page = await findOwnPage(deps.database, caller.id, params.id);
    if (!page) return notFound();
    const at = { tenantId: page.tenantId, effectId: params.id, personId: caller.id };
    const done = await takeAcknowledgement(deps, at, { via: body.via, channel: null });
    if (!done) return notFound();
    return ok({ id: params.id, processId: done.processId, state: done.kind });
  },
});

const report = route({
  method: 'post',
  path: '/v1/pages/reports',
  tag: 'Pages',
  summary: 'Take a delivery report of the gateway for short messages and calls',
  description:
    'Signed as Standard Webhooks asks for it: webhook-id, webhook-timestamp, webhook-signature. The body names the key of the message, its status (delivered or failed) and when. A report that was taken before changes nothing.',
  access: anybody,
  rawBody: 'application/json',
  problems: ['UNAUTHENTICATED', 'BODY_INVALID'],
  answers: {
    200: {
      description: 'Taken, or nothing follows from it',
      schema: z.object({ state: z.enum(['noted', 'late', 'known', 'ignored']) }),
    },
  },
  handle: async ({ body, header }, deps) => {
    const read = deps.readPageReport?.({
      // The route takes raw bodies only.
      raw: body as unknown as Buffer,
      id: header('webhook-id'),
      timestamp: header('webhook-timestamp'),
      signature: header('webhook-signature'),
    });
    if (!read || read.kind === 'unsigned') return problem('UNAUTHENTICATED');
    if (read.kind === 'unreadable') {
      return problem('BODY_INVALID', { problems: [{ path: '(whole)', problem: read.problem }] });
    }
    return ok({ state: (await takePageReport(deps, read.report)) ?? 'ignored' });
  },
});

export const pageRoutes = [own, report, ofProcess, acknowledge];
