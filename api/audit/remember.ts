/** Remembers a look at the audit in the chain of whom it is about, before anything is handed out. */
import type { Person } from '../../db/read/person.js';
import { recordRefusal } from '../../db/store/refusals.js';
import type { Dependencies } from '../dependencies.js';

/** `code` is the `remembered` of the route; `trigger` says what of it was looked at. */
export async function remember(
  deps: Pick<Dependencies, 'database'>,
  caller: Person,
  tenantId: string,
  processId: string | null,
  code: string,
  trigger = code,
): Promise<void> {
  const entry = { tenantId, processId, code, trigger, principal: caller.id };
  await recordRefusal(deps.database, { ...entry, kind: 'access' });
}
