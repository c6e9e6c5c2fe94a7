/** Contacts of a command whose ids belong to people of others: only here all of them can be seen. */
import { z } from 'zod';
import { readContactFacts } from '../../db/contact-matrix/read.js';
import type { Dependencies } from '../dependencies.js';
import type { Place } from '../http/problems.js';

const brought = z.object({
  contacts: z.array(z.object({ id: z.string() })).optional(),
  contact: z.object({ id: z.string() }).optional(),
});

export async function takenPlaces(
  deps: Pick<Dependencies, 'database'>,
  tenantId: string,
  payload: Readonly<Record<string, unknown>>,
): Promise<readonly Place[]> {
  const { contacts, contact } = brought.parse(payload);
  const people = [...(contacts ?? []), ...(contact ? [contact] : [])].map(({ id }) => id);
  if (people.length === 0) return [];
  const { others, staff } = await readContactFacts(deps.database, { tenantId, hours: [], people });
  return others
    .filter((id) => !staff.includes(id))
    .map((id) => ({ path: 'id', problem: `the id ${id} belongs to somebody else; give another one` }));
}
