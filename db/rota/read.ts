/** Who is on duty at an instant, from the rotas in force and the people who are there. */
import { onDutyAt } from '../../domain/rota/duty.js';
import type { Duty, Rota } from '../../domain/rota/rota-file.js';
import type { Trx } from '../connection.js';

/** Person ids; empty or null where nobody is on duty and no rota names a fallback. */
export interface DutyRead {
  readonly engineers: readonly string[];
  readonly dutyManager: string | null;
  readonly supportDirector: string | null;
}

/** The version in force of each of the Provider's rotas, and whoever of the Provider is active. */
const IN_FORCE = `
  select distinct on (r.id) r.body, r.version,
    (select coalesce(array_agg(p.id), '{}') from people p where p.tenant_id = 'provider' and p.active) as active
    from rotas r where r.tenant_id = 'provider' and r.state = 'approved' order by r.id, r.version desc`;

/**
 * For the lookups of a decision and for whoever asks (roles `step` and `api`). Of several rotas the engineers are all
 * of them, the others the first that is found. Who has left is not on duty, whatever a rota says; where nobody is, the
 * fallback of a rota is. `at`: epoch milliseconds.
 */
export async function readDuty(trx: Trx, at: number): Promise<DutyRead> {
  const rows = await trx.rows<{ body: Rota; active: readonly string[] }>(IN_FORCE);
  const active = new Set(rows.flatMap((row) => row.active));
  const duties = rows.map(({ body }) => onDutyAt(body, at));
  const fallbacks = rows.flatMap(({ body }) => (body.fallback === undefined ? [] : [body.fallback]));
  const fallback = fallbacks.find((person) => active.has(person));
  const of = (duty: Duty) => {
    const found = duties.flatMap((one) => one[duty]).filter((person) => active.has(person));
    return found.length > 0 || fallback === undefined ? [...new Set(found)] : [fallback];
  };
  return {
    engineers: of('engineer'),
    dutyManager: of('dutyManager')[0] ?? null,
    supportDirector: of('supportDirector')[0] ?? null,
  };
}
