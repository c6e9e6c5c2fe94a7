/** How the installation stands, as numbers: read for a scrape of the metrics with the relay's role. */
import type { Database } from '../connection.js';
import { heartbeats } from '../jobs/heartbeats.js';

/** Counts, and ages in seconds; by words of the program only. */
export interface Standing {
  readonly processes: readonly { readonly slug: string; readonly status: string; readonly count: number }[];
  readonly blocked: readonly { readonly slug: string; readonly count: number }[];
  readonly effects: readonly {
    readonly state: string;
    readonly count: number;
    readonly oldestSeconds: number;
  }[];
  /** What waits behind a blocked process waits for an operator: it is counted, and has no age. */
  readonly inbox: { readonly waiting: number; readonly oldestSeconds: number };
  /** How long the mark that should have been taken first is overdue. */
  readonly markOverdueSeconds: number;
  readonly jobs: readonly {
    readonly name: string;
    readonly ageSeconds: number;
    readonly everySeconds: number;
    readonly report: Readonly<Record<string, number | string>>;
  }[];
}

interface Row {
  readonly processes: Standing['processes'];
  readonly blocked: Standing['blocked'];
  readonly effects: Standing['effects'];
  readonly waiting: number;
  readonly oldestSeconds: number;
  readonly markOverdueSeconds: number;
}

/**
 * Instants in the future are no age: a planned effect is old only once it is due. What waits for the mail server is put
 * off again and again, so it counts from when it began to wait.
 */
const STANDING = `
  with clock as materialized (select business_now() as now), open as (
    select slug, status, is_blocked, count(*)::integer as count from processes where not over group by 1, 2, 3
  ), unsettled as (
    select state, count(*)::integer as count,
      greatest(0, extract(epoch from (select now from clock) - min(
        case state when 'sent' then claimed_until when 'planned' then least(next_attempt_at, held_since)
          else settled_at end)))::float8 as "oldestSeconds"
      from effects where state in ('planned', 'sent', 'unknown') group by 1
  )
  select
    (select coalesce(json_agg(o), '[]') from (
       select slug, status, sum(count)::integer as count from open group by 1, 2) o) as processes,
    (select coalesce(json_agg(o), '[]') from (
       select slug, sum(count)::integer as count from open where is_blocked group by 1) o) as blocked,
    (select coalesce(json_agg(u), '[]') from unsettled u) as effects,
    (select count(*)::integer from inbox where state = 'pending') as waiting,
    (select coalesce(greatest(0, extract(epoch from (select now from clock) - min(i.accepted_at))), 0)::float8
       from inbox i join processes p on p.tenant_id = i.tenant_id and p.id = i.process_id
      where i.state = 'pending' and not p.is_blocked) as "oldestSeconds",
    (select coalesce(greatest(0, extract(epoch from (select now from clock) - min(next_due_at))), 0)::float8
       from processes where not over and not is_blocked) as "markOverdueSeconds"`;

export async function readStanding(database: Database): Promise<Standing> {
  const row = await database.as('relay', {}, async (trx) => trx.row<Row>(STANDING));
  if (!row) throw new Error('A select without a table gave no row.');
  const beats = await heartbeats(database).list();
  const { processes, blocked, effects, waiting, oldestSeconds, markOverdueSeconds } = row;
  return {
    processes,
    blocked,
    effects,
    inbox: { waiting, oldestSeconds },
    markOverdueSeconds,
    jobs: beats.map(({ name, ageMs, everyMs, lastReport }) => ({
      name,
      ageSeconds: ageMs / 1000,
      everySeconds: everyMs / 1000,
      report: lastReport ?? {},
    })),
  };
}
