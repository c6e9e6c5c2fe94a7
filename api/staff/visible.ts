/** Whom somebody may see as a person: his own organisation, the Provider's people, the customers that he serves. */
import { PROVIDER } from '../../db/provision/tenants.js';
import { readPerson, readTenantsOf, type Person } from '../../db/read/person.js';
import type { Dependencies } from '../dependencies.js';

/** An active person that the caller may see; null for one who is not there as for one who is not his business. */
export async function visiblePerson(
  deps: Pick<Dependencies, 'database'>,
  caller: Person,
  personId: string,
): Promise<Person | null> {
  const person = await readPerson(deps.database, personId);
  if (!person) return null;
  if (person.tenantId === caller.tenantId || person.tenantId === PROVIDER) return person;
  const tenants = await readTenantsOf(deps.database, caller.id);
  return tenants.some((tenant) => tenant.id === person.tenantId) ? person : null;
}
