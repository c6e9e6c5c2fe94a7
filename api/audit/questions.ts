/** The auditor's questions by name: answered with rows, and with the entries of the audit that prove each row. */
import { z } from 'zod';
import {
  readAskedContract,
  readNames,
  readRecordings,
  type AskedContract,
} from '../../db/audit/recordings.js';
import { questionOf, questions } from '../../domain/audit/questions/index.js';
import type { Cell, Column, Question, Row } from '../../domain/audit/questions/question.js';
import { pastOf, type Proof } from '../../domain/audit/questions/recordings.js';
import { nearestName } from '../../config/nearest-name.js';
import { parseInstant } from '../../domain/time/instant.js';
import { iso } from '../http/instants.js';
import { notFound, problem } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { route, staff } from '../http/route.js';
import { idText, instantOut, personOf, personOut } from '../http/schemas.js';
import { remember } from './remember.js';

const auditors = staff('auditor', 'supportDirector');
/** Of one answer; how many there are is said always. */
const MOST_ROWS = 1_000;

const columnOut = z
  .object({
    name: z.string(),
    title: z.string(),
    kind: z.enum(['text', 'number', 'instant', 'person', 'yesNo']),
  })
  .meta({ id: 'QuestionColumn' });
const questionFields = {
  name: z.string(),
  text: z.string(),
  source: z.string().describe('Where the service specification asks it'),
  mustBeEmpty: z.boolean().describe('All is well only when nothing answers it'),
  columns: z.array(columnOut),
};
const questionOut = z.object(questionFields).meta({ id: 'Question' });

const proofOut = z
  .object({
    chain: z.enum(['event', 'refusal']),
    number: z.int().describe('Place in the chain of the End User'),
    hash: z.string(),
    at: instantOut,
    processId: z.string().nullable(),
    seq: z.int().nullable().describe('Number of the step; null in the chain of refusals and accesses'),
    event: z.string(),
  })
  .meta({ id: 'Proof' });

const cellOut = z.union([z.string(), z.number(), z.boolean(), personOut, z.null()]);

const list = route({
  method: 'get',
  path: '/v1/audit/questions',
  tag: 'Audit',
  summary: 'What can be asked by name',
  access: auditors,
  answers: { 200: { description: 'Every question', schema: z.object({ items: z.array(questionOut) }) } },
  handle: () => ok({ items: questions.map(questionView) }),
});

const ask = route({
  method: 'get',
  path: '/v1/audit/questions/{name}',
  tag: 'Audit',
  summary: 'Ask a question about a contract, as everything stood at an instant',
  description:
    'Business instants count: what was recorded later about an earlier instant belongs to that. Each row names the entries of the audit chains that prove it.',
  access: auditors,
  remembered: 'audit.asked',
  params: z.object({ name: z.string().max(80) }),
  query: z.strictObject({
    contract: idText,
    at: z.string().max(40).optional().describe('ISO 8601 with its offset; without it the present'),
  }),
  problems: ['NOT_FOUND', 'QUESTION_UNKNOWN', 'ANSWER_TOO_LONG'],
  answers: {
    200: {
      description: 'The answer',
      schema: z.object({
        question: questionOut,
        contractId: z.string(),
        at: instantOut,
        count: z.int().describe('Of all rows'),
        truncated: z.boolean().describe(`There are more than the ${String(MOST_ROWS)} rows given`),
        clean: z
          .boolean()
          .nullable()
          .describe('Of a question that nothing must answer: whether nothing does'),
        rows: z.array(z.object({ cells: z.record(z.string(), cellOut), proof: z.array(proofOut) })),
      }),
    },
  },
  handle: async ({ caller, params, query }, deps) => {
    const question = questionOf(params.name);
    if (!question) return unknown(params.name);
    const contract = await readAskedContract(deps.database, caller.id, query.contract);
    if (!contract) return notFound();
    const asked = query.at === undefined ? null : instantOf(query.at, contract);
    if (asked !== null && !asked.ok) return wrongInstant(asked.problem);
    const trigger = asked ? `${question.name} at ${iso(asked.value)}` : question.name;
    await remember(deps, caller, contract.tenantId, contract.processId, 'audit.asked', trigger);
    const recordings = await readRecordings(deps.database, caller.id, contract, asked?.value ?? null);
    if (recordings === 'tooMany') return problem('ANSWER_TOO_LONG');
    const at = asked?.value ?? recordings.now;
    const rows = question.ask(pastOf(recordings, at));
    const given = rows.slice(0, MOST_ROWS);
    const names = await readNames(deps.database, caller.id, peopleOf(question, given));
    return ok({
      question: questionView(question),
      contractId: contract.contractId,
      at: iso(at),
      count: rows.length,
      truncated: rows.length > given.length,
      clean: question.mustBeEmpty ? rows.length === 0 : null,
      rows: given.map((row) => ({ cells: cellsView(question, row, names), proof: row.proof.map(proofView) })),
    });
  },
});

function unknown(name: string): Reply {
  const near = nearestName(
    name,
    questions.map((one) => one.name),
  );
  const meant = near === undefined ? '.' : `; did you mean ${near}?`;
  const detail = `There is no question named ${name}${meant}`;
  return problem('QUESTION_UNKNOWN', { detail });
}

/** An instant of which something can be recorded: not before the contract, and not to come. */
function instantOf(text: string, { since, now }: AskedContract): ReturnType<typeof parseInstant> {
  const read = parseInstant(text);
  if (!read.ok) return read;
  if (read.value > now) return { ok: false, problem: 'lies in the future: nothing is recorded of it yet' };
  if (read.value < since)
    return { ok: false, problem: `lies before the contract, which is known since ${iso(since)}` };
  return read;
}

function wrongInstant(text: string): Reply {
  return problem('QUERY_INVALID', { problems: [{ path: 'at', problem: text }] });
}

function questionView({ name, text, source, mustBeEmpty, columns }: Question) {
  return {
    name,
    text,
    source,
    mustBeEmpty,
    columns: Object.entries(columns).map(([key, column]) => ({ name: key, ...column })),
  };
}

function peopleOf({ columns }: Question, rows: readonly Row[]): string[] {
  return rows.flatMap(({ cells }) =>
    Object.entries(cells).flatMap(([name, cell]) =>
      columns[name]?.kind === 'person' && typeof cell === 'string' ? [cell] : [],
    ),
  );
}

function cellsView({ columns }: Question, { cells }: Row, names: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(cells).map(([name, cell]) => [name, cellView(columns[name], cell, names)]),
  );
}

function cellView(column: Column | undefined, cell: Cell, names: Readonly<Record<string, string>>) {
  if (column?.kind === 'instant' && typeof cell === 'number') return iso(cell);
  if (column?.kind === 'person' && typeof cell === 'string') return personOf(cell, names);
  return cell;
}

function proofView(proof: Proof) {
  if ('record' in proof) {
    const { record, number, hash } = proof;
    const { processId, seq, event } = record;
    return { chain: 'event', number, hash, at: iso(record.at), processId, seq, event } as const;
  }
  const { number, hash, at, processId, code } = proof;
  return { chain: 'refusal', number, hash, at: iso(at), processId, seq: null, event: code } as const;
}

export const questionRoutes = [list, ask];
