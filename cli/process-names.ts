/** Finds the process that a person means: by id, by its beginning, by the number of a case, or as `<contract>/<kind>`. */
import { definitions } from '../domain/processes.js';
import { documentKind, kindLabels, type DocumentKind } from '../domain/document/kinds.js';
import type { ApiClient } from './api-client.js';
import { allPages, typed } from './api-client.js';
import { processRows, type ProcessRow } from './answers.js';
import { badInput, CliFailure } from './failure.js';
import { didYouMean } from './nearest.js';

/** Three letters of the kind and 32 hexadecimal digits; shorter ids of hand-made data are found by listing. */
const WHOLE_ID = /^[a-z]{3}_[0-9a-f]{32}$/;
const LOOKS_LIKE_ID = /^[a-z]{3}_[0-9a-zA-Z-]*$/;
const CASE_NUMBER = /^C-[0-9A-Z]{5}-[0-9A-Z]{5}$/i;

interface Kind {
  readonly slug: string;
  /** Of processes of one slug that hand different documents over: which. */
  readonly document?: DocumentKind;
}

/** Kinds by the names that people use: the slug or the kind of document, also in lower case and with dashes. */
function kindOf(name: string): Kind {
  const plain = (text: string) => text.replaceAll(/[-_ ]/g, '').toLowerCase();
  const slugs = Object.keys(definitions);
  const slug = slugs.find((each) => plain(each) === plain(name));
  if (slug !== undefined) return { slug };
  const document = documentKind.options.find((each) => plain(each) === plain(name));
  if (document !== undefined) return { slug: 'document', document };
  const names = [...slugs, ...documentKind.options];
  throw badInput(`There is no kind of process named "${name}"${didYouMean(name, names, true)}.`);
}

/** Whether a text names a process rather than a contract. */
export function namesProcess(reference: string): boolean {
  return LOOKS_LIKE_ID.test(reference) || CASE_NUMBER.test(reference) || reference.includes('/');
}

/** The id of the process meant; none and several are failures that say what to write instead. */
export async function findProcess(api: ApiClient, reference: string): Promise<string> {
  if (WHOLE_ID.test(reference)) return reference;
  const [contract, kind, ...more] = reference.split('/');
  if (contract !== undefined && kind !== undefined && more.length === 0)
    return ofContract(api, contract, kindOf(kind));
  if (CASE_NUMBER.test(reference)) {
    const headline = reference.toUpperCase();
    return only(await listed(api, { slug: 'supportCase', headline }), headline);
  }
  if (!LOOKS_LIKE_ID.test(reference)) {
    throw badInput(
      `"${reference}" names no process.`,
      `Write an id, the beginning of one, the number of a case, or <contract>/<kind>, such as ${reference || 'northwind-2026'}/onboarding.`,
    );
  }
  const rows = (await listed(api, { slug: slugOfPrefix(reference.slice(0, 3)) })).filter(({ id }) =>
    id.startsWith(reference),
  );
  return only(rows, reference);
}

/** `<process>/<clock>[/<key>]`, where the process itself may be `<contract>/<kind>`. */
export function splitClock(reference: string): { process: string; clock: string; key: string } {
  const parts = reference.split('/');
  const inProcess = namesProcess(parts[0] ?? '') ? 1 : 2;
  const [clock, ...key] = parts.slice(inProcess);
  if (clock === undefined || clock === '') {
    throw badInput(
      `"${reference}" names no clock.`,
      'Write <process>/<clock>, such as northwind-2026/onboarding/firstContact; careplus show <process> lists the clocks.',
    );
  }
  return { process: parts.slice(0, inProcess).join('/'), clock, key: key.join('/') };
}

async function ofContract(api: ApiClient, contract: string, { slug, document }: Kind): Promise<string> {
  const meant = ({ headline }: ProcessRow) =>
    document === undefined || headline?.endsWith(` ${kindLabels[document]}`) === true;
  const rows = (await listed(api, { contract, slug })).filter(meant);
  const open = (await listed(api, { contract, slug, open: true })).filter(meant);
  // Of several, the one that still goes on is meant; else the latest.
  if (open.length > 0) return only(open, `${contract}/${document ?? slug}`);
  const latest = [...rows].sort((a, b) => (b.openedAt ?? '').localeCompare(a.openedAt ?? ''))[0];
  if (latest !== undefined) return latest.id;
  throw new CliFailure({
    exitCode: 1,
    code: 'PROCESS_UNKNOWN',
    text: `There is no process ${contract}/${document ?? slug} that you may see.`,
    remedy: 'See what there is: careplus contract show <contract>, careplus today --team.',
  });
}

function only(rows: readonly ProcessRow[], reference: string): string {
  const [first] = rows;
  if (first !== undefined && rows.length === 1) return first.id;
  if (first === undefined) {
    throw new CliFailure({
      exitCode: 1,
      code: 'PROCESS_UNKNOWN',
      text: `There is no process ${reference} that you may see.`,
      remedy: 'See what there is: careplus today --team, careplus desk queue --all.',
    });
  }
  throw badInput(
    `"${reference}" may be any of ${String(rows.length)} processes.`,
    'Write more of the id.',
    rows
      .slice(0, 10)
      .map(({ id, slug, headline }) => ({ path: id, problem: `${slug} ${headline ?? ''}`.trim() })),
  );
}

async function listed(
  api: ApiClient,
  query: { slug?: string | undefined; contract?: string; open?: boolean; headline?: string },
): Promise<ProcessRow[]> {
  return typed(processRows, await allPages(api, '/v1/processes', query)).items;
}

function slugOfPrefix(prefix: string): string | undefined {
  return Object.entries(definitions).find(([, { words }]) => words.prefix === prefix)?.[0];
}
