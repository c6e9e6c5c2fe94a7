/** Imports a table of contacts: everything wrong is named with row and column, the differences are shown before it is applied. */
import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import {
  readContactFacts,
  readMatrixAt,
  type ContactFacts,
  type MatrixHome,
  type ReachableContact,
} from '../../db/contact-matrix/read.js';
import type { Person } from '../../db/read/person.js';
import {
  contactOf,
  readContactTable,
  rowOfContact,
  type ContactRow,
  type TableProblem,
} from '../../domain/contact-matrix/contact-file.js';
import { ALWAYS, coverageGaps, type CoverageRule } from '../../domain/contact-matrix/matrix.js';
import { missingFrom, tooManyGone } from '../../domain/contact-matrix/changes.js';
import { contactMatrixRules } from '../../domain/contact-matrix/rules.js';
import { differences, type Difference } from '../contracts/diff.js';
import type { Dependencies } from '../dependencies.js';
import type { Place } from '../http/problems.js';
import { problem } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { submittedReply } from '../processes/answers.js';
import { submitCommand } from '../processes/submit.js';

export interface ImportAsked {
  readonly table: string;
  readonly from?: string | undefined;
  readonly dropMany: boolean;
  readonly apply: boolean;
}

interface Checked {
  readonly rows: readonly ContactRow[];
  readonly problems: readonly Place[];
  readonly diff: readonly Difference[];
  /** What the draft still lacks; it can be imported all the same, and not be shared. */
  readonly gaps: readonly CoverageRule[];
}

/** Shows what the table would change, or applies it as a draft. */
export async function importTable(
  deps: Dependencies,
  caller: Person,
  home: MatrixHome,
  asked: ImportAsked,
  idempotencyKey: string | null,
): Promise<Reply> {
  const { serving, tenantId } = home;
  if (!serving) return problem('MATRIX_NONE');
  const checked = await checkTable(deps, caller, home, asked);
  const { diff, gaps, rows, problems } = checked;
  if (problems.length > 0) return problem('BODY_INVALID', { problems });
  if (!asked.apply) return ok({ processId: serving.processId, contacts: rows.length, diff, gaps });
  const submitted = await submitCommand(deps, {
    tenantId,
    processId: serving.processId,
    definition: contactMatrixRules,
    command: 'import',
    payload: { contacts: rows, dropMany: asked.dropMany, ...(asked.from ? { from: asked.from } : {}) },
    actor: caller.id,
    expectedSeq: null,
    idempotencyKey,
  });
  const reply = submittedReply(submitted, 200);
  if (reply.status !== 200) return reply;
  return { ...reply, body: { ...(reply.body as object), contacts: rows.length, diff, gaps } };
}

async function checkTable(
  deps: Dependencies,
  caller: Person,
  home: MatrixHome,
  { table, dropMany }: ImportAsked,
): Promise<Checked> {
  const records = recordsOf(table);
  if (!records.ok) return { rows: [], problems: [records.place], diff: [], gaps: [] };
  const read = readContactTable(records.records);
  const inForce = await readMatrixAt(deps.database, caller.id, home.tenantId, new Date(home.now));
  const stood = inForce?.contacts ?? [];
  const rows = read.rows.map(({ row }) => row);
  const facts = await factsOf(deps, home.tenantId, rows);
  const against = read.rows.flatMap(({ row, line }) =>
    storeProblems(row, facts).map((one) => ({ row: line, ...one })),
  );
  const lacking = dropMany ? [] : goneProblems(stood, read.ids, home.serving?.mostGonePercent ?? 100);
  const problems = [...lacking, ...read.problems, ...against].sort((a, b) => a.row - b.row);
  return {
    rows,
    problems: problems.map(placeOf),
    diff: differences(stood.map(asRow), rows),
    gaps: coverageGaps(rows.map(contactOf), home.now),
  };
}

/** `row 5, phone`; the header is row 1. */
function placeOf({ row, column, problem: text }: TableProblem): Place {
  const place = [...(row === 0 ? ['table'] : [`row ${String(row)}`]), ...(column === '' ? [] : [column])];
  return { path: place.join(', '), problem: text };
}

const withLine = z.array(z.object({ record: z.array(z.string()), info: z.object({ lines: z.int() }) }));

function recordsOf(table: string) {
  try {
    const parsed: unknown = parse(table, {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    });
    const records = withLine.parse(parsed).map(({ record, info }) => ({ cells: record, line: info.lines }));
    return { ok: true, records } as const;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return {
      ok: false,
      place: { path: `row ${String(Number(error['lines'] ?? 1))}`, problem: error.message },
    } as const;
  }
}

function factsOf(deps: Dependencies, tenantId: string, rows: readonly ContactRow[]): Promise<ContactFacts> {
  return readContactFacts(deps.database, {
    tenantId,
    hours: rows.map(({ hours }) => hours),
    people: rows.map(({ id }) => id),
  });
}

/** Ids that must be known, and ids that must be free. */
function storeProblems(
  { id, side, hours }: ContactRow,
  { calendars, others, staff }: ContactFacts,
): { column: string; problem: string }[] {
  const unknown =
    hours === ALWAYS || calendars.includes(hours)
      ? []
      : [{ column: 'hours', problem: `no calendar is named ${hours}; careplus calendar list shows them` }];
  if (side === 'provider') {
    return staff.includes(id)
      ? unknown
      : [
          ...unknown,
          { column: 'id', problem: `${id} is no active person of the Provider; careplus staff list` },
        ];
  }
  return others.includes(id)
    ? [...unknown, { column: 'id', problem: `the id ${id} belongs to somebody else; give another one` }]
    : unknown;
}

function goneProblems(
  stood: readonly ReachableContact[],
  ids: readonly string[],
  mostGonePercent: number,
): TableProblem[] {
  if (ids.length === 0 || !tooManyGone(stood, ids, mostGonePercent)) return [];
  const gone = missingFrom(stood, ids);
  const named = `${gone.slice(0, MOST_NAMED).join(', ')}${gone.length > MOST_NAMED ? ', …' : ''}`;
  const text = `${String(gone.length)} of the ${String(stood.length)} contacts in force are missing: ${named}`;
  return [{ row: 0, column: 'id', problem: `${text}; import all, or say that it is meant: --drop-many` }];
}

const MOST_NAMED = 8;

/** The contact in force as a row of a table; who was erased has nothing left to compare. */
function asRow(contact: ReachableContact): ContactRow {
  const { name, phone, email, language } = contact;
  return rowOfContact(contact, { name, phone: phone ?? '', email: email ?? '', language });
}
