/** Calendars, policies and people as lists and single versions. */
import type { Database } from '../connection.js';
import type { VersionedKind } from '../provision/versions.js';

export interface VersionLine {
  readonly tenantId: string;
  readonly id: string;
  readonly version: number;
  readonly title: string | null;
  readonly state: 'draft' | 'approved';
  /** The highest approved version. */
  readonly inForce: boolean;
  readonly author: string;
  readonly approver: string | null;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly approvedAt: number | null;
}

/** Table names are words of this file, never of a caller. */
const TABLES = { calendar: 'calendars', policy: 'policies', rota: 'rotas' } as const;

const LINE = `v.tenant_id as "tenantId", v.id, v.version, v.body ->> 'title' as title, v.state,
  v.state = 'approved' and v.version = max(v.version) filter (where v.state = 'approved')
    over (partition by v.tenant_id, v.id) as "inForce",
  v.author, v.approver, ms(v.created_at)::float8 as "createdAt", ms(v.approved_at)::float8 as "approvedAt"`;

/** Every version of every calendar or policy, newest version first; of one id where it is given. */
export async function listVersions(
  database: Database,
  principal: string,
  kind: VersionedKind,
  id?: string,
): Promise<readonly VersionLine[]> {
  return database.as('api', { principal }, async (trx) =>
    trx.rows<VersionLine>(
      `select ${LINE} from ${TABLES[kind]} v where (:id::text is null or v.id = :id)
        order by v.id, v.tenant_id, v.version desc limit 1000`,
      { id },
    ),
  );
}

/** One version with its body; without a version the one in force. */
export async function readVersion(
  database: Database,
  principal: string,
  kind: VersionedKind,
  id: string,
  version?: number,
): Promise<(VersionLine & { readonly body: Readonly<Record<string, unknown>> }) | null> {
  return database.as('api', { principal }, async (trx) =>
    trx.row(
      `select * from (select ${LINE}, v.body from ${TABLES[kind]} v where v.id = :id) v
        where case when :version::integer is null then v."inForce" else v.version = :version end
        order by v."tenantId" = 'provider' limit 1`,
      { id, version },
    ),
  );
}

export interface PersonView {
  readonly id: string;
  readonly tenantId: string;
  readonly side: 'provider' | 'endUser';
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly zone: string;
  readonly language: string;
  readonly calendarId: string | null;
  readonly deputyId: string | null;
  readonly grants: readonly string[];
  readonly active: boolean;
}

const PERSON = `select p.id, p.tenant_id as "tenantId", p.side, p.name, p.email, p.phone, p.zone, p.language,
  p.calendar_id as "calendarId", p.deputy_id as "deputyId", p.grants, p.active from people p`;

/** People of one tenant; of the Provider for `provider`. */
export async function listPeople(
  database: Database,
  principal: string,
  tenantId: string,
): Promise<readonly PersonView[]> {
  return database.as('api', { principal }, async (trx) =>
    trx.rows<PersonView>(
      `${PERSON} where p.tenant_id = :tenantId order by p.active desc, p.name, p.id limit 2000`,
      {
        tenantId,
      },
    ),
  );
}
