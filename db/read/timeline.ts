/** The events of a process as people read them. */
import type { EventRecord } from '../../domain/kernel/event.js';
import type { Database } from '../connection.js';
import { namesOf } from './process.js';

interface TimelineRow {
  readonly record: EventRecord;
  readonly hash: string;
  readonly internal: boolean;
  /** What fired it, in full; null when it was erased. */
  readonly payload: unknown;
}

export interface TimelineRead {
  readonly rows: readonly TimelineRow[];
  readonly names: Readonly<Record<string, string>>;
}

/** Events after a sequence number, oldest first. */
export async function readTimeline(
  database: Database,
  principal: string,
  processId: string,
  page: { readonly afterSeq: number; readonly limit: number },
): Promise<TimelineRead> {
  return database.as('api', { principal }, async (trx) => {
    const rows = await trx.rows<TimelineRow>(
      `select e.bytes::json as record, e.hash, e.internal, d.fired -> 'payload' as payload
         from events e left join event_details d on d.tenant_id = e.tenant_id and d.event_id = e.id
        where e.process_id = :processId and e.seq > :afterSeq order by e.seq limit :limit`,
      { processId, ...page },
    );
    const people = rows.flatMap(({ record }) => [
      record.actor,
      record.onBehalfOf,
      record.ownerId,
      ...record.told.flatMap((told) => told.people),
    ]);
    return { rows, names: await namesOf(trx, people) };
  });
}
