/** Delivery reports of pages: noted once, and the processes whose next channel is due are woken. */
import { notePageReport } from '../../db/paging/reports.js';
import type { PageReport } from '../../integrations/paging/port.js';
import type { Dependencies } from '../dependencies.js';

const BELL_MS = 2_000;

/** Null: it is about nothing that was tried. */
export async function takePageReport(
  deps: Pick<Dependencies, 'database' | 'ringer'>,
  { id, key, status, at }: PageReport,
): Promise<'noted' | 'late' | 'known' | null> {
  const reported = await notePageReport(deps.database, { id, tryId: key, status, at });
  for (const { tenantId, id: processId, slug, over } of reported?.processes ?? []) {
    if (!over) await deps.ringer.wake({ tenantId, processId, slug, lastSeq: 0 }, { deadlineMs: BELL_MS });
  }
  return reported?.kind ?? null;
}
