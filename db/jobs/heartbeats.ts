/** The heartbeats of the system jobs: declared, beaten, looked at. Ages are read on one clock, the database's own. */
import type { Database } from '../connection.js';

/** How one job stands. Ages in milliseconds. */
export interface Heartbeat {
  readonly name: string;
  readonly everyMs: number;
  /** Since the last success; since the job was declared when it has never succeeded. */
  readonly ageMs: number;
  readonly lastSuccessAt: Date | null;
  readonly lastReport: Readonly<Record<string, number | string>> | null;
  readonly lastFailureAt: Date | null;
  readonly lastFailure: string | null;
}

/** A job that has not succeeded for this many of its intervals is silent: an alarm by itself. */
const SILENT_AFTER_INTERVALS = 3;

/** Whether a job should have succeeded long ago. */
export function isSilent({ ageMs, everyMs }: Pick<Heartbeat, 'ageMs' | 'everyMs'>): boolean {
  return ageMs > SILENT_AFTER_INTERVALS * everyMs;
}

export function heartbeats(database: Database) {
  return {
    /** Keeps one row for each declared job and forgets the others. Running it twice changes nothing. */
    async declare(jobs: readonly { readonly name: string; readonly everyMs: number }[]): Promise<void> {
      await database.as('relay', {}, async (trx) => {
        for (const { name, everyMs } of jobs) {
          await trx.run(
            `insert into job_heartbeats (name, every_ms) values (:name, :everyMs)
              on conflict (name) do update set every_ms = excluded.every_ms`,
            { name, everyMs },
          );
        }
        const names = jobs.map((job) => job.name);
        await trx.run('delete from job_heartbeats where name <> all(:names::text[])', { names });
      });
    },
    async succeeded(
      job: { readonly name: string; readonly everyMs: number },
      report: Readonly<Record<string, number | string>>,
    ): Promise<void> {
      await database.as('relay', {}, async (trx) =>
        trx.run(
          `insert into job_heartbeats (name, every_ms, last_success_at, last_report)
            values (:name, :everyMs, clock_timestamp(), :report)
            on conflict (name) do update
              set last_success_at = excluded.last_success_at, last_report = excluded.last_report`,
          { name: job.name, everyMs: job.everyMs, report: JSON.stringify(report) },
        ),
      );
    },
    /** `problem` is the name of the failure, never its text. */
    async failed(job: { readonly name: string; readonly everyMs: number }, problem: string): Promise<void> {
      await database.as('relay', {}, async (trx) =>
        trx.run(
          `insert into job_heartbeats (name, every_ms, last_failure_at, last_failure)
            values (:name, :everyMs, clock_timestamp(), :problem)
            on conflict (name) do update
              set last_failure_at = excluded.last_failure_at, last_failure = excluded.last_failure`,
          { name: job.name, everyMs: job.everyMs, problem },
        ),
      );
    },
    async list(): Promise<readonly Heartbeat[]> {
      return database.as('relay', {}, async (trx) => trx.rows<Heartbeat>(LIST));
    },
  };
}

const LIST = `
  select name, every_ms::float8 as "everyMs",
    greatest(0, ms(clock_timestamp()) - ms(coalesce(last_success_at, declared_at)))::float8 as "ageMs",
    last_success_at as "lastSuccessAt", last_report as "lastReport",
    last_failure_at as "lastFailureAt", last_failure as "lastFailure"
   from job_heartbeats order by name`;

export type Heartbeats = ReturnType<typeof heartbeats>;
