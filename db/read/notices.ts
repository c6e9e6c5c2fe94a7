/** What a process has sent or is about to send. */
import type { MailContent } from '../../domain/kernel/state.js';
import type { Database } from '../connection.js';
import { namesOf } from './process.js';

interface NoticeRow {
  readonly id: string;
  readonly key: string;
  readonly content: MailContent;
  readonly state: string;
  readonly attempts: number;
  readonly decidedAt: number;
  readonly notBefore: number;
  readonly nextAttemptAt: number;
  readonly settledAt: number | null;
  readonly problem: string | null;
  readonly supersededBy: string | null;
}

interface NoticesRead {
  readonly rows: readonly NoticeRow[];
  readonly names: Readonly<Record<string, string>>;
}

/** Newest first. */
export async function readNotices(
  database: Database,
  principal: string,
  processId: string,
  limit: number,
): Promise<NoticesRead> {
  return database.as('api', { principal }, async (trx) => {
    const rows = await trx.rows<NoticeRow>(
      `select id, key, content, state, attempts, ms(decided_at)::float8 as "decidedAt",
         ms(not_before)::float8 as "notBefore", ms(next_attempt_at)::float8 as "nextAttemptAt",
         ms(settled_at)::float8 as "settledAt", problem, superseded_by as "supersededBy"
         from effects where process_id = :processId and kind in ('mail', 'page')
        order by decided_at desc, not_before desc, id limit :limit`,
      { processId, limit },
    );
    return {
      rows,
      names: await namesOf(
        trx,
        rows.map((row) => row.content.recipient),
      ),
    };
  });
}
