/** A process as evidence: everything that a stranger needs to check it with the public key alone. */
import type { ChainKind, ChainLink } from '../../domain/audit/chain.js';
import { parseCheckpoint, type SignedCheckpoint } from '../../domain/audit/checkpoint.js';
import { canonical } from '../../domain/kernel/hash.js';
import type { Database, Trx } from '../connection.js';
import { instant } from '../instants.js';
import { readProcessHead } from '../read/process.js';
import { recordRefusal } from '../store/refusals.js';
import { archivedOf, type ArchivedHistory } from './archive.js';
import { readLinks } from './chains.js';

export interface Segment {
  readonly tenantId: string;
  readonly chain: ChainKind;
  /** Number of the checkpoint that saw the last entry. */
  readonly checkpoint: number;
  /** From the first entry that concerns the process to the one that the checkpoint saw, without a gap. */
  readonly entries: readonly ChainLink[];
}

export interface EvidenceBundle {
  readonly version: 1;
  readonly readme: string;
  readonly process: { readonly id: string; readonly tenantId: string; readonly slug: string };
  /** PEM, as the installation knows it; compare it with one that you got elsewhere. */
  readonly publicKeys: readonly string[];
  /** Exact texts. */
  readonly checkpoints: readonly string[];
  readonly chains: readonly Segment[];
  /** What the events carried, as exact canonical JSON; null where it was erased. Hashes of both are in the events. */
  readonly contents: readonly {
    readonly seq: number;
    readonly payload: string | null;
    readonly data: string | null;
  }[];
  /** Histories of the engine that are archived, each named in the second chain. */
  readonly histories: readonly ArchivedHistory[];
  /** Later events that no checkpoint has seen yet: they are left out. */
  readonly unsigned: number;
}

export type BundleResult =
  | { readonly kind: 'bundle'; readonly bundle: EvidenceBundle }
  | { readonly kind: 'unknown' }
  /** No checkpoint has seen an event of the process yet. */
  | { readonly kind: 'unsigned' }
  /** Too many entries lie between the process and the checkpoint. */
  | { readonly kind: 'tooLong'; readonly entries: number };

/** A bundle is read as one file. */
const MOST_ENTRIES = 50_000;
/** A checkpoint bears the instant before it read the chains; entries of the same moment may be a little later. */
const SLACK_MS = 60_000;

/** The bundle of a process that the principal may see; the export is remembered before anything is handed out. */
export async function exportEvidence(
  database: Database,
  principal: string,
  processId: string,
): Promise<BundleResult> {
  const head = await readProcessHead(database, principal, processId);
  if (!head) return { kind: 'unknown' };
  const { tenantId, slug } = head;
  await recordRefusal(database, {
    tenantId,
    kind: 'access',
    processId,
    code: 'audit.exported',
    trigger: `export of ${processId}`,
    principal,
  });
  const spans = await spansOf(database, tenantId, processId);
  const covered = await Promise.all(spans.map(async (span) => cover(database, tenantId, span)));
  const found = covered.filter((one) => one !== null);
  const events = found.find((one) => one.chain === 'event');
  if (!events) return { kind: 'unsigned' };
  const length = found.reduce((sum, one) => sum + one.upTo - one.from + 1, 0);
  if (length > MOST_ENTRIES) return { kind: 'tooLong', entries: length };
  const checkpoints = new Map(found.map((one) => [one.checkpoint.number, one.text]));
  const contents = await contentsOf(database, tenantId, processId);
  const chains = await Promise.all(found.map(async (one) => segmentOf(database, tenantId, one)));
  const signed = contents.filter((one) => one.chainNo <= events.upTo);
  return {
    kind: 'bundle',
    bundle: {
      version: 1,
      readme: README,
      process: { id: processId, tenantId, slug },
      publicKeys: await publicKeys(database),
      checkpoints: [...checkpoints.values()],
      chains,
      contents: signed.map(({ seq, payload, data }) => ({ seq, payload, data })),
      histories: namedIn(chains, await archivedOf(database, processId)),
      unsigned: contents.length - signed.length,
    },
  };
}

const README =
  'One process of Care Plus as evidence. `chains` holds the entries of the customer’s audit chains from the first one ' +
  'that concerns the process to one that a signed checkpoint saw: the hash of an entry is the SHA-256 of the hash ' +
  'before it, a line feed, and its bytes. `checkpoints` are the exact signed texts; the Ed25519 signature covers the ' +
  'same JSON without the member `signature`. `contents` belong to the events by their hashes; null was erased. ' +
  'Archived histories are named in the second chain with the SHA-256 of their file. Get the public key elsewhere ' +
  'than here. docs/verify-bundle.md has a script of forty lines that checks all of this.';

interface Span {
  readonly chain: ChainKind;
  readonly from: number;
  readonly to: number;
  readonly lastAt: number;
}

/** Where the process begins and ends in each chain; a chain that does not know it is left out. */
async function spansOf(database: Database, tenantId: string, processId: string): Promise<readonly Span[]> {
  return database.as('admin', {}, async (trx) =>
    trx.rows<Span>(
      `select 'event' as chain, min(chain_no)::float8 as from, max(chain_no)::float8 as to,
           max(ms(recorded_at))::float8 as "lastAt"
         from events where tenant_id = :tenantId and process_id = :processId having count(*) > 0
       union all
       select 'refusal', min(number)::float8, max(number)::float8, max(ms(at))::float8
         from refusals where tenant_id = :tenantId and process_id = :processId and code <> 'audit.exported'
       having count(*) > 0`,
      { tenantId, processId },
    ),
  );
}

interface Covered {
  readonly chain: ChainKind;
  readonly from: number;
  readonly upTo: number;
  readonly checkpoint: SignedCheckpoint;
  readonly text: string;
}

/** The first checkpoint that saw all of a span, or the newest one when none did; null when it saw nothing of it. */
async function cover(database: Database, tenantId: string, span: Span): Promise<Covered | null> {
  const text = await database.as(
    'admin',
    {},
    async (trx) => (await firstCovering(trx, tenantId, span)) ?? (await newest(trx)),
  );
  const checkpoint = text === null ? null : parseCheckpoint(text);
  const mark = checkpoint?.chains.find((one) => one.tenantId === tenantId && one.chain === span.chain);
  if (text === null || !checkpoint || !mark || mark.number < span.from) return null;
  return { chain: span.chain, from: span.from, upTo: mark.number, checkpoint, text };
}

async function firstCovering(
  trx: Trx,
  tenantId: string,
  { chain, to, lastAt }: Span,
): Promise<string | null> {
  const row = await trx.row<{ text: string }>(
    `select c.bytes as text from checkpoints c
      where c.at >= :since and exists (
        select from jsonb_to_recordset(c.bytes::jsonb -> 'chains') as m ("tenantId" text, chain text, number bigint)
         where m."tenantId" = :tenantId and m.chain = :chain and m.number >= :to)
      order by c.number limit 1`,
    { since: instant(lastAt - SLACK_MS), tenantId, chain, to },
  );
  return row?.text ?? null;
}

async function newest(trx: Trx): Promise<string | null> {
  const row = await trx.row<{ text: string }>(
    'select bytes as text from checkpoints order by number desc limit 1',
  );
  return row?.text ?? null;
}

async function segmentOf(
  database: Database,
  tenantId: string,
  { chain, from, upTo, checkpoint }: Covered,
): Promise<Segment> {
  const page = { after: from - 1, upTo, limit: MOST_ENTRIES };
  const entries = await readLinks(database, { tenantId, chain }, page);
  return { tenantId, chain, checkpoint: checkpoint.number, entries };
}

interface ContentRow {
  readonly seq: number;
  readonly chainNo: number;
  readonly payload: string | null;
  readonly data: string | null;
}

async function contentsOf(
  database: Database,
  tenantId: string,
  processId: string,
): Promise<readonly ContentRow[]> {
  const rows = await database.as('admin', {}, async (trx) =>
    trx.rows<{ seq: number; chainNo: number; fired: { payload?: unknown } | null; data: unknown }>(
      `select e.seq, e.chain_no::float8 as "chainNo", d.fired, d.data from events e
         left join event_details d on d.tenant_id = e.tenant_id and d.event_id = e.id and d.erased_at is null
        where e.tenant_id = :tenantId and e.process_id = :processId order by e.seq limit :limit`,
      { tenantId, processId, limit: MOST_ENTRIES },
    ),
  );
  return rows.map(({ seq, chainNo, fired, data }) => ({
    seq,
    chainNo,
    payload: fired && canonical(fired.payload ?? {}),
    data: data === null ? null : canonical(data),
  }));
}

/** Only those whose entry lies in the segment: the others are not proven yet. */
function namedIn(
  chains: readonly Segment[],
  histories: readonly ArchivedHistory[],
): readonly ArchivedHistory[] {
  const entries = chains.find((one) => one.chain === 'refusal')?.entries ?? [];
  return histories.filter(({ workflowId, runId, hash }) =>
    entries.some(({ bytes }) => bytes.includes(`"history.archived ${workflowId} ${runId} ${hash}"`)),
  );
}

async function publicKeys(database: Database): Promise<readonly string[]> {
  const rows = await database.as('admin', {}, async (trx) =>
    trx.rows<{ key: string }>('select public_key as key from checkpoint_keys order by first_used_at, id'),
  );
  return rows.map((row) => row.key);
}
