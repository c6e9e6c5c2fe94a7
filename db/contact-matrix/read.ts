/** The matrix of a contract at an instant, with the names and numbers of its contacts and the calendars of their hours. */
import type { Contact } from '../../domain/contact-matrix/matrix.js';
import type { CalendarVersion } from '../../domain/time/calendar.js';
import type { Database, Trx } from '../connection.js';

/** Name, number and address are empty where the person was erased. */
export interface ReachableContact extends Contact {
  readonly name: string;
  readonly phone: string | null;
  readonly email: string | null;
  readonly language: 'en' | 'de';
}

/** Instants are epoch milliseconds. */
export interface MatrixRead {
  readonly processId: string;
  readonly version: number;
  /** Null: a draft. */
  readonly inForceFrom: number | null;
  readonly inForceTo: number | null;
  readonly reason: 'agreed' | 'leaver';
  readonly sha256: string;
  readonly agreedProvider: string | null;
  readonly agreedEndUser: string | null;
  readonly authors: readonly string[];
  readonly contacts: readonly ReachableContact[];
}

/** Where the matrix of a contract is kept: with the End User, whichever of his contracts started it. */
export interface MatrixHome {
  readonly tenantId: string;
  readonly endUser: string;
  readonly contractNumber: string;
  readonly seniorDeskNumber: string | null;
  /** Business time of the reading, epoch milliseconds. */
  readonly now: number;
  /** The process that serves the contract now. */
  readonly serving: {
    readonly processId: string;
    readonly mostGonePercent: number;
    /** Of the draft; null: there is none. */
    readonly draft: number | null;
    readonly staleSince: number | null;
    readonly confirmedAt: number | null;
  } | null;
}

const HOME = `
  select c.tenant_id as "tenantId", t.name as "endUser", c.number as "contractNumber",
    ms(business_now())::float8 as now,
    (select p.data ->> 'seniorDeskNumber' from processes p
      where p.tenant_id = c.tenant_id and p.id = c.process_id) as "seniorDeskNumber",
    (select jsonb_build_object('processId', p.id, 'draft', p.data -> 'draft' -> 'version',
        'staleSince', p.data -> 'staleSince', 'confirmedAt', p.data -> 'confirmedAt',
        'mostGonePercent', (select (l.body -> 'contactMatrix' ->> 'mostGonePercent')::integer from policies l
          where l.id = p.policy_id and l.version = p.policy_version and l.state = 'approved'
          order by l.tenant_id = 'provider' limit 1))
       from processes p
      where p.tenant_id = c.tenant_id and p.slug = 'contactMatrix' and p.seq > 0 and not p.closed
        and p.status <> 'shared'
      order by p.created_at, p.id limit 1) as serving
    from contracts c join tenants t on t.id = c.tenant_id
   where c.id = :contractId order by c.tenant_id limit 1`;

const VERSION = `
  select v.process_id as "processId", v.version, ms(v.in_force_from)::float8 as "inForceFrom", ms(v.in_force_to)::float8 as "inForceTo",
    v.reason, v.sha256, v.agreed_provider as "agreedProvider", v.agreed_end_user as "agreedEndUser", v.authors,
    (select coalesce(json_agg(json_build_object('personId', k.person_id, 'side', k.side, 'role', k.role,
        'level', k.level, 'zone', k.zone, 'hours', k.hours, 'deputyId', k.deputy_id,
        'authorisedCaller', k.authorised_caller, 'mayApprove', k.may_approve, 'validFrom', ms(k.valid_from),
        'validTo', ms(k.valid_to), 'name', k.name, 'phone', k.phone, 'email', k.email, 'language', k.language)
        order by k.side, k.level, k.person_id), '[]')
       from matrix_contacts k where k.tenant_id = v.tenant_id and k.process_id = v.process_id
        and k.version = v.version) as contacts
    from matrix_versions v`;

/** The contract's matrix as the principal may see it; null when he may not see the contract. */
export async function readMatrixHome(
  database: Database,
  principal: string,
  contractId: string,
): Promise<MatrixHome | null> {
  return database.as('api', { principal }, async (trx) => trx.row<MatrixHome>(HOME, { contractId }));
}

/** The version in force at an instant, past or future (agreed versions count from their start); null while none was. */
export async function readMatrixAt(
  database: Database,
  principal: string,
  tenantId: string,
  at: Date,
): Promise<MatrixRead | null> {
  return database.as('api', { principal }, async (trx) => matrixAt(trx, tenantId, at));
}

async function matrixAt(trx: Trx, tenantId: string, at: Date): Promise<MatrixRead | null> {
  // A version agreed for later begins while the one before has no end yet: the newest that has begun counts.
  return trx.row<MatrixRead>(
    `${VERSION} where v.tenant_id = :tenantId and v.in_force_from <= :at
        and (v.in_force_to is null or v.in_force_to > :at)
      order by v.in_force_from desc, v.version desc limit 1`,
    { tenantId, at },
  );
}

export async function readMatrixDraft(
  database: Database,
  principal: string,
  home: MatrixHome,
): Promise<MatrixRead | null> {
  const { serving, tenantId } = home;
  if (!serving || serving.draft === null) return null;
  const { processId, draft } = serving;
  return database.as('api', { principal }, async (trx) =>
    trx.row<MatrixRead>(
      `${VERSION} where v.tenant_id = :tenantId and v.process_id = :processId and v.version = :draft`,
      { tenantId, processId, draft },
    ),
  );
}

/** The versions in force of the calendars named, by their ids; the End User's own come before the Provider's. */
export async function readHours(
  database: Database,
  principal: string,
  tenantId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, CalendarVersion>> {
  const rows = await database.as('api', { principal }, async (trx) =>
    trx.rows<{ id: string; version: number; body: CalendarVersion }>(
      `select h.id, h.version, c.body from calendar_heads h
         join calendars c on c.tenant_id = h.tenant_id and c.id = h.id and c.version = h.version
        where h.tenant_id in (:tenantId, 'provider') and h.id = any(:ids::text[])
        order by h.tenant_id <> 'provider', h.id`,
      { tenantId, ids },
    ),
  );
  return new Map(rows.map(({ id, version, body }) => [id, { ...body, id, version }]));
}

/** What stands in the way of contacts, over all tenants because ids must be free everywhere: never shown as it is. */
export interface ContactFacts {
  /** Calendars that exist. */
  readonly calendars: readonly string[];
  /** People of another End User, or of the Provider. */
  readonly others: readonly string[];
  /** Active people of the Provider. */
  readonly staff: readonly string[];
}

export async function readContactFacts(
  database: Database,
  asked: {
    readonly tenantId: string;
    readonly hours: readonly string[];
    readonly people: readonly string[];
  },
): Promise<ContactFacts> {
  return database.as('admin', {}, async (trx) => {
    const row = await trx.row<ContactFacts>(
      `select
         (select coalesce(json_agg(distinct id), '[]') from calendar_heads
           where tenant_id in (:tenantId, 'provider') and id = any(:hours::text[])) as calendars,
         (select coalesce(json_agg(id), '[]') from people
           where tenant_id <> :tenantId and id = any(:people::text[])) as others,
         (select coalesce(json_agg(id), '[]') from people
           where tenant_id = 'provider' and active and id = any(:people::text[])) as staff`,
      { ...asked },
    );
    if (!row) throw new Error('A select without a table gave no row.');
    return row;
  });
}
