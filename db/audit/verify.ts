/** Checks the audit chains of a tenant: that nothing was edited, taken out, moved, swapped or put in. */
import { recordOf } from '../../domain/audit/chain.js';
import { sha256 } from '../../domain/kernel/hash.js';
import type { Database, Trx } from '../connection.js';
import { genesis, linkHash, type ChainKind } from '../store/chain.js';

export interface ChainProblem {
  readonly chain: ChainKind;
  /** Place in the chain: 1, 2, …; 0 for the chain as a whole. */
  readonly number: number;
  readonly problem: string;
}

export interface ChainReport {
  /** Entries that were read. */
  readonly events: number;
  readonly refusals: number;
  readonly problems: readonly ChainProblem[];
}

/** Where a chain ended at some time; kept outside of the database it shows a tail that was cut off. */
export interface Checkpoint {
  readonly tenantId: string;
  readonly chain: ChainKind;
  readonly number: number;
  readonly hash: string;
}

/** Entries read in one transaction. */
const PAGE = 500;
/** A broken chain is broken; more problems than this tell nothing new. */
const MOST_PROBLEMS = 100;

/** Verifies both chains of a tenant up to their heads, against checkpoints where there are any. */
export async function verifyChain(
  database: Database,
  tenantId: string,
  checkpoints: readonly Checkpoint[] = [],
): Promise<ChainReport> {
  const events = await walk(database, tenantId, 'event', checkpoints);
  const refusals = await walk(database, tenantId, 'refusal', checkpoints);
  const contents = await brokenDetails(database, tenantId);
  const problems = [...events.problems, ...refusals.problems, ...contents].slice(0, MOST_PROBLEMS);
  return { events: events.read, refusals: refusals.read, problems };
}

/** The heads of a tenant's chains as they stand. */
export async function readCheckpoints(database: Database, tenantId: string): Promise<readonly Checkpoint[]> {
  return database.as('admin', {}, async (trx) =>
    trx.rows<Checkpoint>(
      `select tenant_id as "tenantId", kind as chain, number::float8 as number, hash
         from chain_heads where tenant_id = :tenantId order by kind`,
      { tenantId },
    ),
  );
}

interface Entry {
  readonly number: number;
  readonly bytes: string;
  readonly prevHash: string;
  readonly hash: string;
  /** What the columns beside the bytes say, by the names of the record. */
  readonly columns: Readonly<Record<string, unknown>>;
}

async function walk(
  database: Database,
  tenantId: string,
  chain: ChainKind,
  checkpoints: readonly Checkpoint[],
): Promise<{ readonly read: number; readonly problems: readonly ChainProblem[] }> {
  const problems: ChainProblem[] = [];
  const say = (number: number, problem: string) => problems.push({ chain, number, problem });
  const head = (await readCheckpoints(database, tenantId)).find((one) => one.chain === chain);
  if (!head) return { read: 0, problems: [{ chain, number: 0, problem: 'the chain has no head' }] };
  const marks = [...checkpoints, head].filter((mark) => mark.tenantId === tenantId && mark.chain === chain);
  const seqs = new Map<string, number>();
  let previous = genesis(tenantId, chain);
  let number = 0;
  let read = 0;
  while (problems.length < MOST_PROBLEMS) {
    const page = await database.as('admin', {}, async (trx) => readPage(trx, tenantId, chain, number));
    for (const entry of page) {
      if (entry.number !== number + 1) say(number + 1, `entries up to ${entry.number - 1} are missing`);
      if (entry.prevHash !== previous) say(entry.number, 'it does not follow the entry before it');
      if (entry.hash !== linkHash(entry.prevHash, entry.bytes)) say(entry.number, 'its bytes were changed');
      for (const problem of strangeColumns(tenantId, entry, seqs)) say(entry.number, problem);
      for (const mark of marks) {
        if (mark.number === entry.number && mark.hash !== entry.hash)
          say(entry.number, 'it is not the entry that was there');
      }
      previous = entry.hash;
      number = entry.number;
      read += 1;
    }
    if (page.length < PAGE) break;
  }
  for (const mark of marks)
    if (mark.number > number) say(number + 1, `the chain was cut; it reached ${mark.number}`);
  // Entries appended while we read lie behind the head that was read first; a head that fell behind does not.
  const now = (await readCheckpoints(database, tenantId)).find((one) => one.chain === chain);
  if ((now?.number ?? 0) < number) say(number, 'the head of the chain stands before its last entry');
  return { read, problems };
}

const EVENTS = `
  select chain_no::float8 as number, bytes, prev_hash as "prevHash", hash,
    json_build_object('id', id, 'tenantId', tenant_id, 'processId', process_id, 'seq', seq, 'epoch', epoch,
      'event', event, 'from', from_status, 'via', via_status, 'to', to_status, 'trigger', trigger, 'actor', actor,
      'onBehalfOf', on_behalf_of, 'at', ms(at), 'recordedAt', ms(recorded_at), 'ownerId', owner_id) as columns
    from events where tenant_id = :tenantId and chain_no > :after order by chain_no limit ${PAGE}`;

const REFUSALS = `
  select number::float8 as number, bytes, prev_hash as "prevHash", hash,
    json_build_object('tenantId', tenant_id, 'kind', kind, 'processId', process_id, 'inboxId', inbox_id, 'code', code,
      'principal', principal, 'at', ms(at)) as columns
    from refusals where tenant_id = :tenantId and number > :after order by number limit ${PAGE}`;

async function readPage(
  trx: Trx,
  tenantId: string,
  chain: ChainKind,
  after: number,
): Promise<readonly Entry[]> {
  return trx.rows<Entry>(chain === 'event' ? EVENTS : REFUSALS, { tenantId, after });
}

/** The columns are copies for queries; they must say what the hashed bytes say. */
function strangeColumns(tenantId: string, entry: Entry, seqs: Map<string, number>): readonly string[] {
  const said = recordOf(entry.bytes);
  if (!said) return ['its bytes are no record'];
  const problems = Object.entries(entry.columns)
    .filter(([name, value]) => (said.get(name) ?? null) !== value)
    .map(([name]) => `its column ${name} was changed`);
  if (said.get('tenantId') !== tenantId) problems.push('it belongs to another tenant');
  const { processId, seq } = entry.columns;
  if (typeof processId === 'string' && typeof seq === 'number') {
    const last = seqs.get(processId) ?? 0;
    if (seq !== last + 1) problems.push(`event ${seq} of its process follows event ${last}`);
    seqs.set(processId, seq);
  }
  return problems;
}

interface Detail {
  readonly number: number;
  readonly bytes: string;
  readonly payload: unknown;
  readonly look: unknown;
  readonly directory: unknown;
  readonly data: unknown;
}

const DETAILS = `
  select e.chain_no::float8 as number, e.bytes, coalesce(d.fired -> 'payload', '{}') as payload, d.look,
    c.body as directory, d.data
    from events e join event_details d on d.tenant_id = e.tenant_id and d.event_id = e.id
    left join contents c on c.tenant_id = d.tenant_id and c.hash = d.directory_hash
   where e.tenant_id = :tenantId and e.chain_no > :after and d.erased_at is null
   order by e.chain_no limit ${PAGE}`;

/** What was not erased must still be what was hashed. */
async function brokenDetails(database: Database, tenantId: string): Promise<readonly ChainProblem[]> {
  const problems: ChainProblem[] = [];
  for (let after = 0; problems.length < MOST_PROBLEMS;) {
    const page = await database.as('admin', {}, async (trx) =>
      trx.rows<Detail>(DETAILS, { tenantId, after }),
    );
    for (const { number, bytes, payload, look, directory, data } of page) {
      const record = recordOf(bytes) ?? new Map<string, unknown>();
      const changed = [
        sha256(payload) === record.get('payloadHash') ? null : 'its payload was changed',
        sha256({ look, directory }) === record.get('inputsHash')
          ? null
          : 'what it was decided from was changed',
        data === null || sha256(data) === record.get('dataHash') ? null : 'its data were changed',
      ];
      for (const problem of changed) if (problem) problems.push({ chain: 'event', number, problem });
      after = number;
    }
    if (page.length < PAGE) break;
  }
  return problems;
}
