/** Keeps the time of an absence where every decision about who serves reads it. */
import { z } from 'zod';
import { instant } from '../instants.js';
import type { Projector } from '../registry.js';

const absence = z.object({
  from: z.string(),
  effectiveAt: z.number(),
  endsAt: z.number().nullable(),
  begun: z.boolean(),
});

/** Runs after every accepted step of a hand-over. What is closed keeps nobody away. */
export const projectHandover: Projector = async (trx, { after, decision, definition }) => {
  if (decision.kind !== 'accepted') return;
  const where = { tenantId: after.tenantId, handoverId: after.id };
  if (definition.words.statuses[after.status]?.kind === 'closed') {
    await trx.run('delete from absences where tenant_id = :tenantId and handover_id = :handoverId', where);
    return;
  }
  const { from, effectiveAt, endsAt, begun } = absence.parse(after.data);
  await trx.run(
    `insert into absences as a (tenant_id, handover_id, person_id, starts_at, ends_at, begun)
       values (:tenantId, :handoverId, :from, :startsAt, :endsAt, :begun)
     on conflict (tenant_id, handover_id) do update set ends_at = excluded.ends_at, begun = excluded.begun
       where (a.ends_at, a.begun) is distinct from (excluded.ends_at, excluded.begun)`,
    { ...where, from, begun, startsAt: instant(effectiveAt), endsAt: instant(endsAt) },
  );
};
