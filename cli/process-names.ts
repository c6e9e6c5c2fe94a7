/** Finds the process that a person means: by id, by the beginning of an id, or as `<contract>/<kind>`. */
import { definitions } from '../domain/processes.js';
import type { ApiClient } from './api-client.js';
import { allPages, typed } from './api-client.js';
import { processRows, type ProcessRow } from './answers.js';
import { badInput, CliFailure } from './failure.js';
import { didYouMean } from './nearest.js';

/** Three letters of the kind and 32 hexadecimal digits; shorter ids of hand-made data are found by listing. */
const WHOLE_ID = /^[a-z]{3}_[0-9a-f]{32}$/;
const LOOKS_LIKE_ID = /^[a-z]{3}_[0-9a-zA-Z-]*$/;

/** Kinds by the names that people use: the slug, also in lower case and with dashes. */
function kindOf(name: string): string {
  const slugs = Object.keys(definitions);
  const plain = (text: string) => text.replaceAll(/[-_ ]/g, '').toLowerCase();
  const slug = slugs.find((each) => plain(each) === plain(name));
  if (slug !== undefined) return slug;
  throw badInput(`There is no kind of process named "${name}"${didYouMean(name, slugs, true)}.`);
}

/** Whether a text names a process rather than a contract. */
export function namesProcess(reference: string): boolean {
  return LOOKS_LIKE_ID.test(reference) || reference.includes('/');
}

/** The id of the process meant; none and several are failures that say what to write instead. */
export async function findProcess(api: ApiClient, reference: string): Promise<string> {
  if (WHOLE_ID.test(reference)) return reference;
  const [contract, kind, ...more] = reference.split('/');
  if (contract !== undefined && kind !== undefined && more.length === 0)
    return ofContract(api, contract, kindOf(kind));
  if (!LOOKS_LIKE_ID.test(reference)) {
    throw badInput(
      `"${reference}" names no process.`,
      `Write an id, the beginning of one, or <contract>/<kind>, such as ${reference || 'northwind-2026'}/onboarding.`,
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
  const inProcess = LOOKS_LIKE_ID.test(parts[0] ?? '') ? 1 : 2;
  const [clock, ...key] = parts.slice(inProcess);
  if (clock === undefined || clock === '') {
    throw badInput(
      `"${reference}" names no clock.`,
      'Write <process>/<clock>, such as northwind-2026/onboarding/firstContact; careplus show <process> lists the clocks.',
    );
  }
  return { process: parts.slice(0, inProcess).join('/'), clock, key: key.join('/') };
}

async function ofContract(api: ApiClient, contract: string, slug: string): Promise<string> {
  const rows = await listed(api, { contract, slug });
  const open = await listed(api, { contract, slug, open: true });
  // Of several, the one that still goes on is meant; else the latest.
  if (open.length > 0) return only(open, `${contract}/${slug}`);
  const latest = [...rows].sort((a, b) => (b.openedAt ?? '').localeCompare(a.openedAt ?? ''))[0];
  if (latest !== undefined) return latest.id;
  throw new CliFailure({
    exitCode: 1,
    code: 'PROCESS_UNKNOWN',
    text: `There is no process ${contract}/${slug} that you may see.`,
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
      remedy: 'See what there is: careplus today --team.',
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
  query: { slug?: string | undefined; contract?: string; open?: boolean },
): Promise<ProcessRow[]> {
  return typed(processRows, await allPages(api, '/v1/processes', query)).items;
}

function slugOfPrefix(prefix: string): string | undefined {
  return Object.entries(definitions).find(([, { words }]) => words.prefix === prefix)?.[0];
}
