/** What differs between two versions of a policy set, and what the change would do to the processes that run. */
import { z } from 'zod';
import { readServed, type ServedProcess } from '../../db/read/policy-impact.js';
import { listVersions, readVersion } from '../../db/read/set-up.js';
import type { Person } from '../../db/read/person.js';
import { policyMoves } from '../../domain/kernel/views/policy-diff.js';
import { policyChanges } from '../../domain/policy/policy-diff.js';
import { policySetSchema, type PolicySet } from '../../domain/policy/policy-set.js';
import type { Dependencies } from '../dependencies.js';
import { iso, local } from '../http/instants.js';
import { places } from '../http/places.js';
import { notFound, problem, type Place } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { route, staff } from '../http/route.js';
import { idParams, idText, instantOut, localOut, MOST_ROWS, wholeNumber } from '../http/schemas.js';

const readers = staff(
  'policyAdministrator',
  'smManager',
  'dutyManager',
  'supportDirector',
  'auditor',
  'operator',
);

const page = {
  after: idText.optional().describe('From `next` of the page before'),
  limit: wholeNumber(1, MOST_ROWS).default(50),
};
const version = wholeNumber(1, 1_000_000);

const moveOut = z.object({
  processId: z.string(),
  slug: z.string(),
  headline: z.string(),
  contractId: z.string().nullable(),
  clock: z.string(),
  label: z.string(),
  key: z.string(),
  run: z.int(),
  step: z.string(),
  move: z.enum(['earlier', 'later', 'added', 'removed']),
  dueAt: instantOut.nullable(),
  dueLocal: localOut.nullable(),
  thenDueAt: instantOut.nullable(),
  thenDueLocal: localOut.nullable(),
});

const diffOut = z
  .object({
    id: z.string(),
    before: z.object({ version: z.int() }),
    after: z.object({ version: z.int().nullable().describe('Null: a file that is not stored') }),
    changes: z.array(
      z.object({
        path: z.string(),
        before: z.string().nullable().describe('In words; null: the key is new'),
        after: z.string().nullable().describe('In words; null: the key is gone'),
      }),
    ),
    processes: z
      .object({ total: z.int(), looked: z.int(), more: z.int() })
      .describe('Those with running clocks that the reader may see; on this page; after it'),
    totals: z
      .object({
        earlier: z.int(),
        later: z.int(),
        added: z.int(),
        removed: z.int(),
        unchanged: z.int(),
        pausedClocks: z.int(),
      })
      .describe('Of the marks still to come on this page'),
    moves: z.array(moveOut),
    assumptions: z.array(z.string()),
    next: z.string().nullable(),
  })
  .meta({ id: 'PolicyDiff' });

const assumptions = [
  'Nothing is changed by looking: every process keeps the policy version that it started with.',
  'Computed for processes that run now, as if their clocks had started under the other version.',
  'What processes have copied into their own data, such as checklists, stays as it is.',
];

const between = route({
  method: 'get',
  path: '/v1/policies/{id}/diff',
  tag: 'Policies',
  summary: 'What differs between two versions, and what the change would do to the processes that run',
  description: 'Without `from` the version in force; without `to` the newest one. Nothing is written.',
  access: readers,
  params: idParams,
  query: z.strictObject({ from: version.optional(), to: version.optional(), ...page }),
  answers: { 200: { description: 'The differences and their effect', schema: diffOut } },
  handle: async ({ caller, params, query }, deps) => {
    const before = await bodyOf(deps, caller, params.id, query.from ?? 'inForce');
    const after = await bodyOf(deps, caller, params.id, query.to ?? 'newest');
    if (!before || !after) return notFound();
    const problems = [...unreadable('from', before), ...unreadable('to', after)];
    if (!before.body || !after.body) return problem('QUERY_INVALID', { problems });
    return diff(
      deps,
      caller,
      query,
      { version: before.version, body: before.body },
      { ...after, body: after.body },
    );
  },
});

const { $schema: _, ...fileSchema } = z.toJSONSchema(policySetSchema, { io: 'input' });

const withFile = route({
  method: 'post',
  path: '/v1/policies/{id}/diff',
  tag: 'Policies',
  summary: 'What differs between a version and a policy file, and what the file would do',
  description: 'Without `from` the version in force. Nothing is written.',
  access: readers,
  scope: 'read',
  params: idParams,
  query: z.strictObject({ from: version.optional(), ...page }),
  body: z.unknown().meta(fileSchema),
  answers: { 200: { description: 'The differences and their effect', schema: diffOut } },
  handle: async ({ caller, params, query, body }, deps) => {
    const read = policySetSchema.safeParse(body);
    if (!read.success) return problem('BODY_INVALID', { problems: places(read.error) });
    if (read.data.id !== params.id) {
      const text = `is ${read.data.id}, and the address says ${params.id}`;
      return problem('BODY_INVALID', { problems: [{ path: 'id', problem: text }] });
    }
    const before = await bodyOf(deps, caller, params.id, query.from ?? 'inForce');
    if (!before) return notFound();
    if (!before.body) return problem('QUERY_INVALID', { problems: unreadable('from', before) });
    const side = { version: before.version, body: before.body };
    return diff(deps, caller, query, side, { version: null, body: read.data });
  },
});

interface Stored {
  readonly version: number;
  /** Undefined: a version of a program whose policies had other keys. */
  readonly body: PolicySet | undefined;
  readonly problems: readonly Place[];
}

async function bodyOf(
  deps: Dependencies,
  caller: Person,
  id: string,
  which: number | 'inForce' | 'newest',
): Promise<Stored | null> {
  const newest =
    which === 'newest' ? (await listVersions(deps.database, caller.id, 'policy', id))[0]?.version : undefined;
  if (which === 'newest' && newest === undefined) return null;
  const wanted = typeof which === 'number' ? which : newest;
  const stored = await readVersion(deps.database, caller.id, 'policy', id, wanted);
  if (!stored) return null;
  const { version: _stored, ...body } = stored.body;
  const read = policySetSchema.safeParse(body);
  return read.success
    ? { version: stored.version, body: read.data, problems: [] }
    : { version: stored.version, body: undefined, problems: places(read.error) };
}

function unreadable(parameter: string, { version: number, problems }: Stored): Place[] {
  return problems.map(({ path, problem: text }) => ({
    path: parameter,
    problem: `version ${String(number)} does not fit this program: ${path}: ${text}`,
  }));
}

async function diff(
  deps: Dependencies,
  caller: Person,
  query: { readonly after?: string | undefined; readonly limit: number },
  before: { readonly version: number; readonly body: PolicySet },
  after: { readonly version: number | null; readonly body: PolicySet },
): Promise<Reply> {
  const { id } = before.body;
  const at = { policyId: id, after: query.after ?? null, limit: query.limit };
  const { definitions } = deps.registry;
  const served = await readServed(deps.database, deps.inputs, caller.id, definitions, at);
  const looked = served.processes.map((one) => ({ one, ...movesOf(one, after.body) }));
  const moves = looked.flatMap(({ one, moves: found }) =>
    found.map((move) => moveView(one, move, caller.zone)),
  );
  const count = (kind: string) => moves.filter(({ move }) => move === kind).length;
  const sum = (of: (each: (typeof looked)[number]) => number) =>
    looked.reduce((total, each) => total + of(each), 0);
  return ok({
    id,
    before: { version: before.version },
    after: { version: after.version },
    changes: policyChanges({ ...before.body }, { ...after.body }),
    processes: { total: served.total, looked: looked.length, more: served.more },
    totals: {
      earlier: count('earlier'),
      later: count('later'),
      added: count('added'),
      removed: count('removed'),
      unchanged: sum(({ unchanged }) => unchanged),
      pausedClocks: sum(({ paused }) => paused),
    },
    moves,
    assumptions,
    next: served.next,
  });
}

function movesOf({ definition, state, inputs, calendarOf }: ServedProcess, body: PolicySet) {
  const changed = { ...inputs, policy: { ...inputs.policy, body } };
  return policyMoves(definition, state, changed, calendarOf);
}

function moveView(
  { state, headline, contractId }: ServedProcess,
  { dueAt, thenDueAt, ...move }: ReturnType<typeof policyMoves>['moves'][number],
  zone: string,
) {
  return {
    processId: state.id,
    slug: state.slug,
    headline,
    contractId,
    ...move,
    dueAt: iso(dueAt),
    dueLocal: local(dueAt, zone),
    thenDueAt: iso(thenDueAt),
    thenDueLocal: local(thenDueAt, zone),
  };
}

export const policyDiffRoutes = [between, withFile];
