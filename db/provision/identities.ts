/** Which person a subject of an issuer of tokens is. */
import type { Database } from '../connection.js';
import { holdName } from '../hold.js';
import type { Person } from '../read/person.js';
import { logChange } from './log.js';

export interface ExternalIdentity {
  /** As the tokens name it (`iss`). */
  readonly issuer: string;
  /** What the tokens say of the person, by default `sub`. */
  readonly subject: string;
}

/**
 * Replaces the identities of a person. Those that belong to somebody else are given back, and then nothing is written.
 */
export async function saveIdentities(
  database: Database,
  person: { readonly tenantId: string; readonly id: string },
  identities: readonly ExternalIdentity[],
  actor: string,
): Promise<{ readonly taken: readonly ExternalIdentity[] }> {
  const where = { tenantId: person.tenantId, personId: person.id, rows: JSON.stringify(identities) };
  return database.as('admin', { tenant: person.tenantId }, async (trx) => {
    // Two people must not be given the same subject at the same moment.
    await holdName(trx, 'external_identities');
    const taken = await trx.rows<ExternalIdentity>(
      `select e.issuer, e.subject from external_identities e
         join jsonb_to_recordset(:rows::jsonb) as r (issuer text, subject text)
           on r.issuer = e.issuer and r.subject = e.subject
        where e.person_id <> :personId order by 1, 2`,
      where,
    );
    if (taken.length > 0) return { taken };
    await trx.run(
      `delete from external_identities e where e.tenant_id = :tenantId and e.person_id = :personId
          and not exists (select from jsonb_to_recordset(:rows::jsonb) as r (issuer text, subject text)
                           where r.issuer = e.issuer and r.subject = e.subject)`,
      where,
    );
    await trx.run(
      `insert into external_identities (issuer, subject, tenant_id, person_id, given_by)
         select r.issuer, r.subject, :tenantId, :personId, :actor
           from jsonb_to_recordset(:rows::jsonb) as r (issuer text, subject text)
       on conflict do nothing`,
      { ...where, actor },
    );
    const what = `identities.saved ${person.id} ${String(identities.length)}`;
    await logChange(trx, { tenantId: person.tenantId, what, actor });
    return { taken: [] };
  });
}

/** The active person whom an issuer calls by a subject; null when there is none. */
export async function findByIdentity(
  database: Database,
  { issuer, subject }: ExternalIdentity,
): Promise<Person | null> {
  return database.as('admin', {}, async (trx) =>
    trx.row<Person>(
      `select p.id, p.tenant_id as "tenantId", p.side, p.name, p.zone, p.language, p.grants
         from external_identities e join people p on p.tenant_id = e.tenant_id and p.id = e.person_id
        where e.issuer = :issuer and e.subject = :subject and p.active`,
      { issuer, subject },
    ),
  );
}
