/** Many realistic processes within seconds: one family brought there by real steps, then copied by SQL. */
import pg from 'pg';
import { connect, type Database } from '../../db/connection.js';
import { SEED, seedFamily, World } from './family.js';

export interface Many {
  /** Open processes in all: contracts, onboardings and User Guides in equal numbers. */
  readonly processes: number;
  /** End Users among whom they are spread. */
  readonly tenants: number;
}

const PROCESS_TABLES = ['processes', 'events', 'clocks', 'effects', 'inbox', 'tasks'] as const;
const TABLES = ['contracts', 'sites', 'contract_contacts', ...PROCESS_TABLES] as const;
type Table = (typeof TABLES)[number];

/** Due instants are spread over this many minutes, so that they are told apart. */
const SPREAD_MINUTES = 10 * 24 * 60;
const SHIFTED: ReadonlySet<string> = new Set([
  'processes.next_due_at',
  'clocks.due_at',
  'clocks.promise_due_at',
  'tasks.due_at',
]);

/**
 * Fills an empty, migrated database (the url of its owner) so that every invariant of the store holds, but for the
 * hashes inside of the audit chains: their heads are right, their links are copies, and so are no details of events.
 * Staff, calendars and policy are those of the examples; tenants are `many-1`, `many-2`, …
 */
export async function seedMany(database: { readonly url: string }, many: Many): Promise<void> {
  const { processes, tenants } = many;
  if (processes % 3 !== 0 || processes < 3) throw new Error('A family has three processes.');
  await brought(database, (product) => seedFamily(product));
  await copies(database, { tables: TABLES, only: null, count: processes / 3 - 1, tenants });
}

/** The same with open escalations alone, beside the one family that they are copied from. */
export async function seedEscalations(
  database: { readonly url: string },
  { escalations, tenants }: { readonly escalations: number; readonly tenants: number },
): Promise<void> {
  await brought(database, async (product) => {
    await seedFamily(product);
    await new World(product).start(ESCALATION, 'escalation', {
      contractId: SEED.contract,
      category: 'readiness',
      matter: { reference: 'upgrade 1', text: 'The window is in doubt.' },
      reason: 'Nobody answers for the window.',
    });
  });
  await copies(database, { tables: PROCESS_TABLES, only: ESCALATION, count: escalations - 1, tenants });
}

/** An id as the store makes them, so that every copy gets its own. */
const ESCALATION = `esc_${'0'.repeat(32)}`;

async function brought(
  { url }: { readonly url: string },
  work: (product: Database) => Promise<unknown>,
): Promise<void> {
  const product = connect({ databaseUrl: url, poolSize: 2 });
  try {
    await work(product);
  } finally {
    await product.close();
  }
}

/** `only`: rows of one process; null: of the whole family. */
async function copies(
  { url }: { readonly url: string },
  of: {
    readonly tables: readonly Table[];
    readonly only: string | null;
    readonly count: number;
    readonly tenants: number;
  },
): Promise<void> {
  const { tables, only, count, tenants } = of;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // Copies fit together by construction; checking each key again would take most of the time.
    await client.query('set session_replication_role = replica');
    const templates: Template[] = [];
    for (const table of tables) templates.push(await readTemplate(client, table, only));
    for (let tenant = 1; tenant <= tenants; tenant += 1) {
      const first = Math.floor((count * (tenant - 1)) / tenants) + 1;
      const last = Math.floor((count * tenant) / tenants);
      await seedTenant(client, tenant);
      if (last >= first)
        for (const template of templates) await copy(client, template, { tenant, first, last });
      await finishTenant(client, tenant);
    }
    await client.query('analyze');
  } finally {
    await client.end();
  }
}

interface Column {
  readonly name: string;
  readonly type: string;
}

interface Template {
  readonly table: Table | 'people';
  readonly columns: readonly Column[];
  /** Values as text. */
  readonly rows: readonly (readonly (string | null)[])[];
}

async function readTemplate(
  client: pg.Client,
  table: Table | 'people',
  only: string | null = null,
): Promise<Template> {
  const { rows: columns } = await client.query<Column>(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
      where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [table],
  );
  const texts = columns.map(({ name }) => `"${name}"::text`).join(', ');
  const process = only === null ? `''` : table === 'processes' ? 'id' : 'process_id';
  const order = table === 'events' ? 'order by chain_no' : '';
  const { rows } = await client.query<(string | null)[]>({
    text: `select ${texts} from ${table} where tenant_id = $1 and ($2::text is null or ${process} = $2) ${order}`,
    values: [SEED.tenant, only],
    rowMode: 'array',
  });
  return { table, columns, rows };
}

async function seedTenant(client: pg.Client, tenant: number): Promise<void> {
  await client.query(`insert into tenants (id, name, kind) values ($1, $2, 'endUser')`, [
    `many-${tenant}`,
    `Many ${tenant}`,
  ]);
  await client.query(
    `insert into chain_heads (tenant_id, kind, number, hash)
       select $1, kind, 0, hash from chain_heads where tenant_id = $2`,
    [`many-${tenant}`, SEED.tenant],
  );
  await copy(client, await readTemplate(client, 'people'), { tenant, first: 0, last: 0 });
}

async function finishTenant(client: pg.Client, tenant: number): Promise<void> {
  await client.query(
    `update chain_heads h set number = e.chain_no, hash = e.hash
       from (select chain_no, hash from events where tenant_id = $1 order by chain_no desc limit 1) e
      where h.tenant_id = $1 and h.kind = 'event'`,
    [`many-${tenant}`],
  );
  await client.query('select refresh_access($1)', [`many-${tenant}`]);
}

interface Part {
  readonly tenant: number;
  readonly first: number;
  readonly last: number;
}

/** One statement for each row of the family: its text is cut at the places that change from copy to copy. */
async function copy(client: pg.Client, { table, columns, rows }: Template, part: Part): Promise<void> {
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  for (const [index, row] of rows.entries()) {
    const values = columns.map(({ name, type }, place) => {
      if (table === 'events' && name === 'chain_no')
        return `(n - ${part.first}) * ${rows.length} + ${index + 1}`;
      const value = row[place] ?? null;
      if (value === null) return 'null';
      const shift = SHIFTED.has(`${table}.${name}`);
      const moved = shift ? ` + n % ${SPREAD_MINUTES} * interval '1 minute'` : '';
      return `(${copied(value, part.tenant)})::${type}${moved}`;
    });
    await client.query(
      `insert into ${table} (${names}) select ${values.join(', ')} from generate_series(${part.first}, ${part.last}) n`,
    );
  }
}

/** Words and ids of the family; an id is three letters and a long hexadecimal number. */
const PLACES = new RegExp(
  `(${[SEED.contract, SEED.number, SEED.site, SEED.tenant, ...SEED.people].join('|')}|\\b[a-z]{3}_[0-9a-f]{24,64}\\b)`,
);

/** The SQL of a text with every word and id of the family replaced by those of copy `n`. */
function copied(text: string, tenant: number): string {
  const pieces = text.split(PLACES).map((piece, index) => {
    if (index % 2 === 0) return pg.escapeLiteral(piece);
    switch (piece) {
      case SEED.contract:
        return `'contract-' || n`;
      case SEED.number:
        return `'CP-' || n`;
      case SEED.site:
        return `'site-' || n`;
      case SEED.tenant:
        return `'many-${tenant}'`;
      default:
        return piece.startsWith('seed-') ? `'${piece.replace('seed-', '')}-${tenant}'` : `'${piece}f' || n`;
    }
  });
  return pieces.filter((piece) => piece !== `''`).join(' || ') || `''`;
}
