/**
 * A store with many processes: families of the product (test/support/many.ts), most of them closed years ago, spread
 * over managers who serve forty open ones each. The manager who asks has the same work whatever the size of the store.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { hashOfSecret } from '../api/middleware/authenticate.js';
import { connect } from '../db/connection.js';
import { createApiKey } from '../db/provision/keys.js';
import { savePeople } from '../db/provision/tenants.js';
import { seedMany } from '../test/support/many.js';

export interface Book {
  readonly processes: number;
  readonly open: number;
  readonly tenants: number;
  /** The manager who asks, and his credential. */
  readonly principal: string;
  readonly authorization: string;
  /** His open processes of the kind that the measurements give commands to. */
  readonly onboardings: readonly At[];
  /** Every open process. */
  readonly running: readonly Running[];
}

interface At {
  readonly tenantId: string;
  readonly processId: string;
}

export interface Running extends At {
  readonly slug: string;
  readonly lastSeq: number;
}

const FAMILY = 3;
/** Families of an End User, and how many of them are still open. */
const FAMILIES = 30;
const OPEN_FAMILIES = 2;
const TENANTS_PER_MANAGER = 7;
const DAY_MS = 86_400_000;

/** `processes` is rounded up to whole End Users of ninety processes each, of which six are open. */
export async function seedBook(url: string, processes: number): Promise<Book> {
  const tenants = Math.ceil(processes / (FAMILY * FAMILIES));
  await seedMany({ url }, { processes: tenants * FAMILY * FAMILIES + FAMILY, tenants });
  const managers = Math.ceil(tenants / TENANTS_PER_MANAGER);
  const database = connect({ databaseUrl: url, poolSize: 2 });
  const secret = randomBytes(32).toString('hex');
  try {
    await savePeople(
      database,
      'provider',
      Array.from({ length: managers }, (_, index) => manager(index)),
      null,
    );
    const issued = await createApiKey(
      database,
      {
        tenantId: 'provider',
        personId: manager(0).id,
        label: 'bench',
        secretHash: hashOfSecret(secret),
        scopes: ['read', 'command'],
        expiresAt: Date.now() + DAY_MS,
        request: null,
      },
      null,
    );
    if (issued.kind !== 'issued') throw new Error('The key was not issued.');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query('set session_replication_role = replica');
      for (const statement of spread(managers)) await client.query(statement);
      const { rows } = await client.query<Running & { ownerId: string }>(
        `select tenant_id as "tenantId", id as "processId", slug, seq as "lastSeq", owner_id as "ownerId"
           from processes where not over order by id`,
      );
      const principal = manager(0).id;
      const onboardings = rows.filter((row) => row.ownerId === principal && row.slug === 'onboarding');
      const authorization = `Bearer cp_${issued.id}_${secret}`;
      const count = await client.query<{ count: number }>('select count(*)::integer as count from processes');
      const [{ count: all } = { count: 0 }] = count.rows;
      return {
        processes: all,
        open: rows.length,
        tenants,
        principal,
        authorization,
        onboardings,
        running: rows,
      };
    } finally {
      await client.end();
    }
  } finally {
    await database.close();
  }
}

function manager(index: number) {
  return {
    id: `manager-${String(index)}`,
    name: `Manager ${String(index)}`,
    email: `manager-${String(index)}@provider.example`,
    phone: null,
    zone: 'Europe/Berlin',
    language: 'en',
    calendarId: null,
    deputyId: null,
    grants: ['serviceManager'],
    active: true,
  };
}

/** Seven End Users for each manager; of each End User all families but two are closed, with all that ended with them. */
function spread(managers: number): readonly string[] {
  const managerOf = `'manager-' || (substring(tenant_id from 'many-(\\d+)')::integer % ${String(managers)})`;
  const ended = (table: string, column: string): string =>
    `(select 1 from processes p where p.tenant_id = ${table}.tenant_id and p.id = ${table}.${column} and p.over)`;
  return [
    `update contracts set manager_id = ${managerOf} where tenant_id like 'many-%'`,
    `update processes set owner_id = ${managerOf},
         data = case when data ? 'managerId' then jsonb_set(data, '{managerId}', to_jsonb(${managerOf})) else data end
       where tenant_id like 'many-%'`,
    `update processes p set closed = true, over = true, next_due_at = null
       from (select tenant_id, contract_id, row_number() over (partition by tenant_id order by contract_id) as number
               from processes where slug = 'contract') f
      where f.tenant_id = p.tenant_id and f.contract_id = p.contract_id and f.number > ${String(OPEN_FAMILIES)}`,
    `update processes set closed = true, over = true, next_due_at = null where tenant_id not like 'many-%'`,
    `update clocks set ended_at = started_at, outcome = 'cancelled', due_at = null
      where ended_at is null and exists ${ended('clocks', 'process_id')}`,
    `delete from tasks where exists ${ended('tasks', 'process_id')}`,
    `update effects set state = 'confirmed', settled_at = decided_at
      where state = 'planned' and exists ${ended('effects', 'process_id')}`,
    `select refresh_access(id) from tenants`,
    'vacuum analyze',
  ];
}
