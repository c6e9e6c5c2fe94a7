/** Writes versions of a matrix with the names and numbers of their contacts, and the people once a version is in force. */
import type { ContactRow } from '../../domain/contact-matrix/contact-file.js';
import { ALWAYS, type Contact, type MatrixVersion } from '../../domain/contact-matrix/matrix.js';
import type { MatrixData } from '../../domain/contact-matrix/words.js';
import { canonical } from '../../domain/kernel/hash.js';
import type { StepRecord } from '../../domain/kernel/store.js';
import type { Trx } from '../connection.js';
import { instant } from '../instants.js';
import type { Projector } from '../registry.js';
import { actAs } from '../provision/actor.js';
import { refreshAccess, upsertPeople } from '../provision/tenants.js';

interface At {
  readonly tenantId: string;
  readonly processId: string;
}

/** How a person is reached; kept in rows that can be erased, and nowhere in the process. */
interface Reach {
  readonly name: string;
  readonly phone: string | null;
  readonly email: string | null;
  readonly language: string;
}

/** Runs after every accepted step of a matrix; versions that stand as before are left alone. */
export const projectContactMatrix: Projector = async (trx, step) => {
  if (step.decision.kind !== 'accepted') return;
  const before = step.before?.data as MatrixData | undefined;
  const after = step.after.data as unknown as MatrixData;
  const at = { tenantId: step.after.tenantId, processId: step.after.id };
  const draftChanged = !same(before?.draft, after.draft);
  const inForceChanged = !same(before?.inForce, after.inForce);
  if (step.definition.words.statuses[step.after.status]?.kind === 'closed') await endVersion(trx, at, step);
  if (!draftChanged && !inForceChanged) return;
  const { draft, inForce } = after;
  const from = draft && (before?.draft ?? before?.inForce)?.version;
  const drafted = draft && (await reachesOf(trx, at, from, step));
  const followed = inForce?.reason === 'leaver' ? before?.inForce : before?.draft;
  const reached = inForce && (await reachesOf(trx, at, followed?.version, step));
  if (draftChanged && before?.draft) await dropDraft(trx, at, before.draft.version, after);
  if (draftChanged && drafted) {
    await writeVersion(trx, at, draft, step.after.status === 'agreed' ? draft.from : null, drafted);
  }
  if (!inForceChanged || !reached) return;
  await endVersion(trx, at, step);
  await writeVersion(trx, at, inForce, inForce.from, reached);
  await actAs(trx, step.fired.actor);
  await writePeople(trx, at.tenantId, inForce.contacts, reached);
  for (const [personId, successorId] of Object.entries(after.left))
    await pointAt(trx, at.tenantId, personId, successorId);
  await refreshAccess(trx, at.tenantId);
};

function same(before: MatrixVersion | null | undefined, after: MatrixVersion | null): boolean {
  return canonical(before ?? null) === canonical(after);
}

/** What the trigger brings, over what the version says from which this one comes. */
async function reachesOf(
  trx: Trx,
  at: At,
  version: number | null | undefined,
  { fired }: StepRecord,
): Promise<ReadonlyMap<string, Reach>> {
  const known = await trx.rows<Reach & { id: string }>(
    `select person_id as id, name, phone, email, language from matrix_contacts
      where tenant_id = :tenantId and process_id = :processId and version = :version`,
    { ...at, version: version ?? 0 },
  );
  const brought = broughtBy(fired).map(({ id, name, phone, email, language }) => ({
    id,
    name,
    phone,
    email,
    language,
  }));
  return new Map([...known, ...brought].map(({ id, ...reach }) => [id, reach]));
}

function broughtBy(fired: StepRecord['fired']): readonly ContactRow[] {
  if (fired.kind !== 'command') return [];
  // The step has read its payload by the schema of the command.
  const payload = fired.payload as { contacts?: readonly ContactRow[]; contact?: ContactRow };
  if (fired.name === 'import') return payload.contacts ?? [];
  return fired.name === 'reportJoiner' && payload.contact ? [payload.contact] : [];
}

/** Gone for good, or under another number; one that came into force stands. */
async function dropDraft(trx: Trx, at: At, version: number, after: MatrixData): Promise<void> {
  if (after.inForce?.version === version || after.draft?.version === version) return;
  await trx.run(
    `delete from matrix_versions
      where tenant_id = :tenantId and process_id = :processId and version = :version`,
    { ...at, version },
  );
}

async function endVersion(trx: Trx, at: At, { after }: StepRecord): Promise<void> {
  await trx.run(
    `update matrix_versions set in_force_to = :endsAt
      where tenant_id = :tenantId and process_id = :processId and in_force_from <= :endsAt and in_force_to is null`,
    { ...at, endsAt: instant(after.lastAt) },
  );
}

async function writeVersion(
  trx: Trx,
  at: At,
  version: MatrixVersion,
  from: number | null,
  reaches: ReadonlyMap<string, Reach>,
): Promise<void> {
  const key = { ...at, version: version.version };
  await trx.run(
    `insert into matrix_versions (tenant_id, process_id, version, in_force_from, reason, sha256, authors,
         agreed_provider, agreed_end_user)
       values (:tenantId, :processId, :version, :from, :reason, :sha256, :authors, :provider, :endUser)
     on conflict (tenant_id, process_id, version) do update set in_force_from = excluded.in_force_from,
       in_force_to = null, reason = excluded.reason, sha256 = excluded.sha256, authors = excluded.authors,
       agreed_provider = excluded.agreed_provider, agreed_end_user = excluded.agreed_end_user`,
    {
      ...key,
      from: instant(from),
      reason: version.reason,
      sha256: version.sha256,
      authors: version.authors,
      ...version.agreedBy,
    },
  );
  await trx.run(
    `delete from matrix_contacts
      where tenant_id = :tenantId and process_id = :processId and version = :version`,
    key,
  );
  await trx.run(
    `insert into matrix_contacts (tenant_id, process_id, version, person_id, side, role, level, zone, hours, deputy_id,
         authorised_caller, may_approve, valid_from, valid_to, name, phone, email, language)
       select :tenantId, :processId, :version, r.person_id, r.side, r.role, r.level, r.zone, r.hours, r.deputy_id,
         r.authorised_caller, r.may_approve, r.valid_from, r.valid_to, r.name, r.phone, r.email, r.language
         from jsonb_to_recordset(:rows::jsonb) as r (person_id text, side text, role text, level text, zone text,
           hours text, deputy_id text, authorised_caller boolean, may_approve text[], valid_from timestamptz,
           valid_to timestamptz, name text, phone text, email text, language text)`,
    { ...key, rows: JSON.stringify(version.contacts.map((contact) => rowOf(contact, reaches))) },
  );
}

function rowOf(contact: Contact, reaches: ReadonlyMap<string, Reach>) {
  const reach = reaches.get(contact.personId);
  return {
    person_id: contact.personId,
    side: contact.side,
    role: contact.role,
    level: contact.level,
    zone: contact.zone,
    hours: contact.hours,
    deputy_id: contact.deputyId,
    authorised_caller: contact.authorisedCaller,
    may_approve: contact.mayApprove,
    valid_from: instant(contact.validFrom),
    valid_to: instant(contact.validTo),
    name: reach?.name ?? contact.personId,
    phone: reach?.phone ?? null,
    email: reach?.email ?? null,
    language: reach?.language ?? 'en',
  };
}

/** People of the End User are known by the matrix from now on; the Provider's own by its list of staff. */
async function writePeople(
  trx: Trx,
  tenantId: string,
  contacts: readonly Contact[],
  reaches: ReadonlyMap<string, Reach>,
): Promise<void> {
  const people = contacts.flatMap(({ side, personId: id, zone, hours, deputyId }) => {
    const reach = reaches.get(id);
    // Who was erased has no address, and comes back to nothing.
    if (side !== 'endUser' || !reach?.email) return [];
    const calendarId = hours === ALWAYS ? null : hours;
    return [{ id, ...reach, zone, deputyId, calendarId, grants: [], active: true }];
  });
  await upsertPeople(trx, tenantId, people);
}

async function pointAt(
  trx: Trx,
  tenantId: string,
  leaverId: string,
  successorId: string | null,
): Promise<void> {
  await trx.run(
    `update people set deputy_id = nullif(:successorId, id)
      where tenant_id = :tenantId and deputy_id = :leaverId`,
    { tenantId, leaverId, successorId },
  );
}
