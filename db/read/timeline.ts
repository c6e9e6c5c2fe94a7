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
  /** Notices that it decided and that did not reach their recipients by themselves. */
  readonly unsent: readonly UnsentNotice[];
}

export interface UnsentNotice {
  readonly id: string;
  readonly notice: string;
  readonly recipient: string;
  readonly state: 'failed' | 'unknown' | 'dropped' | 'superseded';
  readonly problem: string | null;
}

const UNSENT = `
  (select coalesce(json_agg(json_build_object('id', f.id, 'notice', f.content ->> 'notice', 'recipient', f.recipient_id,
      'state', f.state, 'problem', f.problem) order by f.not_before, f.id), '[]')
     from effects f where f.tenant_id = e.tenant_id and f.process_id = e.process_id and f.event_id = e.id
      and f.kind in ('mail', 'page') and f.state in ('failed', 'unknown', 'dropped', 'superseded')) as unsent`;

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
      `select e.bytes::json as record, e.hash, e.internal, d.fired -> 'payload' as payload, ${UNSENT}
         from events e left join event_details d on d.tenant_id = e.tenant_id and d.event_id = e.id
        where e.process_id = :processId and e.seq > :afterSeq order by e.seq limit :limit`,
      { processId, ...page },
    );
    const people = rows.flatMap(({ record, unsent }) => [
      ...unsent.map(({ recipient }) => recipient),
      record.actor,
      record.onBehalfOf,
      record.ownerId,
      ...record.told.flatMap((told) => told.people),
    ]);
    return { rows, names: await namesOf(trx, people) };
  });
}
