/** Takes an acknowledgement, however it comes, and lets the process know. */
import { acknowledgePage, type AcknowledgedBy, type AcknowledgedPage } from '../../db/paging/acknowledge.js';
import { definitionOf } from '../../domain/processes.js';
import { PAGE_ACKNOWLEDGED } from '../../domain/paging/acknowledge.js';
import type { Dependencies } from '../dependencies.js';

const BELL_MS = 2_000;

/** Null: there is no such page of this person. */
export async function takeAcknowledgement(
  deps: Pick<Dependencies, 'database' | 'ringer'>,
  page: { readonly tenantId: string; readonly effectId: string; readonly personId: string },
  by: AcknowledgedBy,
): Promise<AcknowledgedPage | null> {
  const listens = (slug: string) => definitionOf(slug)?.words.signals[PAGE_ACKNOWLEDGED] !== undefined;
  const done = await acknowledgePage(deps.database, page, by, listens);
  if (done && !done.over) {
    const { processId, slug } = done;
    // The row is kept; the relay finds it where the bell is not heard.
    await deps.ringer.wake({ tenantId: page.tenantId, processId, slug, lastSeq: 0 }, { deadlineMs: BELL_MS });
  }
  return done;
}
