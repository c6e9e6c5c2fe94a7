/** Reading processes: list, one, what can be done, what happened, what was sent. */
import { z } from 'zod';
import { readClocks } from '../../db/read/clocks.js';
import { readDryRun } from '../../db/read/dry-run.js';
import { readNotices } from '../../db/read/notices.js';
import { namesOf, readProcess, readProcessHead } from '../../db/read/process.js';
import { listProcesses } from '../../db/read/process-list.js';
import { readTimeline } from '../../db/read/timeline.js';
import { allowedActions } from '../../domain/kernel/views/allowed.js';
import { definitionOf } from '../../domain/processes.js';
import { nextLink, readCursor, writeCursor } from '../http/cursor.js';
import { notFound, problem } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { person, route } from '../http/route.js';
import {
  flag,
  idParams,
  idText,
  MOST_ROWS,
  pageQuery,
  personOf,
  personOut,
  wholeNumber,
} from '../http/schemas.js';
import { commandSchema } from './definition-views.js';
import { noticeOut, noticeView, timelineOut, timelineView } from './history-views.js';
import { clockOut, clockView, listedOut, listedView, processOut, processView } from './views.js';

const list = route({
  method: 'get',
  path: '/v1/processes',
  tag: 'Processes',
  summary: 'Processes that you may see, newest first',
  access: person,
  query: z.strictObject({
    slug: z.string().max(60).optional(),
    status: z.string().max(60).optional(),
    contract: idText.optional(),
    owner: idText.optional(),
    open: flag.optional().describe('true: only those that are not closed; false: only closed ones'),
    headline: z
      .string()
      .min(1)
      .max(120)
      .optional()
      .describe('Begins with this, such as the number of a case'),
    ...pageQuery,
  }),
  answers: {
    200: {
      description: 'One page',
      schema: z.object({ items: z.array(listedOut), next: z.string().nullable() }),
      headers: { link: 'The next page (RFC 8288)' },
    },
  },
  handle: async ({ caller, query }, deps) => {
    const { slug, status, contract, owner, open, headline, cursor, limit } = query;
    const after = cursor === undefined ? null : readCursor(cursor);
    if (after === undefined) {
      return problem('QUERY_INVALID', {
        problems: [{ path: 'cursor', problem: 'is not one that this list gave' }],
      });
    }
    const filter = {
      slug: slug ?? null,
      status: status ?? null,
      contractId: contract ?? null,
      ownerId: owner ?? null,
      open: open ?? null,
      headline: headline ?? null,
    };
    const rows = await listProcesses(deps.database, caller.id, filter, {
      after,
      limit: limit + 1,
    });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const next = rows.length > limit && last ? writeCursor({ ms: last.openedAt, id: last.id }) : null;
    return ok(
      { items: page.map(listedView), next },
      next === null ? {} : { link: nextLink('/v1/processes', query, next) },
    );
  },
});

const one = route({
  method: 'get',
  path: '/v1/processes/{id}',
  tag: 'Processes',
  summary: 'One process: how it stands, what runs, what is to be done',
  access: person,
  params: idParams,
  problems: ['NOT_FOUND'],
  answers: {
    200: {
      description: 'The process',
      schema: processOut,
      headers: { etag: 'Its sequence number, for If-Match' },
    },
  },
  handle: async ({ caller, params }, deps) => {
    const process = await readProcess(deps.database, caller.id, params.id);
    const definition = process && definitionOf(process.slug);
    // Before its first step a process has nothing to show.
    if (!process || !definition || process.data === null) return notFound();
    return ok(processView(process, definition, caller), { etag: `"${String(process.seq)}"` });
  },
});

const actionOut = z
  .object({
    command: z.string(),
    label: z.string(),
    allowed: z.boolean().describe('For you, with details that fit'),
    reasons: z.array(z.object({ code: z.string(), text: z.string(), remedy: z.string() })),
    people: z.array(personOut).describe('Who could do it now'),
    each: z.array(z.object({ key: z.string(), label: z.string() })),
    eachField: z.string().nullable(),
    example: z.record(z.string(), z.unknown()).nullable(),
    schema: z.record(z.string(), z.unknown()).describe('JSON Schema of the body'),
  })
  .meta({ id: 'Action' });

const actions = route({
  method: 'get',
  path: '/v1/processes/{id}/actions',
  tag: 'Processes',
  summary: 'Every command with whether you may give it now, and why not',
  access: person,
  params: idParams,
  problems: ['NOT_FOUND'],
  answers: {
    200: {
      description: 'Allowed ones first',
      schema: z.object({ items: z.array(actionOut), seq: z.int() }),
      headers: { etag: 'Sequence number of the process, for If-Match' },
    },
  },
  handle: async ({ caller, params }, deps) => {
    const head = await readProcessHead(deps.database, caller.id, params.id);
    const definition = head && definitionOf(head.slug);
    if (!head || !definition) return notFound();
    const at = { tenantId: head.tenantId, processId: head.id, definition, payload: {}, key: null };
    const dry = await readDryRun(deps.database, deps.inputs, at);
    if (dry.kind !== 'read' || !dry.read?.loaded.state) return notFound();
    const { loaded, inputs, now } = dry.read;
    const all = allowedActions(definition, dry.read.loaded.state, inputs, now, caller.id);
    const people = all.flatMap((action) => action.people);
    const names = await deps.database.as('api', { principal: caller.id }, async (trx) =>
      namesOf(trx, people),
    );
    const items = all.map((action) => ({
      ...action,
      people: action.people.map((id) => personOf(id, names)),
      schema: commandSchema(definition.words, action.command),
    }));
    const seq = loaded.state?.seq ?? 0;
    return ok({ items, seq }, { etag: `"${String(seq)}"` });
  },
});

const timeline = route({
  method: 'get',
  path: '/v1/processes/{id}/timeline',
  tag: 'Processes',
  summary: 'What happened, event by event',
  access: person,
  params: idParams,
  query: z.strictObject({
    after: wholeNumber(0, 1_000_000_000).default(0).describe('Only events after this sequence number'),
    limit: wholeNumber(1, 500).default(MOST_ROWS),
  }),
  problems: ['NOT_FOUND'],
  answers: {
    200: {
      description: 'Oldest first',
      schema: z.object({ items: z.array(timelineOut), next: z.int().nullable().describe('For `after`') }),
    },
  },
  handle: async ({ caller, params, query }, deps) => {
    const head = await readProcessHead(deps.database, caller.id, params.id);
    const definition = head && definitionOf(head.slug);
    if (!head || !definition) return notFound();
    const page = { afterSeq: query.after, limit: query.limit + 1 };
    const { rows, names } = await readTimeline(deps.database, caller.id, head.id, page);
    const shown = rows.slice(0, query.limit);
    const next = rows.length > query.limit ? (shown.at(-1)?.record.seq ?? null) : null;
    return ok({ items: shown.map((row) => timelineView(row, names, definition.words, caller.zone)), next });
  },
});

const clocks = route({
  method: 'get',
  path: '/v1/processes/{id}/clocks',
  tag: 'Processes',
  summary: 'The clocks of a process, those that run first',
  access: person,
  params: idParams,
  problems: ['NOT_FOUND'],
  answers: { 200: { description: 'The clocks', schema: z.object({ items: z.array(clockOut) }) } },
  handle: async ({ caller, params }, deps) => {
    const read = await readClocks(deps.database, caller.id, params.id);
    const definition = read && definitionOf(read.slug);
    if (!read || !definition) return notFound();
    return ok({
      items: read.clocks.map((clock) => clockView(params.id, definition.words, clock, read.now, caller)),
    });
  },
});

const notices = route({
  method: 'get',
  path: '/v1/processes/{id}/notices',
  tag: 'Processes',
  summary: 'Who was told what, when, and whether it arrived',
  access: person,
  params: idParams,
  problems: ['NOT_FOUND'],
  answers: { 200: { description: 'Newest first', schema: z.object({ items: z.array(noticeOut) }) } },
  handle: async ({ caller, params }, deps) => {
    const head = await readProcessHead(deps.database, caller.id, params.id);
    const definition = head && definitionOf(head.slug);
    if (!head || !definition) return notFound();
    const { rows, names } = await readNotices(deps.database, caller.id, head.id, 500);
    return ok({ items: rows.map((row) => noticeView(row, names, definition.words, caller.zone)) });
  },
});

export const readRoutes = [list, one, actions, timeline, clocks, notices];
