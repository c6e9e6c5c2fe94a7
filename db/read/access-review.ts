/** Who may do what in which organisation, given by whom, and whether he was ever here: for a review of access. */
import type { Database, Trx } from '../connection.js';
import { listApiKeys, type ApiKey } from '../provision/keys.js';

/**
 * `grant`: a staff function. `assignment`: named in a contract, or standing in for somebody who is. `member`: of the
 * organisation itself. `contact`: what a contract lets a contact do.
 */
export interface Holding {
  readonly kind: 'grant' | 'assignment' | 'member' | 'contact';
  readonly role: string;
  readonly tenantId: string;
  /** A staff function that opens every customer. */
  readonly everyCustomer: boolean;
  readonly contracts: readonly string[];
  /** Null: the program itself, or before this was recorded. */
  readonly givenBy: string | null;
  /** Epoch milliseconds, as all instants here; null: before this was recorded. */
  readonly givenAt: number | null;
}

export interface ReviewedPerson {
  readonly id: string;
  readonly name: string;
  readonly side: 'provider' | 'endUser';
  readonly tenantId: string;
  readonly active: boolean;
  /** To the minute; null: never. */
  readonly lastSeenAt: number | null;
  readonly lastSeenWith: 'key' | 'token' | 'name' | null;
  readonly identities: readonly {
    readonly issuer: string;
    readonly subject: string;
    readonly givenBy: string | null;
    readonly givenAt: number;
  }[];
  readonly holdings: readonly Holding[];
  readonly keys: readonly ApiKey[];
}

type Bare = Omit<ReviewedPerson, 'holdings' | 'keys'>;

const PEOPLE = `
  select p.id, p.name, p.side, p.tenant_id as "tenantId", p.active, ms(u.last_at)::float8 as "lastSeenAt",
    u.kind as "lastSeenWith",
    coalesce((select jsonb_agg(jsonb_build_object('issuer', e.issuer, 'subject', e.subject, 'givenBy', e.given_by,
        'givenAt', ms(e.given_at)) order by e.issuer, e.subject)
      from external_identities e where e.tenant_id = p.tenant_id and e.person_id = p.id), '[]') as identities
    from people p
    left join lateral (select last_at, kind from last_uses l
      where l.tenant_id = p.tenant_id and l.person_id = p.id order by last_at desc limit 1) u on true
   where p.id > :after and (:tenantId::text is null
       or exists (select from access a where a.principal = p.id and a.tenant_id = :tenantId))
   order by p.id limit :limit`;

const GRANTS = `
  select p.id as "personId", 'grant' as kind, g.name as role, p.tenant_id as "tenantId",
    exists (select from access a
             where a.principal = p.id and a.role = g.name and a.tenant_id <> p.tenant_id) as "everyCustomer",
    '{}'::text[] as contracts, n.given_by as "givenBy", ms(n.given_at)::float8 as "givenAt"
    from people p cross join lateral unnest(p.grants) g (name)
    left join given_grants n on n.tenant_id = p.tenant_id and n.person_id = p.id and n.grant_name = g.name
   where p.id = any(:ids::text[])`;

/** Rows that a staff function brings stand under the function itself; that of all staff says nothing more. */
const ASSIGNMENTS = `
  select a.principal as "personId", case a.role when 'endUser' then 'member' else 'assignment' end as kind, a.role,
    a.tenant_id as "tenantId", false as "everyCustomer",
    array(select c.id from contracts c left join people m on m.id = c.manager_id
           where c.tenant_id = a.tenant_id and a.principal = case a.role when 'manager' then c.manager_id
             when 'backup' then c.backup_id when 'smManager' then c.sm_manager_id
             when 'accountManager' then c.account_manager_id when 'standIn' then m.deputy_id end
           order by c.id) as contracts,
    a.given_by as "givenBy", ms(a.given_at)::float8 as "givenAt"
    from access a
   where a.principal = any(:ids::text[])
     and a.role in ('manager', 'backup', 'smManager', 'accountManager', 'standIn', 'endUser')`;

const CONTACTS = `
  select k.person_id as "personId", 'contact' as kind, f.role, k.tenant_id as "tenantId", false as "everyCustomer",
    array_agg(k.contract_id order by k.contract_id) as contracts, max(k.given_by) as "givenBy",
    ms(max(k.given_at))::float8 as "givenAt"
    from contract_contacts k
    cross join lateral (values ('primaryContact', k.primary_contact), ('authorisedCaller', k.authorised_caller),
      ('approver', k.approver)) f (role, held)
   where k.person_id = any(:ids::text[]) and k.active and f.held
   group by k.tenant_id, k.person_id, f.role, k.given_by`;

/** People by id, with everything they hold; of everybody, or of those who may see one organisation. */
export async function readAccessReview(
  database: Database,
  page: { readonly afterId: string; readonly tenantId: string | null; readonly limit: number },
): Promise<readonly ReviewedPerson[]> {
  const { afterId: after, tenantId, limit } = page;
  const { people, holdings } = await database.as('admin', {}, async (trx) => {
    const found = await trx.rows<Bare>(PEOPLE, { after, tenantId, limit });
    return { people: found, holdings: await readHoldings(trx, found) };
  });
  const keys = await listApiKeys(
    database,
    people.map((person) => person.id),
  );
  return people.map((person) => ({
    ...person,
    holdings: holdings.get(person.id) ?? [],
    keys: keys.filter((key) => key.personId === person.id),
  }));
}

async function readHoldings(
  trx: Trx,
  people: readonly Bare[],
): Promise<ReadonlyMap<string, readonly Holding[]>> {
  const rows = await trx.rows<Holding & { readonly personId: string }>(
    `select * from (${GRANTS} union all ${ASSIGNMENTS} union all ${CONTACTS}) h
      order by "personId", array_position(array['grant', 'assignment', 'member', 'contact'], kind), role, "tenantId"`,
    { ids: people.map((person) => person.id) },
  );
  const byPerson = new Map<string, Holding[]>();
  for (const { personId, ...holding } of rows) {
    const held = byPerson.get(personId);
    if (held) held.push(holding);
    else byPerson.set(personId, [holding]);
  }
  return byPerson;
}
